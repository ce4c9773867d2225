"""Constants that line up with the cells, against NumPy: this cell's value and the neighbours', for any halo."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.spec.arrays import Periodic, StateArray, Wall
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Reduction
from tests.compiler.conftest import model

pytestmark = pytest.mark.usefixtures("plain_python")
SHAPE = (6, 5)
RING = (Periodic(), Periodic())
WALL = (Wall(1.0, 0.0), Wall(1.0, 0.0))
MAP = np.random.default_rng(7).integers(-9, 10, SHAPE).astype(np.float64)
ROWS = np.arange(6.0) ** 2
COLUMNS = np.arange(5.0) ** 3
LAYERS = np.stack([MAP, 2.0 * MAP + 1.0])


def state(halo: int, axis0=RING, axis1=RING) -> StateArray:
    return StateArray("u", SHAPE, "float64", np.zeros(SHAPE), (axis0, axis1) if halo else (), halo)


def here(u, i, j, cmap):
    return u[i, j] + cmap[i, j]


def around(u, i, j, cmap):
    north, column = i - 1, j
    return u[i, j] + cmap[north, column] + 10.0 * cmap[i + 1, j] + 100.0 * cmap[i, j + 1] + 1000.0 * cmap[i][j - 1]


def lines(u, i, j, rows, columns, layers):
    return u[i, j] + rows[i] + columns[j] + layers[1, i, j]


def looped(u, i, j, cmap):
    total = 0.0
    for di in range(-1, 2):
        for dj in range(-1, 2):
            total += cmap[i + di, j + dj]
    return u[i, j] + total


def weighted(u, i, j, cmap):
    return cmap[i, j] * u[i, j]


def value(u, i, j):
    return u[i, j]


def chosen(u, i, j, table):
    return u[i, j] + table[int(u[i, j]) % 6]


def of(*arrays: StateArray, update=here, **constants):
    return model(
        state=list(arrays),
        phases=[Phase(update, "u")],
        observables=[Observable("mean_u", value)],
        constants=constants,
    )


@pytest.mark.parametrize("halo", [0, 1, 2, 3])
@pytest.mark.parametrize("sides", [(RING, RING), (WALL, RING), (WALL, WALL)])
def test_a_constant_is_this_cells_with_any_halo(computed, halo, sides):
    made = of(state(halo, *sides), cmap=MAP)
    assert np.array_equal(computed(made, steps=3)[0]["u"], 3.0 * MAP)


@pytest.mark.parametrize(("sides", "mode"), [((RING, RING), "wrap"), ((WALL, WALL), "edge")])
def test_a_constant_of_neighbours_is_the_neighbours(computed, sides, mode):
    padded = np.pad(MAP, 1, mode=mode)
    expected = padded[:-2, 1:-1] + 10.0 * padded[2:, 1:-1] + 100.0 * padded[1:-1, 2:] + 1000.0 * padded[1:-1, :-2]
    made = of(state(1, *sides), update=around, cmap=MAP)
    assert np.array_equal(computed(made, steps=1)[0]["u"], expected)
    everything = sum(np.roll(MAP, (a, b), (0, 1)) for a in (-1, 0, 1) for b in (-1, 0, 1))
    if mode == "wrap":
        assert np.array_equal(computed(of(state(2), update=looped, cmap=MAP), steps=1)[0]["u"], everything)


@pytest.mark.parametrize("halo", [0, 2])
def test_rows_columns_and_layers_line_up_along_the_axes_that_the_cell_indexes(computed, halo):
    made = of(state(halo), update=lines, rows=ROWS, columns=COLUMNS, layers=LAYERS)
    expected = ROWS[:, None] + COLUMNS[None, :] + LAYERS[1]
    assert np.array_equal(computed(made, steps=1)[0]["u"], expected)


def test_a_table_with_as_many_entries_as_there_are_cells_is_no_constant_of_the_cells(computed):
    made = of(state(1), update=chosen, table=np.arange(6.0) + 1.0)
    u = np.zeros(SHAPE)
    for _ in range(3):
        u += (np.arange(6.0) + 1.0)[u.astype(int) % 6]
    assert np.array_equal(computed(made, steps=3)[0]["u"], u)


def test_an_array_that_has_its_ghost_cells_already_is_taken_as_it_is(computed):
    made = of(state(1, WALL, WALL), update=around, cmap=np.pad(MAP, 1, constant_values=7.0))
    padded = np.pad(MAP, 1, constant_values=7.0)
    expected = padded[:-2, 1:-1] + 10.0 * padded[2:, 1:-1] + 100.0 * padded[1:-1, 2:] + 1000.0 * padded[1:-1, :-2]
    assert np.array_equal(computed(made, steps=1)[0]["u"], expected)


def test_observables_and_reductions_see_the_same_constant(computed):
    made = model(
        state=[StateArray("u", SHAPE, "float64", np.ones(SHAPE), (RING, RING), 1)],
        phases=[Reduction("total", weighted, "sum"), Phase(shifted, "u")],
        observables=[Observable("weight", weighted, "sum")],
        constants={"cmap": MAP},
    )
    series = computed(made, steps=2)[1]
    u = np.ones(SHAPE)
    for step in range(2):
        u = u + (u * MAP).sum()
        assert series["weight"][step] == pytest.approx((u * MAP).sum(), rel=1e-13)


def shifted(u, i, j, total):
    return u[i, j] + total


def both(u, i, j, cmap):
    return u[i, j] + cmap[i, j] + cmap[0, j]


def far(u, i, j, cmap):
    return u[i, j] + cmap[i - 2, j]


def before(u, i, j, cmap):
    return u[i, j] + cmap[i - 1, j]


def wrapping(u, i, j, cmap):
    return u[i, j] + cmap[(i + 1) % 6, j]


def test_what_cannot_line_up_is_refused(computed):
    for made, words in (
        (of(state(1), update=both, cmap=MAP), r"indexed both by the cell and by something else; give two constants"),
        (of(state(1), update=far, cmap=MAP), r"reads cmap\[i - 2, j\]: 2 beyond .* give them halo=2"),
        (of(state(0), update=before, cmap=MAP), r"reads cmap\[i - 1, j\]: 1 beyond .* and 0 is allowed"),
        (of(state(1), update=here, cmap=MAP[:4]), r"'cmap' has 4 entries along axis 0, .* the state has 6 cells"),
        (of(state(1), update=wrapping, cmap=MAP), r"i counts the 1 ghost cells .* the remainder is another cell"),
    ):
        with pytest.raises(ExperimentError, match=words):
            computed(made, steps=1)
