"""Fluxes that meet fields of other boundaries, walls that change, equations of second order in time, and tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from tests.models.grid.flowing import model, rate

NO_FLUX = {"derivative": 0}


def steps(equations: dict[str, Any], boundary: Any, scheme: str = "euler", fields: Any = None, **more: Any) -> None:
    source = {
        "model": {
            "type": "pde",
            "grid": {"shape": [6, 8], "spacing": 0.1, "boundary": boundary},
            "fields": fields or {"u": {"initial": "x"}},
            "equations": equations,
            "scheme": scheme,
            **more,
        },
        "run": {"seed": 1, "dt": 1e-4, "steps": 3},
    }
    with Simulation(resolve(source), 1, alone=True):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "divergence((1+v)*gradient(u))",
        "divergence([v*u, v*u])",
        "divergence([[1+v, 0.3*v], [0.3*v, 1+v]]*gradient(u))",
        "divergence(w*gradient(u))",
    ],
)
def test_a_flux_of_fields_of_which_one_wraps_and_one_does_not_is_refused(text):
    """The last and the first cell would take other numbers at the face between them, and the sum of u would drift."""
    fields = {"u": {"initial": "x"}, "v": {"initial": "x*y", "boundary": {"y": NO_FLUX}}}
    wrapped = {"x": NO_FLUX, "y": "periodic"}
    with pytest.raises(ExperimentError, match=r"u is periodic along y and v is not, .* give both the same boundary"):
        steps({"u": text, "v": "0"}, wrapped, fields=fields, expressions={"w": "1 + v**2"})
    fields["v"] = {"initial": "x*y"}
    steps({"u": text, "v": "0"}, wrapped, fields=fields, expressions={"w": "1 + v**2"})


KINDS = {"x-": {"where": "t < 0.5", "then": {"value": 1}, "else": NO_FLUX}, "x+": NO_FLUX, "y": "periodic"}


@pytest.mark.parametrize("text", ["laplace(u**2)", "laplace(u) - divergence([3*u, 0*u])"])
def test_a_formula_at_a_wall_whose_kind_changes_in_time_needs_one_stage(text):
    for scheme in ("rk2", "rk4", "heun_stratonovich", "rk45"):
        with pytest.raises(ExperimentError, match=r"a wall whose kind changes in time; give conditions without t"):
            steps({"u": text}, KINDS, scheme)
    steps({"u": text}, KINDS)
    steps({"u": "laplace(u)"}, KINDS, "rk4")


@pytest.mark.parametrize("scheme", ["rk4", "leapfrog"])
def test_a_flux_has_no_direction_in_an_equation_of_second_order(scheme):
    walls = {"x": NO_FLUX, "y": "periodic"}
    with pytest.raises(ExperimentError, match=r"model.equations.u: a flux has no direction in an equation of second"):
        steps({"u": {"tt": "-divergence([2*u, 0*u])"}}, walls, scheme, advection="upwind")
    steps({"u": {"tt": "-divergence([2*u, 0*u])"}}, walls, scheme)


def test_the_mean_of_a_tensor_is_that_of_all_its_entries():
    """One entry depends on u, so all are taken by the arithmetic mean."""
    u = np.random.default_rng(4).random((4, 5))
    tensor = "divergence([[1 + u**2, 0], [0, 2 + cos(2*pi*y/5)]]*gradient(u))"
    found, arithmetic, harmonic = (
        rate(model(tensor, shape=(4, 5), **mean), u=u) for mean in ({}, {"mean": "arithmetic"}, {"mean": "harmonic"})
    )
    np.testing.assert_array_equal(found, arithmetic)
    assert np.abs(found - harmonic).max() > 1e-3
