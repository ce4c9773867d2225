"""A prepared experiment computes what `run` computes, bit for bit, without a file, a process or a segment."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pytest

import simcore
from simcore.errors import ExperimentError, NotFiniteError, UsageError

GROUPS = ("series", "estimates", "fields")

LOGISTIC = {
    "model": {
        "type": "pde",
        "grid": {"shape": [16], "spacing": 1.0, "boundary": "periodic"},
        "parameters": {"D": 0.1, "r": 0.3, "K": 1.0, "a": 0.05},
        "fields": {"u": {"initial": "0.1 + a*sin(2*pi*x/16)"}},
        "equations": {"u": "D*laplace(u) + r*u*(1 - u/K)"},
        "scheme": "rk4",
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 40, "measure_every": 4},
}
WAVE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [6, 5], "spacing": 0.5, "boundary": {"x": {"value": "b"}, "y": {"derivative": "b*x*t"}}},
        "parameters": {"c": 1.0, "b": 0.2},
        "fields": {"u": {"initial": "b + x*y"}},
        "equations": {"u": {"tt": "c**2*laplace(u)"}},
        "scheme": "leapfrog",
    },
    "run": {"seed": 1, "dt": 0.05, "steps": 20},
    "output": {
        "observables": {"energy": "mean(u_t**2)", "both": "mean_u + c*energy", "scaled": "c*mean(u**2) + b"},
        "fields": {"every": "7 steps"},
    },
}
ADAPTIVE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [12], "boundary": {"value": 0.0}},
        "parameters": {"D": 1.0, "k": 0.3, "t0": 0.4},
        "fields": {"u": {"initial": "x"}},
        "expressions": {"flow": "D*laplace(u)"},
        "equations": {"u": "flow - k*u*where(t < t0, 1, 3)"},
        "scheme": "rk45",
    },
    "run": {"seed": 1, "dt": 0.01, "t_end": 1.0, "measure_every": 3},
    "output": {"fields": {"times": [0.25, 0.5, 0.77], "names": ["u", "flow"]}},
}
NOISE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [8, 8]},
        "parameters": {"D": 0.4, "g": 0.1},
        "fields": {"u": {"initial": {"random": {"normal": [0.0, 1.0]}}, "clip": [-2, 2]}},
        "equations": {"u": "D*laplace(u)"},
        "noise": {"u": "g"},
        "scheme": "euler_maruyama",
    },
    "run": {"seed": 3, "dt": 0.1, "steps": 30},
}
IMEX = {
    "model": {
        "type": "pde",
        "grid": {"shape": [9, 8], "boundary": {"x": {"value": 1.0}, "y": "periodic"}},
        "parameters": {"D": 2.0, "k": 0.5},
        "fields": {"u": {"initial": "x*y"}},
        "equations": {"u": "D*laplace(u) - k*u**2"},
        "scheme": "imex2",
    },
    "run": {"seed": 3, "dt": 0.02, "steps": 20},
}
STEADY = {
    "model": {
        "type": "heat",
        "grid": {"shape": [8], "boundary": {"value": 0.0}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "x"}},
    },
    "run": {"seed": 1, "dt": 0.2, "steps": 100_000, "measure_every": 5, "until": {"steady": 1e-3}},
}
ISING = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 3.0, "J": 1.0}},
    "run": {"seed": 2, "thermalization": "auto", "sweeps": 300, "measure_every": 2},
    "output": {"observables": {"m2": "mean(a)**2"}, "fields": {"every": "100 steps"}},
}
GLASS = {
    "model": {
        "type": "edwards_anderson",
        "lattice": {"type": "cubic", "size": 4},
        "parameters": {"temperature": 1.0},
    },
    "run": {"seed": 2, "thermalization": 20, "sweeps": 400, "until": {"error": {"energy": 0.03}}},
}
TUNED = {
    "model": {"type": "xy", "lattice": {"type": "square", "size": 6}, "parameters": {"temperature": 0.7, "J": 1.0}},
    "run": {"seed": 2, "thermalization": 50, "sweeps": 50},
}
CASES = {
    "logistic": (LOGISTIC, {"model.parameters.r": 0.41, "model.parameters.K": 2}),
    "start": (LOGISTIC, {"model.parameters.a": 0.02}),
    "wave": (WAVE, {"model.parameters.c": 0.8, "model.parameters.b": 0.5}),
    "adaptive": (ADAPTIVE, {"model.parameters.D": 0.7, "model.parameters.t0": 0.6}),
    "noise": (NOISE, {"model.parameters.g": 0.3, "run.replica": 2}),
    "imex": (IMEX, {"model.parameters.D": 1.5}),
    "steady": (STEADY, {"model.parameters.D": 0.9}),
    "ising": (ISING, {"model.parameters.temperature": 2.6, "run.seed": 9}),
    "glass": (GLASS, {"model.parameters.temperature": 1.4}),
    "tuned": (TUNED, {"model.parameters.temperature": 1.1}),
}


class Rate(simcore.Parameters):
    rate: float = simcore.parameter(0.5, above=0.0)


def grow(u, random, rate):
    return u[0] * 0 + rate * random[0]


def grown(u, i, rate, random):
    return 0.9 * u[i] + rate * random[0]


def value(u, i):
    return u[i]


class Growth(simcore.Model):
    """A model of a user's own."""

    parameters: Rate

    def state(self):
        return [simcore.StateArray("u", (30,), "float64", lambda stream: stream.uniform((30,)))]

    def phases(self):
        return [simcore.Phase(grown, "u", draws=1)]

    def observables(self):
        return [simcore.Observable("mean_u", value)]


