"""Few spins of every kind against sums over all states and integrals, as z-scores of runs with fixed seeds.

Each case is one compiled program, run at several shapes and parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from simcore.models.spins.spins import Spins
from tests.physics.oracles.exact import Quadrature, angle, averages, real, sphere, states
from tests.physics.oracles.scores import assert_normal, z_scores
from tests.physics.oracles.spins import BruteForce

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

ISING = {"states": [-1, 1]}


@dataclass(frozen=True)
class Case:
    """A model, the same as Python functions of the parameters, and the (shape, parameters) at which it is run."""

    lattice: Mapping
    spin: Mapping
    hamiltonian: Mapping
    functions: Callable[[Mapping], Mapping]
    quadrature: Quadrature
    settings: list
    algorithm: object = "metropolis"
    sweeps: int = 40_000
    more: Mapping = field(default_factory=dict)

    def model(self, shape, parameters):
        return {
            "lattice": {**self.lattice, "shape": shape},
            "spin": self.spin,
            "hamiltonian": self.hamiltonian,
            "parameters": parameters,
        }


def dot(a, b):
    return (a * b).sum(axis=0)


def ising_functions(p):
    return {
        "bonds": {
            "nn": lambda a, b, _: -p["J"] * a[0] * b[0],
            "nnn": lambda a, b, _: -p["K"] * a[0] * b[0],
        },
        "sites": lambda a, place: -p["h"] * a[0],
    }


def ising_with_two_kinds(kind, settings, boundary):
    formula = {"bonds": {"nn": "-J*a*b", "nnn": "-K*a*b"}, "sites": "-h*a"}
    return Case({"type": kind, "boundary": boundary}, ISING, formula, ising_functions, states(-1, 1), settings)


def numbers(temperature, J=1.0, K=0.3, h=0.2, **more):
    return {"temperature": temperature, "J": J, "K": K, "h": h, **more}


HONEYCOMB = Case(
    {"type": "honeycomb", "boundary": {"x": "antiperiodic", "y": "open"}},
    ISING,
    {"bonds": "-J*a*b", "sites": "-h*a"},
    ising_functions,
    states(-1, 1),
    [([2, 2], numbers(2.0)), ([2, 3], numbers(2.5, h=0.0)), ([2, 2], numbers(1.5, J=-1.0))],
)
POTTS = Case(
    {"type": "triangular", "boundary": {"y": "open"}},
    {"states": [0, 1, 2]},
    {"bonds": "-J*equal(a, b)", "sites": "-h*equal(a, 0)"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: -p["J"] * (a[0] == b[0])},
        "sites": lambda a, place: -p["h"] * (a[0] == 0),
    },
    states(0, 1, 2),
    [([2, 3], {"temperature": 1.0, "J": 1.0, "h": 0.3}), ([2, 3], {"temperature": 0.7, "J": -0.8, "h": 0.2})],
)
ANGLES = Case(
    {"type": "square", "boundary": {"x": "antiperiodic"}},
    {"angle": True},
    {"bonds": "-J*cos(a - b) - K*cos(2*(a - b))", "sites": "-h*cos(a)"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: -p["J"] * np.cos(a[0] - b[0]) - p["K"] * np.cos(2 * (a[0] - b[0]))},
        "sites": lambda a, place: -p["h"] * np.cos(a[0]),
    },
    angle(26),
    [([2, 2], numbers(1.2)), ([2, 2], numbers(0.9, K=0.0)), ([2, 2], numbers(1.5, J=-1.0, K=0.5, h=0.4))],
)
VECTORS = Case(
    {"type": "chain", "boundary": "open"},
    {"vector": 3},
    {"bonds": "-J*dot(a, b) + D*(a[0]*b[1] - a[1]*b[0])", "sites": "-h*a[2] + D*a[0]**2"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: -p["J"] * dot(a, b) + p["D"] * (a[0] * b[1] - a[1] * b[0])},
        "sites": lambda a, place: -p["h"] * a[2] + p["D"] * a[0] ** 2,
    },
    sphere(8, 14),
    [
        ([3], {"temperature": 0.8, "J": 1.0, "D": 0.5, "h": 0.4}),
        ([2], {"temperature": 0.5, "J": -1.0, "D": 0.2, "h": 0}),
    ],
)
REAL = Case(
    {"type": "square", "boundary": {"x": "antiperiodic"}},
    {"real": True},
    {"bonds": "(a - b)**2/2", "sites": "m2/2*a**2 + lam*a**4 - h*a"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: (a[0] - b[0]) ** 2 / 2},
        "sites": lambda a, place: p["m2"] / 2 * a[0] ** 2 + p["lam"] * a[0] ** 4 - p["h"] * a[0],
    },
    real(32, 4.5),
    [
        ([2, 2], {"temperature": 1.0, "m2": -0.5, "lam": 0.25, "h": 0.1}),
        ([2, 2], {"temperature": 0.8, "m2": 1.0, "lam": 0.1, "h": 0.3}),
    ],
)
SQUARES = Case(
    {"type": "square", "boundary": {"x": "antiperiodic", "y": "open"}},
    ISING,
    {"bonds": "-J*a*b", "plaquettes": "-K*a*b*c*d - h*a*c"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: -p["J"] * a[0] * b[0]},
        "plaquettes": {"square": lambda a, b, c, d: -p["K"] * a[0] * b[0] * c[0] * d[0] - p["h"] * a[0] * c[0]},
    },
    states(-1, 1),
    [([2, 3], numbers(2.0)), ([2, 4], numbers(3.0, K=-1.0)), ([2, 5], numbers(1.5, J=0.0, K=1.0))],
)
GONIHEDRIC = Case(
    {"type": "cubic"},
    ISING,
    {"bonds": {"nn": "-2*kappa*a*b", "nnn": "kappa/2*a*b"}, "plaquettes": {"square": "-(1 - kappa)/2*a*b*c*d"}},
    lambda p: {
        "bonds": {
            "nn": lambda a, b, _: -2 * p["kappa"] * a[0] * b[0],
            "nnn": lambda a, b, _: p["kappa"] / 2 * a[0] * b[0],
        },
        "plaquettes": {"square": lambda a, b, c, d: -(1 - p["kappa"]) / 2 * a[0] * b[0] * c[0] * d[0]},
    },
    states(-1, 1),
    [([2, 2, 3], {"temperature": t, "kappa": kappa}) for t, kappa in ((3.0, 0.3), (5.0, 1.0), (2.5, 0.0))],
)
STEPS = Case(
    {"type": "square", "boundary": {"y": "open"}},
    {"states": [-1, 0, 2]},
    {"bonds": "J*abs(a - b)", "sites": "K*a**2 - h*a*(i + 2*y)"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: p["J"] * abs(a[0] - b[0])},
        "sites": lambda a, place: p["K"] * a[0] ** 2 - p["h"] * a[0] * (place[0] + 2 * place[1]),
    },
    states(-1, 0, 2),
    [([2, 3], numbers(1.1, J=0.5)), ([2, 3], numbers(1.5, J=-0.4, h=-0.1))],
)

LATTICES = {
    "chain": ising_with_two_kinds("chain", [([6], numbers(1.5)), ([6], numbers(2.0, h=0.0))], "periodic"),
    "square": ising_with_two_kinds("square", [([2, 4], numbers(3.0)), ([2, 6], numbers(3.0))], {"x": "antiperiodic"}),
    "triangular": ising_with_two_kinds("triangular", [([3, 3], numbers(5.0)), ([3, 3], numbers(4.0))], "periodic"),
    "honeycomb": ising_with_two_kinds("honeycomb", [([2, 2], numbers(2.5)), ([2, 2], numbers(3.0))], "periodic"),
    "kagome": ising_with_two_kinds("kagome", [([2, 2], numbers(4.0)), ([1, 3], numbers(3.0))], {"y": "antiperiodic"}),
    "cubic": ising_with_two_kinds("cubic", [([2, 2, 3], numbers(t)) for t in (5.0, 7.0)], {"z": "open"}),
    "bcc": ising_with_two_kinds("bcc", [([1, 2, 2], numbers(6.0)), ([1, 2, 3], numbers(6.0))], {"z": "open"}),
    "fcc": ising_with_two_kinds("fcc", [([1, 1, 2], numbers(t)) for t in (9.0, 14.0)], {"x": "antiperiodic"}),
    "hypercubic": ising_with_two_kinds("hypercubic", [([2, 2, 2, 1], numbers(t)) for t in (7.0, 10.0)], "periodic"),
}
FAST = {"states of a basis": HONEYCOMB, "angles": ANGLES}
SLOW = {
    "vectors": VECTORS,
    "real numbers": REAL,
    "equal states": POTTS,
    "places": STEPS,
    "plaquettes": SQUARES,
    "gonihedric": GONIHEDRIC,
}

ISOTROPIC = Case(
    {"type": "chain", "boundary": "open"},
    {"vector": 3},
    {"bonds": "-J*dot(a, b) + D*dot(a, b)**2", "sites": "-h*a[2] + D*a[0]**2"},
    lambda p: {
        "bonds": {"nn": lambda a, b, _: -p["J"] * dot(a, b) + p["D"] * dot(a, b) ** 2},
        "sites": lambda a, place: -p["h"] * a[2] + p["D"] * a[0] ** 2,
    },
    sphere(8, 14),
    [
        ([3], {"temperature": 0.8, "J": 1.0, "D": 0.5, "h": 0.4}),
        ([3], {"temperature": 0.5, "J": -1.0, "D": 0.2, "h": 0}),
    ],
)
WOLFF, SWENDSEN_WANG = {"type": "wolff", "clusters": 3}, "swendsen_wang"
CLUSTERS = {
    f"{name}, {'wolff' if algorithm is WOLFF else algorithm}": replace(case, algorithm=algorithm)
    for name, case in {
        "states of a basis": HONEYCOMB,
        "equal states": POTTS,
        "angles": ANGLES,
        "vectors": ISOTROPIC,
        "two kinds of bonds": LATTICES["kagome"],
    }.items()
    for algorithm in (WOLFF, SWENDSEN_WANG)
} | {
    "real numbers, in turn": replace(REAL, algorithm=["metropolis", SWENDSEN_WANG, WOLFF]),
    "places, in turn": replace(
        STEPS,
        spin={"states": [-1, 0, 1]},
        quadrature=states(-1, 0, 1),
        algorithm=["heat_bath", WOLFF],
    ),
}


def experiment(case, shape, parameters, seed):
    model = {"type": "spins", "algorithm": case.algorithm, **case.model(shape, parameters)}
    return {"model": model, "run": {"seed": seed, "thermalization": 1000, "sweeps": case.sweeps, "measure_every": 4}}


def scores_of(case, estimate):
    for seed, (shape, parameters) in enumerate(case.settings):
        geometry = Spins.model_validate(case.model(shape, parameters)).geometry
        brute = BruteForce(geometry, next(iter(case.spin)), **case.functions(parameters))
        exact = averages(brute, case.quadrature, parameters["temperature"])
        yield z_scores(estimate(experiment(case, shape, parameters, seed)), exact)


@pytest.mark.parametrize("name", FAST)
def test_averages_are_those_over_all_states(name, estimate):
    assert_normal(list(scores_of(FAST[name], estimate)))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_averages_of_other_spins_are_those_over_all_states(name, estimate):
    assert_normal(list(scores_of(SLOW[name], estimate)))


@pytest.mark.slow
@pytest.mark.parametrize("name", LATTICES)
def test_on_every_lattice_averages_are_those_over_all_states(name, estimate):
    assert_normal(list(scores_of(LATTICES[name], estimate)))


@pytest.mark.slow
@pytest.mark.parametrize("name", CLUSTERS)
def test_clusters_have_the_averages_over_all_states(name, estimate):
    assert_normal(list(scores_of(CLUSTERS[name], estimate)))
