"""A run in Python: its directory and its results."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.analysis.frame import to_dataframe
from simcore.analysis.load import load

if TYPE_CHECKING:
    import pandas
    import xarray


class Run:
    """A run that has ended, as `simcore.run` returns it. The results are opened when they are first used.

    Args:
        path: directory of the run.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> simcore.run(heat, workers=1, out="results/heat").path.name
        'heat'
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @cached_property
    def tree(self) -> xarray.DataTree:
        """All results: `/series`, `/estimates`, `/fields`."""
        return load(self.path)

    @property
    def series(self) -> xarray.Dataset:
        """Every observable over `step`, thermalisation included."""
        return self.tree["series"].to_dataset()

    @property
    def estimates(self) -> xarray.Dataset:
        """`x`, `x_error`, `x_tau` (in steps) and `x_ess` of each observable `x`."""
        return self.tree["estimates"].to_dataset()

    @property
    def fields(self) -> xarray.Dataset:
        """Snapshots of the state; the final state last."""
        return self.tree["fields"].to_dataset()

    def to_dataframe(self) -> pandas.DataFrame:
        """The estimates, a line for each observable: `value`, `error`, `tau`, `ess`, `unit`, `long_name`."""
        return to_dataframe(self.tree)
