"""Checks of a model whose physics is not known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simcore.random import Stream
from simcore.runs import model_checks
from simcore.runs.experiment import resolve
from simcore.runs.model_checks import compiled_check, run_checks, shortened
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Phase, Sites

SIDE = 7


class NoParameters(Parameters):
    pass


def diffuse(u, i, j, random):
    return 0.5 * u[i, j] + 0.125 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) + random[1] - random[0]


def stir(u, i, j, random):
    return u[i, j] + math.sin(u[i, j - 1]) * random[0]


def value(u, i, j):
    return u[i, j]


def inverse(u, i, j):
    return 1.0 / (u[i, j] * 0.0)


class Noise(Model):
    """Two phases, the second in place in every third cell, with an antiperiodic axis."""

    parameters: NoParameters = NoParameters()

    def state(self):
        periodic, anti = (Periodic(), Periodic()), (Periodic(-1), Periodic(-1))
        start = lambda stream: stream.normal((SIDE, SIDE))  # noqa: E731
        return [StateArray("u", (SIDE, SIDE), "float64", start, (anti, periodic), halo=1)]

    def phases(self):
        sites = Sites(*(np.full(SIDE, n) for n in (1, SIDE, 3)))
        return [Phase(diffuse, "u", draws=2), Phase(stir, "u", sites, draws=1)]

    def observables(self):
        return [Observable("mean_u", value)]


class Infinite(Noise):
    """Measures what is no number."""

    def observables(self):
        return [Observable("mean_u", value), Observable("wild", inverse)]


def experiment(model):
    return resolve({"model": {"type": model}, "run": {"seed": 5, "sweeps": 3000, "thermalization": 100}})


def test_plain_python_makes_the_same_step_as_the_compiled_program():
    check = compiled_check(experiment(Noise))
    assert check.ok
    assert float(check.found.split()[0]) < 4.0
    assert "49 values" in check.what


def test_another_step_in_plain_python_is_told(monkeypatch):
    right = model_checks.first_step

    def other(plain, phases, state, key):
        return right(plain, phases[:1], state, key)

    monkeypatch.setattr(model_checks, "first_step", other)
    assert compiled_check(experiment(Noise)).ok is False


def test_random_numbers_of_another_key_are_told(monkeypatch):
    right = model_checks.first_step
    monkeypatch.setattr(
        model_checks, "first_step", lambda plain, phases, state, key: right(plain, phases, state, key + 1)
    )
    assert compiled_check(experiment(Noise)).ok is False


def test_what_is_not_finite_is_named(monkeypatch):
    monkeypatch.setattr(model_checks, "verify_experiment", lambda experiment, workers: [])
    finite, _ = run_checks(experiment(Infinite))
    assert (finite.ok, finite.found) == (False, "not finite: wild")


@pytest.mark.parametrize(("digests", "ok"), [(["a", "a"], True), (["a", "b"], False)])
def test_two_hashes_fail(monkeypatch, digests, ok):
    rows = [model_checks.Verification(str(n), digest) for n, digest in enumerate(digests)]
    monkeypatch.setattr(model_checks, "verify_experiment", lambda experiment, workers: rows)
    *_, bits = run_checks(experiment(Noise))
    assert bits.ok is ok


def test_a_long_experiment_is_made_short_and_stays_the_same_otherwise():
    long = experiment(Noise)
    short = shortened(long)
    assert (short.run.sweeps, short.total_steps, short.key) == (8, 8, long.key)
    assert Stream(short.key).uniform(1) == Stream(long.key).uniform(1)
