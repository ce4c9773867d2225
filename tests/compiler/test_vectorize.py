"""Phases whose reads are gathered compute what phases that index their arrays compute."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.compiler.vectorize import CELLS
from simcore.errors import InvalidValueError
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Sites
from tests.compiler.conftest import model

PERIODIC = (Periodic(), Periodic())


def indexed(u, n, i, j, random):
    near = u[i - 1, j] + 0.5 * u[i, j + 1] - u[i, j - 1] * n[i + 1, j]
    new = 0.25 * near + random[0] * j + 0.125 * random[1]
    return new, n[i, j] + 1 if new > 0 else n[i, j] - 1, 1 if new > 0 else 0


def gathered(up, right, left, below, own, j, random):
    near = up + 0.5 * right - left * below
    new = 0.25 * near + random[0] * j + 0.125 * random[1]
    return new, own + 1 if new > 0 else own - 1, 1 if new > 0 else 0


READS = {
    "up": ("u", (-1, 0)),
    "right": ("u", (0, 1)),
    "left": ("u", (0, -1)),
    "below": ("n", (1, 0)),
    "own": ("n", (0, 0)),
}


def value(u, i, j):
    return u[i, j]


def chequered(shape):
    rows = np.arange(shape[0])
    return [Sites((rows + c) % 2, np.full(shape[0], shape[1]), np.full(shape[0], 2)) for c in range(2)]


def case(shape, *, reads, sites):
    generator = np.random.default_rng(3)
    state = [
        StateArray("u", shape, "float64", generator.normal(size=shape), (PERIODIC,) * 2, halo=1),
        StateArray("n", shape, "int8", generator.integers(-2, 3, shape).astype(np.int8), (PERIODIC,) * 2, halo=1),
    ]
    function = gathered if reads else indexed
    settings = {"draws": 2, "tally": "positive", "reads": READS if reads else {}}
    phases = [Phase(function, ("u", "n"), one, own_cell=one is None, **settings) for one in sites]
    observables = [Observable("mean", value), Observable("positive_share", "positive")]
    return model(state=state, phases=phases, observables=observables)


@pytest.mark.parametrize("shape", [(4, 6), (2, 2 * CELLS), (2, 4 * CELLS + 14)])
def test_sites_in_place(shape, computed):
    plain = computed(case(shape, reads=False, sites=chequered(shape)), steps=3)
    for workers in (1, 2):
        fields, series = computed(case(shape, reads=True, sites=chequered(shape)), steps=3, workers=workers)
        assert all(np.array_equal(fields[name], plain[0][name]) for name in ("u", "n"))
        assert all(np.array_equal(series[name], plain[1][name]) for name in ("mean", "positive_share"))


def of_two(own, other):
    return own + 2 * other


@pytest.mark.parametrize("shape", [(3,), (1500,), (3, 2 * CELLS + 3), (3, 4, 5)])
def test_all_cells_of_another_array(shape, computed):
    """One basis site of a lattice: what it reads is never what it writes, but for its own cell."""
    generator = np.random.default_rng(4)
    boundary = (PERIODIC,) * len(shape)
    a, b = generator.normal(size=(2, *shape))
    offset = (-1, *(0,) * (len(shape) - 2), 1) if len(shape) > 1 else (-1,)
    reads = {"own": ("a", (0,) * len(shape)), "other": ("b", offset)}
    mean = {1: mean_1, 2: mean_2, 3: mean_3}[len(shape)]
    made = model(
        state=[StateArray("a", shape, "float64", a, boundary, 1), StateArray("b", shape, "float64", b, boundary, 1)],
        phases=[Phase(of_two, "a", own_cell=True, reads=reads)],
        observables=[Observable("mean", mean)],
    )
    expected = a + 2 * np.roll(b, [-n for n in offset], range(len(shape)))
    for workers in (1, 3):
        assert np.array_equal(computed(made, steps=1, workers=workers)[0]["a"], expected)


def mean_1(a, i):
    return a[i]


def mean_2(a, i, j):
    return a[i, j]


def mean_3(a, i, j, k):
    return a[i, j, k]


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        (Phase(of_two, "a", reads={"own": ("a", (0,)), "other": ("c", (1,))}, own_cell=True), "reads 'c'"),
        (Phase(of_two, "a", reads={"own": ("a", (0,)), "other": ("a", (1, 0))}, own_cell=True), "an offset along each"),
        (Phase(of_two, "a", reads={"own": ("a", (0,)), "other": ("a", (1,))}), "needs `sites` or `own_cell`"),
        (Phase(of_two, "a", reads={"own": ("a", (0,))}, own_cell=True), "asks for 'other'"),
    ],
)
def test_reads_that_cannot_be_are_refused(phase, message):
    state = [StateArray("a", (4,), "float64", np.zeros(4), (PERIODIC,), halo=1)]
    with pytest.raises(InvalidValueError, match=message):
        build(Description(model(state=state, phases=[phase], observables=[Observable("mean", mean_1)])(parameters={})))
