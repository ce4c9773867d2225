"""The pages of the documentation site. scripts/docs, which .ci/run calls, sees that they build without a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "pages"
    subprocess.run([sys.executable, ROOT / "docs/site/assemble.py", folder], check=True)
    return folder


def test_every_page_of_docs_and_every_notebook_is_in_the_contents(pages):
    listed = {line for line in (pages / "index.md").read_text().splitlines() if (pages / f"{line}.md").exists()}
    assert listed == {path.stem for path in (ROOT / "docs").glob("*.md")} | {
        *("changelog", "contributing"),
        *(f"reference/{name}" for name in ("commands", "experiment", "models", "python")),
    }
    assert all(
        f"notebooks/{path.stem}" in (pages / "index.md").read_text() for path in (ROOT / "notebooks").glob("*.ipynb")
    )


def test_links_into_the_repository_lead_to_copies(pages):
    assert "](spins.md)" in (pages / "index.md").read_text()
    assert (pages / "files/simcore/models/registry.py").read_text() == (ROOT / "simcore/models/registry.py").read_text()


def test_the_references_hold_what_there_is(pages):
    python = (pages / "reference/python.md").read_text()
    assert all(f"### {name}\n" in python for name in ("run", "Model", "CellPhase", "estimate", "curves", "PhaseStream"))
    assert "## simcore plot\n" in (pages / "reference/commands.md").read_text()
    assert "| `measure_every` | whole number or formula |" in (pages / "reference/experiment.md").read_text()
    assert "## gray_scott\n" in (pages / "reference/models.md").read_text()
