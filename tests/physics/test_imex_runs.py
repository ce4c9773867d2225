"""Implicit-explicit schemes through the whole engine: the same bits, a forecast of what solves take, noise, signals."""

import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import simcore
from simcore.models.grid.pde import Pde
from simcore.runs.plan import plan
from tests.physics.oracles.plain import Stepper


def experiment(shape=(12, 7), boundary="periodic", run=None, **model):
    model = {"type": "pde", "grid": {"shape": list(shape), "boundary": boundary}, **model}
    return {"model": model, "run": {"seed": 1, "dt": 0.05, "steps": 6, "measure_every": 2, **(run or {})}}


FIELDS = {"u": {"initial": "sin(x) + 0.1*cos(y)", "dtype": "float32"}, "v": {"initial": "cos(x + 2*y)"}}
FIELDS["w"] = {"initial": "x*y"}
EQUATIONS = {"u": "0.2*laplace(u) - laplace(v) - u**3 + mean(v)", "v": "laplace(u) - u*v + cos(t)"}
EQUATIONS["w"] = "0.02*x*laplace(w)"  # explicit, of neighbours
COMPLEX = {"A": {"initial": "exp(1j*y)", "dtype": "complex64"}, "w": {"initial": "x*y"}}
STILL = {"x-": {"value": 1}, "x+": {"derivative": 0}, "y": "periodic"}
MOVING = {"x-": {"mixed": [1, "sin(t + y)"]}, "x+": {"value": "cos(3*t)"}, "y": {"derivative": 0}}
KINDS = {
    "transforms": experiment(fields=FIELDS, equations=EQUATIONS, scheme="imex3", boundary=STILL),
    "a factorisation": experiment(fields=FIELDS, equations=EQUATIONS, scheme="imex3", boundary=MOVING),
    "gmres": experiment(
        (41, 41, 8),
        fields={"u": {"initial": "sin(x) + cos(z)"}},
        equations={"u": "2*laplace(u) - u**3"},
        boundary={"mixed": [1, 0.2]},
        scheme="imex2",
        run={"steps": 4},
    ),
    "complex, with noise": experiment(
        fields=COMPLEX,
        equations={"A": "(1 + 0.5j)*laplace(A) - abs(A)**2*A + w", "w": "-w*real(A)"},
        noise={"A": "0.3", "w": "0.1*w"},
        scheme="imex1",
    ),
    "written": experiment(
        fields={"c": {"initial": "0.1*sin(x*y)"}, "d": {"initial": "x"}},
        expressions={"bend": "laplace(c)"},
        equations={"c": "laplace(c**3 - c) - laplace(bend)", "d": "c - d"},
        implicit={"c": "2*laplace(c) - laplace(bend)"},
        boundary={"derivative": 0.1},
        scheme="imex3",
    ),
}


def bits(outcome):
    return {name: outcome.fields[name].values[-1].tobytes() for name in outcome.fields}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_7_workers_and_a_run_resumed_with_3_1_and_2_give_the_same_bits(kind, tmp_path):
    given = KINDS[kind]
    whole = simcore.run(given, workers=7, out=tmp_path / "whole")
    first = {**given, "run": {**given["run"], "steps": 2}}
    simcore.run(first, workers=3, out=tmp_path / "parts")
    middle = simcore.resume(tmp_path / "parts", workers=1, overrides={"run.steps": 3})
    assert middle.fields["time"].values[-1] == 3 * given["run"]["dt"]
    parts = simcore.resume(tmp_path / "parts", workers=2, overrides={"run.steps": given["run"]["steps"]})
    assert bits(parts) == bits(whole)
    assert {n: v.values.tobytes() for n, v in parts.series.items()} == {
        n: v.values.tobytes() for n, v in whole.series.items()
    }


def test_the_engine_makes_the_steps_of_plain_numpy_for_any_number_of_workers(tmp_path):
    """A block of a float32 and a float64 field, an explicit field, four stages, walls of two kinds."""
    given = KINDS["transforms"]
    found = [bits(simcore.run(given, workers=n, out=tmp_path / str(n))) for n in (1, 2)]
    stepper = Stepper(Pde.model_validate({k: v for k, v in given["model"].items() if k != "type"}), 0.05).step(6)
    assert found[0] == found[1]
    for name, atol in (("v", 1e-6), ("w", 1e-12)):
        np.testing.assert_allclose(np.frombuffer(found[0][name]).reshape(12, 7), stepper.inside(name), atol=atol)


@pytest.mark.parametrize(
    ("boundary", "least", "most"),
    [({"derivative": 0}, 4 * 30 * 40 * 8, 8 * 30 * 40 * 8), ({"mixed": [1, 0]}, 10 * 30 * 40 * 12, 90 * 30 * 40 * 12)],
)
def test_the_plan_counts_the_solvers(boundary, least, most):
    """Transforms: the inverse and four arrays in passing. A factorisation: tens of entries a cell, 12 bytes each."""
    given = {"fields": {"u": {"initial": "x"}}, "equations": {"u": "laplace(u)"}, "boundary": boundary}
    made = plan(experiment((30, 40), **given, scheme="imex"), workers=1)
    assert least < made.solvers < most
    assert 0.0 < made.set_up < made.seconds
    from simcore.cli.outcome import forecast

    assert "# solvers" in forecast(made)


def test_the_plan_of_an_explicit_run_names_no_solver():
    from simcore.cli.outcome import forecast

    made = plan(experiment(fields={"u": {"initial": "x"}}, equations={"u": "laplace(u)"}), workers=1)
    assert made.solvers == 0
    assert made.set_up < 0.1
    assert "solvers" not in forecast(made)


