"""The engine on equations: the same numbers as plain NumPy, the same bits for any number of workers."""

import numpy as np
import pytest

import simcore
from simcore.runs.experiment import resolve
from simcore.runs.verify import verify
from tests.physics.oracles.plain import Stepper


def experiment(steps=6, dt=0.01, **model):
    run = {"seed": 1, "dt": dt, "steps": steps, "measure_every": 2}
    return {"model": {"type": "pde", **model}, "run": run}


WAVES = {"u": {"initial": "sin(x) + 0.1*cos(y)"}, "v": {"initial": "cos(x + 2*y)"}}
TWO_FIELDS = {
    "grid": {"shape": [9, 7], "spacing": 0.3, "boundary": {"x": "periodic", "y-": {"value": "sin(x + t)"}}},
    "fields": {"u": {"initial": "sin(x)", "boundary": "periodic"}, "v": {"initial": "1 + y"}},
}
TWO_FIELDS["grid"]["boundary"]["y+"] = {"mixed": [1.0, "cos(t)"]}
CASES = {
    "walls that move, an intermediate, a reduction": experiment(
        **TWO_FIELDS,
        expressions={"mu": {"value": "v**3 - laplace(v)", "boundary": {"derivative": 0.1}}},
        equations={"u": "0.1*laplace(u) - mean(u*v)*v", "v": "0.01*laplace(mu) + std(u) - u"},
        scheme="rk4",
    ),
    "implicit, two fields": experiment(
        grid={"shape": [8, 6]},
        fields=WAVES,
        equations={"u": "-laplace(laplace(u)) - u*v", "v": "laplace(v) + max(u)*v"},
        scheme="imex",
    ),
    "complex, second order in time": experiment(
        grid={"shape": [12], "spacing": 0.5},
        fields={"psi": {"initial": "exp(1j*x)", "dtype": "complex128", "velocity": "1j*cos(x)"}},
        equations={"psi": {"tt": "laplace(psi) - abs(psi)**2*psi + 1j*imag(psi)"}},
        scheme="leapfrog",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_engine_equals_plain_numpy(case, tmp_path):
    """To the last bit but for sums, whose order differs, and products of complex numbers."""
    resolved = resolve(CASES[case])
    stepper = Stepper(resolved.model, resolved.dt).step(resolved.total_steps)
    fields = simcore.run(CASES[case], workers=2, out=tmp_path / "run").fields
    for name in fields:
        np.testing.assert_allclose(fields[name].values[-1], stepper.inside(name), rtol=1e-13, atol=1e-13)


NOISY = experiment(
    steps=40,
    grid={"shape": [24, 16]},
    fields={"u": {"initial": {"random": {"normal": [0, 1]}}}, "A": {"initial": "1j", "dtype": "complex128"}},
    equations={"u": "laplace(u) - u**3", "A": "laplace(A) - u*A"},
    noise={"u": "0.1*u", "A": "0.2"},
    scheme="euler_maruyama",
)
ADAPTIVE = experiment(
    dt=0.05,
    grid={"shape": [24, 16]},
    fields=WAVES,
    equations={"u": "0.3*laplace(u) - u*v**2", "v": "0.1*laplace(v) + mean(u)*v"},
    scheme="rk45",
)
ADAPTIVE["run"] = {"seed": 1, "dt": 0.05, "t_end": 1.0, "measure_every": 2}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(NOISY, id="noise"),
        pytest.param(CASES["implicit, two fields"], id="imex"),
        pytest.param(ADAPTIVE, id="adaptive", marks=pytest.mark.slow),
    ],
)
def test_the_same_bits_for_any_number_of_workers(given):
    assert len({row.digest for row in verify(given, workers=(1, 2, 3))}) == 1


def test_observables_are_expressions_of_reductions(tmp_path):
    given = {
        **CASES["implicit, two fields"],
        "output": {
            "observables": {
                "a": "mean(u**2) - mean(u)**2",
                "b": "std(u)**2",
                "c": "at(u, 2.2, 3)",
                "d": "integral(2*v)",
            }
        },
    }
    done = simcore.run(given, workers=1, out=tmp_path / "run")
    u, v = done.fields["u"].values[-1], done.fields["v"].values[-1]
    last = {name: float(done.series[name].values[-1]) for name in "abcd"}
    assert last["a"] == pytest.approx(u.var(), rel=1e-12)
    assert last["b"] == pytest.approx(u.var(), rel=1e-12)
    assert last["c"] == u[2, 3]
    assert last["d"] == pytest.approx(2 * v.sum(), rel=1e-12)


@pytest.mark.slow
def test_kpz_grows_with_the_exponent_one_third(tmp_path):
    """From t = 5 on at a strong nonlinearity; without it the exponent would be 1/4."""
    model = {"type": "kpz", "grid": {"shape": [65536]}, "parameters": {"nu": 1.0, "growth": 8.0, "D": 0.5}}
    run = {"seed": 5, "dt": 0.01, "t_end": 100.0, "measure_every": 100}
    output = {"observables": {"width": "std(h)"}}
    series = simcore.run({"model": model, "run": run, "output": output}, out=tmp_path / "run").series
    time, width = series["time"].values, series["width"].values
    late = time >= 5.0
    assert np.polyfit(np.log(time[late]), np.log(width[late]), 1)[0] == pytest.approx(1 / 3, abs=0.01)
