"""What the source of a kernel shows to be wrong is refused before anything is compiled, and what is right is not."""

from __future__ import annotations

import random as python_random

import numpy as np
import pytest
from numpy.random import rand

from simcore.compiler.build import build
from simcore.errors import InvalidValueError
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Reduction, Sites
from tests.compiler.conftest import model

SHAPE = (6, 5)
RING = ((Periodic(), Periodic()),) * 2
FAR = 2


def value(u, i, j):
    return u[i, j]


def program(update=None, observable=value, halo=1, **phase):
    """Build a model with one phase, whose array has `halo` ghost cells; beside it an array without any."""
    arrays = [
        StateArray("u", SHAPE, "float64", np.zeros(SHAPE), RING if halo else (), halo),
        StateArray("v", SHAPE, "float64", np.zeros(SHAPE)),
    ]
    phases = [Phase(update or value, "u", **phase)]
    made = model(
        state=arrays, phases=phases, observables=[Observable("mean_u", observable)], constants={"map": np.ones(SHAPE)}
    )
    return build(Description(made()))


# -- what is refused ---------------------------------------------------------------------------------------------------


def two_away(u, i, j):
    return u[i - 2, j]


def two_away_by_a_name(u, i, j):
    west = j - 1
    further = west + 1 - FAR
    return u[i, further]


def two_away_in_a_loop(u, i, j):
    total = 0.0
    for d in range(-1, 3):
        total += u[i + d, j]
    return total


def two_away_in_a_range(u, i, j):
    total = 0.0
    for m in range(i - 2, i + 1):
        total += u[m, j]
    return total


def of_neighbour(array, row, column):
    return array[row + 1, column]


def two_away_in_a_callee(u, i, j):
    return of_neighbour(u, i + 1, j)


def two_away_in_a_slice(u, i, j):
    return u[i - 1 : i + 3, j].sum()


def beyond_v(u, v, i, j):
    return u[i, j] + v[i, j + 1]


def modulo(u, i, j):
    return u[(i + 1) % 6, j]


def neighbour(u, i, j):
    return u[i, j + 1]


def anywhere(u, v, i, j):
    return u[int(v[i, j]), j]


def mirrored(u, i, j):
    return u[j, i]


def numpy_random(u, i, j):
    return u[i, j] + np.random.random()


def numpy_random_in_a_callee(u, i, j):
    return u[i, j] + noise()


def noise():
    return rand()


def python_module(u, i, j):
    return u[i, j] + python_random.random()


def writing(u, i, j):
    u[i, j] = 1.0
    return u[i, j]


def adding(u, v, i, j):
    v[i, j] += 1.0
    return u[i, j]


def writing_a_constant(u, map, i, j):
    map[i, j] = 1.0
    return u[i, j]


def put(array, row, column):
    array[row, column] = 0.0


def writing_in_a_callee(u, v, i, j):
    put(v, i, j)
    return u[i, j]


def filling(u, v, i, j):
    v.fill(0.0)
    return u[i, j]


def second_draw(u, i, j, random):
    return u[i, j] + random[1]


def draws_in_a_loop(u, i, j, random):
    total = u[i, j]
    for d in range(3):
        total += random[d]
    return total


def negative_draw(u, i, j, random):
    return u[i, j] + random[-2]


def summed(u, i, j):
    return u[i, j] + u.sum()


def summed_by_numpy(u, i, j):
    return u[i, j] + np.sum(u)


def row(u, i, j):
    return u[i, :].sum()


def row_without_a_colon(u, i, j):
    return u[i].sum()


def row_inside(u, i, j):
    return u[i, 1:-1].sum() + np.zeros_like(u)[i, j]


