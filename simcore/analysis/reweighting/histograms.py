"""Simulations combined: averages, free energies and states anywhere between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.analysis.reweighting.leaving import jackknife_error, unchanged
from simcore.analysis.reweighting.means import Means, means
from simcore.analysis.reweighting.mixture import Mixture
from simcore.analysis.reweighting.pieces import Piece
from simcore.analysis.reweighting.reach import expected_ess
from simcore.analysis.reweighting.states import density_of_states
from simcore.analysis.reweighting.warn import warn_of_few_samples, warn_of_frozen, warn_of_reach

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Histograms:
    """What `combine` makes of simulations. conjugates: their names. names: of all that can be averaged.

    changes: of the free energies without each block of samples, (blocks, K). reference: which of the K is the first one
    that was given, to which ln Z is relative.
    """

    conjugates: tuple[str, ...]
    names: tuple[str, ...]
    pieces: Sequence[Piece]
    mixture: Mixture
    changes: np.ndarray
    reference: int = 0

    def means(self, couplings: Mapping[str, Any]) -> Means:
        """The averages of `names` at couplings, each (T,), with those that leave out a block each."""
        return self._means(self._targets(couplings))

    def averages(self, couplings: Mapping[str, Any]) -> xarray.Dataset:
        """`x` and `x_error` of every name over `point`: T points, at couplings of shape (T,) each.

        Beside them `log_z`, ln of the partition function relative to the first simulation that was given; `ess`, the
        effective sample size of the weights, and `expected_ess`, what it should be by the distance from the simulations
        (see `simcore.analysis.reweighting.reach`). ReweightingWarning if one of them is below 100. NaN for the error
        of what never changed in the samples.
        """
        import xarray

        targets = self._targets(couplings)
        found = self._means(targets)
        expected = self.expected_ess(targets, found)
        at = dict(zip(self.conjugates, targets.T, strict=True))
        warn_of_few_samples(found.ess, at)
        warn_of_reach(found.ess, expected, at)
        frozen = unchanged(found.left_out)
        warn_of_frozen([name for name, one in zip(self.names, frozen, strict=True) if one.any()])
        errors, log_z_error = jackknife_error(found.left_out), jackknife_error(found.log_z_left_out)
        errors[frozen] = np.nan
        variables: dict[str, Any] = {"log_z": found.log_z, "log_z_error": log_z_error}
        variables |= {"ess": found.ess, "expected_ess": expected}
        for name, value, error in zip(self.names, found.values, errors, strict=True):
            variables |= {name: value, f"{name}_error": error}
        coordinates = {f"coupling_{name}": ("point", values) for name, values in at.items()}
        return xarray.Dataset({name: ("point", x) for name, x in variables.items()}, coordinates)

    def free_energies(self) -> xarray.Dataset:
        """`f` = -ln Z of every simulation and `f_error`, relative to the first of them, over `simulation`.

        Simulations at the same couplings are one; they are in ascending order of the couplings.
        """
        import xarray

        variables = {"f": self.mixture.free_energies, "f_error": jackknife_error(self.changes)}
        couplings = zip(self.conjugates, self.mixture.couplings.T, strict=True)
        coordinates = {f"coupling_{name}": ("simulation", values) for name, values in couplings}
        return xarray.Dataset({name: ("simulation", x) for name, x in variables.items()}, coordinates)

    def density_of_states(
        self, *, log_states: float | None = None, log_lowest: float | None = None, width: float | None = None
    ) -> xarray.Dataset:
        """`log_g`, ln of the number of states at every value of the conjugate variables that was met; `log_g_error`.

        log_states: ln of the number of all states, or log_lowest: of those at the lowest level. width: of a continuous
        variable. See `simcore.analysis.reweighting.states.density_of_states`.
        """
        return density_of_states(
            self.pieces,
            self.mixture,
            self.changes,
            self.conjugates,
            log_states=log_states,
            log_lowest=log_lowest,
            width=width,
        )

    def expected_ess(self, targets: np.ndarray, found: Means) -> np.ndarray:
        """Of targets (T, d) with averages `found`: the effective sample size by their distance, (T,)."""
        own, d = self._means(self.mixture.couplings), len(self.conjugates)
        return expected_ess(self.mixture, own.values[:d], targets, found.values[:d])

    def _means(self, targets: np.ndarray) -> Means:
        """At targets (T, d); ln Z relative to the reference, and without each block to what the reference then is."""
        reference = self.mixture.couplings[self.reference, None]
        found = means(self.pieces, self.mixture, self.changes, np.concatenate([targets, reference]))
        return Means(
            found.values[:, :-1],
            found.left_out[:, :, :-1],
            found.log_z[:-1] - found.log_z[-1],
            found.log_z_left_out[:, :-1] - found.log_z_left_out[:, -1:],
            found.ess[:-1],
        )

    def _targets(self, couplings: Mapping[str, Any]) -> np.ndarray:
        """The couplings as one array (T, d)."""
        if set(couplings) != set(self.conjugates):
            raise ValueError(f"couplings must be given for {', '.join(self.conjugates)}, not {', '.join(couplings)}")
        columns = [np.asarray(couplings[name], dtype=np.float64) for name in self.conjugates]
        targets = np.stack([np.atleast_1d(column) for column in np.broadcast_arrays(*columns)], axis=-1)
        if targets.ndim != 2 or not np.isfinite(targets).all():
            raise ValueError("couplings must be finite numbers, or arrays of one dimension and one length")
        return targets
