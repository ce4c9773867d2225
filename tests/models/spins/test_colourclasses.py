"""Cells updated at once must not see each other, on a lattice of any shape and for conflicts of any kind and range."""

from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simcore.compiler.layout import ROW_SITES, Layout
from simcore.models.spins.colouring.general import colour_classes, pair_classes
from simcore.models.spins.lattice_section import StandardLattice
from simcore.models.spins.lattices import AXES_OF

MOST_SIDES = {1: 30, 2: 12, 3: 7, 4: 4}


def in_order(value):
    """A name of a case. A set from a source file and the same one from its .pyc may have different orders."""
    return str(sorted(value) if isinstance(value, set) else value)


@st.composite
def lattices(draw):
    """A shape, wraps and conflict offsets, some of them longer than a side, some leading back to the cell itself."""
    axes = draw(st.integers(1, 4))
    shape = tuple(draw(st.integers(1, MOST_SIDES[axes])) for _ in range(axes))
    wrap = tuple(draw(st.sampled_from(["periodic", "antiperiodic", "open"])) for _ in range(axes))
    far = draw(st.sampled_from([1, 1, 2, 5]))
    offset = st.tuples(*[st.integers(-far, far)] * axes)
    return shape, wrap, frozenset(draw(st.lists(offset, max_size=6)))


def cells_of(sites, shape):
    """The numbers of the cells, in C order, that the kernels would visit, in that order."""
    layout = Layout(shape, 0)
    for array in (sites.first, sites.stop, sites.stride):
        assert array.dtype == np.int64
        assert array.flags.c_contiguous
        assert array.shape == (layout.lines,)
    numbers = []
    for line, (first, stop, stride) in enumerate(zip(sites.first, sites.stop, sites.stride, strict=True)):
        assert stride >= 1
        places = np.arange(first, stop, stride)
        low, high = (line * ROW_SITES, (line + 1) * ROW_SITES) if len(shape) == 1 else (0, shape[-1])
        assert ((low <= places) & (places < min(high, shape[-1]))).all()
        numbers.append(places if len(shape) == 1 else line * shape[-1] + places)
    return np.concatenate(numbers)


def cell_beyond(shape, wrap, offset):
    """For every cell the number of the cell at `offset`, -1 where that lies beyond an open end."""
    cells = np.indices(shape).reshape(len(shape), -1)
    moved = cells + np.array(offset)[:, np.newaxis]
    sides = np.array(shape)[:, np.newaxis]
    is_open = np.array([end == "open" for end in wrap])[:, np.newaxis]
    outside = (is_open & ((moved < 0) | (moved >= sides))).any(axis=0)
    return np.where(outside, -1, np.ravel_multi_index(tuple(moved % sides), shape))


def neighbours(shape, wrap, conflicts):
    """For each cell the set of the other cells that it conflicts with, looked up one by one."""
    found = [set() for _ in range(prod(shape))]
    for offset in conflicts:
        for cell, other in enumerate(cell_beyond(shape, wrap, offset).tolist()):
            if other not in (-1, cell):
                found[cell].add(other)
                found[other].add(cell)
    return found


def assert_cover(classes, shape, wrap, conflicts):
    near = neighbours(shape, wrap, conflicts)
    members = [np.arange(prod(shape)) if sites is None else cells_of(sites, shape) for sites in classes]
    assert all(len(cells) for cells in members)
    np.testing.assert_array_equal(np.sort(np.concatenate(members)), np.arange(prod(shape)))
    for cells in members:
        chosen = set(cells.tolist())
        assert not any(near[cell] & chosen for cell in chosen)


def assert_pairs(classes, shape, wrap, pair, conflicts):
    near = neighbours(shape, wrap, conflicts)
    partner = cell_beyond(shape, wrap, pair)
    taken = []
    for first, second in classes:
        cells = cells_of(first, shape)
        assert len(cells)
        taken.append(cells)
        assert sorted(partner[cells]) == sorted(cells_of(second, shape))
        owner = {}
        for number, cell in enumerate(cells.tolist()):
            for member in {cell, int(partner[cell])}:
                assert owner.setdefault(member, number) == number, "two pairs of a class share a cell"
        for member, number in owner.items():
            assert all(owner.get(other, number) == number for other in near[member])
    everyone = np.concatenate([np.zeros(0, int), *taken])
    np.testing.assert_array_equal(np.sort(everyone), np.flatnonzero(partner >= 0))


