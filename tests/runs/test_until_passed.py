"""Runs that end when an observable passes a value."""

from __future__ import annotations

import math
from typing import Any

import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import resume, run, verify

pytestmark = pytest.mark.usefixtures("nothing_left")


def decay(until: dict[str, Any], scheme: str = "rk4", **keys: Any) -> dict[str, Any]:
    model = {
        "type": "pde",
        "grid": {"shape": [4]},
        "fields": {"u": {"initial": 1}},
        "equations": {"u": "-u"},
        "scheme": scheme,
    }
    return {"model": model, "run": {"seed": 1, "dt": 0.01, "t_end": 50, "measure_every": 10, "until": until}, **keys}


def test_a_run_ends_at_the_first_measurement_below_a_value(tmp_path):
    """exp(-t) passes 0.01 at t = 4.605; the first measurement after it is that of t = 4.7."""
    outcome = run(decay({"below": {"mean_u": 0.01}}), out=tmp_path / "r", workers=1)
    assert outcome.met
    assert outcome.done
    assert outcome.step == 470
    assert math.isclose(float(simcore.load(tmp_path / "r")["fields/u"].values[-1, 0]), math.exp(-4.7), rel_tol=1e-8)


def test_all_thresholds_must_be_passed_at_once(tmp_path):
    half = decay({"below": {"mean_u": 0.5}, "above": {"double": 0.9}}, output={"observables": {"double": "2*max(u)"}})
    outcome = run(half, out=tmp_path / "r", workers=1)
    assert outcome.step == 70  # 2 exp(-0.7) = 0.993, exp(-0.7) = 0.497
    never = decay({"below": {"mean_u": 0.5}, "above": {"max_u": 0.9}})
    never["run"]["t_end"] = 2
    assert not run(never, out=tmp_path / "n", workers=1).met


def test_adaptive_runs_and_monte_carlo_runs_end_so_too(tmp_path):
    adaptive = decay({"below": {"mean_u": 0.01}}, scheme="rk45")
    adaptive["run"]["measure_every"] = 1
    assert run(adaptive, out=tmp_path / "a", workers=1).met
    spins = {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 10.0}},
        "run": {"seed": 1, "thermalization": 5, "sweeps": 1000, "until": {"below": {"abs_magnetization": 0.1}}},
    }
    outcome = run(spins, out=tmp_path / "s", workers=1)
    series = simcore.load(tmp_path / "s")["series/abs_magnetization"].values
    assert outcome.met
    assert outcome.step == len(series)
    assert series[-1] <= 0.1
    assert (series[5:-1] > 0.1).all()


def test_the_end_is_the_same_for_any_workers_and_after_a_resume(tmp_path):
    rows = verify(decay({"below": {"mean_u": 0.01}}), workers=(1, 2, 3))
    assert len({row.digest for row in rows}) == 1
    short = decay({"below": {"mean_u": 0.01}})
    short["run"]["t_end"] = 2
    assert not run(short, out=tmp_path / "r", workers=1).met
    outcome = resume(tmp_path / "r", workers=2, overrides={"run.t_end": 50})
    assert (outcome.met, outcome.step) == (True, 470)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ({"below": {"meanu": 1}}, r"run.until.below.meanu: unknown observable; did you mean 'mean_u'"),
        ({"above": {"mean_u": "high"}}, r"run.until.above.mean_u: .*number"),
        ({}, r"run.until: "),
    ],
)
def test_wrong_thresholds_are_refused(until, message):
    with pytest.raises(ExperimentError, match=message):
        simcore.run(decay(until))
