"""Finding the class of a model, and errors in a user's file."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from simcore.config import parameter
from simcore.errors import InvalidValueError
from simcore.models import registry
from simcore.spec.model import Model
from simcore.spec.parameters import Parameters

SOURCE = """
from simcore import Model, Parameters
{extra}
class Mine(Model):
    factor: int = {factor}
"""


def write(directory: Path, factor: int = 1, extra: str = "", name: str = "mine.py") -> Path:
    file = directory / name
    file.write_text(SOURCE.format(factor=factor, extra=extra))
    return file


def refusal(spec: object, directory: Path) -> str:
    with pytest.raises(InvalidValueError) as caught:
        registry.find(spec, directory)  # type: ignore[arg-type]
    assert caught.value.path == "model.type"
    assert len(str(caught.value).splitlines()) == 1
    return caught.value.message


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_model_is_found_and_knows_its_name(name: str) -> None:
    found = registry.find(name)
    assert issubclass(found, Model)
    assert registry.name_of(found) == name
    assert registry.find(registry.MODELS[name]) is found
    assert registry.find(found) is found


def test_a_file_is_relative_to_the_experiment_and_its_source_can_be_read(tmp_path: Path) -> None:
    write(tmp_path)
    found = registry.find("mine.py:Mine", tmp_path)
    assert "factor: int = 1" in inspect.getsource(found)
    assert registry.name_of(found) is None
    assert registry.find("mine.py:Mine", tmp_path) is found
    assert registry.file_of("mine.py:Mine", tmp_path) == tmp_path / "mine.py"
    assert registry.file_of("heat", tmp_path) is None


def test_an_edited_file_is_a_new_class(tmp_path: Path) -> None:
    write(tmp_path, factor=1)
    before = registry.find("mine.py:Mine", tmp_path)
    write(tmp_path, factor=2)
    after = registry.find("mine.py:Mine", tmp_path)
    assert (before.model_fields["factor"].default, after.model_fields["factor"].default) == (1, 2)
    assert "factor: int = 2" in inspect.getsource(after)


def test_a_file_may_import_its_neighbours_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_mine.py").write_text("VALUE = 3\n")
    write(tmp_path, extra="from neighbour_of_mine import VALUE")
    path = list(sys.path)
    assert registry.find("mine.py:Mine", tmp_path).__name__ == "Mine"
    assert sys.path == path
    assert not (tmp_path / "__pycache__" / "mine.cpython-311.pyc").exists()
    assert not [file for file in tmp_path.rglob("*mine*.pyc") if not file.name.startswith("neighbour")]


def test_a_module_beside_the_experiment_is_found(tmp_path: Path) -> None:
    write(tmp_path, name="module_of_mine.py")
    assert registry.find("module_of_mine:Mine", tmp_path).__name__ == "Mine"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("isng", "unknown model 'isng'; did you mean 'ising'?"),
        ("zzz", "unknown model 'zzz'; allowed: pde, heat, wave,"),
        ("mine.py:Mina", "has no class 'Mina'; did you mean 'Mine'?"),
        ("mine.py:Model", "'Model' is not a model: it must be a class derived from simcore.Model"),
        ("mine.py:", "has no class ''"),
        ("nowhere.py:Mine", "nowhere.py' cannot be read: No such file or directory"),
        ("nothere:Mine", "importing 'nothere' failed: ModuleNotFoundError: No module named 'nothere'"),
        ("json:loads", "'loads' is not a model"),
        ("a b:Mine", "neither a file that ends in .py nor the name of a module"),
        ("..:Mine", "neither a file that ends in .py nor the name of a module"),
        ("/:Mine", "cannot be read: Is a directory"),
        ("a\0.py:Mine", "cannot be read"),
        (3, "must be a name, file.py:Class or package.module:Class, not 3"),
        (None, "must be a name"),
        (int, "'int' is not a model"),
    ],
)
def test_a_model_that_cannot_be_found_is_one_line(tmp_path: Path, spec: object, message: str) -> None:
    write(tmp_path)
    assert message in refusal(spec, tmp_path)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("1/0", "mine.py:3: ZeroDivisionError: division by zero"),
        ("def f(:", "mine.py:3: SyntaxError: "),
        ("import sys; sys.exit(3)", "mine.py:3: SystemExit: 3"),
        ("import nothere", "mine.py:3: ModuleNotFoundError: No module named 'nothere'"),
        ("class Bad(Model):\n    x: 'Nowhere'\nBad(x=1)", "mine.py:5: PydanticUserError: "),
        ("raise ValueError('a\\nb')", "mine.py:3: ValueError: a"),
    ],
)
def test_a_fault_in_a_users_file_names_its_line(tmp_path: Path, extra: str, message: str) -> None:
    write(tmp_path, extra=extra)
    found = refusal("mine.py:Mine", tmp_path)
    assert found.startswith("importing 'mine.py' failed: ")
    assert message in found


def test_the_user_may_interrupt_an_import(tmp_path: Path) -> None:
    write(tmp_path, extra="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        registry.find("mine.py:Mine", tmp_path)


def test_parameters_that_all_have_defaults_may_be_left_out():
    class Optional(Parameters):
        rate: float = parameter(0.5)

    class Needed(Parameters):
        rate: float = parameter()

    def of(section):
        return type("Defaulted", (Model,), {"__annotations__": {"parameters": section}, "__module__": __name__})

    assert of(Optional)().parameters.rate == 0.5
    assert of(Optional)(parameters={"rate": 1.5}).parameters.rate == 1.5
    with pytest.raises(ValueError, match="parameters"):
        of(Needed)()
