"""The lattices that have a name, against what their Cartesian positions say."""

from collections import Counter
from itertools import combinations, product
from math import comb

import numpy as np
import pytest

from simcore.models.spins.geometry import Bond, Geometry, Plaquette, fitting
from simcore.models.spins.lattices import AXES_OF, unit_cell

LATTICES = [(name, axes) for name, (least, most) in AXES_OF.items() for axes in range(least, min(most, 5) + 1)]
OF_THEIR_OWN = ["ladder", "checkerboard"]  # their bonds are no shells of distances; see test_shells.py
BY_DISTANCE = [(name, axes) for name, axes in LATTICES if name not in OF_THEIR_OWN]
PLANAR = ["square", "triangular", "honeycomb", "kagome"]
SHELLS = {"nn": 0, "nnn": 1}


def lattice(name, shape, wrap="periodic", kinds=None):
    """With all kinds of bonds and plaquettes, or those of `kinds`."""
    cell = unit_cell(name, len(shape))
    ends = (wrap,) * len(shape)
    chosen = [
        [term for term in terms if kinds is None or term.kind in kinds] for terms in (cell.bonds, cell.plaquettes)
    ]
    bonds, plaquettes = fitting(shape, ends, *chosen)
    return Geometry(shape, ends, cell.vectors, cell.positions, bonds, plaquettes)


def distance(geometry, source, target, offset):
    places = np.array(geometry.positions) @ np.array(geometry.vectors)
    return np.linalg.norm(places[target] - places[source] + np.array(offset) @ np.array(geometry.vectors))


def number_of(geometry, site, cell):
    """The number of a site of the lattice, None where its cell lies beyond an open end."""
    for place, side, end in zip(cell, geometry.shape, geometry.wrap, strict=True):
        if end == "open" and not 0 <= place < side:
            return None
    wrapped = tuple(place % side for place, side in zip(cell, geometry.shape, strict=True))
    return int(np.ravel_multi_index(wrapped, geometry.shape)) * geometry.basis + site


def terms_of(geometry, corners):
    """A term, written out for every cell: the numbers of its sites."""
    for cell in np.ndindex(geometry.shape):
        sites = [number_of(geometry, site, np.add(cell, offset)) for site, offset in corners]
        if None not in sites:
            yield tuple(sites)


def bonds_of(geometry, kind):
    origin = (0,) * geometry.dimensions
    return [
        ends
        for bond in geometry.bonds
        if bond.kind == kind
        for ends in terms_of(geometry, [(bond.source, origin), (bond.target, bond.offset)])
    ]


def plaquettes_of(geometry):
    return [sites for plaquette in geometry.plaquettes for sites in terms_of(geometry, plaquette.corners)]


def one_way(source, target, offset):
    """A bond in one of its two directions, always the same."""
    return max((source, target, offset), (target, source, tuple(-c for c in offset)))


def written(geometry, kind):
    return [one_way(bond.source, bond.target, bond.offset) for bond in geometry.bonds if bond.kind == kind]


def shells(geometry, number):
    """The bonds between sites at the nearest distances, found one by one: a set for each of them."""
    found = {}
    reach = 3 if geometry.dimensions < 4 else 2
    for offset in product(range(-reach, reach + 1), repeat=geometry.dimensions):
        for ends in product(range(geometry.basis), repeat=2):
            length = round(float(distance(geometry, *ends, offset)), 9)
            found.setdefault(length, set()).add(one_way(*ends, offset))
    return [found[length] for length in sorted(found)[1 : number + 1]]


@pytest.mark.parametrize(("name", "axes"), BY_DISTANCE)
def test_the_two_kinds_of_bonds_are_the_two_shortest_distances_and_all_bonds_there(name, axes):
    geometry = lattice(name, (9,) * axes)
    nearest = shells(geometry, 2)
    for kind, shell in SHELLS.items():
        bonds = written(geometry, kind)
        assert len(set(bonds)) == len(bonds)
        assert set(bonds) == nearest[shell]


@pytest.mark.parametrize(
    ("name", "shape", "nn", "nnn"),
    [
        ("chain", (5,), 2, 2),
        ("square", (5, 6), 4, 4),
        ("triangular", (5, 6), 6, 6),
        ("honeycomb", (3, 4), 3, 6),
        ("kagome", (3, 4), 4, 4),
        ("cubic", (3, 4, 5), 6, 12),
        ("bcc", (3, 4, 3), 8, 6),
        ("fcc", (3, 3, 4), 12, 6),
        ("diamond", (2, 2, 3), 4, 12),
        ("pyrochlore", (2, 2, 2), 6, 12),
        ("hcp", (3, 3, 3), 12, 6),
        ("ladder", (5,), 3, 2),
        ("checkerboard", (3, 4), 4, 2),
        ("hypercubic", (3, 4, 3, 3), 8, 24),
        ("hypercubic", (3,) * 6, 12, 60),
    ],
)
def test_every_site_has_its_coordination_number(name, shape, nn, nnn):
    geometry = lattice(name, shape)
    for kind, expected in (("nn", nn), ("nnn", nnn)):
        ends = Counter(site for bond in bonds_of(geometry, kind) for site in bond)
        assert set(ends.values()) == {expected}
        assert len(ends) == geometry.sites


