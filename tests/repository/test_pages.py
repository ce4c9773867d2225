"""Blocks of code in the docs: experiments are accepted, Python can be read, what it takes from simcore exists."""

from __future__ import annotations

import ast
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import simcore
from simcore.runs.experiment import resolve

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[object]:
    return list(_blocks(language))


def _blocks(language: str) -> Iterator[object]:
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text()
        for block in BLOCK.finditer(text):
            if block[1] == language:
                line = text.count("\n", 0, block.start()) + 1
                yield pytest.param(block[2], id=f"{path.name}:{line}")


@pytest.fixture
def beside(tmp_path, monkeypatch) -> Path:
    """A folder with the files that the pages name."""
    for source in (ROOT / "docs" / "examples").glob("*.py"):
        shutil.copy(source, tmp_path)
    (tmp_path / "feed.csv").write_text("t,F\n0,0.03\n1000000,0.04\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", blocks("yaml"))
def test_an_experiment_is_accepted_and_a_part_can_be_read(text, beside):
    data = YAML(typ="safe").load(text)
    if isinstance(data, dict) and {"model", "run"} <= set(data) and "sweep" not in data:
        (beside / "shown.yaml").write_text(text)
        assert resolve(beside / "shown.yaml").total_steps > 0


@pytest.mark.parametrize("text", blocks("python"))
def test_python_can_be_read_and_what_it_takes_from_simcore_exists(text):
    for node in ast.walk(ast.parse(textwrap.dedent(text))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "simcore":
            module = __import__(node.module, fromlist=[alias.name for alias in node.names])
            assert all(hasattr(module, alias.name) for alias in node.names)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "simcore":
            assert node.attr in simcore.__all__ or node.attr in ("__version__", "errors")
