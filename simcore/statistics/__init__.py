"""Errors of Monte Carlo data: autocorrelation, estimates, jackknife, binning. Pure functions of NumPy arrays.

Autocorrelation times are tau = 1/2 + sum of rho, in samples: 1/2 for independent samples, 9.5 for an AR(1) series with
coefficient 0.9.
"""

from simcore.statistics.autocorrelation import autocorrelation_time, effective_sample_size, standard_error
from simcore.statistics.binning import Binning, binning
from simcore.statistics.estimate import Estimate, estimate, estimate_function
from simcore.statistics.jackknife import jackknife
from simcore.statistics.notation import notation

__all__ = [
    "Binning",
    "Estimate",
    "autocorrelation_time",
    "binning",
    "effective_sample_size",
    "estimate",
    "estimate_function",
    "jackknife",
    "notation",
    "standard_error",
]
