"""Sizes, wrapping and improved estimators of clusters, against other algorithms and against sums over all bonds."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import simcore
from simcore.errors import ExperimentError
from simcore.models.spins.clusters.labelling import BONDS, Link
from simcore.models.spins.clusters.survey import AROUND, PART, REST, SIZE, SQUARE, Survey
from simcore.models.spins.geometry import Geometry
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.runs.verify import verify
from tests.models.spins.test_clusters import function
from tests.physics.oracles.scores import assert_normal, z_scores

COPIES = 11
"""Of a lattice along an axis, a prime number: a cluster goes around if it joins its copies."""


def labels_of(pairs, sites):
    ends = np.array([*pairs, (0, 0)]).T
    return connected_components(coo_array((np.ones(len(ends[0])), ends), shape=(sites, sites)), directed=False)[1]


def goes_around(edges, sites, axis):
    """For each site whether its cluster does, from so many copies of the lattice side by side."""
    lifted = [
        (copy * sites + a, (copy + turns[axis]) % COPIES * sites + b) for a, b, turns in edges for copy in range(COPIES)
    ]
    labels = labels_of(lifted, COPIES * sites)
    return labels[:sites] == labels[sites : 2 * sites]


@st.composite
def lattices(draw):
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    basis = draw(st.integers(1, 2))
    wrap = tuple(draw(st.sampled_from(["periodic", "open"])) for _ in shape)
    offsets = st.tuples(*[st.integers(-2, 2)] * len(shape))
    sites = st.integers(0, basis - 1)
    links, bits = [], [0] * basis
    for site, other, offset in draw(st.lists(st.tuples(sites, sites, offsets), min_size=1, max_size=4)):
        links.append(Link(bits[site], site, other, offset))
        bits[site] += 1
    ghost = [bits[site] if draw(st.booleans()) else None for site in range(basis)]
    geometry = Geometry(shape, wrap, (), ((),) * basis, (), ())
    return Survey(geometry, links, ghost, parts=draw(st.integers(0, 2))), draw(st.integers(0, 2**32 - 1))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(lattices())
def test_sizes_wrapping_and_squares_are_those_of_another_algorithm(given):
    survey, seed = given
    geometry, generator = survey.geometry, np.random.default_rng(seed)
    shape, basis, axes = geometry.shape, geometry.basis, range(geometry.dimensions)
    places = np.arange(np.prod(shape) * basis).reshape(*shape, basis)
    edges, active = [], np.zeros((*shape, basis, 8), np.int64)
    for link, cell in itertools.product(survey.links, np.ndindex(*shape)):
        there = [x + step for x, step in zip(cell, link.offset, strict=True)]
        turns = [x // n for x, n in zip(there, shape, strict=True)]
        beyond = any(turn and wrap == "open" for turn, wrap in zip(turns, geometry.wrap, strict=True))
        if not beyond and generator.random() < 0.35:
            active[(*cell, link.site, link.bit)] = 1
            end = tuple(x % n for x, n in zip(there, shape, strict=True))
            edges.append((places[(*cell, link.site)], places[(*end, link.other)], turns))
    for site, bit in enumerate(survey.ghost):
        if bit is not None:
            active[..., site, bit] = generator.random(shape) < 0.3
    arrays = {survey.array(BONDS, site): (active[..., site, :] << np.arange(8)).sum(axis=-1) for site in range(basis)}
    arrays |= {array.name: np.full(shape, 77, array.dtype) for array in survey.state()}
    spins = generator.normal(size=(2, max(survey.parts, 1), *shape, basis))
    for site, c in itertools.product(range(basis), range(survey.parts)):
        arrays[survey.part(PART, site, c)] = spins[0, c, ..., site]
        arrays[survey.part(REST, site, c)] = spins[1, c, ..., site]
    called = function(survey.phase().update)
    names = called.__code__.co_varnames[: called.__code__.co_argcount]
    called(*(arrays[name] for name in names))

    def found(kind):
        return np.stack([arrays[survey.array(kind, site)] for site in range(basis)], axis=-1).ravel()

    labels = labels_of([(a, b) for a, b, _ in edges], places.size)
    first = np.unique(labels, return_index=True)[1]
    sizes = np.zeros(places.size)
    sizes[first] = np.bincount(labels)
    assert np.array_equal(found(SIZE), sizes)
    cells = np.stack(np.unravel_index(np.arange(places.size) // basis, shape))
    around = np.zeros(places.size, np.int64)
    for axis in axes:
        if geometry.wrap[axis] == "open":
            ends = [set(labels[cells[axis] == end]) for end in (0, shape[axis] - 1)]
            across = np.isin(labels, list(ends[0] & ends[1]))
        else:
            across = goes_around(edges, places.size, axis)
        around |= across.astype(np.int64) << axis
    assert np.array_equal(found(AROUND)[first], around[first])
    if not survey.parts:
        return
    part, rest = spins.reshape(2, survey.parts, -1)
    held = {
        labels[place]
        for place, site in enumerate(np.arange(places.size) % basis)
        if survey.ghost[site] is not None and active.reshape(-1, basis, 8)[place // basis, site, survey.ghost[site]]
    }
    sums = [part[:, labels == label].sum(axis=1) for label in range(labels.max() + 1)]
    fixed = rest.sum(axis=1) + sum((sums[label] for label in held), np.zeros(survey.parts))
    free = [sums[label] for label in range(labels.max() + 1) if label not in held]
    expected = fixed @ fixed + sum(one @ one for one in free)  # the mean over all signs: mixed terms cancel
    assert found(SQUARE).sum() == pytest.approx(expected)


ISING = {
    "type": "ising",
    "lattice": {"type": "square", "shape": [2, 3]},
    "algorithm": {"type": "swendsen_wang", "measure": True},
}


def experiment(model, temperature, seed, sweeps=20_000, **output):
    return {
        "model": {**model, "parameters": {**model.get("parameters", {}), "temperature": temperature}},
        "run": {"seed": seed, "thermalization": 100, "sweeps": sweeps},
        "output": output,
    }


@cache
def sets_of_bonds():
    """(bonds, clusters, what is measured) for all 4096 sets of bonds of the torus of 2 x 3 sites."""
    places = np.arange(6).reshape(2, 3)
    edges = []
    for x, y in np.ndindex(2, 3):
        edges.append((places[x, y], places[(x + 1) % 2, y], ((x + 1) // 2, 0)))
        edges.append((places[x, y], places[x, (y + 1) % 3], (0, (y + 1) // 3)))
    found = []
    for chosen in itertools.product((False, True), repeat=len(edges)):
        here = [edge for edge, on in zip(edges, chosen, strict=True) if on]
        sizes = np.bincount(labels_of([(a, b) for a, b, _ in here], 6))
        along = [bool(goes_around(here, 6, axis).any()) for axis in range(2)]
        values = {
            "clusters": len(sizes) / 6,
            "cluster_size": (sizes**2).sum() / 6,
            "largest_cluster": sizes.max() / 6,
            "wrapping_x": along[0],
            "wrapping_y": along[1],
            "wrapping": any(along),
            "wrapping_all": all(along),
            "of_one": (sizes == 1).sum() / 6,
            "of_two_and_three": ((sizes == 2) | (sizes == 3)).sum() / 6,
        }
        found.append((len(here), len(sizes), values))
    return found


def fortuin_kasteleyn(temperature):
    """Means over all sets of bonds, p^bonds (1 - p)^(12 - bonds) 2^clusters: C. M. Fortuin, P. W. Kasteleyn (1972)."""
    chance = 1.0 - np.exp(-2.0 / temperature)
    weights = [chance**bonds * (1.0 - chance) ** (12 - bonds) * 2.0**clusters for bonds, clusters, _ in sets_of_bonds()]
    names = sets_of_bonds()[0][2]
    means = {name: np.average([values[name] for *_, values in sets_of_bonds()], weights=weights) for name in names}
    return means | {"improved_susceptibility": means["cluster_size"] / temperature}


def test_clusters_are_those_of_fortuin_and_kasteleyn(tmp_path):
    """As z-scores; `assert_normal` says how often a right program fails."""

    def estimates(name, *given, **more):
        made = conduct(resolve(experiment(ISING, *given, **more)), RunDirectory(tmp_path / name), 1, alone=True)
        return {key: variable.data for key, variable in made.estimates.variables.items()}

    scores = []
    for seed, temperature in enumerate((1.8, 4.0), 1):
        exact = fortuin_kasteleyn(temperature)
        arrays = {name: exact.pop(name) for name in ("of_one", "of_two_and_three")}
        scores.append(z_scores(estimates(str(seed), temperature, seed), exact))
        found = estimates(f"n{seed}", temperature, seed + 9, 2000, observables={"n": "cluster_sizes()"})
        for number, (name, value) in enumerate(arrays.items()):
            scores[-1][name] = float((found["n"][number] - value) / found["n_error"][number])
    assert_normal(scores)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        {"type": "potts", "states": 3, "parameters": {"h": 0.2}},
        {
            "type": "spins",
            "spin": {"vector": 3},
            "hamiltonian": {"bonds": "-J*dot(a, b)", "sites": "-h*a[0]"},
            "parameters": {"J": 1.0, "h": 0.4},
        },
    ],
    ids=["potts", "vectors in a field"],
)
def test_the_improved_susceptibility_is_that_of_the_spins_with_a_smaller_error(model, tmp_path):
    """Within 4.5 errors of both, as if they were independent: a right program fails less than once in 100,000."""
    keys = {**model, "lattice": {"type": "triangular", "shape": [4, 3]}, "algorithm": ISING["algorithm"]}
    components = 3 if model["type"] == "spins" else 1
    squares = "+".join(f"mean(a[{c}])**2" for c in range(components)) if components > 1 else "mean(a)**2"
    found = simcore.run(
        experiment(keys, 2.0, 3, observables={"chi": f"sum(1)*({squares})/temperature"}),
        workers=1,
        out=tmp_path / "run",
    ).estimates
    apart = float(found["chi"] - found["improved_susceptibility"])
    errors = [float(found[f"{name}_error"]) for name in ("chi", "improved_susceptibility")]
    assert abs(apart) < 4.5 * np.hypot(*errors)
    assert errors[1] < errors[0]


@pytest.mark.slow
def test_no_bit_depends_on_workers():
    keys = {**ISING, "lattice": {"type": "honeycomb", "shape": [9, 7], "boundary": {"x": "open"}}}
    found = verify(experiment(keys, 1.4, 1, sweeps=20), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


def test_sizes_without_measuring_are_refused_in_one_line():
    keys = {**ISING, "algorithm": "swendsen_wang"}
    with pytest.raises(ExperimentError) as error:
        resolve(experiment(keys, 1.0, 1, observables={"n": "cluster_sizes()"})).array_observables  # noqa: B018
    assert "cluster_sizes() needs algorithm: {type: swendsen_wang, measure: true}" in str(error.value)
