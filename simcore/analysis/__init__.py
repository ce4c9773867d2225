"""What comes after a run: its results as an xarray tree."""

from simcore.analysis.frame import to_dataframe
from simcore.analysis.load import load
from simcore.analysis.pooling import pooled
from simcore.analysis.prepared import PreparedExperiment, PreparedRun, prepare
from simcore.analysis.run import Run
from simcore.analysis.vtk import write_vtk

__all__ = ["PreparedExperiment", "PreparedRun", "Run", "load", "pooled", "prepare", "to_dataframe", "write_vtk"]