@pytest.mark.parametrize(("name", "axes"), [(n, a) for n, a in LATTICES if unit_cell(n, a).plaquettes])
def test_plaquettes_are_closed_loops_of_nearest_neighbours(name, axes):
    geometry = lattice(name, (4,) * axes)
    edges = {frozenset(bond) for bond in bonds_of(geometry, "nn")}
    for sites in plaquettes_of(geometry):
        assert all(frozenset(pair) in edges for pair in zip(sites, (*sites[1:], sites[0]), strict=True))
    for (a, at), (b, to) in (
        (c, d) for p in geometry.plaquettes for c, d in zip(p.corners, p.corners[1:], strict=False)
    ):
        assert one_way(a, b, tuple(y - x for x, y in zip(at, to, strict=True))) in written(geometry, "nn")
    assert not any(any(plaquette.corners[0][1]) for plaquette in geometry.plaquettes)


def cycles(edges, sites, length):
    """All simple cycles of that length, as sets of sites; no two of those looked for have the same sites."""
    near = {site: set() for site in range(sites)}
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    found = set()

    def walk(path):
        if len(path) == length:
            if path[0] in near[path[-1]]:
                found.add(frozenset(path))
            return
        for following in near[path[-1]]:
            if following > path[0] and following not in path:
                walk((*path, following))

    for start in range(sites):
        walk((start,))
    return found


@pytest.mark.parametrize(
    ("name", "shape", "length", "per_cell"),
    [
        ("square", (5, 6), 4, 1),
        ("triangular", (4, 5), 3, 2),
        ("honeycomb", (4, 5), 6, 1),
        ("kagome", (3, 4), 3, 2),
        ("cubic", (5, 5, 5), 4, 3),
        ("hypercubic", (5,) * 4, 4, 6),
    ],
)
def test_plaquettes_are_all_of_the_shortest_cycles(name, shape, length, per_cell):
    geometry = lattice(name, shape, kinds={"nn", *(p.kind for p in unit_cell(name, len(shape)).plaquettes)})
    found = [frozenset(sites) for sites in plaquettes_of(geometry)]
    assert len(found) == len(set(found)) == per_cell * geometry.cells
    assert set(found) == cycles(bonds_of(geometry, "nn"), geometry.sites, length)


@pytest.mark.parametrize("axes", range(2, 9))
def test_a_hypercubic_lattice_has_a_square_for_every_two_axes(axes):
    assert len(unit_cell("hypercubic", axes).plaquettes) == comb(axes, 2)


@pytest.mark.parametrize("name", PLANAR)
def test_faces_obey_euler_on_the_torus(name):
    """V - E + F = 0; the hexagons of the kagome lattice, one for each of its cells, are no plaquettes."""
    geometry = lattice(name, (4, 5))
    hexagons = geometry.cells if name == "kagome" else 0
    faces = len(plaquettes_of(geometry)) + hexagons
    assert geometry.sites - len(bonds_of(geometry, "nn")) + faces == 0


@pytest.mark.parametrize("name", ["square", "honeycomb", "cubic", "bcc", "diamond"])
def test_bipartite_lattices_have_no_triangles(name):
    axes = AXES_OF[name][0]
    geometry = lattice(name, (4,) * axes)
    assert not cycles(bonds_of(geometry, "nn"), geometry.sites, 3)


@pytest.mark.parametrize(
    ("name", "triangles"), [("triangular", 2), ("kagome", 2 / 3), ("fcc", 8), ("hcp", 8), ("pyrochlore", 2)]
)
def test_triangles_of_a_site_are_as_many_as_known(name, triangles):
    """Per site: triangular 2, kagome 2/3; fcc 8, for each of its 12 neighbours has 4 others of them as its own.

    Of hcp as of fcc: 8; pyrochlore has half a tetrahedron a site, each with 4 triangles: 2.
    """
    geometry = lattice(name, (5,) * AXES_OF[name][0])
    assert len(cycles(bonds_of(geometry, "nn"), geometry.sites, 3)) == round(triangles * geometry.sites)


