"""The functions of the vocabulary in compiled equations, observables and starts, against NumPy."""

from __future__ import annotations

import numpy as np
import scipy.special

import simcore

RATE = (
    "erf(u) + mod(x, 3) - heaviside(u - 1) + atan2(u, x) + round(2*u) + ceil(u) + hypot(u, 2) + log10(x)"
    " + asin(u/9) + acos(u/9)"
)


def test_compiled_equations_have_the_values_of_numpy(tmp_path):
    source = {
        "model": {
            "type": "pde",
            "grid": {"shape": [40]},
            "fields": {"u": {"initial": "atan(x - 20) + heaviside(x - 7.5)"}},
            "equations": {"u": RATE},
        },
        "run": {"seed": 1, "dt": 0.125, "steps": 1, "measure_every": 1},
        "output": {"observables": {"measured": f"mean({RATE})"}},
    }
    made = simcore.run(source, workers=2, out=tmp_path / "r")
    x = np.arange(40) + 0.5

    def rate(u: np.ndarray) -> np.ndarray:
        smooth = (
            scipy.special.erf(u) + np.arctan2(u, x) + np.hypot(u, 2) + np.log10(x) + np.arcsin(u / 9) + np.arccos(u / 9)
        )
        return smooth + np.mod(x, 3) - np.heaviside(u - 1, 0.5) + np.rint(2 * u) + np.ceil(u)

    u = np.arctan(x - 20) + np.heaviside(x - 7.5, 0.5)
    u = u + 0.125 * rate(u)
    np.testing.assert_allclose(made.fields["u"].values[-1], u, rtol=1e-13)
    np.testing.assert_allclose(made.series["measured"].values[-1], rate(u).mean(), rtol=1e-13)
