"""What comes after a run: its results as an xarray tree."""

from simcore.analysis.load import load

__all__ = ["load"]
