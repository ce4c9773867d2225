"""Whole runs with fluxes: the engine against plain NumPy, the same bits for any number of workers and over a stop."""

import numpy as np
import pytest

import simcore
from simcore.runs.experiment import resolve
from simcore.runs.verify import digest, verify
from tests.physics.oracles.plain import Stepper

MODEL = {
    "type": "pde",
    "grid": {"shape": [22, 9], "spacing": 0.5, "boundary": {"x": {"derivative": 0}, "y": "periodic"}},
    "fields": {
        "u": {"initial": {"random": {"uniform": [0, 1]}}},
        "v": {"initial": "cos(x)", "boundary": {"x-": {"value": "sin(t)"}, "x+": {"derivative": 0}, "y": "periodic"}},
    },
    "expressions": {"J": "[[1 + u**2, 0.2], [0.2, 0.5]]*gradient(u) - [0.3, v]*u"},
    "equations": {"u": "divergence(J)", "v": "divergence((2 + sin(x))*gradient(v)) - divergence(v**2/2, 0)"},
    "advection": {"limited": "van_leer"},
    "scheme": "euler_maruyama",
    "noise": {"u": "divergence(0.1*u)", "v": "0.05"},
}


def experiment(steps, **keys):
    return {"model": {**MODEL, **keys}, "run": {"seed": 3, "dt": 0.004, "steps": steps, "measure_every": 5}}


def test_fluxes_have_the_same_bits_for_any_number_of_workers_and_over_a_stop(tmp_path):
    assert len({row.digest for row in verify(experiment(40), workers=(1, 2, 3, 7))}) == 1
    whole = simcore.run(experiment(40), workers=2, out=tmp_path / "whole")
    simcore.run(experiment(15), workers=1, out=tmp_path / "parts")
    parts = simcore.resume(tmp_path / "parts", workers=3, overrides={"run.steps": 40})
    assert digest(parts.path) == digest(whole.path)
    start, end = (whole.fields["u"].values[k].sum() for k in (0, -1))
    assert whole.series["mean_u"].values[-1] * 22 * 9 == pytest.approx(end, rel=1e-12)
    means = whole.series["mean_u"].values
    assert abs(means - means[0]).max() < 1e-15 * 40
    assert start == pytest.approx(end, rel=1e-13)


def test_the_engine_makes_the_fluxes_that_plain_numpy_makes(tmp_path):
    given = experiment(
        10, noise={}, scheme="euler", fields={**MODEL["fields"], "u": {"initial": "0.5 + sin(x + y)**2/3"}}
    )
    resolved = resolve(given)
    stepper = Stepper(resolved.model, resolved.dt).step(10)
    fields = simcore.run(given, workers=2, out=tmp_path / "run").fields
    for name in fields:
        np.testing.assert_allclose(fields[name].values[-1], stepper.inside(name), rtol=1e-13, atol=1e-13)
