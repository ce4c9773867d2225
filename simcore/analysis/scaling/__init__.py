"""Finite-size scaling: crossings of the curves of two sizes, and the exponents of a data collapse.

Both take estimates of a sweep over temperature and size, curves from `simcore.reweighting`, or a `table` of numbers.
"""

from simcore.analysis.scaling.collapse import collapse
from simcore.analysis.scaling.crossings import crossings
from simcore.analysis.scaling.measured import table
from simcore.analysis.scaling.warn import ScalingWarning

__all__ = ["ScalingWarning", "collapse", "crossings", "table"]
