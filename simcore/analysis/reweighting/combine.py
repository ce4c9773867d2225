"""From series to the distribution they were drawn from: what is checked, weighted, cut in blocks and solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.analysis.reweighting.histograms import Histograms
from simcore.analysis.reweighting.leaving import left_out_changes
from simcore.analysis.reweighting.mixture import Mixture
from simcore.analysis.reweighting.pieces import pieces
from simcore.analysis.reweighting.simulations import Series, slowest, suitable_blocks
from simcore.analysis.reweighting.solve import solve
from simcore.analysis.reweighting.tree import integrated_free_energies, spanning_tree
from simcore.analysis.reweighting.warn import warn_of_gaps, warn_of_short_series


def combine(
    conjugates: Mapping[str, Sequence[Any]],
    couplings: Mapping[str, Sequence[float]],
    observables: Mapping[str, Sequence[Any]] | None = None,
    *,
    tau: Sequence[float] | None = None,
    blocks: int | None = None,
) -> Histograms:
    """Combine simulations of one system at K sets of couplings; a single one is reweighted alone.

    Args:
        conjugates: by name, a series (n_k,) for each simulation, in equilibrium and extensive (not per site).
        couplings: by the same names, K numbers. The probability of a state x in simulation k is proportional to
            exp(-sum over a of couplings[a][k] * x[a]): for the energy the coupling is 1/T, for the magnetisation -h/T.
        observables: further series, as for `conjugates`.
        tau: autocorrelation time of each simulation in samples; by default that of its slowest series.
        blocks: number of jackknife blocks, at least 2; by default 20 to 100 blocks of at least 20 autocorrelation
            times.

    Returns:
        The combined simulations, with `averages`, `free_energies` and `density_of_states`.

    Raises:
        ValueError: the series do not match, or are non-finite.

    Warns:
        ReweightingWarning: histograms do not overlap, or series are short.

    Example:
        >>> rng = np.random.default_rng(1)  # spins in a field: the energy of 100 spins at 1/T = 0 and 0.2
        >>> energies = [100 - 2 * rng.binomial(100, 1 / (1 + np.exp(-2 * b)), 4000) for b in (0.0, 0.2)]
        >>> means = combine({"energy": energies}, {"energy": [0.0, 0.2]}).averages({"energy": [0.1]})
        >>> bool(abs(means.energy[0] + 100 * np.tanh(0.1)) < 5 * means.energy_error[0])
        True

    A sample has the weight 1/(2 tau), as in Ferrenberg and Swendsen (1989). Simulations at equal couplings are pooled.
    """
    series = _series(conjugates, couplings, observables or {}, tau)
    count = suitable_blocks(series) if blocks is None else blocks
    if not 1 <= count <= min(one.length for one in series):
        raise ValueError(f"blocks: {count}, but there must be 2 to {min(one.length for one in series)}")
    warn_of_short_series(series, count)
    parts = pieces(series, count)
    mixture = solve(parts, _first_guess(series, tuple(conjugates)))
    names = (*conjugates, *(observables or {}))
    changes = left_out_changes(parts, mixture, count)
    reference = int(np.argmin(np.abs(mixture.couplings - series[0].couplings).sum(axis=1)))
    return Histograms(tuple(conjugates), names, parts, mixture, changes, reference)


def _first_guess(series: Sequence[Series], names: Sequence[str]) -> Mixture:
    """One term for each set of couplings that differs from the others, with integrated free energies."""
    couplings, which = np.unique([one.couplings for one in series], axis=0, return_inverse=True)
    independent = np.array([one.independent for one in series])
    shares = np.bincount(which.ravel(), independent)
    mean = np.stack([one.conjugates.mean(axis=1) for one in series], axis=1)
    means = np.stack([np.bincount(which.ravel(), independent * row) for row in mean], axis=1) / shares[:, None]
    tree = spanning_tree(couplings, means)
    warn_of_gaps(tree, dict(zip(names, couplings.T, strict=True)))
    return Mixture(couplings, shares, integrated_free_energies(tree, couplings, means))


def _series(
    conjugates: Mapping[str, Sequence[Any]],
    couplings: Mapping[str, Sequence[float]],
    observables: Mapping[str, Sequence[Any]],
    tau: Sequence[float] | None,
) -> list[Series]:
    if not conjugates or set(conjugates) != set(couplings):
        both = f"{', '.join(conjugates) or 'none'}, but couplings of {', '.join(couplings) or 'none'}"
        raise ValueError(f"every conjugate variable needs its couplings: there are {both}")
    counts = {f"couplings of {name}": len(values) for name, values in couplings.items()}
    counts |= {name: len(series) for name, series in [*conjugates.items(), *observables.items()]}
    if len(set(counts.values())) != 1 or not next(iter(counts.values())):
        raise ValueError(f"one entry for each simulation, but there are {counts}")
    if tau is not None and (len(tau) != next(iter(counts.values())) or not all(time > 0.0 for time in tau)):
        raise ValueError("tau: one positive number of samples for each simulation")
    found = []
    for k in range(next(iter(counts.values()))):
        own = _rows({name: conjugates[name][k] for name in conjugates}, k)
        more = _rows({name: observables[name][k] for name in observables}, k)
        if observables and own.shape[1:] != more.shape[1:]:
            raise ValueError(f"simulation {k}: conjugates have {own.shape[1]} samples, observables {more.shape[1]}")
        rows = np.concatenate([own, more]) if observables else own
        at = np.array([float(couplings[name][k]) for name in conjugates])
        if not np.isfinite(at).all():
            raise ValueError(f"simulation {k}: the couplings must be finite, not {at.tolist()}")
        found.append(Series(at, own, rows, slowest(rows) if tau is None else float(tau[k])))
    return found


def _rows(series: Mapping[str, Any], simulation: int) -> np.ndarray:
    """Equally long series as the rows of one array, float64."""
    rows = {name: np.asarray(values, dtype=np.float64) for name, values in series.items()}
    shapes = {name: row.shape for name, row in rows.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 1 or shape == (0,) for shape in shapes.values()):
        raise ValueError(f"simulation {simulation}: series have one dimension and one length, not {shapes}")
    for name, row in rows.items():
        if not np.isfinite(row).all():
            raise ValueError(f"simulation {simulation}: {name} has samples that are not finite")
    return np.array(list(rows.values()))
