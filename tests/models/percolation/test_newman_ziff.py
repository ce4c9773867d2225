"""Newman-Ziff runs against sums over all configurations, exact wrapping probabilities, and binomial coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from simcore.errors import ExperimentError
from simcore.models.percolation.newman_ziff import Binomial
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.runs.verify import verify
from tests.models.percolation.test_percolation import PINSON, sites_of_a_ribbon
from tests.models.spins.test_survey import sets_of_bonds
from tests.physics.oracles.scores import assert_normal


def experiment(occupy, p, sweeps=2000, **lattice):
    model = {"type": "newman_ziff", "lattice": lattice, "occupy": occupy, "p": p}
    return {"model": model, "run": {"seed": 1, "sweeps": sweeps}}


@pytest.fixture
def estimates(tmp_path):
    def start(source):
        found = conduct(resolve(source), RunDirectory(tmp_path / "run"), 1, alone=True).estimates.variables
        return {name: variable.data for name, variable in found.items()}

    return start


def scores_of(found, exact):
    """At the one probability."""
    return [{name: float((found[name][0] - value) / found[f"{name}_error"][0]) for name, value in exact.items()}]


def test_bonds_agree_with_a_sum_over_all_sets(estimates):
    """At one probability: `assert_normal` says how often a right program fails."""
    found = estimates(experiment("bonds", {"from": 0.4, "to": 0.4, "points": 1}, type="square", shape=[2, 3]))
    names = ("cluster_size", "largest_cluster", "wrapping_x", "wrapping_y", "wrapping", "wrapping_all")
    weights = [0.4**bonds * 0.6 ** (12 - bonds) for bonds, _, _ in sets_of_bonds()]
    exact = {name: weights @ np.array([v[name] for *_, v in sets_of_bonds()], float) for name in names}
    assert_normal(scores_of(found, exact))


def test_sites_agree_with_a_sum_over_all_sets(estimates):
    lattice, exact = sites_of_a_ribbon(0.7)
    found = estimates(experiment("sites", {"from": 0.7, "to": 0.7, "points": 1}, **lattice))
    names = ("cluster_size", "largest_cluster", "spanning_x", "wrapping_y", "wrapping", "wrapping_all")
    assert_normal(scores_of(found, {name: exact[name] for name in names}))


@pytest.mark.parametrize(("count", "p"), [(1, 0.3), (12, 0.4), (12, 0.0), (12, 1.0), (4096, 1e-4), (100_000, 0.593)])
def test_binomial_weights_are_those_of_scipy(count, p):
    ((least, chances),) = Binomial(count, (p,)).rows
    expected = binom.pmf(np.arange(least, least + len(chances)), count, p)
    np.testing.assert_allclose(chances, expected, rtol=1e-9, atol=1e-25)
    assert chances.sum() == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("occupy", "p"), [("bonds", 0.5), ("sites", 0.59274605)])
def test_wrapping_at_the_threshold_of_the_square_lattice(occupy, p, estimates):
    """H. T. Pinson, J. Stat. Phys. 75, 1167 (1994), for an infinite lattice; at L = 64 off by less than 0.003."""
    found = estimates(experiment(occupy, {"from": p, "to": p, "points": 1}, 1500, type="square", size=64))
    for name, exact in PINSON.items():
        assert abs(found[name][0] - exact) < 4.5 * found[f"{name}_error"][0] + 0.003, name


def test_no_bit_depends_on_workers():
    found = verify(
        experiment("sites", {"from": 0.5, "to": 0.6, "points": 2}, 8, type="square", shape=[9, 7]), workers=(1, 2, 3)
    )
    assert len({one.digest for one in found}) == 1, found


@pytest.mark.parametrize(
    ("p", "lattice", "message"),
    [
        ({"from": 0.5, "to": 0.5, "points": 3}, {"size": 8}, "from and to must differ by more than rounding"),
        ({"from": 0.5, "to": 1.5}, {"size": 8}, "model.p.to"),
        ({"from": 0.5, "to": 0.6}, {"type": "graph", "edges": [[0, 1]]}, "and a graph has none"),
    ],
)
def test_what_it_cannot_do_is_refused_in_one_line(p, lattice, message):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment("sites", p, **lattice))
    assert message in str(error.value)
    assert "\n" not in str(error.value).strip()
