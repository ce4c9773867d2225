"""Ghost cells of every kind of boundary, in 1 to 3 dimensions and on the smallest grids, against NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simcore.compiler.reference.ghost_sources import origins
from simcore.errors import ExperimentError
from simcore.spec.arrays import Periodic, StateArray, Wall
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase
from tests.compiler.conftest import model


def window_1d(u, i, weights, reach):
    total = 0.0
    for a in range(2 * reach + 1):
        total += weights[a, 0, 0] * u[i + a - reach]
    return total


def window_2d(u, i, j, weights, reach):
    total = 0.0
    for a in range(2 * reach + 1):
        for b in range(2 * reach + 1):
            total += weights[a, b, 0] * u[i + a - reach, j + b - reach]
    return total


def window_3d(u, i, j, k, weights, reach):
    total = 0.0
    for a in range(2 * reach + 1):
        for b in range(2 * reach + 1):
            for c in range(2 * reach + 1):
                total += weights[a, b, c] * u[i + a - reach, j + b - reach, k + c - reach]
    return total


def value_1d(u, i):
    return u[i]


def value_2d(u, i, j):
    return u[i, j]


def value_3d(u, i, j, k):
    return u[i, j, k]


WINDOWS, VALUES = (window_1d, window_2d, window_3d), (value_1d, value_2d, value_3d)
PERIODIC = (Periodic(), Periodic())
WALLS = ((Wall(-1.0, 6.0), Wall(1.0, -2.0)), (Wall(2.0, 1.0), Wall(-1.0, 0.0)), (Wall(0.0, 5.0), Wall(1.0, 3.0)))


def padded(u: np.ndarray, boundary, halo: int) -> np.ndarray:
    """The oracle: axes from the last to the first, np.pad along each."""
    for axis in reversed(range(u.ndim)):
        widths = [(halo, halo) if a == axis else (0, 0) for a in range(u.ndim)]
        lower, upper = boundary[axis]
        if isinstance(lower, Periodic):
            u = np.pad(u, widths, mode="wrap")
            continue
        u = np.pad(u, widths, mode="symmetric")
        ends = np.moveaxis(u, axis, 0)
        ends[:halo] = lower.scale * ends[:halo] + lower.shift
        ends[-halo:] = upper.scale * ends[-halo:] + upper.shift
    return u


def expected(u: np.ndarray, boundary, halo: int, weights: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        wide, new = padded(u, boundary, halo), np.zeros_like(u)
        for offset in itertools.product(range(2 * halo + 1), repeat=u.ndim):
            cut = tuple(slice(o, o + n) for o, n in zip(offset, u.shape, strict=True))
            new += weights[(*offset, 0, 0)[:3]] * wide[cut]
        u = new
    return u


def case(shape: tuple[int, ...], boundary, halo: int):
    """A model whose every cell sums all its neighbours up to `halo` away: whole numbers, so that sums are exact."""
    numbers = np.random.default_rng([*shape, halo])
    weights = numbers.integers(-2, 3, (5, 5, 5)).astype(np.float64)
    start = numbers.integers(-9, 10, shape).astype(np.float64)
    d = len(shape) - 1
    made = model(
        state=[StateArray("u", shape, "float64", start, boundary, halo)],
        phases=[Phase(WINDOWS[d], "u")],
        observables=[Observable("mean_u", VALUES[d])],
        constants={"weights": weights, "reach": halo},
    )
    return made, expected(start, boundary, halo, weights, steps=3)


SHAPES = [(1,), (2,), (3,), (1, 3), (2, 1), (3, 2), (1, 2, 3), (2, 3, 1), (3, 1, 2)]


def boundaries(shape):
    """All periodic; walls on every side; and, where there are several axes, a mixture."""
    yield (PERIODIC,) * len(shape)
    yield WALLS[: len(shape)]
    if len(shape) > 1:
        yield (PERIODIC, *WALLS[1 : len(shape)])


CASES = [(shape, boundary, halo) for shape in SHAPES for boundary in boundaries(shape) for halo in (1, 2)]


def quick(shape, boundary, halo) -> bool:
    """Each shape once with walls and once, two cells deep, without."""
    return (halo == 1 and PERIODIC not in boundary) or (halo == 2 and set(boundary) == {PERIODIC})


def too_small(shape, boundary, halo) -> bool:
    return any(n < halo and sides != PERIODIC for n, sides in zip(shape, boundary, strict=True))


@pytest.mark.usefixtures("plain_python")
@pytest.mark.parametrize(
    ("shape", "boundary", "halo"),
    [pytest.param(*c, marks=() if quick(*c) else pytest.mark.slow) for c in CASES if not too_small(*c)],
)
def test_every_neighbour_is_where_numpy_has_it(shape, boundary, halo, computed):
    made, u = case(shape, boundary, halo)
    assert np.array_equal(computed(made, steps=3)[0]["u"], u)


@pytest.mark.parametrize(("shape", "boundary", "halo"), [c for c in CASES if too_small(*c)])
def test_a_wall_with_too_few_cells_to_mirror_is_refused(shape, boundary, halo, computed):
    with pytest.raises(ExperimentError, match="a wall mirrors 2 of them"):
        computed(case(shape, boundary, halo)[0], steps=3)


def moving_scale(time):
    return 1.0 - time


@pytest.mark.parametrize("wall", [Wall(moving_scale, 0.0), Wall(-1.0, moving_scale)])
def test_the_origin_of_a_ghost_cell_is_unknown_if_its_wall_is_a_function(wall):
    array = StateArray("u", (3,), "float64", np.zeros(3), ((wall, wall),), 1)
    with pytest.raises(ValueError, match="the walls of 'u' are functions of time or place"):
        origins(array, 1)
