"""Runs and sweeps of simcore, reweighted: the temperatures of a sweep together, everything else apart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simcore.analysis.reweighting.lattice import Lattice, lattice
from simcore.analysis.reweighting.points import Simulated, simulated
from simcore.errors import UsageError

if TYPE_CHECKING:
    import xarray

    from simcore.analysis.reweighting.points import Source

_COMPUTED = {"energy", "magnetization", "abs_magnetization"}


@dataclass(frozen=True)
class Labelled:
    """The simulations of one lattice.

    Args:
        labels: the swept values that they share, such as `{"size": 32}`.
        lattice: the combined simulations.
    """

    labels: Mapping[str, Any]
    lattice: Lattice


def lattices(
    source: Source, *, field: str | None = None, sites: int | None = None, blocks: int | None = None
) -> list[Labelled]:
    """The lattices in a run or a sweep, each with all its temperatures and replicas combined.

    Args:
        source: the directory of a run or a sweep, its tree from `simcore.load`, or a `Run`. Samples up to
            `run.thermalization` are discarded. Points are combined if their models differ in the temperature only.
        field: name of the parameter ("h") that multiplies the magnetisation, -h m in the energy per site; points may
            then also differ in it, and it can be varied.
        sites: N, if there is no snapshot of the state.
        blocks: of the jackknife, see `combine`.

    Returns:
        One `Labelled` for each lattice.

    Raises:
        UsageError: the results are not those of a Monte Carlo run with an energy and a temperature.

    Example:
        >>> ising = {
        ...     "model": {"type": "ising", "lattice": {"size": 8}, "parameters": {"temperature": 2.0}},
        ...     "run": {"seed": 1, "thermalization": 200, "sweeps": 5000},
        ... }
        >>> ising_run = simcore.run(ising, workers=1, out="results/ising")
        >>> [labelled.lattice.sites for labelled in lattices("results/ising")]
        [64]
    """
    varied = ("temperature",) if field is None else ("temperature", field)
    groups: dict[str, list[Simulated]] = {}
    for one in simulated(source, sites):
        groups.setdefault(_all_but(one.model, varied), []).append(one)
    return [Labelled(_shared_labels(group), _combined(group, field, blocks)) for group in groups.values()]


def curves(
    source: Source,
    temperature: Any,
    h: Any = None,
    *,
    field: str = "h",
    left_out: bool = False,
    sites: int | None = None,
    blocks: int | None = None,
) -> xarray.Dataset:
    """Estimates as functions of temperature, and of the field, for every lattice in a run or a sweep.

    Args:
        source: as for `lattices`.
        temperature: one number, or an array (T,).
        h: one field or an array (H,); points with different fields are then combined.
        field: name of the field among the parameters of the model.
        left_out: whether to add the values without each jackknife block, `x_left_out`.
        sites, blocks: as for `lattices`.

    Returns:
        A Dataset of `x` and `x_error` over `temperature`, `h`, and the other swept keys, as in `Lattice.curves`.

    Raises:
        UsageError: as `lattices`, and if lattices do not differ in a swept key.

    Example:
        >>> ising = {
        ...     "model": {"type": "ising", "lattice": {"size": 8}, "parameters": {"temperature": 2.0}},
        ...     "run": {"seed": 1, "thermalization": 200, "sweeps": 5000},
        ... }
        >>> ising_run = simcore.run(ising, workers=1, out="results/ising")
        >>> curves("results/ising", [1.9, 2.0, 2.1]).energy.sizes["temperature"]
        3
    """
    import xarray

    found = lattices(source, field=None if h is None else field, sites=sites, blocks=blocks)
    names = [name for name in found[0].labels if len({str(one.labels.get(name)) for one in found}) > 1]
    if len({tuple(str(one.labels.get(name)) for name in names) for one in found}) < len(found):
        raise UsageError("lattices that differ share all swept values: take them one by one, from lattices(...)")
    parts = []
    for one in found:
        curve = one.lattice.curves(temperature, h, left_out=left_out)
        sites_here = curve.attrs.pop("sites")
        curve = curve.assign(sites=((), sites_here, {"units": "1", "long_name": "sites of the lattice"}))
        if left_out:
            curve = curve.assign_coords(block=range(curve.sizes["block"]))
        parts.append(curve.expand_dims({name: [one.labels[name]] for name in names}))
    merged = xarray.merge(parts, join="outer", compat="no_conflicts")
    if merged["sites"].notnull().all():
        merged["sites"] = merged["sites"].astype(int)
    return merged


def _combined(group: Sequence[Simulated], field: str | None, blocks: int | None) -> Lattice:
    first = group[0]
    names = [name for name in first.series if name not in _COMPUTED]
    if "energy" not in first.series:
        raise UsageError(f"{first.name}: no energy was measured, only {', '.join(first.series) or 'nothing'}")
    magnetic = "magnetization" in first.series
    if field is not None and not magnetic:
        raise UsageError(f"{first.name}: no magnetization was measured, which the field would act on")
    return lattice(
        [one.series["energy"] for one in group],
        [one.parameter("temperature") for one in group],
        sites=first.sites,
        magnetization=[one.series["magnetization"] for one in group] if magnetic else None,
        h=None if field is None else [one.parameter(field) for one in group],
        observables={name: [one.series[name] for one in group] for name in names},
        described={name: _description(first.attributes[name], name) for name in names},
        blocks=blocks,
    )


def _description(attributes: Mapping[str, str], name: str) -> tuple[str, str]:
    return attributes.get("units", "1"), attributes.get("long_name", name)


def _all_but(model: Mapping[str, Any], varied: Sequence[str]) -> str:
    """All that the model's section says but the parameters that are varied, as a text."""
    parameters = {name: value for name, value in model.get("parameters", {}).items() if name not in varied}
    return json.dumps({**model, "parameters": parameters}, sort_keys=True, default=str)


def _shared_labels(group: Sequence[Simulated]) -> dict[str, Any]:
    first = group[0].labels
    return {name: value for name, value in first.items() if all(one.labels.get(name) == value for one in group)}
