"""A model's phases and observables as one generated module and the arrays it works on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from simcore import random
from simcore.errors import Refusal
from simcore.models.contract import Model, Observable, Phase, StateArray
from simcore.program import driver, ghosts
from simcore.program.functions import FunctionSources
from simcore.program.kernels import Measurement, PhaseKernel, site_tables
from simcore.program.layout import Layout
from simcore.program.names import Names
from simcore.program.text import Text

_IMPORTS = (
    "import numpy as np",
    "from numba import njit",
    "from simcore.parallel.barrier import wait",
    "from simcore.parallel.shared import STEP",
)
_RESERVED = ("njit", "wait", "STEP", "advance", "step")
_INLINED = ("philox4x32", "uniform53")  # else the loop over random numbers does not vectorise: eight times slower


@dataclass(frozen=True)
class Program:
    """What every worker needs to make steps, and nothing about processes or files.

    name: of the generated module, with a hash of all that decides what it computes. text: its source. pickled:
    functions without source, by name. values: the numbers given to kernels, in order. tables: arrays that no kernel
    writes. copies: the names of the arrays that `advance` takes; a second copy follows its array. swaps: how often in a
    step an array changes places with its second copy. observables: what a sample holds, in order.
    """

    name: str
    text: str
    pickled: Mapping[str, bytes]
    layout: Layout
    arrays: tuple[StateArray, ...]
    copies: tuple[str, ...]
    swaps: Mapping[str, int]
    values: tuple[float | int, ...]
    tables: tuple[np.ndarray, ...]
    observables: tuple[str, ...]


def build(model: Model, dt: float | None = None) -> Program:
    """The program of one model; raises Refusal where the model breaks its contract."""
    arrays, phases = tuple(model.state()), list(model.phases())
    layout = _layout(arrays)
    values = _values(model, dt)
    tables = {name: value for name, value in model.constants().items() if isinstance(value, np.ndarray)}
    names = Names(tuple(a.name for a in arrays), tuple(values), tuple(tables), layout.dimensions)
    values |= ghosts.wall_values(arrays) if layout.halo else {}
    for number, phase in enumerate(phases):
        tables |= _site_tables(number, phase, layout, names)
    sources = FunctionSources([*_RESERVED, *names.arrays, *values, *tables, *names.indices])
    if any(phase.draws for phase in phases):
        sources.add(random.fill_uniforms)
    draws = accumulate((phase.draws for phase in phases), initial=0)
    kernels = [
        PhaseKernel(number, phase, sources.add(phase.update), names, draw)
        for number, (phase, draw) in enumerate(zip(phases, draws, strict=False))
    ]
    reduced = [o for o in model.observables() if not o.of]
    _check(phases, reduced, names)
    measurement = Measurement([(o, sources.add(o.value)) for o in reduced], names)
    text = _write(type(model).__name__, sources, arrays, list(values), list(tables), kernels, measurement, layout.halo)
    swapped = driver.swapped(kernels)
    return Program(
        name=f"{type(model).__name__.lower()}_{_digest(text, sources.pickled)}",
        text=text,
        pickled=sources.pickled,
        layout=layout,
        arrays=arrays,
        copies=tuple(driver.copies(list(arrays), kernels)),
        swaps={name: swapped.count(name) for name in swapped},
        values=tuple(values.values()),
        tables=tuple(tables.values()),
        observables=tuple(o.name for o in reduced),
    )


def _layout(arrays: Sequence[StateArray]) -> Layout:
    if not arrays:
        raise Refusal("model", "state() is empty; a model needs at least one array")
    shapes = {tuple(a.shape) for a in arrays}
    if len(shapes) > 1:
        raise Refusal("model", f"all arrays of a state have one shape, not {', '.join(map(str, sorted(shapes)))}")
    shape = shapes.pop()
    if not 1 <= len(shape) <= 3 or min(shape) < 1:
        raise Refusal("model", f"the shape of a state has one to three axes of at least one cell, not {shape}")
    halo = max(a.halo for a in arrays)
    for array in arrays:
        if halo and len(array.boundary) != len(shape):
            raise Refusal("model", f"the array '{array.name}' needs a boundary for each of its {len(shape)} axes")
    return Layout(shape, halo)


def _values(model: Model, dt: float | None) -> dict[str, Any]:
    values: dict[str, Any] = dict(model.parameters)
    if dt is not None:
        values["dt"] = dt
    for name, value in model.constants().items():
        if name in values:
            raise Refusal("model", f"the constant '{name}' has the name of a parameter")
        if not isinstance(value, np.ndarray):
            values[name] = value
    for name, value in values.items():
        if not isinstance(value, (bool, int, float, np.integer, np.floating)):
            raise Refusal("model", f"'{name}' must be a number to be given to kernels, not a {type(value).__name__}")
    return values


def _site_tables(number: int, phase: Phase, layout: Layout, names: Names) -> dict[str, np.ndarray]:
    if phase.sites is None:
        return {}
    tables = (phase.sites.first, phase.sites.stop, phase.sites.stride)
    for table in tables:
        if table.shape != (layout.lines,):
            raise Refusal("model", f"the sites of a phase need one entry for each of {layout.lines} lines")
    return {name: np.ascontiguousarray(t, np.int64) for name, t in zip(site_tables(number), tables, strict=True)}


def _check(phases: Sequence[Phase], reduced: Sequence[Observable], names: Names) -> None:
    if not phases:
        raise Refusal("model", "phases() is empty; a step needs at least one phase")
    if not reduced:
        raise Refusal("model", "observables() needs at least one that is reduced over the cells")
    for phase in phases:
        for name in (phase.writes,) if isinstance(phase.writes, str) else phase.writes:
            if name not in names.arrays:
                raise Refusal("model", f"a phase writes '{name}'; the arrays are {', '.join(names.arrays)}")


def _write(
    model: str,
    sources: FunctionSources,
    arrays: tuple[StateArray, ...],
    values: list[str],
    tables: list[str],
    kernels: list[PhaseKernel],
    measurement: Measurement,
    halo: int,
) -> str:
    text = Text()
    text.line(f'"""{model}, compiled by simcore. Written by a program: a change here is lost."""')
    text.lines("", *_IMPORTS, *sources.imports.values())
    text.lines("", *sources.numbers.values())
    for name, definition in sources.definitions.items():
        inlined = ", forceinline=True" if name in _INLINED else ""
        text.lines("", "", f"@njit(error_model='numpy'{inlined})", *definition.splitlines())
    if halo:
        for array in arrays:
            text.lines("", "")
            ghosts.write(text, array, halo)
    for part in (*kernels, measurement):
        text.lines("", "")
        part.write(text, halo)
    text.lines("", "")
    buffers = max((kernel.phase.draws for kernel in kernels), default=0)
    driver.write(text, list(arrays), values, tables, kernels, measurement, halo, buffers)
    return str(text)


def _digest(text: str, pickled: Mapping[str, bytes]) -> str:
    """Of all that goes into the compiled code and stands in no argument: numba's own cache sees none of it."""
    barrier = Path(random.__file__).parents[1] / "parallel" / "barrier.py"
    parts = [text, barrier.read_text(), *map(metadata.version, ("simcore", "numba")), *map(repr, pickled.items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
