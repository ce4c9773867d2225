"""Finite-size scaling: where the curves of two sizes cross, and the exponents that bring all sizes onto one curve.

Both take estimates of a sweep over temperature and size, curves from `simcore.reweighting`, or a `table` of numbers.
"""

from simcore.analysis.scaling.collapse import collapse
from simcore.analysis.scaling.crossings import crossings
from simcore.analysis.scaling.measured import table
from simcore.analysis.scaling.warn import ScalingWarning

__all__ = ["ScalingWarning", "collapse", "crossings", "table"]
