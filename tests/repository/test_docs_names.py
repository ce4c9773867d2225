"""The names of Python that docs use are there."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import simcore
from simcore.spec import arrays, observables, phases

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"```python\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_ADDED = ("algorithms", "commands", "executors", "measures", "models", "operations", "reductions", "schemes")
GROUPS = {f"simcore.{kind}" for kind in _ADDED}
"""Of entry points."""
CONTRACT = {
    name: found
    for module in (arrays, observables, phases)
    for name, found in inspect.getmembers(module, inspect.isclass)
    if found.__module__ == module.__name__
}


def code_of(page: Path) -> str:
    return "\n".join(block or inline for block, inline in CODE.findall(page.read_text()))


def resolved(path: str) -> object:
    """What a dotted name stands for: an attribute, or a module."""
    found: object = simcore
    parts = path.split(".")
    for depth, part in enumerate(parts[1:], 2):
        found = getattr(found, part) if hasattr(found, part) else import_module(".".join(parts[:depth]))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_calls_simcore_something_is_there(page):
    text = code_of(page)
    for path in sorted(set(re.findall(r"(?<![\w./])simcore(?:\.[A-Za-z_]\w*)+", text)) - GROUPS):
        resolved(path)
    for module, names in re.findall(r"from (simcore[\w.]*) import ([\w, ]+)", text):
        for name in names.split(","):
            assert hasattr(import_module(module), name.strip()), f"{page.name}: from {module} import {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_of_the_contract_is_exported(page):
    used = set(re.findall(r"\b[A-Z][A-Za-z]+\b", code_of(page))) & CONTRACT.keys()
    assert used <= set(simcore.__all__)
