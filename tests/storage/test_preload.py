"""A writer finds all that it needs in the fork server."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys

import pytest

from simcore.parallel.process import start

NEEDED = (
    "h5py",
    "simcore.storage.writer",
    "simcore.storage.netcdf",
    "simcore.storage.image",
    "simcore.storage.skeleton",
)


def tell_what_is_loaded(connection) -> None:
    connection.send([name in sys.modules for name in NEEDED])


@pytest.mark.skipif(sys.platform == "darwin", reason="processes are spawned there, and nothing is preloaded")
def test_a_child_has_imported_what_makes_files():
    mine, theirs = multiprocessing.Pipe(duplex=False)
    with theirs:
        child = start(tell_what_is_loaded, theirs, name="loaded")
    assert mine.recv() == [True] * len(NEEDED)
    child.join(5.0)
    assert child.exitcode == 0


def test_to_make_the_field_of_a_result_imports_no_pydantic():
    """The run waits for it: to import pydantic and the models takes longer than all that is written."""
    needed = "simcore.storage.writer, simcore.models.function_transport, simcore.models.spins.spin_arrays"
    code = f"import sys, {needed}; sys.exit('pydantic' in sys.modules or 'simcore.config' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
