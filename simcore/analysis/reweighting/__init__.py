"""Averages at temperatures and couplings that were not simulated, from samples at others.

A. M. Ferrenberg, R. H. Swendsen, Phys. Rev. Lett. 61, 2635 (1988) from one simulation, 63, 1195 (1989) from many,
here without bins: M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129, 124105 (2008). Errors by the jackknife.

`curves` takes runs and sweeps of simcore, `lattice` series of a lattice as arrays, `combine` any conjugate variables.
"""

from simcore.analysis.reweighting.canonical import canonical
from simcore.analysis.reweighting.combine import combine
from simcore.analysis.reweighting.histograms import Histograms
from simcore.analysis.reweighting.lattice import Lattice, lattice
from simcore.analysis.reweighting.results import Labelled, curves, lattices
from simcore.analysis.reweighting.warn import ReweightingWarning

__all__ = [
    "Histograms",
    "Labelled",
    "Lattice",
    "ReweightingWarning",
    "canonical",
    "combine",
    "curves",
    "lattice",
    "lattices",
]