@pytest.mark.parametrize(
    ("update", "phase", "words"),
    [
        (two_away, {}, r"two_away \(test_kernel_rules.py:\d+\) reads u\[i - 2, j\]: 2 cells away along axis 0, and 'u' "
         r"has halo=1: give it halo=2"),
        (two_away_by_a_name, {}, r"reads u\[i, further\]: 2 cells away along axis 1"),
        (two_away_in_a_loop, {}, r"reads u\[i \+ d, j\]: 2 cells away along axis 0"),
        (two_away_in_a_range, {}, r"reads u\[m, j\]: 2 cells away along axis 0"),
        (two_away_in_a_callee, {}, r"of_neighbour \(.*\) reads array\[row \+ 1, column\]: 2 cells away along axis 0"),
        (two_away_in_a_slice, {}, r"reads u\[i - 1:i \+ 3, j\]: 2 cells away along axis 0"),
        (beyond_v, {}, r"reads v\[i, j \+ 1\]: 1 cell away along axis 1, and 'v' has halo=0"),
        (neighbour, {"halo": 0}, r"reads u\[i, j \+ 1\]: 1 cell away along axis 1, and 'u' has halo=0"),
        (modulo, {}, r"i counts the 1 ghost cells at the lower end, so the remainder is another cell"),
        (neighbour, {"own_cell": True}, r"reads u\[i, j \+ 1\] with own_cell=True, .* at u\[i, j\] only"),
        (anywhere, {"own_cell": True, "halo": 0}, r"reads u\[int\(v\[i, j\]\), j\] with own_cell=True"),
        (mirrored, {"own_cell": True, "halo": 0}, r"reads u\[j, i\]"),
        (numpy_random, {}, r"uses np.random.random, whose numbers follow from no seed, step and cell: take"),
        (numpy_random_in_a_callee, {}, r"noise \(.*\) uses rand, whose numbers"),
        (python_module, {}, r"uses python_random.random, whose numbers"),
        (writing, {}, r"writes to u\[i, j\]: a kernel returns the new value"),
        (adding, {}, r"writes to v\[i, j\]"),
        (writing_a_constant, {}, r"writes to map\[i, j\]"),
        (writing_in_a_callee, {}, r"put \(.*\) writes to array\[row, column\]"),
        (filling, {}, r"writes to v.fill\(...\)"),
        (summed, {}, r"takes u.sum: that has the ghost cells of 'u' in it"),
        (summed_by_numpy, {}, r"takes np.sum\(u\): that has the ghost cells of 'u' in it"),
        (row, {}, r"reads u\[i, :\]: that has the ghost cells of 'u' in it, .* give both ends, 1:-1"),
        (row_without_a_colon, {}, r"reads u\[i\]: that has the ghost cells"),
        (second_draw, {"draws": 1}, r"takes random\[1\], and its phase has draws=1: give it draws=2"),
        (draws_in_a_loop, {"draws": 2}, r"takes random\[2\], and its phase has draws=2: give it draws=3"),
        (negative_draw, {"draws": 1}, r"takes random\[1\], and its phase has draws=1"),
    ],
)  # fmt: skip
def test_what_the_source_shows_to_be_wrong_is_refused(update, phase, words):
    with pytest.raises(InvalidValueError, match=words) as refusal:
        program(update, **phase)
    assert "\n" not in str(refusal.value)


def test_observables_and_reductions_are_held_to_the_same_rules():
    with pytest.raises(InvalidValueError, match=r"two_away \(.*\) reads u\[i - 2, j\]"):
        program(observable=two_away)
    made = model(
        state=[StateArray("u", SHAPE, "float64", np.zeros(SHAPE), RING, 1)],
        phases=[Reduction("total", two_away), Phase(value, "u")],
        observables=[Observable("mean_u", value)],
    )
    with pytest.raises(InvalidValueError, match=r"two_away \(.*\) reads u\[i - 2, j\]"):
        build(Description(made()))


def east(a, i, j):
    return a


def test_gathered_reads_of_a_phase_on_its_own_cell_are_too():
    with pytest.raises(InvalidValueError, match=r"reads 'a', 'u' at \(0, 1\) from its cell, with own_cell=True"):
        program(east, own_cell=True, reads={"a": ("u", (0, 1))})
    program(east, own_cell=True, reads={"a": ("u", (0, 0))})


# -- what is right -----------------------------------------------------------------------------------------------------


def in_place(u, i, j):
    return u[i - 1, j] + u[i + 1, j]


def unrolled(u, i, j):
    total = 0.0
    for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        total += u[i + di, j + dj]
    return total


def all_pairs(u, v, i, j):
    total = 0.0
    for m in range(v.shape[0]):
        total += v[m, j]
    return total + u[i, j]


def honeycomb(u, i, j):
    return u[i + 1 - 2 * (j % 2), j]


def one_or_other(u, i, j):
    up = i - 1 if j > 2 else i + 1
    return u[up, j]


@pytest.mark.parametrize(
    ("update", "phase"),
    [
        (neighbour, {}),
        (value, {"own_cell": True}),
        (two_away, {"halo": 2}),
        (mirrored, {"halo": 0}) if SHAPE[0] == SHAPE[1] else (value, {}),
        (unrolled, {}),
        (row_inside, {}),
        (row, {"halo": 0}),
        (summed, {"halo": 0}),
        (summed_by_numpy, {"halo": 0}),
        (all_pairs, {}),
        (honeycomb, {}),
        (one_or_other, {}),
        (modulo, {"halo": 0}),
        (second_draw, {"draws": 2}),
        (in_place, {"sites": Sites(*(np.full(6, n) for n in (0, 5, 2)))}),
    ],
)
def test_what_is_right_is_taken(update, phase):
    program(update, **phase)
