"""Phases and reductions of every kind, against NumPy: what is read is old or new exactly as the contract says."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.random import fill_uniforms, key_words
from simcore.runs.experiment import resolve
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Sites
from tests.compiler.conftest import model

SHAPE = (5, 7)
RING = ((Periodic(), Periodic()),) * 2


def array(name: str, values: np.ndarray, halo: int = 1) -> StateArray:
    return StateArray(name, values.shape, values.dtype, values.copy(), RING if halo else (), halo)


def whole(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9, 10, SHAPE).astype(np.float64)


def value(u, i, j):
    return u[i, j]


def west(u, i, j):
    return u[i, j - 1] - u[i + 1, j]


def rotate(u, v, i, j):
    """Both new values from both old ones, and from a neighbour's."""
    return v[i, j - 1], u[i, j] + v[i, j]


def copy_to(u, i, j):
    return u[i + 1, j]


def ramp(i, j, step):
    return 100.0 * step + 10.0 * i + j


def test_a_simultaneous_phase_reads_old_values_only(computed):
    u = whole(1)
    made = model(state=[array("u", u)], phases=[Phase(west, "u")], observables=[Observable("mean_u", value)])
    for _ in range(5):
        u = np.roll(u, 1, axis=1) - np.roll(u, -1, axis=0)
    assert np.array_equal(computed(made, steps=5, workers=2)[0]["u"], u)


def test_several_arrays_written_by_one_phase_change_together(computed):
    u, v = whole(2), whole(3)
    made = model(
        state=[array("u", u), array("v", v)],
        phases=[Phase(rotate, ("u", "v")), Phase(copy_to, "v")],
        observables=[Observable("mean_u", value)],
    )
    for _ in range(3):
        u, v = np.roll(v, 1, axis=1), u + v
        v = np.roll(u, -1, axis=0)
    fields = computed(made, steps=3, workers=2)[0]
    assert np.array_equal(fields["u"], u)
    assert np.array_equal(fields["v"], v)


def test_step_and_indices_are_those_of_the_step_and_the_cell(computed):
    made = model(
        state=[array("u", whole(4), halo=0)],
        phases=[Phase(ramp, "u")],
        observables=[Observable("mean_u", value), Observable("last", value, "max")],
    )
    i, j = np.indices(SHAPE)
    fields, series = computed(made, steps=3, workers=3)
    assert np.array_equal(fields["u"], 300.0 + 10.0 * i + j)
    assert series["last"].tolist() == [100.0 * step + 46.0 for step in (1, 2, 3)]


def lines(start: int, stride: int) -> Sites:
    """In line r the cells start + r % stride, ... in steps of `stride`; never the last one, beside the first."""
    rows = np.arange(SHAPE[0])
    return Sites(start + rows % stride, np.full(len(rows), SHAPE[1] - 1), np.full(len(rows), stride))


def kick(u, i, j, random):
    return u[i, j] + u[i, j - 1] + random[0] - random[1]


def jump(u, i, j, random):
    return u[i, j] * random[0]


def test_a_phase_in_place_changes_its_sites_alone_with_its_own_draws(computed):
    """Draws are numbered through the phases, and a line's numbers are taken in order of its sites."""
    u, classes, steps = whole(5), [lines(0, 2), lines(3, 3)], 4
    made = model(
        state=[array("u", u)],
        phases=[Phase(kick, "u", classes[0], draws=2), Phase(jump, "u", classes[1], draws=1)],
        observables=[Observable("mean_u", value)],
    )
    run_keys = {"seed": 8, "sweeps": steps}
    key = key_words(resolve({"model": {"type": made, "parameters": {}}, "run": run_keys}).key)
    for step in range(1, steps + 1):
        for number, (sites, first) in enumerate(zip(classes, (0, 2), strict=True)):
            for row in range(SHAPE[0]):
                cells = np.arange(sites.first[row], sites.stop[row], sites.stride[row])
                random = np.empty((2, len(cells)))
                for draw in range(2 - number):
                    fill_uniforms(random[draw], len(cells), row, step, first + draw, *key)
                old = u.copy()
                if number == 0:
                    u[row, cells] = old[row, cells] + old[row, cells - 1] + random[0] - random[1]
                else:
                    u[row, cells] = old[row, cells] * random[0]
    assert np.array_equal(computed(made, steps=steps, workers=3, seed=8)[0]["u"], u)


def test_reductions_are_those_of_numpy(computed):
    u = whole(6)
    made = model(
        state=[array("u", u)],
        phases=[Phase(west, "u")],
        observables=[Observable(name, value, name) for name in ("mean", "sum", "min", "max")]
        + [Observable("spread", spread, of=("max", "min"))],
    )
    series = computed(made, steps=4, workers=2)[1]
    for step in range(4):
        u = np.roll(u, 1, axis=1) - np.roll(u, -1, axis=0)
        found = [series[name][step] for name in ("mean", "sum", "min", "max", "spread")]
        assert found == [u.sum() / u.size, u.sum(), u.min(), u.max(), u.max() - u.min()]


def spread(most, least):
    return most - least


def unknown(u, i, j, weigt):
    return u[i, j]


def undrawn(u, i, j, random):
    return u[i, j]


GOOD = {"state": [array("u", whole(7))], "phases": [Phase(west, "u")], "observables": [Observable("mean_u", value)]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"phases": [Phase(unknown, "u")], "constants": {"weight": 2.0}},
            r"unknown asks for 'weigt'; did you mean 'weight'\?",
        ),
        ({"phases": [Phase(undrawn, "u")]}, "undrawn asks for 'random'; only a phase that declares draws has it"),
        ({"phases": [Phase(west, "w")]}, "a phase writes 'w'; the arrays are u"),
        ({"phases": []}, "phases"),
        ({"observables": []}, "observables"),
        ({"state": []}, "state"),
        ({"state": [array("step", whole(7))]}, "the name 'step' belongs to the engine"),
        ({"state": [array("random", whole(7))]}, "the name 'random' belongs to the engine"),
        ({"constants": {"i": 3}}, "the name 'i' belongs to the engine"),
        ({"constants": {"_u": 3}}, "'_u' cannot name an array, parameter or constant"),
        ({"constants": {"u": 3}}, "the name 'u' is given to two things"),
        ({"constants": {"text": "x"}}, "'text' must be a number"),
        ({"state": [array("u", whole(7)), array("v", np.zeros((5, 6)))]}, "all arrays of a state have one shape"),
        (
            {"state": [StateArray("u", SHAPE, "float64", whole(7), (), 1)]},
            "'u' needs a boundary for each of its 2 axes",
        ),
        ({"phases": [Phase(west, "u", Sites(*np.zeros((3, 4), int)))]}, "one entry for each of 5 lines"),
    ],
)
def test_a_broken_contract_is_one_line(changes, words, computed):
    with pytest.raises(ExperimentError, match=words) as error:
        computed(model(**(GOOD | changes)), steps=1)
    assert len(error.value.problems) == 1
    assert str(error.value).isprintable()
