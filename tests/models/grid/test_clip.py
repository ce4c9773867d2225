"""Fields that are clipped after every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import verify

pytestmark = pytest.mark.usefixtures("nothing_left")


def clipped(clip: list[Any], scheme: str = "euler", **field: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": [16]},
            "fields": {"u": {"initial": "sin(2*pi*x/16)", "clip": clip, **field}},
            "equations": {"u": "laplace(u) + 0.3*u"},
            "scheme": scheme,
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 40, "measure_every": 7},
    }


@pytest.mark.parametrize("clip", [[-0.5, 0.8], [None, 0.8], [-0.5, None]])
def test_values_beyond_the_limits_are_set_to_them_after_each_step(clip, tmp_path):
    fields = simcore.run(clipped(clip), workers=2, out=tmp_path / "r").fields
    u = np.sin(2.0 * np.pi * (np.arange(16) + 0.5) / 16)
    low, high = -np.inf if clip[0] is None else clip[0], np.inf if clip[1] is None else clip[1]
    for _ in range(40):
        u = np.clip(u + 0.1 * (np.roll(u, 1) + np.roll(u, -1) - 2.0 * u + 0.3 * u), low, high)
    np.testing.assert_allclose(fields["u"].values[-1], u, rtol=0, atol=1e-13)


@pytest.mark.parametrize("scheme", ["rk2", "rk4", "imex"])
def test_every_scheme_with_fixed_steps_clips_and_gives_equal_bits(scheme, tmp_path):
    source = clipped([-0.5, 0.8], scheme)
    assert len({row.digest for row in verify(source, workers=(1, 2, 3))}) == 1
    u = simcore.run(source, workers=1, out=tmp_path / "r").fields["u"].values[-1]
    assert (u.min(), u.max()) == (-0.5, 0.8)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (clipped([0, 1], "rk45"), "model.fields.u.clip: adaptive steps cannot be clipped"),
        (clipped([1, 0]), "model.fields.u.clip: must be .least, greatest."),
        (clipped([None, None]), "model.fields.u.clip: must be .least, greatest."),
        (clipped([0, 1], dtype="complex128"), "model.fields.u.clip: complex numbers have no order"),
    ],
)
def test_what_cannot_be_clipped_is_refused(source, message):
    with pytest.raises(ExperimentError, match=message):
        simcore.run(source)
