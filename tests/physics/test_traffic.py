"""The automaton of Nagel and Schreckenberg: exact fundamental diagrams."""

import numpy as np
import pytest

import simcore
from simcore.errors import SimcoreError
from simcore.runs.verify import verify


def road(sweeps, slowing, **model):
    model = {"type": "traffic", "parameters": {"slowing": slowing}, **model}
    run = {"seed": 5, "thermalization": 1000, "sweeps": sweeps, "measure_every": 10}
    return {"model": model, "run": run}


def test_without_dawdling_the_flow_is_the_lesser_of_two_lines():
    """min(5 rho, 1 - rho), once all jams have gone: K. Nagel, M. Schreckenberg (1992), section 3."""
    for cars in (60, 150, 300):
        run = simcore.prepare(road(100, 0.0, cells=600, cars=cars))()
        rho = cars / 600
        assert (abs(run.series["flow"][-5:] - min(5 * rho, 1 - rho)) < 1e-12).all()
        assert (run.series["density"] == rho).all()
    assert run.series["mean_speed"][-1] == pytest.approx((1 - rho) / rho)


def test_the_flow_at_speed_1_is_the_exact_one():
    """(1 - sqrt(1 - 4 (1 - p) rho (1 - rho)))/2: M. Schreckenberg et al., Phys. Rev. E 51, 2939 (1995), eq. 10.

    Three z-scores below 4: a false alarm in 1 of 5,000 seeds.
    """
    for cars, slowing in ((300, 0.5), (500, 0.5), (700, 0.2)):
        run = simcore.prepare(road(20000, slowing, cells=1000, cars=cars, most=1))()
        rho = cars / 1000
        exact = 0.5 * (1 - np.sqrt(1 - 4 * (1 - slowing) * rho * (1 - rho)))
        flow, error = (float(run.estimates[name]) for name in ("flow", "flow_error"))
        assert error < 0.002
        assert abs(flow - exact) < 4 * error + 2e-4, (cars, slowing)  # a finite ring is off by 1/cells


@pytest.mark.slow
def test_the_bits_do_not_depend_on_the_workers():
    assert len({row.digest for row in verify(road(50, 0.3, cells=5000, cars=900), workers=(1, 2, 3, 7))}) == 1


@pytest.mark.parametrize(
    ("keys", "message"), [({"cars": 11}, "have no room"), ({"cells": 5}, "more than the greatest")]
)
def test_what_does_not_fit_is_refused(keys, message):
    with pytest.raises(SimcoreError, match=message):
        simcore.prepare(road(1, 0.1, **{"cells": 10, "cars": 5, **keys}))
