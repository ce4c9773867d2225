"""Random equations by the engine and by NumPy: every step, what is measured, and the rate of change, to 1e-10."""

from __future__ import annotations

import random
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcore.errors import NotFiniteError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from tests.models.grid.plain_equations import Plain
from tests.models.grid.plain_schemes import RK45, STEPS
from tests.models.grid.random_equations import Draft

WITHIN = 1e-10


def agrees(found, wanted, what):
    if not np.isfinite(wanted).all():  # it blows up
        raise NotFiniteError(0, what)
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    assert np.max(np.abs(found - wanted), initial=0.0) <= WITHIN * scale, what


def judge(experiment, parameters):
    """Step by step: the state, observables, named expressions and the rate of change."""
    model, run, texts = experiment["model"], experiment["run"], experiment["output"]["observables"]
    plain, scheme, dt = Plain(model, parameters), model["scheme"], run["dt"]
    adaptive = RK45(1e-5, 1e-7, dt) if scheme == "rk45" else None
    resolved = resolve(experiment)
    with Simulation(resolved, 1, alone=True) as simulation:
        simulation.begin(None, run["steps"])
        if adaptive is not None:  # where they lie is another test's
            adaptive.stops = simulation.program.adaptive.stops
        state = {name: simulation.arrays([name])[name].copy() for name in plain.texts}
        t = 0.0
        for step in range(1, run["steps"] + 1):
            simulation.post(1)
            made = simulation.collect()
            state, t = _after(scheme, adaptive, plain, state, t, step, dt)
            now = {name: array.copy() for name, array in simulation.arrays(plain.texts).items()}
            if state is not None:
                for name, wanted in state.items():
                    agrees(now[name], wanted, f"{name} after step {step}")
            seen = now
            if scheme == "leapfrog":  # its velocities lie half a step behind, what is measured of them does not
                slopes = plain.rates(now, t)
                seen = {u: a + 0.5 * dt * slopes[u] if u.endswith("_t") else a for u, a in now.items()}
            _measured(simulation, resolved, made.samples[-1], plain, texts, seen, t)
            if adaptive is not None:  # the lengths of steps would drift apart by the rounding of estimated errors
                adaptive.length, adaptive.before = simulation._work.clock.array[1:3]
                t = float(simulation._work.clock.array[0])
            state = now


def _after(scheme, adaptive, plain, state, t, step, dt):
    if adaptive is not None:
        return adaptive(plain.rates, state, t)
    if scheme == "imex":  # what it solves for is another test's; here what is measured
        return None, step * dt
    return STEPS[scheme](plain.rates, state, t, dt), step * dt


def _measured(simulation, resolved, sample, plain, texts, state, t):
    names = simulation.program.observables
    values = dict(zip(names, sample, strict=False))
    for observable in resolved.observables:
        if observable.of:
            values[observable.name] = observable.value(*(values[name] for name in observable.of))
    for name, wanted in plain.measured(texts, state, t).items():
        agrees(values[name], wanted, f"{name}: {texts[name]}")
    rates = plain.rates(state, t)
    agrees(values["rate_of_change"], max(np.abs(rate).max() for rate in rates.values()), "rate of change")
    simulation.express()
    for name, wanted in plain.expressed(state, t).items():
        agrees(simulation.arrays([name])[name], wanted, f"field {name}")


def one(r, folder):
    """One random system; one that blows up is judged up to there."""
    experiment, parameters = Draft(r, folder).experiment()
    with np.errstate(all="ignore"), suppress(NotFiniteError):
        judge(experiment, parameters)


@settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False))
def test_random_systems(in_plain_python, tmp_path, r):
    """In the checked build, so that every index of theirs is tested, too."""
    in_plain_python.setenv("SIMCORE_BOUNDS", "1")
    one(r, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_five_thousand_random_systems(in_plain_python, tmp_path, block):
    for seed in range(500 * block, 500 * (block + 1)):
        one(random.Random(seed), tmp_path)


@pytest.mark.parametrize("seed", [pytest.param(n, marks=[pytest.mark.slow] * (n > 0)) for n in range(24)])
def test_random_systems_compiled(tmp_path, seed):
    one(random.Random(100_000 + seed), tmp_path)
