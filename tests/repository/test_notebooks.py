"""What a reader on the web sees of the notebooks. That they run is seen by nbmake, which collects them themselves."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

import simcore

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 600_000  # bytes

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_five():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["1-", "2-", "3-", "4-", "5-"]


@each
def test_it_is_kept_as_it_ran_from_top_to_bottom(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@each
def test_it_shows_figures_and_stays_small(path):
    shown = [set(output.get("data", ())) for cell in code_cells(path) for output in cell.outputs]
    assert sum("image/png" in kinds for kinds in shown) >= 3
    assert path.stat().st_size < LARGEST


@each
def test_it_shows_nothing_of_the_moment_or_of_the_machine(path):
    assert not re.search(r"/(tmp|home|root)\b|sites/s|points/s|% *,", path.read_text())


@each
def test_it_uses_what_is_public_alone(path):
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "simcore":
                assert node.module in {"simcore", *(f"simcore.{name}" for name in simcore.__all__)}
                assert {alias.name for alias in node.names} <= set(import_module(node.module).__all__)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "simcore":
                assert node.attr in simcore.__all__


@each
def test_its_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", "".join(c.source for c in nbformat.read(path, as_version=4).cells))
    assert [link for link in links if "://" not in link and not (FOLDER / link).exists()] == []


def test_they_are_collected_and_slow():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "notebooks"]
    plain = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    for marker, expected in (("slow", len(NOTEBOOKS)), ("not slow", 0)):
        found = subprocess.run([*command, "-m", marker], cwd=FOLDER.parent, env=plain, capture_output=True, text=True)
        assert found.stdout.count(".ipynb::") == expected, found.stdout + found.stderr