def test_positions_of_all_sites_are_those_of_their_cells_and_basis():
    geometry = lattice("kagome", (3, 4))
    places = geometry.site_positions()
    assert places.shape == (3, 4, 3, 2)
    assert places.dtype == np.float64
    expected = 2 * np.array([2.0, 0.0]) + 3 * np.array([1.0, np.sqrt(3.0)]) + np.array([0.5, np.sqrt(3.0) / 2])
    np.testing.assert_allclose(places[2, 3, 2], expected, rtol=1e-15)


@pytest.mark.parametrize("name", [name for name in AXES_OF if name not in OF_THEIR_OWN])
def test_bonds_join_sites_that_are_their_length_apart(name):
    """Bonds on an open lattice, where no image is nearer: against `site_positions`."""
    geometry = lattice(name, (4,) * AXES_OF[name][0], wrap="open")
    places = geometry.site_positions().reshape(geometry.sites, -1)
    every = {round(float(np.linalg.norm(a - b)), 9) for a, b in combinations(places, 2)}
    for kind, length in zip(SHELLS, sorted(every), strict=False):
        found = {round(float(np.linalg.norm(places[a] - places[b])), 9) for a, b in bonds_of(geometry, kind)}
        assert found == {length}


@pytest.mark.parametrize(
    ("name", "shape", "wrap", "bonds"),
    [
        ("chain", (1,), "periodic", 0),
        ("chain", (2,), "periodic", 2),
        ("chain", (2,), "antiperiodic", 2),
        ("chain", (2,), "open", 1),
        ("chain", (1,), "open", 0),
        ("chain", (7,), "open", 6),
        ("square", (1, 5), "periodic", 5),
        ("square", (2, 5), "periodic", 20),
        ("square", (3, 4), "open", 17),
        ("triangular", (2, 2), "periodic", 12),
        ("triangular", (1, 1), "periodic", 0),
        ("triangular", (3, 3), "open", 16),
        ("honeycomb", (1, 1), "periodic", 3),
        ("honeycomb", (1, 1), "open", 1),
        ("kagome", (1, 1), "periodic", 6),
        ("bcc", (1, 1, 1), "periodic", 8),
        ("fcc", (1, 1, 1), "periodic", 24),
        ("hypercubic", (2,) * 5, "periodic", 160),
    ],
)
def test_short_sides_have_the_bonds_of_the_convention(name, shape, wrap, bonds):
    """Side 2: both bonds count; side 1: none from a site to itself; open: none beyond the ends."""
    assert len(bonds_of(lattice(name, shape, wrap), "nn")) == bonds


def test_a_plaquette_that_comes_to_a_site_twice_is_left_out():
    assert not lattice("square", (1, 4)).plaquettes
    assert len(plaquettes_of(lattice("square", (2, 2)))) == 4
    assert len(plaquettes_of(lattice("square", (3, 4), "open"))) == 6
    assert not lattice("cubic", (1, 1, 9)).plaquettes
    assert len(lattice("cubic", (1, 3, 9)).plaquettes) == 1


def test_what_spans_more_than_an_open_side_is_left_out():
    bonds, plaquettes = [Bond("far", 0, 0, (3, 0))], [Plaquette("far", ((0, (0, 0)), (0, (-2, 1)), (0, (1, 0))))]
    assert fitting((3, 2), ("open", "periodic"), bonds, plaquettes) == ((), ())
    assert fitting((4, 2), ("open", "periodic"), bonds, plaquettes) == (tuple(bonds), tuple(plaquettes))


def test_meetings_and_reach_count_bonds_and_plaquettes_both_ways():
    square = lattice("square", (4, 4), kinds={"nn"})
    assert square.reach == 1
    assert square.meetings(0, 0) == {(1, 0), (-1, 0), (0, 1), (0, -1)}
    assert lattice("square", (4, 4), kinds={"square"}).meetings(0, 0) == {
        d for d in product((-1, 0, 1), repeat=2) if any(d)
    }
    honeycomb = lattice("honeycomb", (4, 4), kinds={"nn"})
    assert honeycomb.meetings(0, 0) == honeycomb.meetings(1, 1) == frozenset()
    assert honeycomb.meetings(0, 1) == {(0, 0), (-1, 0), (0, -1)}
    assert honeycomb.meetings(1, 0) == {(0, 0), (1, 0), (0, 1)}
    assert lattice("chain", (9,), kinds={"nnn"}).reach == 2
    assert lattice("chain", (9,), kinds=set()).reach == 0
    wide = Geometry(
        (9,), ("periodic",), ((1.0,),), ((0.0,),), (), (Plaquette("p", ((0, (0,)), (0, (-1,)), (0, (2,)))),)
    )
    assert wide.reach == 3
