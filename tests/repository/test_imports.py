"""What `import simcore` loads, and that its public names are what they say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import simcore

PACKAGE = Path(simcore.__file__).parent
HEAVY = {
    "numpy",
    "numba",
    "h5py",
    "scipy",
    "xarray",
    "pydantic",
    "ruamel",
    "typer",
    "rich",
    "cloudpickle",
    "matplotlib",
}


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that are loaded after a statement in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_simcore_imports_nothing_heavy():
    assert loaded_by("import simcore") & HEAVY == set()


def test_importing_the_contract_of_models_leaves_the_compiler_and_the_files_alone():
    assert loaded_by("from simcore import Model, Phase, parameter") & HEAVY == {"numpy", "pydantic"}


def test_the_command_line_starts_without_rich_or_numpy():
    assert loaded_by("import simcore.cli.commands") & HEAVY == {"typer"}


def test_the_engine_is_imported_without_compiler_files_or_arrays_of_results():
    assert (
        loaded_by("from simcore.runs import run, plan, status, verify") & {"numba", "h5py", "scipy", "xarray"} == set()
    )


def test_workers_and_writer_read_no_experiments():
    assert loaded_by("import simcore.compiler.worker, simcore.storage.writer") & HEAVY == {"numpy"}


@pytest.mark.parametrize("name", simcore.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(simcore, name).__doc__


def test_type_checkers_see_the_public_names_and_no_others():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    seen = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    types = {"Callback", "Watch", "Status", "SweepOutcome", "SweepStatus", "SweepWatch"}
    assert set(simcore.__all__) == seen - types | {"run", "resume", "status", "sweep"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'modle'"):
        simcore.modle  # noqa: B018


def test_the_version_is_that_of_the_metadata():
    from importlib.metadata import version

    assert version("simcore") == simcore.__version__
