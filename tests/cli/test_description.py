from __future__ import annotations

import inspect

import pytest

from simcore.cli import description
from simcore.models import registry


def test_the_catalogue_has_one_line_for_each_model(command):
    lines = command("models").out.splitlines()
    assert [line.split()[0] for line in lines] == list(registry.names())
    assert all(len(line.split()) > 3 for line in lines)


@pytest.mark.parametrize("name", registry.names())
def test_a_description_holds_all_that_the_model_declares(name):
    text, model = description.describe(name), registry.find(name)
    example = description.example_of(model)
    measured = example.observables()
    quantities = [*(each for each in measured if not each.hidden), *example.derived()]
    names = (*type(example.parameters).model_fields, *(q.name for q in quantities))
    for word in (inspect.getdoc(model), model.reference, *names):
        assert word.strip() in text
    assert all(q.doc in text for q in quantities)
    assert not any(f"  {each.name} " in text for each in measured if each.hidden)


@pytest.mark.parametrize("name", registry.names())
def test_the_example_of_a_model_is_a_whole_experiment(name, tmp_path, monkeypatch):
    from simcore.runs.experiment import resolve

    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.yaml").write_text(registry.find(name).example)
    assert type(resolve(tmp_path / "example.yaml").model) is registry.find(name)


def test_a_parameter_is_told_with_type_unit_range_and_default():
    line = next(line for line in description.describe("ising").splitlines() if line.strip().startswith("temperature"))
    assert line.split()[:6] == ["temperature", "number", "[energy]", ">", "0", "required"]


def test_an_unknown_model_is_one_line_with_the_nearest_name(command):
    told = command("models", "isnig")
    assert (told.code, told.out) == (2, "")
    assert "did you mean 'ising'?" in told.err
    assert len(told.err.splitlines()) == 1


def test_a_model_in_a_file_is_described_too(command, tmp_path):
    source = tmp_path / "walk.py"
    source.write_text(
        "from simcore import Model, Parameters, parameter\n\n"
        "class Steps(Parameters):\n    width: int = parameter(3, unit='m', above=0)\n\n"
        'class Walk(Model):\n    """x moves."""\n\n    parameters: Steps\n'
    )
    told = command("models", f"{source}:Walk")
    assert told.out.splitlines()[0] == f"{source}:Walk: x moves."
    assert "width  whole number  [m]  > 0  default 3" in told.out
