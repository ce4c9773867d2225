"""Percolation against sums over all configurations, exact wrapping probabilities, and known thresholds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.models.percolation.model import Percolation
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.runs.verify import verify
from tests.models.spins.test_survey import goes_around, labels_of, sets_of_bonds
from tests.physics.oracles.scores import assert_normal, z_scores


def experiment(occupy, p, seed=1, sweeps=20_000, **lattice):
    model = {"type": "percolation", "lattice": lattice, "parameters": {"p": p}, "occupy": occupy}
    return {"model": model, "run": {"seed": seed, "sweeps": sweeps}}


@pytest.fixture(scope="module")
def estimates(tmp_path_factory):
    def start(source):
        directory = RunDirectory(tmp_path_factory.mktemp("runs") / "run")
        found = conduct(resolve(source), directory, 1, alone=True).estimates.variables
        return {name: float(variable.data) for name, variable in found.items() if not variable.dims}

    return start


def test_bonds_agree_with_a_sum_over_all_sets(estimates):
    """As z-scores; `assert_normal` says how often a right program fails."""
    scores = []
    for seed, p in enumerate((0.2, 0.5), 1):
        weights = [p**bonds * (1.0 - p) ** (12 - bonds) for bonds, _, _ in sets_of_bonds()]
        names = [name for name in sets_of_bonds()[0][2] if not name.startswith("of_")]
        exact = {name: weights @ np.array([values[name] for *_, values in sets_of_bonds()], float) for name in names}
        scores.append(z_scores(estimates(experiment("bonds", p, seed, type="square", shape=[2, 3])), exact))
    assert_normal(scores)


def sites_of_a_ribbon(p):
    """Means over the 256 sets of sites of a honeycomb of 2 x 2 cells between open ends along x."""
    lattice = {"type": "honeycomb", "shape": [2, 2], "boundary": {"x": "open"}}
    geometry = Percolation.model_validate({"lattice": lattice, "parameters": {"p": p}}).geometry
    places = np.arange(8).reshape(2, 2, 2)
    edges = []
    for bond, (x, y) in itertools.product(geometry.bonds, np.ndindex(2, 2)):
        u, v = x + bond.offset[0], y + bond.offset[1]
        if 0 <= u < 2:
            edges.append((places[x, y, bond.source], places[u, v % 2, bond.target], (0, v // 2)))
    sums: dict[str, float] = {}
    for chosen in itertools.product((0, 1), repeat=8):
        on = np.array(chosen, bool)
        here = [edge for edge in edges if on[edge[0]] and on[edge[1]]]
        labels = labels_of([(a, b) for a, b, _ in here], 8)
        sizes = np.bincount(labels[on], minlength=8)
        across = set(labels[:4][on[:4]]) & set(labels[4:][on[4:]])
        around = goes_around(here, 8, 1).any()
        values = {
            "occupied": on.mean(),
            "clusters": np.count_nonzero(sizes) / 8,
            "cluster_size": (sizes**2).sum() / 8,
            "finite_cluster_size": ((sizes**2).sum() - sizes.max() ** 2) / 8,
            "largest_cluster": sizes.max() / 8,
            "spanning_x": bool(across),
            "wrapping_y": around,
            "wrapping": bool(across) or around,
            "wrapping_all": bool(across) and around,
        }
        weight = p ** on.sum() * (1.0 - p) ** (8 - on.sum())
        sums = {name: sums.get(name, 0.0) + weight * value for name, value in values.items()}
    return lattice, sums


def test_sites_agree_with_a_sum_over_all_sets(estimates):
    scores = []
    for seed, p in enumerate((0.4, 0.75), 1):
        lattice, exact = sites_of_a_ribbon(p)
        scores.append(z_scores(estimates(experiment("sites", p, seed, **lattice)), exact))
    assert_normal(scores)


PINSON = {"wrapping_x": 0.521058290, "wrapping_y": 0.521058290, "wrapping": 0.690473725, "wrapping_all": 0.351642855}


@pytest.mark.slow
@pytest.mark.parametrize(("occupy", "p"), [("bonds", 0.5), ("sites", 0.59274605)])
def test_wrapping_at_the_threshold_of_the_square_lattice(occupy, p, estimates):
    """H. T. Pinson, J. Stat. Phys. 75, 1167 (1994), for an infinite lattice; at L = 64 off by less than 0.003."""
    found = estimates(experiment(occupy, p, 5, 4000, type="square", size=64))
    for name, exact in PINSON.items():
        assert abs(found[name] - exact) < 4.5 * found[f"{name}_error"] + 0.003, name


ANGLE = 2.0 * math.sin(math.pi / 18.0)
THRESHOLDS = {
    "square, bonds": (0.5, {"type": "square", "size": 64}),
    "triangular, bonds": (ANGLE, {"type": "triangular", "size": 64}),
    "honeycomb, bonds": (1.0 - ANGLE, {"type": "honeycomb", "size": 44}),
    "triangular, sites": (0.5, {"type": "triangular", "size": 64}),
    "kagome, sites": (1.0 - ANGLE, {"type": "kagome", "size": 36}),
    "cubic, sites": (0.311608, {"type": "cubic", "size": 20}),
}
"""M. F. Sykes, J. W. Essam, J. Math. Phys. 5, 1117 (1964); cubic: J. Wang et al., Phys. Rev. E 87, 052107 (2013)."""


@pytest.mark.slow
@pytest.mark.parametrize("case", THRESHOLDS)
def test_clusters_begin_to_go_around_at_the_known_thresholds(case, estimates):
    """Less than 0.15 of the lattices below it, and more than 0.85 above: 10 standard errors from what is measured."""
    p, lattice = THRESHOLDS[case]
    occupy = case.split(", ")[1]
    below, above = (estimates(experiment(occupy, p + d, 1, 300, **lattice))["wrapping_x"] for d in (-0.06, 0.06))
    assert below < 0.15
    assert above > 0.85


def test_no_bit_depends_on_workers():
    found = verify(experiment("sites", 0.6, 1, 20, type="square", shape=[9, 7]), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"type": "graph", "edges": [[0, 1]]}, "percolation follows bonds around and across the axes of a lattice"),
        ({"type": "square", "size": 1}, "no site joins another one"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(more, message):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment("sites", 0.5, **more))
    assert message in str(error.value)
    assert "\n" not in str(error.value).strip()
