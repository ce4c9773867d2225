"""What a result says of its own making."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simcore.config.syntax import parse

if TYPE_CHECKING:
    import xarray


def recorded(results: xarray.DataTree | xarray.Dataset) -> Mapping[str, Any]:
    """The experiment that a result was made from; empty if it is not recorded."""
    text = str(results.attrs.get("experiment", ""))
    node, _ = parse(text, lambda line, column: f"experiment:{line + 1}:{column + 1}")
    return node.plain() if node else {}


def thermalization_of(results: xarray.DataTree | xarray.Dataset) -> int | None:
    """The sweeps that the estimates leave out; None if the model is one in time.

    If `run.thermalization` is auto: those that it took, or all so far while it goes on.
    """
    run = recorded(results).get("run", {})
    if "sweeps" not in run:
        return None
    taken = int(results.attrs.get("thermalization", 0))
    if taken < 0:
        return int(results.attrs["steps"])
    asked = run.get("thermalization", 0)
    return asked if isinstance(asked, int) else taken