OWN = {"model": {"type": Growth, "parameters": {}}, "run": {"sweeps": 20, "seed": 1}}
CASES["own"] = (OWN, {"model.parameters.rate": 0.7})


def same(prepared, run):
    for group in GROUPS:
        mine, theirs = getattr(prepared, group), getattr(run, group).load()
        assert mine.identical(theirs), f"{group}: {mine} {theirs}"


@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_those_of_a_run(name, tmp_path):
    source, overrides = CASES[name]
    f = simcore.prepare(source)
    f()
    same(f(overrides), simcore.run(source, overrides=overrides, workers=2, out=tmp_path / "run"))
    same(f(), simcore.run(source, workers=1, out=tmp_path / "plain"))


@pytest.fixture(scope="module")
def logistic():
    return simcore.prepare(LOGISTIC)


def test_a_call_writes_no_file_starts_no_process_and_leaves_no_segment(logistic, tmp_path, monkeypatch):
    opened: list[str] = []
    watching = threading.get_ident()

    def hook(event: str, arguments: tuple) -> None:
        if opened is not None and watching == threading.get_ident() and event in ("open", "os.mkdir"):
            flags = arguments[2] if event == "open" else os.O_CREAT
            if isinstance(flags, int) and flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                opened.append(str(arguments[0]))
        elif watching == threading.get_ident() and event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
            opened.append(event)

    monkeypatch.chdir(tmp_path)
    logistic({"model.parameters.r": 0.5})
    children, segments = psutil.Process().children(recursive=True), set(os.listdir("/dev/shm"))
    sys.addaudithook(hook)  # it cannot be taken away, and looks at this thread as long as `watching` names it
    try:
        run = logistic({"model.parameters.r": 0.6})
        run.samples("mean_u"), run.estimate("mean_u"), run.final("u")
    finally:
        watching = None
    assert opened == []
    assert list(tmp_path.iterdir()) == []
    assert psutil.Process().children(recursive=True) == children
    assert set(os.listdir("/dev/shm")) <= segments


