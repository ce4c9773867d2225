"""Noise in the sense of Stratonovich, and in equations of second order in time.

All z-scores are below 4: a false alarm in 6e-5 of cases each, with fixed seeds.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import verify

pytestmark = pytest.mark.usefixtures("nothing_left")


def noisy(
    equations: dict[str, Any], noise: dict[str, str], shape: list[int], run: dict[str, Any], **model: Any
) -> dict:
    fields = model.pop("fields", {"u": {"initial": 1}})
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": shape},
            "fields": fields,
            "equations": equations,
            "noise": noise,
            "scheme": "heun_stratonovich",
            **model,
        },
        "run": {"seed": 3, "measure_every": 10**6, **run},
    }


def cells(source: dict[str, Any], place: Any) -> np.ndarray:
    return simcore.run(source, workers=2, out=place).fields["u"].values[-1].ravel()


def test_multiplicative_noise_has_the_mean_of_stratonovich(tmp_path):
    """du = g u o dW has the solution u = exp(g W): log u has mean 0 and variance g^2 t. Ito's has the mean -g^2 t/2."""
    u = cells(noisy({"u": "0*u"}, {"u": "0.5*u"}, [100, 400], {"dt": 0.01, "t_end": 1.0}), tmp_path / "r")
    logs, n, variance = np.log(u), u.size, 0.25
    assert abs(logs.mean()) < 4.0 * math.sqrt(variance / n) + 1e-4  # the bias of a step is of order dt^2
    assert abs(logs.var() - variance) < 4.0 * variance * math.sqrt(2.0 / n) + 2e-3 * variance
    assert abs(-variance / 2.0) > 20.0 * math.sqrt(variance / n)  # Ito's mean would be seen


def test_it_is_of_second_order_without_noise(tmp_path):
    def error(dt: float) -> float:
        source = noisy({"u": "-u**2"}, {"u": "0"}, [4], {"dt": dt, "t_end": 1.0})
        return abs(cells(source, tmp_path / f"{dt}")[0] - 0.5)

    order = math.log2(error(0.02) / error(0.01))
    assert order == pytest.approx(2.0, abs=0.1)


def test_an_oscillator_in_a_bath_has_its_temperature(tmp_path):
    """u'' = -w^2 u - c u' + s xi: in equilibrium <u^2> = s^2/(2 c w^2), <u'^2> = s^2/(2 c); cells are independent."""
    w2, c, s = 4.0, 1.0, 0.8
    source = noisy(
        {"u": {"tt": f"-{w2}*u - {c}*u_t"}},
        {"u": f"{s}"},
        [100, 100],
        {"dt": 0.02, "t_end": 20.0},
        fields={"u": {"initial": 0}},
    )
    fields = simcore.run(source, workers=2, out=tmp_path / "r").fields
    for name, exact in (("u", s**2 / (2 * c * w2)), ("u_t", s**2 / (2 * c))):
        found = fields[name].values[-1].ravel()
        error = exact * math.sqrt(2.0 / found.size)
        assert abs((found**2).mean() - exact) < 4.0 * error + 0.002 * exact  # the bias of the scheme is of order dt^2


def test_equal_bits_for_any_workers_and_complex_fields():
    source = noisy(
        {"u": "laplace(u)", "A": "(1 + 1j)*laplace(A)"},
        {"u": "0.1*u", "A": "0.2"},
        [7, 9],
        {"dt": 0.01, "steps": 20, "measure_every": 3},
        fields={"u": {"initial": "1 + x"}, "A": {"initial": "1 + 0*x", "dtype": "complex128"}},
    )
    assert len({row.digest for row in verify(source, workers=(1, 2, 3, 7))}) == 1


def test_the_schemes_with_noise_are_named():
    source = noisy({"u": "0*u"}, {"u": "1"}, [4], {"dt": 0.01, "steps": 2}, scheme="rk4")
    with pytest.raises(
        ExperimentError, match=r"model.noise.u: needs scheme: euler_maruyama or heun_stratonovich or imex1"
    ):
        simcore.run(source)
