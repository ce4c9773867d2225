"""What a model hands over, checked. All of it raises InvalidValueError if the model breaks its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.compiler.argument_names import Names, argument_names
from simcore.compiler.host_rules import check_host
from simcore.compiler.kernels import written
from simcore.compiler.layout import Layout
from simcore.compiler.whole_rules import check_whole
from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function, Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.parameters import InputData
from simcore.spec.phases import Adaptive, AnyPhase, CompactPhase, HostPhase, Phase, Reduction, RowPhase, SystemPhase

MOST_DRAWS = 1 << 16
"""How many random numbers the counter of a step tells apart, see `simcore.random.fill_uniforms`."""


def layout_of(arrays: Sequence[StateArray]) -> Layout:
    """The one layout of all arrays of a state."""
    if not arrays:
        raise InvalidValueError("model", "state() is empty; a model needs at least one array")
    shapes = {tuple(a.shape) for a in arrays}
    if len(shapes) > 1:
        raise InvalidValueError(
            "model", f"all arrays of a state have one shape, not {', '.join(map(str, sorted(shapes)))}"
        )
    shape = shapes.pop()
    if not 1 <= len(shape) <= 8 or min(shape) < 1:
        raise InvalidValueError(
            "model", f"the shape of a state has one to eight axes of at least one cell, not {shape}"
        )
    halo = max(a.halo for a in arrays)
    for array in arrays:
        if array.halo and len(array.boundary) != len(shape):
            raise InvalidValueError(
                "model", f"the array '{array.name}' needs a boundary for each of its {len(shape)} axes"
            )
        for axis, (cells, sides) in enumerate(zip(shape, array.boundary, strict=False)):
            if array.halo and cells < halo and not all(isinstance(side, Periodic) for side in sides):
                raise InvalidValueError(
                    "model", f"'{array.name}' has {cells} cells along axis {axis}: a wall mirrors {halo} of them"
                )
    return Layout(shape, halo)


def values_of(description: Description, dt: float | None, constants: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers that kernels are given: parameters, `dt`, constants."""
    values: dict[str, Any] = {k: v for k, v in dict(description.parameters).items() if not isinstance(v, InputData)}
    if dt is not None:
        if "dt" in values:
            raise InvalidValueError("model.parameters.dt", "'dt' is the time step of run.dt; choose another name")
        values["dt"] = dt
    for name, value in constants.items():
        if name in values:
            path = "model" if name == "dt" else f"model.parameters.{name}"
            raise InvalidValueError(path, f"the constant '{name}' has the name of a parameter, or of the time step")
        if not isinstance(value, np.ndarray):
            values[name] = value
    for name, value in values.items():
        if not isinstance(value, (bool, int, float, complex, np.number)):
            raise InvalidValueError(
                "model", f"'{name}' must be a number to be given to kernels, not a {type(value).__name__}"
            )
    return values


def cell_functions(
    items: Sequence[AnyPhase],
    observables: Sequence[Observable],
    adaptive: Adaptive | None,
    arrays: Sequence[StateArray],
) -> list[Function]:
    """All functions of one cell that a program has."""
    found: list[Any] = [item.update for item in items if isinstance(item, Phase)]
    found += [item.value for item in items if isinstance(item, Reduction)]
    found += [observable.value for observable in observables if not observable.of]
    found += [] if adaptive is None else [adaptive.error]
    sides = [side for array in arrays for pair in array.boundary for side in pair]
    found += [part for side in sides for part in (side.scale, side.shift)]
    return [each for each in found if callable(each) or isinstance(each, CellFunction)]


def runs_of(phases: Sequence[Phase], layout: Layout) -> np.ndarray | None:
    """The sites of all phases: first, stop and stride of each line, int64 of shape (phases, 3, lines).

    None if all phases take all cells; else those that do have zeros. One array, since numba counts the references
    to every array at every barrier: with three for each phase, many phases took minutes to compile.
    """
    if all(phase.sites is None for phase in phases):
        return None
    runs = np.zeros((len(phases), 3, layout.lines), np.int64)
    for number, phase in enumerate(phases):
        if phase.sites is not None:
            tables = (phase.sites.first, phase.sites.stop, phase.sites.stride)
            if any(table.shape != (layout.lines,) for table in tables):
                raise InvalidValueError(
                    "model", f"the sites of a phase need one entry for each of {layout.lines} lines"
                )
            runs[number] = tables
    return runs


