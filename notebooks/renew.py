"""Run the notebooks and keep what they show: `python notebooks/renew.py [NOTEBOOK]...`, all of them by default.

Progress, times and warnings of the moment are not kept, so that a second call changes nothing but what really changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def renew(path: Path) -> None:
    """Run one notebook in its own folder; where a cell fails, raise CellExecutionError and leave the file as it is."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, record_timing=False).execute(cwd=str(path.parent))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not of_the_moment(output)]
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)


def of_the_moment(output: nbformat.NotebookNode) -> bool:
    """Whether an output is the progress of a run, or a stream of errors."""
    progress = output.output_type == "display_data" and set(output.data) == {"text/plain"}
    return progress or output.get("name") == "stderr"


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        print(path.name, flush=True)
        renew(path)
