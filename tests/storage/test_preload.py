"""A writer finds all that it needs in the fork server."""

from __future__ import annotations

import subprocess
import sys

import pytest

NEEDED = (
    "h5py",
    "simcore.storage.writer",
    "simcore.storage.netcdf",
    "simcore.storage.image",
    "simcore.storage.skeleton",
)
LOADED = f"""
import multiprocessing, sys
from simcore.compiler.fork_server import warm_up
from simcore.parallel.process import start
def tell(connection):
    connection.send([name in sys.modules for name in {NEEDED}])

def main():
    warm_up()
    mine, theirs = multiprocessing.Pipe(duplex=False)
    child = start(tell, theirs, name="loaded")
    print(mine.recv())
    child.join(5.0)
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="processes are spawned there, and nothing is preloaded")
def test_a_child_has_imported_what_makes_files(tmp_path):
    """In a process of its own: a test before this one may have started a fork server with less in it."""
    (tmp_path / "loaded.py").write_text(LOADED)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import loaded; loaded.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([True] * len(NEEDED))


def test_to_make_the_field_of_a_result_imports_no_pydantic():
    """The run waits for it: to import pydantic and the models takes longer than all that is written."""
    needed = "simcore.storage.writer, simcore.models.function_transport, simcore.models.spins.spin_arrays"
    code = f"import sys, {needed}; sys.exit('pydantic' in sys.modules or 'simcore.config' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