def test_single_numbers_are_those_of_the_datasets(logistic):
    run = logistic({"model.parameters.r": 0.45})
    assert np.array_equal(run.samples("mean_u"), run.series["mean_u"])
    assert np.array_equal(run.final("u"), run.fields["u"].isel(time=-1))
    found, said = run.estimate("mean_u"), run.estimates
    assert (found.value, found.error, found.ess) == tuple(
        float(said[f"mean_u{part}"]) for part in ("", "_error", "_ess")
    )
    assert found.tau * LOGISTIC["run"]["measure_every"] == float(said["mean_u_tau"])
    assert (run.step, run.time) == (40, 4.0)


@pytest.mark.parametrize("ask", ["samples", "final", "estimate"])
def test_an_unknown_name_gets_the_nearest(logistic, ask):
    run = logistic()
    near = "u" if ask == "final" else "mean_u"
    with pytest.raises(UsageError, match=f"{near}"):
        getattr(run, ask)("mean_v" if ask != "final" else "v")


def test_bad_values_are_refused_as_by_run(logistic):
    for overrides in (
        {"model.parameters.r": "fast"},
        {"model.parameters.r": True},
        {"model.parameters.r": float("nan")},
        {"model.parameters.D": 50.0},  # unstable
        {"model.parameters.K": {"file": "missing.npy"}},
        {"run.seed": -1},
        {"model.parameters.a": 1e308, "model.parameters.D": 0.2},  # the start overflows nowhere; the run does
        {"model.parameters.r.x": 1.0},
        {"nothing": 1},
    ):
        with pytest.raises((ExperimentError, NotFiniteError)) as mine:
            logistic(overrides)
        with pytest.raises((ExperimentError, NotFiniteError)) as theirs:
            simcore.run(LOGISTIC, overrides=overrides, workers=1)
        assert str(mine.value) == str(theirs.value)
        assert type(mine.value) is type(theirs.value)


def test_a_fault_leaves_the_next_call_as_it_was(logistic):
    before = logistic({"model.parameters.r": 0.35}).samples("mean_u")
    with pytest.raises(NotFiniteError):
        logistic({"model.parameters.a": 1e200})
    assert np.array_equal(logistic({"model.parameters.r": 0.35}).samples("mean_u"), before)


def test_structure_may_be_overridden_too(logistic, tmp_path):
    for number, overrides in enumerate(({"model.grid.shape": [24]}, {"model.scheme": "rk2"}, {"run.steps": 12})):
        run = simcore.run(LOGISTIC, overrides=overrides, workers=2, out=tmp_path / str(number))
        same(logistic(overrides), run)
    same(logistic(["run.steps=12"]), run)


def test_a_seed_that_is_not_given_is_drawn_once():
    source = {**NOISE, "run": {"dt": 0.1, "steps": 5}}
    f = simcore.prepare(source)
    first = f().final("u")
    assert np.array_equal(f().final("u"), first)
    assert not np.array_equal(f({"run.replica": 1}).final("u"), first)
    assert not np.array_equal(simcore.prepare(source)().final("u"), first)


def test_the_clock_ends_no_call():
    source = {**LOGISTIC, "run": {**LOGISTIC["run"], "max_walltime": "1 h"}}
    with pytest.raises(ExperimentError, match=r"run\.max_walltime: a call of a prepared experiment goes to its end"):
        simcore.prepare(source)


def test_many_threads_at_once(logistic):
    rates = np.linspace(0.1, 0.9, 24)

    def final(rate):
        return logistic({"model.parameters.r": rate}).final("u")

    alone = [final(rate) for rate in rates]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(final, rates))
    assert np.array_equal(alone, together)


def test_a_result_travels(logistic):
    run = logistic({"model.parameters.r": 0.45})
    sent = pickle.loads(pickle.dumps(run))
    for group in GROUPS:
        assert getattr(sent, group).identical(getattr(run, group))
    assert sent.estimate("mean_u") == run.estimate("mean_u")
    assert (sent.step, sent.time) == (run.step, run.time)


def test_a_prepared_experiment_travels_and_is_prepared_once(logistic):
    first, second = (pickle.loads(pickle.dumps(logistic)) for _ in range(2))
    assert first is second
    assert np.array_equal(first().final("u"), logistic().final("u"))
