"""Whole runs on a domain: the same bits for any number of workers, what is measured, and what a result holds."""

import numpy as np
import pytest

import simcore
from simcore.runs.verify import digest, verify

CELLS = "(x - 9)**2 + (y - 7)**2 < 30 and abs(x - 9) > 0.6"
MODEL = {
    "type": "pde",
    "grid": {
        "shape": [18, 15],
        "spacing": [1, 0.9],
        "boundary": {"x": {"derivative": 0}, "y": "periodic"},
        "domain": CELLS,
    },
    "fields": {
        "u": {"initial": {"random": {"uniform": [0, 1]}}},
        "v": {"initial": "1/(x - 9)", "domain": {"value": "sin(t)"}},
    },
    "expressions": {"w": "u*v"},
    "equations": {
        "u": "divergence((1 + u**2)*gradient(u)) - divergence([0.3, v]*u)",
        "v": "laplace(v) + mean(u) - at(u, 6, 6)",
    },
    "advection": "upwind",
    "scheme": "euler",
}


def experiment(steps, **run):
    observables = {"deviation": "std(u)", "total": "integral(v)", "h": "histogram(u, 0, 1, 4)"}
    output = {"observables": observables, "fields": {"every": "20 steps", "names": ["u", "v", "w"]}}
    return {
        "model": {**MODEL},
        "run": {"seed": 3, "dt": 0.02, "steps": steps, "measure_every": 5, **run},
        "output": output,
    }


@pytest.mark.slow
def test_a_run_on_a_domain(tmp_path):
    assert len({row.digest for row in verify(experiment(40), workers=(1, 2, 3, 7))}) == 1
    whole = simcore.run(experiment(40), workers=2, out=tmp_path / "whole")
    simcore.run(experiment(15), workers=1, out=tmp_path / "parts")
    parts = simcore.resume(tmp_path / "parts", workers=3, overrides={"run.steps": 40})
    assert digest(parts.path) == digest(whole.path)
    x, y = np.arange(18)[:, None] + 0.5, (np.arange(15) + 0.5) * 0.9
    cells = ((x - 9) ** 2 + (y - 7) ** 2 < 30) & (abs(x - 9) > 0.6)
    for name in ("u", "v", "w"):
        values = whole.fields[name].values
        assert (np.isnan(values) == ~cells).all()
    u, v, w = (whole.fields[name].values[-1][cells] for name in ("u", "v", "w"))
    np.testing.assert_allclose(w, u * v, rtol=1e-14)
    series = {name: whole.series[name].values[-1] for name in whole.series}
    wanted = {"mean_u": u.mean(), "min_u": u.min(), "max_v": v.max(), "deviation": u.std(), "total": v.sum() * 0.9}
    for name, value in wanted.items():
        assert series[name] == pytest.approx(value, rel=1e-12), name
    np.testing.assert_allclose(series["h"], np.histogram(u, 4, (0, 1))[0] / u.size)
    means = whole.series["mean_u"].values
    assert abs(means - means[0]).max() < 1e-14  # no flux leaves through faces or walls
    assert abs(series["mean_v"] - whole.series["mean_v"].values[0]) > 0.01
    again = experiment(1)
    again["model"]["fields"] = {**MODEL["fields"], "u": {"initial": {"file": str(tmp_path / "whole")}}}
    start = simcore.prepare(again)()
    assert np.isnan(start.final("u")[~cells]).all()
