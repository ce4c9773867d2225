"""Lattice models at temperatures, and in fields, that nobody simulated: C(T), chi(T), U4(T) as curves with errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.analysis.reweighting.combine import combine
from simcore.analysis.reweighting.histograms import Histograms
from simcore.analysis.reweighting.leaving import jackknife_error, unchanged
from simcore.analysis.reweighting.quantities import (
    Quantity,
    averages,
    energies,
    energies_in_field,
    energy_moments,
    magnetic,
    magnetic_moments,
    mixed_moments,
)
from simcore.analysis.reweighting.simulations import slowest
from simcore.analysis.reweighting.warn import warn_of_few_samples, warn_of_frozen, warn_of_reach

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Lattice:
    """Simulations of one lattice, combined; `lattice` makes it.

    sites: N. magnetic, in_field: whether the magnetisation is known, and whether it is a conjugate variable. described:
    unit and long name of each further observable.
    """

    histograms: Histograms
    sites: int
    magnetic: bool
    in_field: bool
    described: dict[str, tuple[str, str]]

    def curves(self, temperature: Any, h: Any = None, *, left_out: bool = False) -> xarray.Dataset:
        """`x` and `x_error` over `temperature`, and over `h` too if the simulations have a field.

        temperature: one number or (T,). h: the field, one number or (H,). x: energy, specific_heat; with a
        magnetisation magnetization, abs_magnetization, susceptibility and binder, all as a run defines them; and each
        further observable. `log_z`: ln of the partition function relative to the first simulation that was given.
        `ess`: effective sample size of the weights; `expected_ess`: what it should be by the distance from the
        simulations; a ReweightingWarning if one is below 100, since second moments are not covered. The error of what
        never changed in the samples is NaN. left_out: add `x_left_out` over `block`, x without each block of samples,
        from which functions of a whole curve get their jackknife errors.

        ValueError for a temperature that is not positive, or a field if the simulations have none.
        """
        import xarray

        axes = self._axes(temperature, h)
        shape = tuple(map(len, axes.values()))
        grid = dict(zip(axes, (x.ravel() for x in np.meshgrid(*axes.values(), indexing="ij")), strict=True))
        at = couplings(grid["temperature"], grid.get("h"))
        found = self.histograms.means(at)
        targets = np.stack([at[name] for name in self.histograms.conjugates], axis=-1)
        warn_of_few_samples(found.ess, grid)
        expected = self.histograms.expected_ess(targets, found)
        warn_of_reach(found.ess, expected, grid)
        frozen = dict(zip(self.histograms.names, unchanged(found.left_out), strict=True))
        frozen["ln Z"] = np.zeros(len(found.ess), dtype=bool)
        made = xarray.Dataset(attrs={"sites": self.sites})
        for name, values in axes.items():
            made.coords[name] = (name, values, {"units": "energy", "long_name": name})

        def add(name: str, values: np.ndarray, unit: str, doc: str) -> None:
            dims = tuple(axes) if values.ndim == 1 else ("block", *axes)
            made[name] = (dims, values.reshape(*values.shape[:-1], *shape), {"units": unit, "long_name": doc})

        means = dict(zip(self.histograms.names, found.values, strict=True))
        without = dict(zip(self.histograms.names, found.left_out.swapaxes(0, 1), strict=True))
        means["ln Z"], without["ln Z"] = found.log_z, found.log_z_left_out
        unknown = []
        for name, quantity in self._quantities(grid).items():
            values = quantity.function(*(without[each] for each in quantity.of))
            add(name, quantity.function(*(means[each] for each in quantity.of)), quantity.unit, quantity.doc)
            constant = np.all([frozen[each] for each in quantity.of], axis=0)
            unknown += [name] if constant.any() else []
            errors = np.where(constant, np.nan, jackknife_error(values))
            add(f"{name}_error", errors, quantity.unit, f"standard error of {name}")
            if left_out:
                add(f"{name}_left_out", values, quantity.unit, f"{name} without each block of samples")
        warn_of_frozen(unknown)
        add("ess", found.ess, "1", "effective sample size")
        add(
            "expected_ess",
            expected,
            "1",
            "effective sample size that the distance from the simulations lets one expect",
        )
        return made

    def density_of_states(
        self, *, log_states: float | None = None, log_lowest: float | None = None, width: float | None = None
    ) -> xarray.Dataset:
        """`log_g` and `log_g_error` over `energy`, that of all sites; in a field over `level`, the energy without it.

        log_states: ln of the number of all states; or log_lowest: of those at the lowest level met, ln 2 for the Ising
        model. width: of the levels, where energies are continuous. See `Histograms.density_of_states`.
        """
        found = self.histograms.density_of_states(log_states=log_states, log_lowest=log_lowest, width=width)
        return found.assign_attrs(sites=self.sites)

    def _axes(self, temperature: Any, h: Any) -> dict[str, np.ndarray]:
        if (h is not None) != self.in_field:
            raise ValueError("h: must be given where the simulations have a field, and only there")
        found = {"temperature": temperatures(temperature)}
        if h is not None:
            found["h"] = np.atleast_1d(np.asarray(h, dtype=np.float64))
        return found

    def _quantities(self, at: Mapping[str, np.ndarray]) -> dict[str, Quantity]:
        T = at["temperature"]
        found = energies_in_field(self.sites, T, at["h"]) if self.in_field else energies(self.sites, T)
        found |= magnetic(self.sites, T) if self.magnetic else {}
        found |= averages(self.described)
        return found | {
            "log_z": averages({"ln Z": ("1", "ln Z relative to the first simulation that was given")})["ln Z"]
        }


def lattice(
    energy: Sequence[Any],
    temperature: Sequence[float],
    *,
    sites: int,
    magnetization: Sequence[Any] | None = None,
    h: Sequence[float] | None = None,
    observables: Mapping[str, Sequence[Any]] | None = None,
    described: Mapping[str, tuple[str, str]] | None = None,
    blocks: int | None = None,
) -> Lattice:
    """Combine simulations of a lattice of N sites at K temperatures (and fields), with k_B = 1.

    Args:
        energy: the series (n_k,) of each simulation, per site, with all terms of the Hamiltonian, in equilibrium.
        temperature: K numbers.
        sites: N.
        magnetization: the series (n_k,) of each simulation, per site.
        h: the field of each simulation; the energy contains -h m. Needed, with the magnetisation, to vary the field. If
            it is not given, the field (and every other coupling) must be equal in all simulations.
        observables: further series by name.
        described: unit and long name of each of these.
        blocks: of the jackknife, see `combine`.

    Returns:
        The combined simulations, with `curves` and `density_of_states`.

    Raises:
        ValueError: the series do not match, or are non-finite.

    Warns:
        ReweightingWarning: see `combine`.

    Example:
        >>> rng = np.random.default_rng(1)  # 100 spins in a field, at temperatures 5 and 10
        >>> energies = [1 - 2 * rng.binomial(100, 1 / (1 + np.exp(-2 / T)), 4000) / 100 for T in (5.0, 10.0)]
        >>> curve = lattice(energies, [5.0, 10.0], sites=100).curves([7.0])
        >>> bool(abs(curve.energy[0] + np.tanh(1 / 7.0)) < 5 * curve.energy_error[0])
        True
    """
    at = temperatures(temperature)
    fields = None if h is None else np.asarray(h, dtype=np.float64)
    if fields is not None and magnetization is None:
        raise ValueError("h: the magnetisation must be given too")
    e, m = _floats(energy), _floats(magnetization or ())
    more = {name: _floats(series) for name, series in (observables or {}).items()}
    _check_counts({"temperature": at, "energy": e, **({"magnetization": m} if m else {}), **more}, fields)
    if fields is not None:
        e = [x + field * y for x, y, field in zip(e, m, fields, strict=True)]
    conjugates = {"energy": [sites * x for x in e]}
    moments = energy_moments(e)
    if m:
        moments |= magnetic_moments(m)
    if fields is not None:
        conjugates["magnetization"] = [sites * x for x in m]
        moments |= mixed_moments(e, m)
    watched = [*conjugates.values(), *([moments["<|m|>"]] if m else []), *more.values()]
    tau = [slowest(series) for series in zip(*watched, strict=True)]
    combined = combine(conjugates, couplings(at, fields), moments | more, tau=tau, blocks=blocks)
    labels = {name: (described or {}).get(name, ("1", name)) for name in more}
    return Lattice(combined, sites, bool(m), fields is not None, labels)


def couplings(temperature: np.ndarray, h: np.ndarray | None) -> dict[str, np.ndarray]:
    """1/T of the energy without field and, where there is a field, -h/T of the magnetisation, both of all sites."""
    return {"energy": 1.0 / temperature} | ({} if h is None else {"magnetization": -h / temperature})


def temperatures(values: Any) -> np.ndarray:
    """As an array (T,); ValueError for one that is not positive."""
    found = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if found.ndim != 1 or not (np.isfinite(found) & (found > 0.0)).all():
        raise ValueError("temperature: a positive number, or an array of one dimension of them")
    return found


def _floats(series: Sequence[Any]) -> list[np.ndarray]:
    return [np.asarray(one, dtype=np.float64) for one in series]


def _check_counts(given: Mapping[str, Sequence[Any] | np.ndarray], h: np.ndarray | None) -> None:
    counts = {name: len(values) for name, values in given.items()} | ({} if h is None else {"h": h.size})
    if len(set(counts.values())) != 1:
        raise ValueError(f"one entry for each simulation, but there are {counts}")
