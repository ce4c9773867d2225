"""Errors of Monte Carlo data: autocorrelation, estimates, jackknife, bootstrap, binning, thermalisation, comparison.

Pure functions of NumPy arrays, along any axis. Functions with one result per series also take xarray objects, along a
named dimension: `standard_error(tree["series"], dim="step")`.

Autocorrelation times are tau = 1/2 + sum of rho, in samples: 1/2 for independent samples, 9.5 for an AR(1) series with
coefficient 0.9.

All numbers are real; a complex series is refused (ValueError): give its real and imaginary parts separately.
"""

from simcore.statistics.autocorrelation import autocorrelation_time, effective_sample_size, standard_error
from simcore.statistics.binning import Binning, binning
from simcore.statistics.bootstrap import bootstrap
from simcore.statistics.comparison import z_score
from simcore.statistics.convergence import r_hat
from simcore.statistics.covariance import covariance
from simcore.statistics.estimate import Estimate, estimate, estimate_function
from simcore.statistics.jackknife import jackknife
from simcore.statistics.notation import notation
from simcore.statistics.thermalization import drift, thermalization_cut

__all__ = [
    "Binning",
    "Estimate",
    "autocorrelation_time",
    "binning",
    "bootstrap",
    "covariance",
    "drift",
    "effective_sample_size",
    "estimate",
    "estimate_function",
    "jackknife",
    "notation",
    "r_hat",
    "standard_error",
    "thermalization_cut",
    "z_score",
]