@settings(max_examples=200, deadline=None)
@given(lattices())
@example(((1,), ("periodic",), {(1,)}))
@example(((2, 2), ("periodic", "open"), {(1, 0), (0, 1), (1, 1), (1, -1)}))
@example(((3, 3, 3), ("periodic",) * 3, {(1, 1, 0), (1, 0, 1), (0, 1, 1), (0, 0, 1)}))
@example(((5, 4), ("periodic",) * 2, {(7, 3), (5, 4), (-3, 9)}))
def test_every_cell_is_in_one_class_without_a_conflict(lattice):
    shape, wrap, conflicts = lattice
    assert_cover(colour_classes(shape, conflicts, wrap), shape, wrap, conflicts)
    closed = ("periodic",) * len(shape)
    assert_cover(colour_classes(shape, conflicts), shape, closed, conflicts)


@settings(max_examples=200, deadline=None)
@given(lattices(), st.data())
def test_every_pair_is_in_one_class_without_a_conflict(lattice, data):
    shape, wrap, conflicts = lattice
    pair = data.draw(st.tuples(*[st.integers(-2, 2)] * len(shape)))
    assert_pairs(pair_classes(shape, wrap, pair, conflicts), shape, wrap, pair, conflicts)


@pytest.mark.parametrize("conflicts", [{(1,)}, {(1,), (2,)}, {(3,), (5,)}], ids=in_order)
@pytest.mark.parametrize("side", [1023, 1024, 1025, 3001])
def test_a_chain_is_cut_into_the_rows_of_kernels(side, conflicts):
    shape, wrap = (side,), ("periodic",)
    assert_cover(colour_classes(shape, conflicts), shape, wrap, conflicts)
    for pair in (1,), (-2,):
        assert_pairs(pair_classes(shape, wrap, pair, conflicts), shape, wrap, pair, conflicts)


@pytest.mark.parametrize("shape", list(product(range(1, 10), repeat=2)), ids=str)
def test_neighbours_along_the_axes_take_no_more_colours_than_their_rings(shape):
    needed = max(1 if side == 1 else 2 + side % 2 for side in shape)
    assert len(colour_classes(shape, {(1, 0), (0, 1)})) == needed


SQUARE_AND_DIAGONALS = {(1, 0), (0, 1), (1, 1), (1, -1)}
FACES = {(0, 1, 1), (1, 0, 1), (1, 1, 0), (0, 1, -1), (1, 0, -1), (1, -1, 0)}
BOX = set(product((-1, 0, 1), repeat=3))


@pytest.mark.parametrize(
    ("shape", "conflicts", "classes"),
    [
        ((64,), {(1,), (2,)}, 4),
        ((63,), {(1,), (2,)}, 3),
        ((48, 48), {(1, 0), (0, 1), (1, -1)}, 3),
        ((64, 64), {(1, 0), (0, 1), (1, -1)}, 4),
        ((64, 64), SQUARE_AND_DIAGONALS, 4),
        ((65, 65), SQUARE_AND_DIAGONALS, 5),
        ((32, 32, 32), FACES, 4),
        ((32, 32, 32), BOX, 8),
        ((4,) * 8, {tuple(row) for row in np.eye(8, dtype=int).tolist()}, 2),
    ],
    ids=in_order,
)
def test_usual_lattices_take_few_classes(shape, conflicts, classes):
    assert len(colour_classes(shape, conflicts)) == classes


def test_open_ends_save_the_seam():
    assert len(colour_classes((9, 9), {(1, 0), (0, 1)}, ("open", "open"))) == 2


def test_without_conflicts_all_cells_are_updated_at_once():
    assert colour_classes((4, 5), set()) == [None]
    assert colour_classes((4, 5), {(0, 0), (8, 5)}) == [None]


def test_a_side_of_two_has_both_of_its_bonds():
    first = [cells_of(pair[0], (2,)).tolist() for pair in pair_classes((2,), ("periodic",), (1,), {(1,)})]
    assert sorted(first) == [[0], [1]]


@pytest.mark.parametrize("side", [1, 2, 3, 5])
@pytest.mark.parametrize("name", list(AXES_OF))
def test_sites_of_one_colour_meet_in_no_term_of_a_named_lattice(name, side):
    """With all bonds and plaquettes, looked up site by site."""
    lattice = StandardLattice(type=name, shape=(side,) * AXES_OF[name][0])
    geometry = lattice.geometry((*lattice.bond_kinds, *lattice.plaquette_kinds))
    for site in range(geometry.basis):
        own = geometry.meetings(site, site)
        assert_cover(colour_classes(geometry.shape, own, geometry.wrap), geometry.shape, geometry.wrap, own)


@pytest.mark.parametrize("name", ["honeycomb", "kagome", "bcc", "fcc"])
def test_sublattices_without_bonds_of_their_own_take_one_colour(name):
    geometry = StandardLattice(type=name, size=5).geometry(["nn"])
    assert all(colour_classes(geometry.shape, geometry.meetings(s, s)) == [None] for s in range(geometry.basis))
