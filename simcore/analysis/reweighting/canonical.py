"""Averages at any temperature from a density of states, and from the samples of a walk through all energies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.analysis.load import load
from simcore.analysis.reweighting.lattice import temperatures
from simcore.errors import UsageError

if TYPE_CHECKING:
    import xarray

GROUP, REPLICA, LN_F = "density_of_states", "replica", "ln_f"
BLOCKS = 20
UNITS = {"energy": "energy", "specific_heat": "k_B", "free_energy": "energy", "entropy": "k_B"}
DOCS = {
    "energy": "energy per site",
    "specific_heat": "Var(E)/(N T^2)",
    "free_energy": "free energy per site, -T ln Z/N",
    "entropy": "entropy per site, (E - F)/(N T)",
}


def canonical(source: Any, temperature: Any, observables: Sequence[str] = ()) -> xarray.Dataset:
    """Curves over the temperature from a run of `wang_landau`, with k_B = 1.

    Z(T) = sum over levels of g(E) exp(-E/T). Observables are averaged over the samples after `learning` sweeps, at
    which the weights 1/g are fixed: <A> = sum of A g(E) exp(-E/T) / sum of g(E) exp(-E/T).

    Args:
        source: the directory of a run, its tree from `simcore.load`, a `Run`; or a Dataset with `ln_g` over `energy`
            (per site, and over `replica` if there are several) and `sites`, without observables.
        temperature: one number, or an array (T,), in units of energy.
        observables: names of series, such as "abs_magnetization".

    Returns:
        A Dataset over `temperature`: energy, specific_heat, free_energy and entropy per site, and each observable, with
        `x_error`: of the curves the standard error over replicas (none of one), of observables by the jackknife over
        20 blocks of each replica.

    Raises:
        UsageError: there is no density of states, no series of that name, or no sample with fixed weights.
        ValueError: a temperature is not positive.

    Example:
        >>> import numpy as np, xarray
        >>> ln_g = xarray.DataArray(np.log([1.0, 3.0]), dims="energy", coords={"energy": [0.0, 1.0]})
        >>> curves = simcore.reweighting.canonical(xarray.Dataset({"ln_g": ln_g, "sites": 1}), [1.0])
        >>> bool(np.isclose(curves.energy[0], 3 * np.exp(-1) / (1 + 3 * np.exp(-1))))
        True
    """
    import xarray as xr

    at = temperatures(temperature)
    tree = load(source) if isinstance(source, str) or hasattr(source, "__fspath__") else getattr(source, "tree", source)
    density = tree if isinstance(tree, xr.Dataset) else tree[GROUP].to_dataset() if GROUP in tree.children else None
    if density is None or "ln_g" not in density:
        raise UsageError("there is no density of states: take a run with model.algorithm: wang_landau")
    energies, sites = density["energy"].values, int(np.max(density["sites"].values))
    ln_g = np.atleast_2d(density["ln_g"].transpose(..., "energy").values)
    each = np.array([_curves(one, energies, sites, at) for one in ln_g])  # (replicas, quantities, T)
    found: dict[str, Any] = {}
    for number, (name, unit) in enumerate(UNITS.items()):
        attributes = {"units": unit, "long_name": DOCS[name]}
        found[name] = ("temperature", each[:, number].mean(axis=0), attributes)
        if len(each) > 1:
            spread = each[:, number].std(axis=0, ddof=1) / np.sqrt(len(each))
            found[f"{name}_error"] = ("temperature", spread, {"units": unit, "long_name": f"standard error of {name}"})
    if observables:
        if isinstance(tree, xr.Dataset):
            raise UsageError("observables are averaged over samples, and a Dataset of levels has none: give the run")
        found |= _averages(tree["series"].to_dataset(), (ln_g, energies, sites), at, observables)
    coordinate = ("temperature", at, {"units": "energy", "long_name": "temperature, k_B = 1"})
    return xr.Dataset(found, coords={"temperature": coordinate})


def _curves(ln_g: np.ndarray, energies: np.ndarray, sites: int, at: np.ndarray) -> np.ndarray:
    """Energy, specific heat, free energy and entropy per site, of shape (4, T)."""
    known = np.isfinite(ln_g)
    logs = ln_g[known, np.newaxis] - sites * energies[known, np.newaxis] / at
    largest = logs.max(axis=0)
    weights = np.exp(logs - largest)
    total = weights.sum(axis=0)
    chances, e = weights / total, energies[known, np.newaxis]
    mean = (chances * e).sum(axis=0)
    heat = sites * (chances * (e - mean) ** 2).sum(axis=0) / at**2
    free = -at * (largest + np.log(total)) / sites
    return np.array([mean, heat, free, (mean - free) / at])


def _averages(
    series: xarray.Dataset, density: tuple[np.ndarray, np.ndarray, int], at: np.ndarray, observables: Sequence[str]
) -> dict[str, Any]:
    """Of the samples with fixed weights, and the jackknife's errors."""
    ln_g, energies, sites = density
    for name in observables:
        if name not in series:
            raise UsageError(f"there is no series '{name}', only {', '.join(map(str, series))}")

    def of_each(name: str) -> np.ndarray:
        return np.atleast_2d(series[name].transpose(..., "step").values)

    fixed = (of_each(LN_F) == 0.0).all(axis=0) if LN_F in series else np.zeros(0, bool)
    if fixed.sum() < BLOCKS:
        raise UsageError(f"fewer than {BLOCKS} samples have fixed weights: {{type: wang_landau, learning: SWEEPS}}")
    at_sample = of_each("energy")[:, fixed]
    levels = np.abs(at_sample[..., np.newaxis] - energies).argmin(axis=-1)
    own = np.take_along_axis(ln_g, levels, axis=1)  # (replicas, samples)
    block = np.arange(fixed.sum()) * BLOCKS // fixed.sum() + BLOCKS * np.arange(len(own))[:, np.newaxis]
    found: dict[str, Any] = {}
    for name in observables:
        values = of_each(name)[:, fixed]
        means = np.array([_weighted(values, own - sites * at_sample / t, block.ravel()) for t in at]).T
        attributes = dict(series[name].attrs)
        found[name] = ("temperature", means[0], attributes)
        error = {**attributes, "long_name": f"standard error of {name}"}
        found[f"{name}_error"] = ("temperature", means[1], error)
    return found


def _weighted(values: np.ndarray, logs: np.ndarray, block: np.ndarray) -> tuple[float, float]:
    """A weighted mean, and its error by leaving out one block after the other."""
    weights = np.exp(logs - logs.max()).ravel()
    above = np.bincount(block, weights * values.ravel())
    below = np.bincount(block, weights)
    count = len(below)
    left = (above.sum() - above) / (below.sum() - below)
    mean = above.sum() / below.sum()
    return float(mean), float(np.sqrt((count - 1) / count * ((left - left.mean()) ** 2).sum()))
