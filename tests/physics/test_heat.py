"""The heat equation against exact modes: measured orders, and the mean that nothing changes."""

import math

import numpy as np
import pytest

from simcore.models.grid.presets.heat import Heat
from tests.physics.oracles.heat import cold_mode, insulated_mode, periodic_mode

D, LENGTH, T_END = 0.5, 2.0, 0.125
KINDS = {
    "periodic": (periodic_mode, "periodic"),
    "cold": (cold_mode, {"value": 0.0}),
    "insulated": (insulated_mode, {"derivative": 0.0}),
}
CASES = [
    (1, "periodic"),
    (2, "cold"),
    (3, "periodic"),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in [(1, "cold"), (2, "insulated"), (3, "cold")]),
]


class Problem:
    """A mode on a grid of `cells` along each axis of a box of side LENGTH, and its fate up to T_END."""

    def __init__(self, run, dimensions, kind):
        make, self.boundary = KINDS[kind]
        self.run, self.dimensions, self.mode = run, dimensions, make((LENGTH,) * dimensions)

    def model(self, cells):
        return {
            "type": "heat",
            "grid": {"shape": [cells] * self.dimensions, "spacing": LENGTH / cells, "boundary": self.boundary},
            "parameters": {"D": D},
            "fields": {"u": {"initial": self.mode.formula()}},
        }

    def amplitude(self, cells, steps):
        """What is left of the mode, as a least-squares factor; the rest of the field must be nothing."""
        run = {"seed": 1, "dt": T_END / steps, "steps": steps, "measure_every": steps}
        u = self.run({"model": self.model(cells), "run": run}).fields["u"].values[-1]
        centres = Heat.model_validate({k: v for k, v in self.model(cells).items() if k != "type"}).grid.coordinates()
        start = self.mode.at(list(centres.values()))
        factor = float((u * start).sum() / (start * start).sum())
        np.testing.assert_allclose(u, factor * start, atol=1e-12)
        return factor

    def exact(self):
        return math.exp(-D * sum(k**2 for k in self.mode.wave_numbers) * T_END)

    def exact_on_grid(self, cells):
        """The same with the second differences of the grid for derivatives, exact in time."""
        h = LENGTH / cells
        return math.exp(-D * sum(4.0 * math.sin(k * h / 2.0) ** 2 / h**2 for k in self.mode.wave_numbers) * T_END)


@pytest.mark.parametrize(("dimensions", "kind"), CASES)
def test_order_one_in_time(run, dimensions, kind):
    problem = Problem(run, dimensions, kind)
    exact = problem.exact_on_grid(8)
    coarse, fine = (problem.amplitude(8, steps) - exact for steps in (128, 256))
    assert math.log2(coarse / fine) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("dimensions", "kind"), CASES)
def test_order_two_in_space(run, dimensions, kind):
    """The error in time is taken out by extrapolation to a step of zero."""
    problem = Problem(run, dimensions, kind)
    errors = []
    for cells, steps in ((8, 256), (16, 1024)):
        coarse, fine = problem.amplitude(cells, steps), problem.amplitude(cells, 2 * steps)
        errors.append(2.0 * fine - coarse - problem.exact())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("shape", [[257], [33, 20], [9, 16, 5]], ids=str)
def test_the_mean_is_conserved_to_rounding_with_periodic_boundaries(run, shape):
    steps = 2000
    model = {
        "type": "heat",
        "grid": {"shape": shape, "spacing": 0.3},
        "parameters": {"D": 0.7},
        "fields": {"u": {"initial": "1 + where(x < 1, 5, 0) + cos(7*x)"}},
    }
    series = run({"model": model, "run": {"seed": 1, "dt": 0.02, "steps": steps, "measure_every": 100}}).series
    drift = np.abs(series["mean_u"] - series["mean_u"][0]).max()
    assert drift <= 4 * np.finfo(float).eps / 2 * steps * series["max_u"][0]  # four roundings a step, all one way


def test_least_and_greatest_values_never_leave_their_bounds(run):
    """Up to half of the stability limit, a new value is a mean of old ones with weights that are not negative."""
    model = {
        "type": "heat",
        "grid": {"shape": [17, 12], "boundary": {"x-": {"value": 0.25}, "x+": {"derivative": 0.0}, "y": "periodic"}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "where((x > 5) & (y > 6), 1, 0)"}},
    }
    series = run({"model": model, "run": {"seed": 1, "dt": 0.125, "steps": 1000, "measure_every": 1}}).series
    assert (np.diff(series["max_u"]) <= 1e-15).all()
    assert float(series["min_u"].min()) >= 0.0


def test_a_wall_of_each_kind_leads_to_its_own_steady_state(run):
    """A bar from 0 to 4 with u = 1 at the lower end; at the upper end a gradient of 0.5, or du/dx + 2 u = 3."""
    for wall, slope in (({"derivative": 0.5}, 0.5), ({"mixed": [2.0, 3.0]}, 1.0 / 9.0)):
        model = {
            "type": "heat",
            "grid": {"shape": [16], "spacing": 0.25, "boundary": {"x-": {"value": 1.0}, "x+": wall}},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": 0.0}},
        }
        field = run({"model": model, "run": {"seed": 1, "dt": 0.03, "steps": 10_000}}).fields["u"]
        np.testing.assert_allclose(field.values[-1], 1.0 + slope * field["x"].values, atol=1e-12)
