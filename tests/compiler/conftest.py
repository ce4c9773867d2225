"""Models made for one test, and what they compute."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from simcore.parallel import server_socket
from simcore.runs import run
from simcore.spec.model import Model
from simcore.spec.parameters import Parameters
from simcore.storage.result import read_result


class NoParameters(Parameters):
    """None."""


def model(**answers: Any) -> type[Model]:
    """A model that gives these answers: `state=[...]`, `phases=[...]`, and so on."""
    methods = {name: (lambda self, value=value: value) for name, value in answers.items()}
    namespace = {"__annotations__": {"parameters": NoParameters}, "__module__": __name__, **methods}
    return type("Tested", (Model,), namespace)


@pytest.fixture
def computed(tmp_path, nothing_left) -> Callable[..., tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """Run a model for some steps: its final fields and its series."""

    def of(made: type[Model], steps: int, workers: int = 1, seed: int = 1) -> tuple[dict, dict]:
        experiment = {"model": {"type": made, "parameters": {}}, "run": {"seed": seed, "sweeps": steps}}
        path = run(experiment, workers=workers, out=tmp_path / "out", overwrite=True).path
        groups = read_result(path / "result.h5", ["series", "fields"]).groups
        fields = {name: variable.data[-1] for name, variable in groups["fields"].variables.items()}
        return fields, {name: variable.data for name, variable in groups["series"].variables.items()}

    return of


@pytest.fixture(scope="module")
def plain_python() -> Iterator[None]:
    """Generated code is read by Python itself, which saves a second of compilation for each program.

    tests/runs/test_bits.py proves that it computes the same bits. A fork server keeps its environment: it is ended.
    """
    server_socket.stop()
    before = os.environ.pop("NUMBA_DISABLE_JIT", None)
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    yield
    server_socket.stop()
    del os.environ["NUMBA_DISABLE_JIT"]
    if before is not None:
        os.environ["NUMBA_DISABLE_JIT"] = before
