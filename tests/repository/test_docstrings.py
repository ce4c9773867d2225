"""Public docstrings: arguments, results and an example that runs."""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from collections.abc import Iterator
from types import FunctionType

import numpy as np
import pytest

import simcore

ERRORS = (Exception, Warning)
RETURNED = (simcore.reweighting.Histograms, simcore.reweighting.Labelled, simcore.reweighting.Lattice)  # by functions
FLAGS = doctest.NORMALIZE_WHITESPACE


def documented() -> Iterator[tuple[str, object]]:
    """Every public function and class that is no exception, by its name for users."""
    for module in (simcore, simcore.random, simcore.statistics, simcore.reweighting, simcore.scaling):
        for name in module.__all__:
            thing = getattr(module, name)
            public = inspect.isclass(thing) and not issubclass(thing, ERRORS) and thing not in RETURNED
            if isinstance(thing, FunctionType) or public:
                yield f"{module.__name__.replace('.analysis', '')}.{name}", thing


NAMES = dict(documented())
each = pytest.mark.parametrize("name", NAMES)


@each
def test_every_argument_is_described(name):
    text, thing = inspect.getdoc(NAMES[name]) or "", NAMES[name]
    if isinstance(thing, FunctionType):
        wanted = set(inspect.signature(thing).parameters)
        assert "\nReturns:\n" in text
    else:
        wanted = set(getattr(thing, "__dataclass_fields__", ()))
    section = re.search(r"^Args:\n((?:    .*\n)*)", text + "\n", re.MULTILINE)
    lines = re.findall(r"^    ((?:\w+, )*\w+): ", section[1] if section else "", re.MULTILINE)
    described = {name for line in lines for name in line.split(", ")}
    inherited = {"takes"} | (set(simcore.HostPhase.__dataclass_fields__) if thing is simcore.Solve else set())
    assert wanted - inherited <= described


@each
def test_there_is_an_example_and_it_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    thing = NAMES[name]
    known = {key: value for key, value in vars(sys.modules[thing.__module__]).items() if key != "annotations"}
    known |= {"simcore": simcore, "np": np, "__name__": "__main__"}
    text = inspect.getdoc(thing) or ""
    example = doctest.DocTestParser().get_doctest(text, known, name, None, None)
    assert example.examples
    assert doctest.DocTestRunner(optionflags=FLAGS).run(example).failed == 0
