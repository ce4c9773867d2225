"""Metropolis for continuous spins: acceptance by brute force, symmetric proposals, tuned widths, equal bits."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from simcore import run
from simcore.models.spins.algorithms import ATTEMPTS
from simcore.models.spins.algorithms.proposals import turned
from simcore.models.spins.algorithms.width import tuned_width
from simcore.models.spins.spins import Spins
from simcore.random import Stream
from tests.models.spins.plainkernels import PlainModel
from tests.physics.oracles.spins import BruteForce

PARAMETERS = {"temperature": 0.8, "J": 0.7, "h": 0.3}
CONTINUOUS = {
    "angle": ({"angle": True}, "-J*cos(a - b)", "-h*cos(a)"),
    "angle, not linear": ({"angle": True}, "-J*cos(2*(a - b))", "-h*cos(a)"),
    "vector": ({"vector": 3}, "-J*dot(a, b)", "-h*a[2]"),
    "plane vector": ({"vector": 2}, "-J*dot(a, b)**2", "-h*a[0]"),
    "four components": ({"vector": 4}, "-J*dot(a, b)", "-h*a[3]**2"),
    "real": ({"real": True}, "J*(a - b)**2", "h*a**4"),
}
FUNCTIONS = {
    "angle": (lambda a, b, _: -0.7 * np.cos(a[0] - b[0]), lambda a, _: -0.3 * np.cos(a[0])),
    "angle, not linear": (lambda a, b, _: -0.7 * np.cos(2 * (a[0] - b[0])), lambda a, _: -0.3 * np.cos(a[0])),
    "vector": (lambda a, b, _: -0.7 * (a @ b), lambda a, _: -0.3 * a[2]),
    "plane vector": (lambda a, b, _: -0.7 * (a @ b) ** 2, lambda a, _: -0.3 * a[0]),
    "four components": (lambda a, b, _: -0.7 * (a @ b), lambda a, _: -0.3 * a[3] ** 2),
    "real": (lambda a, b, _: 0.7 * (a[0] - b[0]) ** 2, lambda a, _: 0.3 * a[0] ** 4),
}


def model_of(name, lattice="square", shape=(3, 3), boundary="periodic"):
    spin, bonds, sites = CONTINUOUS[name]
    keys = {
        "lattice": {"type": lattice, "shape": list(shape), "boundary": boundary},
        "parameters": PARAMETERS,
        "spin": spin,
        "hamiltonian": {"bonds": bonds, "sites": sites},
    }
    return keys, Spins.model_validate(keys)


def state_of(model, stream):
    return model.spin.random((*model.geometry.shape, model.geometry.basis), stream)


def threshold(outcome):
    """The largest random number that still accepts, by bisection."""
    low, high = 0.0, 1.0
    if not outcome(0.0)[-1]:
        return 0.0
    while high - low > 1e-14:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if outcome(middle)[-1] else (low, middle)
    return low


@pytest.mark.parametrize("boundary", ["periodic", "open"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_acceptance_is_that_of_the_whole_energy(name, boundary):
    _, model = model_of(name, "honeycomb", (2, 3), boundary)
    plain, stream = PlainModel(model), Stream(3)
    brute = BruteForce(model.geometry, model.spin.kind, {"nn": FUNCTIONS[name][0]}, FUNCTIONS[name][1])
    seen = set()
    for number in range(6):
        state = state_of(model, stream)
        arrays, energy = plain.arrays(state), brute.energy(state)
        for site, phase in enumerate(model.phases()):
            draws = stream.uniform(phase.draws)
            cell = (number % 2, number % 3)

            def outcome(u, phase=phase, draws=draws, arrays=arrays, cell=cell):
                return plain.update(phase, arrays, cell, (*draws[:-1], u))

            changed = state.copy()
            changed[(*cell, site)] = [float(x) for x in outcome(0.0)[:-1]]
            cost = brute.energy(changed) - energy
            wanted = ATTEMPTS * min(1.0, math.exp(-cost / PARAMETERS["temperature"]))
            assert threshold(outcome) == pytest.approx(wanted, rel=1e-9)
            seen.add(wanted < ATTEMPTS)
    assert seen == {True, False}


def test_an_angle_stays_within_half_a_turn_and_turns_back():
    for angle in np.linspace(-math.pi, math.pi, 11)[:-1]:
        for step in np.linspace(-math.pi, math.pi, 9):
            new = turned(angle, step)
            assert -math.pi <= new < math.pi + 1e-15
            assert math.cos(new - angle - step) == pytest.approx(1.0, abs=1e-14)
            assert math.cos(turned(new, -step) - angle) == pytest.approx(1.0, abs=1e-14)


def test_a_proposed_vector_is_as_likely_one_way_as_the_other():
    """Its direction around the old one is uniform, and its length 1: the density depends on the angle between alone."""
    _, model = model_of("vector")
    plain, stream = PlainModel(model), Stream(5)
    state = state_of(model, stream)
    arrays, (phase, *_) = plain.arrays(state), model.phases()
    old = state[1, 1, 0]
    across = np.cross(old, [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    other = np.cross(old, across)
    draws = stream.uniform((4000, 4))
    moves = np.array([plain.update(phase, arrays, (1, 1), (*four, 0.0))[:3] for four in draws])
    np.testing.assert_allclose(np.linalg.norm(moves, axis=1), 1.0, rtol=1e-14)
    around = np.arctan2(moves @ other, moves @ across)
    for order in (1, 2, 3):  # 4 standard deviations each: 1 seed in 5,000 for the three
        assert abs(np.exp(1j * order * around).mean()) < 4.0 / math.sqrt(len(around))


def test_a_width_finds_its_target():
    """For an acceptance of exp(-0.3 w), a target of 0.5 is reached at w = log(2)/0.3."""
    generator, width, attempts = np.random.default_rng(2), 40.0, 1000.0
    for step in range(1, 3000):
        accepted = generator.binomial(1000, math.exp(-0.3 * width))
        width = tuned_width(width, step, accepted, attempts, 0.5, 1e100)
    assert width == pytest.approx(math.log(2.0) / 0.3, rel=0.02)
    assert tuned_width(3.0, 1, 1000, attempts, 0.5, math.pi) == math.pi


@pytest.fixture(scope="module")
def experiments():
    start = {"run": {"seed": 4, "thermalization": 20, "sweeps": 30, "measure_every": 5}}
    found = {
        name: {"model": {"type": "spins", **model_of(name, shape=(7, 5))[0]}, **start} for name in ("angle", "vector")
    }
    found["states"] = {
        "model": {
            "type": "spins",
            "lattice": {"type": "kagome", "shape": [7, 3], "boundary": {"x": "open", "y": "antiperiodic"}},
            "parameters": PARAMETERS,
            "spin": {"states": [-1, 0, 1]},
            "hamiltonian": {
                "bonds": "-J*K*a*b",
                "sites": "-h*f*a",
                "couplings": {"K": {"random": {"normal": [0, 1]}}},
                "fields": {"f": "x + y"},
            },
            "initial": "random",
        },
        **start,
    }
    return found


@pytest.mark.parametrize("name", ["angle", "states", pytest.param("vector", marks=pytest.mark.slow)])
def test_any_number_of_workers_gives_the_same_bits(name, experiments, tmp_path):
    found = set()
    for workers in (1, 2, 3, 7):
        tree = run(experiments[name], workers=workers, out=tmp_path / str(workers))
        series = [tree.series[variable].to_numpy().tobytes() for variable in sorted(tree.series.data_vars)]
        found.add((tree.fields["s"].to_numpy().tobytes(), *series))
    assert len(found) == 1


PLAIN = """
import sys
from simcore.runs import run
from simcore.runs.verify import digest
print(digest(run(eval(sys.argv[1]), workers=1, out=sys.argv[2]).path))
"""


@pytest.mark.parametrize("name", ["angle", pytest.param("vector", marks=pytest.mark.slow), "states"])
def test_plain_python_gives_the_same_bits_as_compiled_code(name, experiments, tmp_path):
    digests = set()
    for disabled in "01":
        command = [sys.executable, "-c", PLAIN, repr(experiments[name]), str(tmp_path / disabled)]
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=environment)
        digests.add(done.stdout.strip())
    assert len(digests) == 1


@pytest.mark.parametrize(("spin", "bonds", "unit"), [("angle", "-cos(a - b)", "rad"), ("real", "(a - b)**2", "1")])
def test_angles_are_fields_in_radians(spin, bonds, unit):
    """By which plots know to give them a cyclic map of colours."""
    keys = {"lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 1.0}}
    model = Spins(**keys, spin={spin: True}, hamiltonian={"bonds": bonds})
    assert [field.unit for field in model.result_fields()] == [unit]
