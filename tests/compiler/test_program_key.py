"""Programs of one structure share their text, and only they do."""

from __future__ import annotations

import pytest

from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of

BASE = {
    "model": {"type": "ising", "lattice": {"type": "square", "shape": [6, 6]}, "parameters": {"temperature": 2.0}},
    "run": {"seed": 1, "sweeps": 1},
}
HEAT = {
    "model": {
        "type": "heat",
        "grid": {"shape": [6, 6], "boundary": {"value": 0.0}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "x"}},
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 1},
}
PDE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [6, 6], "boundary": {"value": 0.0}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "x"}},
        "equations": {"u": "D*laplace(u)"},
        "scheme": "euler",
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 1},
}


def two_kinds(comparison):
    """Walls whose shift is 0 for both: their scale alone is a function."""
    return {"where": comparison, "then": {"value": 0}, "else": {"derivative": 0}}


@pytest.mark.parametrize(
    ("source", "overrides"),
    [
        (BASE, {"model.parameters.temperature": 3.0}),
        (BASE, {"model.lattice.shape": [7, 5]}),
        (BASE, {"model.lattice.shape": [1, 9]}),
        (HEAT, {"model.parameters.D": 0.5}),
        (HEAT, {"model.grid.boundary": "periodic"}),
        (PDE, {"model.grid.boundary": {"value": "t"}}),
        (PDE, {"model.grid.boundary": {"value": "2*t"}}),
        (PDE, {"model.grid.boundary": two_kinds("t < 1")}),
        (PDE, {"model.grid.boundary": two_kinds("t < 2")}),
        (HEAT, {"model.grid.shape": [6]}),
        (PDE, {"model.scheme": "rk4"}),
        (PDE, {"model.equations.u": "D*laplace(u) - u**3"}),
        (HEAT, {"model.fields.u.dtype": "float32"}),
        (PDE, {"output.observables": {"square": "mean(u**2)"}}),
        (PDE, {"output.observables": {"square": "mean(u**3)"}}),
    ],
)
def test_a_remembered_program_is_the_one_that_would_be_written(source, overrides):
    for experiment in (resolve(source), resolve(source, overrides)):
        written, remembered = program_of(experiment), program_of(experiment, remember=True)
        assert remembered.code.text == written.code.text
        assert remembered.code.name == written.code.name
        assert remembered.code.values == written.code.values
        assert remembered.code.copies == written.code.copies
        assert remembered.code.swaps == written.code.swaps
        assert (remembered.kept, remembered.sums) == (written.kept, written.sums)


def test_a_program_is_written_once_for_all_values_and_sizes():
    first = program_of(resolve(BASE), remember=True)
    second = program_of(resolve(BASE, {"model.parameters.temperature": 3.0, "run.seed": 2}), remember=True)
    assert second.code.text is first.code.text
    assert second.code.tables[0] is not first.code.tables[0]
