"""Equations through the whole engine, as a user meets them: same bits, steady states, blow-ups, files, configs."""

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError, NotFiniteError
from simcore.runs.verify import verify

SHIPPED = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
CONFIGS = [path for path in SHIPPED if "\nsweep:" not in path.read_text()]  # a sweep is no run
FIELDS = {"u": {"initial": "sin(x) + 0.1*cos(y)"}, "A": {"initial": "exp(1j*y)", "dtype": "complex128"}}
COUPLED = {"u": "0.1*laplace(u) - u + mean(u)", "A": "(0.1 + 0.2j)*laplace(A) - abs(A)**2*A + u*A"}


def experiment(shape=(16, 6), boundary="periodic", run=None, **model):
    model = {"type": "pde", "grid": {"shape": list(shape), "boundary": boundary}, **model}
    return {"model": model, "run": {"seed": 1, "dt": 0.05, "steps": 8, "measure_every": 2, **(run or {})}}


MOVING = {"x": {"value": "cos(t + y)"}, "y": "periodic"}
MOVED = {"fields": {"u": {"initial": "x"}}, "equations": {"u": "laplace(u) - mean(u)"}}
NOISY = {"fields": FIELDS, "equations": COUPLED, "noise": {"u": "0.1*u", "A": "0.2"}}
KINDS = {
    "noise, complex": experiment(**NOISY, scheme="euler_maruyama"),
    "adaptive, complex": experiment(fields=FIELDS, equations=COUPLED, scheme="rk45"),
    "adaptive, moving walls": experiment(**MOVED, boundary=MOVING, scheme="rk45"),
    "imex, complex": experiment(fields=FIELDS, equations=COUPLED, scheme="imex"),
    "imex, walls": experiment(
        fields={"c": {"initial": "0.1*sin(x*y)"}},
        expressions={"mu": "c**3 - c - laplace(c)"},
        equations={"c": "laplace(mu)"},
        boundary={"derivative": 0.0},
        scheme="imex",
    ),
    "moving walls": experiment(**MOVED, boundary=MOVING, scheme="rk4"),
    "moving walls in one dimension": experiment((5000,), boundary={"value": "sin(t)"}, **MOVED, scheme="rk2"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_1_2_3_and_7_workers_give_the_same_bits(kind):
    assert len({row.digest for row in verify(KINDS[kind], workers=(1, 2, 3, 7))}) == 1


@pytest.mark.parametrize("scheme", ["imex", "rk45"])
def test_a_run_ends_where_it_is_steady(scheme, tmp_path):
    """u' = 1 - u from 0: |u'| = exp(-t) falls below 1e-3 at t = 6.9, and the next sample is of the step after it."""
    run = {"dt": 0.05, "t_end": 100.0, "measure_every": 1, "until": {"steady": 1e-3}}
    model = {"fields": {"u": {"initial": "0"}}, "equations": {"u": "laplace(u) + 1 - u"}, "scheme": scheme}
    series = simcore.run(experiment(run=run, **model) | {"run": run}, workers=1, out=tmp_path / "run").series
    time, left = series["time"].values, 1.0 - series["mean_u"].values
    assert left[-1] <= 1e-3 < left[-2]
    assert time[-2] <= math.log(1e3) * 1.001
    assert time[-1] < 100.0


def test_a_steady_end_is_refused_with_noise():
    model = {"fields": {"u": {"initial": "0"}}, "equations": {"u": "-u"}, "noise": {"u": "1"}}
    with pytest.raises(ExperimentError, match=r"run.until: with noise"):
        simcore.run(experiment(scheme="euler_maruyama", run={"until": {"steady": 1.0}}, **model))


def test_a_blow_up_names_field_cell_and_step_and_keeps_the_checkpoint_before(tmp_path):
    """u' = u**3 is infinite at t = 1/(2 u0**2), first where u0 is greatest; dt = 0.01 and u0 = 1: after t = 0.5."""
    given = experiment(
        fields={"v": {"initial": "1"}, "u": {"initial": "where((abs(x - 5.5) < 0.1) & (abs(y - 2.5) < 0.1), 1, 0.1)"}},
        equations={"v": "-v", "u": "u**3"},
        run={"dt": 0.01, "steps": 100_000},
    )
    given["checkpoint"] = {"every": "20 steps"}
    u, steps = 1.0, 0
    while math.isfinite(u):
        try:
            u, steps = u + 0.01 * u**3, steps + 1
        except OverflowError:
            u, steps = math.inf, steps + 1
    with pytest.raises(NotFiniteError, match=rf"'u' is inf at cell \[5, 2\] after step {steps}\b"):
        simcore.run(given, workers=2, out=tmp_path / "run")
    kept = simcore.load(tmp_path / "run")["fields"]
    assert np.isfinite(kept["u"].values[-1]).all()
    assert kept["u"].values[-1].max() > 1.0


def with_file(directory, **keys):
    np.save(directory / "D.npy", np.ones((6, 16)))
    with h5py.File(directory / "D.h5", "w") as file:
        file["right"], file["wrong"] = np.arange(96.0).reshape(16, 6), np.ones((3, 3))
    keys = {**keys, "file": str(directory / keys["file"])}
    return experiment(
        fields={"u": {"initial": "0"}}, parameters={"D": keys}, equations={"u": "D"}, run={"dt": 0.5, "steps": 2}
    )


def test_a_parameter_may_be_a_data_set_of_hdf5(tmp_path):
    done = simcore.run(with_file(tmp_path, file="D.h5", dataset="right"), workers=2, out=tmp_path / "run")
    np.testing.assert_array_equal(done.fields["u"].values[-1], np.arange(96.0).reshape(16, 6))


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"file": "D.npy"}, r"model.parameters.D: .*shape \[6, 16\]; \[16, 6\] is needed"),
        ({"file": "D.h5", "dataset": "wrong"}, r"model.parameters.D: .*shape \[3, 3\]; \[16, 6\] is needed"),
        ({"file": "D.h5", "dataset": "rihgt"}, r"model.parameters.D: .*rihgt"),
    ],
)
def test_a_parameter_of_the_wrong_shape_is_refused_before_anything_is_made(keys, reason, tmp_path):
    with pytest.raises(ExperimentError, match=reason):
        simcore.run(with_file(tmp_path, **keys), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("scheme", ["euler", "rk2"])
def test_where_no_step_is_stable_the_message_says_what_is(scheme):
    given = experiment(fields={"u": {"initial": "x"}}, equations={"u": "-dx(u)"}, scheme=scheme)
    with pytest.raises(ExperimentError, match=r"no step is stable.*take rk4 or rk45"):
        simcore.run(given)


@pytest.mark.parametrize(("rate", "refused"), [(34.0, False), (35.0, True), (68.3, True)])
def test_imex_refuses_growth_that_the_step_does_not_resolve(rate, refused, tmp_path):
    """gamma dt lambda = 0.5 is lambda = 34.14 at dt = 0.05, and 1, where the solve is singular, 68.28."""
    given = experiment(fields={"u": {"initial": "1"}}, equations={"u": f"{rate}*u"}, scheme="imex", run={"steps": 2})
    if refused:
        with pytest.raises(ExperimentError, match=r"run.dt: imex cannot solve for linear terms that grow"):
            simcore.run(given)
    else:
        simcore.run(given, workers=1, out=tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_experiment_runs(config, tmp_path):
    text = config.read_text()
    total = {"run.sweeps": 20} if "sweeps:" in text else {"run.steps": 20}
    if "thermalization:" in text:
        total["run.thermalization"] = 10
    overrides = {**total, "run.measure_every": 5}
    if "t_end" in text:
        dt = float(text.split("dt: ")[1].split(",")[0])
        overrides = {"run.t_end": 20 * dt, "run.measure_every": 5}
    if "fields: {every" in text:
        overrides["output.fields.every"] = "10 steps"
    done = simcore.run(config, workers=2, overrides=overrides, out=tmp_path / "run")
    assert all(np.isfinite(done.series[name].values).all() for name in done.series)
    for values in (done.fields[name].values for name in done.fields):
        outside = np.isnan(values)  # of grid.domain
        assert np.isfinite(values[~outside]).all()
        assert outside.any() == ("domain:" in text)
        assert (outside == outside[0]).all()
