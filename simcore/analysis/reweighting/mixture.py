"""The distribution from which all samples together were drawn, and the free energies that make it one.

A. M. Ferrenberg, R. H. Swendsen, Phys. Rev. Lett. 63, 1195 (1989), without histograms: M. R. Shirts, J. D. Chodera,
J. Chem. Phys. 129, 124105 (2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMALLEST_EXPONENT = -300.0
"""Relative to the largest: what is smaller counts nothing, and its square would be subnormal, ten times slower."""


@dataclass(frozen=True)
class Mixture:
    """Sum over k of shares_k exp(f_k - couplings_k . x): the density of samples x, relative to the density of states.

    couplings: (K, d). shares: (K,) independent samples of each simulation. free_energies: f = -ln Z, (K,), with a
    common constant left open.
    """

    couplings: np.ndarray
    shares: np.ndarray
    free_energies: np.ndarray

    def log_terms(self, conjugates: np.ndarray) -> np.ndarray:
        """ln of each term at conjugates (d, e): (K, e)."""
        return (self.free_energies + np.log(self.shares))[:, None] - self.couplings @ conjugates

    def log_density(self, conjugates: np.ndarray) -> np.ndarray:
        """ln of the sum at conjugates (d, e): (e,)."""
        return self.split(conjugates)[1]

    def split(self, conjugates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The share of each simulation in the density at conjugates (d, e), (K, e); and ln of the density, (e,)."""
        terms = self.log_terms(conjugates)
        largest = terms.max(axis=0)
        terms -= largest
        np.maximum(terms, SMALLEST_EXPONENT, out=terms)
        np.exp(terms, out=terms)
        total = terms.sum(axis=0)
        terms /= total
        return terms, largest + np.log(total)
