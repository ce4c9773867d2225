"""Named expressions and observables through the whole engine: files, workers, a stop and a resume."""

from __future__ import annotations

import numpy as np
import pytest

import simcore
from simcore.runs.verify import verify

WALLS = {"x": {"derivative": 0}, "y-": {"value": "t"}, "y+": {"value": 0}}
GIVEN = {
    "model": {
        "type": "pde",
        "grid": {"shape": [12, 9], "boundary": WALLS},
        "fields": {"u": {"initial": {"random": {"uniform": [-1, 1]}}}, "v": {"initial": "sin(x)*y"}},
        "expressions": {
            "w": {"value": "u - 0.1*laplace(v)", "boundary": WALLS},
            "plain": "u*v + t",
            "late": {"value": "3*v", "boundary": WALLS},
        },
        "equations": {"u": "laplace(w) + 0.1*at(u, 3, 3)", "v": "-late"},
    },
    "run": {"seed": 1, "dt": 0.01, "steps": 12, "measure_every": 3},
    "output": {
        "observables": {
            "m": "mean(w**2)",
            "p": "std(plain)",
            "d": "mean(dx(w)**2)",
            "l": "max(late)",
            "s": "at(w, 2, 7)",
        },
        "fields": {"every": "4 steps", "names": ["u", "v", "w", "plain"]},
    },
}
PERIODIC = {"model": {"grid": {"shape": [12, 9]}, "scheme": "imex"}}
ADAPTIVE = {
    "model": {"scheme": "rk45"},
    "run": {"seed": 1, "dt": 0.01, "t_end": 0.12},
    "output": {
        "observables": GIVEN["output"]["observables"],
        "fields": {"times": [0.013, 0.05], "names": ["u", "v", "w", "plain"]},
    },
}


def changed(changes):
    return {
        "model": {**GIVEN["model"], **changes.get("model", {})},
        "run": changes.get("run", GIVEN["run"]),
        "output": changes.get("output", GIVEN["output"]),
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="euler"),
        pytest.param(PERIODIC, id="imex", marks=pytest.mark.slow),
        pytest.param(ADAPTIVE, id="rk45", marks=pytest.mark.slow),
    ],
)
def test_the_same_bits_for_any_number_of_workers(changes):
    if changes is PERIODIC:  # walls of expressions would not be periodic
        changes = {"model": {**PERIODIC["model"], "expressions": {**GIVEN["model"]["expressions"], "late": "3*v"}}}
    assert len({row.digest for row in verify(changed(changes), workers=(1, 2, 3, 7))}) == 1


def test_a_snapshot_of_an_expression_is_that_of_its_fields(tmp_path):
    done = simcore.run(GIVEN, workers=2, out=tmp_path / "run")
    assert done.fields["time"].values == pytest.approx([0.04, 0.08, 0.12])
    for t, u, v, w, plain in zip(*(done.fields[n].values for n in ("time", "u", "v", "w", "plain")), strict=True):
        assert plain == pytest.approx(u * v + t, rel=1e-14, abs=1e-14)
        padded = np.pad(v, 1, mode="edge")
        padded[1:-1, 0], padded[1:-1, -1] = 2 * t - v[:, 0], -v[:, -1]
        around = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4 * v
        assert w == pytest.approx(u - 0.1 * around, rel=1e-12, abs=1e-12)
    assert done.series["m"].values[-1] == pytest.approx((w**2).mean(), rel=1e-12)
    assert done.series["p"].values[-1] == pytest.approx((u * v + t).std(), rel=1e-12)
    assert done.series["s"].values[-1] == w[2, 7]
    again = simcore.run(GIVEN, workers=1, out=tmp_path / "run", resume=True)
    assert np.array_equal(again.fields["w"].values, done.fields["w"].values)


@pytest.mark.slow
def test_snapshots_between_adaptive_steps(tmp_path):
    done = simcore.run(changed(ADAPTIVE), workers=2, out=tmp_path / "run")
    assert done.fields["time"].values == pytest.approx([0.013, 0.05, 0.12])
    for t, u, v, plain in zip(*(done.fields[n].values for n in ("time", "u", "v", "plain")), strict=True):
        assert plain == pytest.approx(u * v + t, rel=1e-14, abs=1e-14)