def test_the_variance_of_a_linear_equation_with_noise_is_that_of_the_scheme():
    """u' = 0.3 laplace u - u + g xi: mode by mode var' = (var + g^2 dt/V)/(1 + dt lambda)^2, exactly.

    Of 400 fields of 16 cells: the power of each mode over its mean is chi squared; |z| < 4.5 on 9 modes fails by chance
    once in 16,000.
    """
    g, dt, steps, h = 0.7, 0.5, 8, 0.5
    fields = {"u": {"initial": 0}}
    model = Pde.model_validate(
        {
            "grid": {"shape": [400, 16], "spacing": [1.0, h]},
            "fields": fields,
            "equations": {"u": "0.3*d2y(u) - u"},
            "noise": {"u": str(g)},
            "scheme": "imex1",
        }
    )
    u = Stepper(model, dt, seed=11).step(steps).inside("u")
    power = np.abs(np.fft.rfft(u, axis=1)) ** 2 / 16
    theta = 2 * np.pi * np.arange(9) / 16
    rate = 1.0 + 0.3 * (2 - 2 * np.cos(theta)) / h**2
    variance = np.zeros(9)
    for _ in range(steps):
        variance = (variance + g**2 * dt / h) / (1 + dt * rate) ** 2
    degrees = np.where((theta == 0) | (np.arange(9) == 8), 1, 2) * 400
    z = (power.mean(axis=0) / variance - 1) / np.sqrt(2 / degrees)
    assert np.abs(z).max() < 4.5, z


def test_multiplicative_noise_is_that_of_ito():
    """u' = -a u + b u xi with a implicit: <u> = (1 + a dt)^-n, and <u^2> by (1 + b^2 dt/V)/(1 + a dt)^2 a step.

    40,000 cells; |z| < 4.5 of two numbers fails by chance once in 70,000.
    """
    a, b, dt, steps = 1.0, 0.8, 0.1, 5
    model = Pde.model_validate(
        {
            "grid": {"shape": [40_000]},
            "fields": {"u": {"initial": 1}},
            "equations": {"u": f"-{a}*u"},
            "noise": {"u": f"{b}*u"},
            "scheme": "imex1",
        }
    )
    u = Stepper(model, dt, seed=5).step(steps).inside("u")
    mean, square = (1 + a * dt) ** -steps, ((1 + b * b * dt) / (1 + a * dt) ** 2) ** steps
    for values, expected in ((u, mean), (u**2, square)):
        assert abs(values.mean() - expected) < 4.5 * values.std() / math.sqrt(u.size)
    exact = math.exp((b * b - 2 * a) * 0.5)
    errors = [abs(((1 + b * b * 0.5 / n) / (1 + a * 0.5 / n) ** 2) ** n - exact) for n in (20, 40)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.1)  # weak order 1


def _catches(pid, number):
    """Whether a process handles a signal itself."""
    with open(f"/proc/{pid}/status") as status:
        caught = next(line for line in status if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (number - 1) & 1


@pytest.mark.slow
def test_a_signal_while_a_large_implicit_run_is_set_up_is_acted_on(tmp_path):
    """Exit code 143 soon, at whatever moment the signal comes; before the first step nothing is written."""
    file = tmp_path / "heat.yaml"
    file.write_text(
        "model: {type: pde, grid: {shape: [20, 20, 20], boundary: {mixed: [1, 0]}}, scheme: imex,\n"
        "  fields: {u: {initial: x}}, expressions: {bend: laplace(u)}, equations: {u: -laplace(bend) + sin(u)}}\n"
        "run: {seed: 1, dt: 0.1, steps: 100000}\n"
    )
    for wait in (0.0, 3.0):
        out = tmp_path / str(wait)
        command = [sys.executable, "-m", "simcore", "run", str(file), "--out", str(out), "--workers", "2"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ})
        while not _catches(child.pid, signal.SIGTERM):
            time.sleep(0.01)
        time.sleep(wait)
        child.send_signal(signal.SIGTERM)
        told = time.monotonic()
        _, said = child.communicate(timeout=60)
        assert child.returncode == 143, said
        assert time.monotonic() - told < 10.0
        started = (out / "checkpoints").exists()
        assert started or not out.exists() or not list(out.iterdir()), sorted(out.iterdir())


VARYING_SIDES = {
    "a varies": ({"x": {"mixed": ["1 + y/9", 0.3]}, "y": "periodic"}, 2),
    "two kinds": (
        {
            "x-": {"where": "y < 4", "then": {"value": 1}, "else": {"derivative": 0}},
            "x+": {"value": 0},
            "y": {"derivative": 0},
        },
        2,
    ),
    "mixed, fourth order": ({"x": {"mixed": [1, 0.2]}, "y": "periodic"}, 4),
}


@pytest.mark.slow
@pytest.mark.parametrize("sides", VARYING_SIDES)
@pytest.mark.parametrize(("scheme", "order"), [("imex2", 2.0), ("imex3", 3.0)])
def test_sides_that_vary_along_themselves_keep_the_order(sides, scheme, order, tmp_path):
    boundary, in_space = VARYING_SIDES[sides]

    def final(scheme, dt):
        source = experiment(
            (12, 9),
            boundary,
            {"dt": dt, "steps": round(4.0 / dt)},
            fields={"u": {"initial": "sin(x)*cos(y) + 1"}},
            equations={"u": "laplace(u) + 0.1"},
            scheme=scheme,
            order=in_space,
        )
        return simcore.run(source, workers=1, out=tmp_path / f"{scheme}-{dt}").fields["u"].values[-1]

    exact = final("rk4", 0.01)
    errors = [np.abs(final(scheme, dt) - exact).max() for dt in (0.2, 0.1)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)
