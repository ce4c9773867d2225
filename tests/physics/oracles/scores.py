"""How far estimates are from exact values, in units of their own errors."""

from __future__ import annotations

from collections.abc import Mapping

import xarray


def z_scores(estimates: xarray.Dataset, exact: Mapping[str, float]) -> dict[str, float]:
    """(estimate - exact) / error for each exact value; standard normal where estimates and errors are right."""
    return {name: float((estimates[name] - value) / estimates[f"{name}_error"]) for name, value in exact.items()}
