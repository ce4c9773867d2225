"""Cluster algorithms: labels against scipy for any cut into rows, reflections, refusals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from simcore.errors import ExperimentError
from simcore.models.spins.algorithms.wolff import tuned_clusters
from simcore.models.spins.clusters.labelling import Labelling, Link
from simcore.models.spins.clusters.reflections import OfStates, reflections_of
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.spins import Spins
from simcore.runs.experiment import resolve

SQUARE = {"type": "square", "shape": [4, 4]}


def function(written):
    known = {"np": np}
    exec(written.source, known)
    return next(value for name, value in known.items() if callable(value) and name not in ("np", "__builtins__"))


@st.composite
def lattices(draw):
    """Links and bits of a lattice of one to three axes, with one or two basis sites, and a cut into ranges of rows."""
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    basis = draw(st.integers(1, 2))
    offsets = st.tuples(*[st.integers(-2, 2)] * len(shape))
    sites = st.integers(0, basis - 1)
    links, bits = [], [0] * basis
    for site, other, offset in draw(st.lists(st.tuples(sites, sites, offsets), min_size=1, max_size=4)):
        links.append(Link(bits[site], site, other, offset))
        bits[site] += 1
    ghosts = draw(st.lists(st.booleans(), min_size=basis, max_size=basis))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, shape[0] - 1)), max_size=3)) | {0, shape[0]})
    ghost = [bits[site] if has else None for site, has in enumerate(ghosts)]
    coin = [bits[site] + has for site, has in enumerate(ghosts)]
    geometry = Geometry(shape, ("periodic",) * len(shape), (), ((),) * basis, (), ())
    return Labelling(geometry, links, ghost, coin), cuts, draw(st.integers(0, 2**32 - 1))


@settings(max_examples=150, deadline=None)
@given(lattices())
def test_labels_and_turns_are_those_of_connected_components(given):
    labelling, cuts, seed = given
    shape, basis = labelling.geometry.shape, labelling.geometry.basis
    generator = np.random.default_rng(seed)
    active = generator.random((*shape, basis, 8)) < 0.4
    weights = 1 << np.arange(8)
    arrays = {}
    for site in range(basis):
        arrays[labelling.array("cluster_bonds", site)] = (active[..., site, :] * weights).sum(axis=-1)
        arrays[labelling.array("cluster_label", site)] = np.full(shape, 77, labelling.dtype)
        arrays[labelling.array("cluster_turn", site)] = np.full(shape, 77, np.int8)
    for stage in labelling.phase().stages:
        called = function(stage)
        names = called.__code__.co_varnames[: called.__code__.co_argcount]
        for first, last in pairwise(cuts):
            known = {**arrays, **labelling.constants(), "first": first, "last": last}
            called(*(known[name] for name in names))

    places = np.arange(np.prod(shape) * basis).reshape(*shape, basis)
    ghost = places.size
    ends = [(ghost, ghost)]
    for link in labelling.links:
        there = np.roll(places[..., link.other], [-step for step in link.offset], tuple(range(len(shape))))
        on = active[..., link.site, link.bit]
        ends += zip(places[..., link.site][on], there[on], strict=True)
    for site, bit in enumerate(labelling.ghost):
        if bit is not None:
            ends += [(place, ghost) for place in places[..., site][active[..., site, bit]]]
    rows, columns = np.transpose(ends)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(ghost + 1, ghost + 1))
    labels = connected_components(graph, directed=False)[1]
    coins = np.stack([active[..., site, bit] for site, bit in enumerate(labelling.coin)], axis=-1).ravel()
    expected = np.zeros(places.size, np.int8)
    for label in set(labels) - {labels[ghost]}:
        members = np.flatnonzero(labels == label)
        expected[members] = coins[members[0]]
        expected[members[0]] += 2
    found = np.stack([arrays[labelling.array("cluster_turn", site)] for site in range(basis)], axis=-1)
    assert np.array_equal(found.ravel(), expected)


def system_of(spin, bonds, boundary="periodic", **more):
    keys = {
        "lattice": {**SQUARE, "boundary": boundary},
        "parameters": {"temperature": 1.5, "J": 0.7, "K": 0.3},
        "spin": spin,
        "hamiltonian": {"bonds": bonds, **more},
    }
    return Spins.model_validate(keys).system


@pytest.mark.parametrize(
    ("states", "bonds", "boundary", "count", "alone"),
    [
        ([-1, 1], "-J*a*b", "periodic", 1, True),
        ([-1, 0, 1], "-J*a*b", "periodic", 1, False),
        ([-1, 0, 1], "-J*equal(a, b)", "periodic", 3, True),
        ([-1, 0, 1], "-J*equal(a, b)", {"x": "antiperiodic"}, 1, False),
        ([0, 1, 2, 3], "-J*equal(a, b)", "periodic", 8, True),
        ([0, 1, 2, 3, 4], "-J*cos(2*pi*(a - b)/5)", "periodic", 5, True),
        ([0, 1, 2], "-J*equal(a, b) - K*equal(a, 0)*equal(b, 0)", "periodic", 1, False),
        ([0, 1, 2], "-J*a*b", "periodic", 0, False),
    ],
)
def test_permutations_that_keep_the_energies(states, bonds, boundary, count, alone):
    system = system_of({"states": states}, bonds, boundary)
    reflections = reflections_of(system)
    assert isinstance(reflections, OfStates)
    for turn in reflections.turns:
        assert np.array_equal(turn[turn], np.arange(len(states)))
    assert len(reflections.turns) == count
    assert bool(reflections.bond_in_the_way()) == (count == 0)
    assert reflections.alone == alone


@pytest.mark.parametrize(
    ("spin", "bonds", "kept"),
    [
        ({"angle": True}, "-J*cos(a - b) + K*cos(3*(a - b))", True),
        ({"angle": True}, "-J*cos(a - b) - K*sin(a - b)", False),
        ({"angle": True}, "-J*cos(a)*cos(b)", False),
        ({"vector": 3}, "-J*dot(a, b) + K*dot(a, b)**2", True),
        ({"vector": 3}, "-J*dot(a, b) - K*a[2]*b[2]", False),
        ({"vector": 3}, "K*(a[0]*b[1] - a[1]*b[0])", False),
        ({"vector": 2}, "-J*(a[0]*b[0] + a[1]*b[1])", True),
        ({"real": True}, "J*(a - b)**2", True),
        ({"real": True}, "J*(a - b)**2 + K*a*b**2", False),
    ],
)
def test_reflections_of_continuous_spins_are_proved(spin, bonds, kept):
    assert (reflections_of(system_of(spin, bonds)).bond_in_the_way() == "") == kept


def problem(algorithm, **model):
    keys = {"type": "ising", "lattice": SQUARE, "parameters": {"temperature": 2.0}, **model, "algorithm": algorithm}
    with pytest.raises(ExperimentError) as error:
        resolve({"model": keys, "run": {"sweeps": 1}})
    return str(error.value)


def spins(spin, **hamiltonian):
    parameters = {"temperature": 2.0, "J": 1.0}
    return {"type": "spins", "spin": spin, "hamiltonian": hamiltonian, "parameters": parameters}


@pytest.mark.parametrize(
    ("algorithm", "model", "message"),
    [
        ("wolf", {}, "unknown algorithm 'wolf'; did you mean 'wolff'?"),
        (["metropolis", "wolf"], {}, "unknown algorithm 'wolf'; did you mean 'wolff'?"),
        ({"type": "wolff", "clusters": 0}, {}, "model.algorithm.clusters"),
        ({"type": "swendsen_wang", "clusters": 2}, {}, "swendsen_wang takes no 'clusters'"),
        (["metropolis", {"type": "metropolis", "width": 2.0}], {}, "two algorithms of the list measure 'acceptance'"),
        ([], {}, "model.algorithm"),
        ("wolff", {"type": "gonihedric", "lattice": {"type": "cubic", "size": 4}}, "joins 4 spins"),
        ("wolff", spins({"states": [0, 1, 2]}, bonds="-J*a*b"), "model.hamiltonian.bonds is not proved to keep its"),
        ("wolff", spins({"states": [-1, 0, 1]}, bonds="-J*a*b"), "mix it in, algorithm: [metropolis, wolff]"),
        ("swendsen_wang", {"type": "phi4", "parameters": {"temperature": 1.0}}, "keep their absolute values"),
        (
            "swendsen_wang",
            {**spins({"states": [-1, 1]}, bonds="-J*a*b"), "lattice": {"type": "graph", "edges": [[0, 1]]}},
            "not along the edges of a graph",
        ),
    ],
)
def test_what_clusters_cannot_do_is_refused_in_one_line(algorithm, model, message):
    found = problem(algorithm, **model)
    assert message in found
    assert "\n" not in found.strip()


def test_two_tunings_of_clusters_visit_every_site_once():
    """With clusters of 20 of 1,000 sites on average, whatever the number it begins with."""
    generator = np.random.default_rng(1)
    for clusters in (1.0, 1000.0):
        for step in range(1, 2000):
            visited = generator.poisson(20.0, round(clusters)).sum()
            clusters = tuned_clusters(clusters, step, visited, 1000.0)
        assert clusters == pytest.approx(50.0, rel=0.02)


def test_over_relaxation_stands_in_a_list():
    lattice, keys = {"type": "cubic", "size": 4}, ["heat_bath", {"type": "over_relaxation", "sweeps": 3}]
    model = {"type": "heisenberg", "lattice": lattice, "parameters": {"temperature": 1.0}}
    listed, mixed = (
        resolve({"model": {**model, "algorithm": one}, "run": {"sweeps": 1}}).description
        for one in (keys, {"type": "heat_bath", "over_relaxation": 3})
    )
    assert [phase.update.source for phase in listed.phases] == [phase.update.source for phase in mixed.phases]
    assert listed.model.model_dump(mode="json")["algorithm"] == [
        {"type": "heat_bath", "over_relaxation": 0},
        {"type": "over_relaxation", "sweeps": 3},
    ]