def check(items: Sequence[AnyPhase], reduced: Sequence[Observable], names: Names, *, adaptive: bool) -> None:
    """Whether what a step does and what is measured fit the arrays and tallies."""
    if all(isinstance(item, Reduction) for item in items):
        raise InvalidValueError("model", "phases() is empty; a step needs at least one phase")
    if not reduced:
        raise InvalidValueError("model", "observables() needs at least one that is reduced over the cells")
    draws = sum(item.draws for item in items if isinstance(item, Phase))
    if draws > MOST_DRAWS:
        raise InvalidValueError(
            "model", f"a step takes {draws} random numbers at a cell, and at most {MOST_DRAWS} are different"
        )
    known: list[str] = []
    for item in items:
        if isinstance(item, HostPhase):
            check_host(item, names.arrays)
        elif isinstance(item, SystemPhase | RowPhase):
            check_whole(item, names, known)
        elif isinstance(item, CompactPhase):
            if len(items) > 1:
                raise InvalidValueError("model", "a CompactPhase is the only phase of a step")
        elif isinstance(item, Reduction):
            known.append(item.name)
        elif isinstance(item, Phase):
            for name in written(item):
                if name not in names.arrays:
                    raise InvalidValueError(
                        "model", f"a phase writes '{name}'; the arrays are {', '.join(names.arrays)}"
                    )
            if item.reads:
                _check_reads(item, names)
        else:
            raise InvalidValueError("model", f"phases() lists {item!r:.60}, which is no phase")
        if adaptive and not isinstance(item, Phase | Reduction):
            raise InvalidValueError(
                "model", "adaptive steps are phases of cells alone: one that is refused is taken back"
            )
    if names.tallies and adaptive:
        raise InvalidValueError(
            "model", "a phase of adaptive steps has no tally: a step that is refused would count, too"
        )
    for observable in reduced:
        if isinstance(observable.value, str):
            _check_tally(observable, names.tallies)


def check_measurement(items: Sequence[Phase | Reduction], arrays: Sequence[StateArray]) -> None:
    """Whether what measurements work out leaves the state as it is."""
    work = [array.name for array in arrays if array.work]
    for item in items:
        if isinstance(item, Reduction):
            continue
        if not isinstance(item, Phase):
            raise InvalidValueError("model", "measurement() takes phases of cells and reductions only")
        if item.draws or item.tally or item.sites is not None or item.reads:
            raise InvalidValueError(
                "model", "a phase of measurement() takes all cells, no random numbers, and counts nothing"
            )
        for name in written(item):
            if name not in work:
                raise InvalidValueError(
                    "model", f"a phase of measurement() writes work arrays only, and '{name}' is none"
                )
            if name in argument_names(item.update):
                raise InvalidValueError("model", f"a phase of measurement() reads '{name}', which it writes")


def _check_reads(phase: Phase, names: Names) -> None:
    if phase.sites is None and not phase.own_cell:
        raise InvalidValueError("model", "a phase with `reads` needs `sites` or `own_cell`")
    for name, (array, offset) in phase.reads.items():
        if array not in names.arrays:
            raise InvalidValueError("model", f"'{name}' reads '{array}'; {hint(array, names.arrays)}")
        if len(offset) != names.dimensions:
            raise InvalidValueError(
                "model", f"'{name}' needs an offset along each of {names.dimensions} axes, not {offset}"
            )


def _check_tally(observable: Observable, tallies: Sequence[str]) -> None:
    if observable.value not in tallies:
        raise InvalidValueError(
            "model",
            f"'{observable.name}' measures the tally '{observable.value}'; {hint(str(observable.value), tallies)}",
        )
    if observable.reduce not in ("mean", "sum"):
        raise InvalidValueError(
            "model", f"'{observable.name}' measures a tally: its `reduce` is mean or sum, not {observable.reduce}"
        )
