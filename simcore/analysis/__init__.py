"""What comes after a run: its results as an xarray tree."""

from simcore.analysis.load import load
from simcore.analysis.run import Run

__all__ = ["Run", "load"]
