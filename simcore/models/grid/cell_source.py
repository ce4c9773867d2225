"""The source of one function of one cell, from formulas that say which cells they read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from simcore.formulas import cell_functions
from simcore.formulas.codegen import source
from simcore.formulas.lowering import lower
from simcore.formulas.subexpressions import share
from simcore.formulas.tree import Call, Name, Node, Shifted, postorder
from simcore.models.grid.boundary import AXES
from simcore.models.grid.grid_names import is_end
from simcore.models.grid.wrapping import Wrapping
from simcore.spec.arrays import CellFunction

INDICES = ("i", "j", "k")
NO_WRAPPING = Wrapping()
RESERVED = (*INDICES, *AXES, "np", "abs", *cell_functions.FUNCTIONS)


def cell_function(
    name: str,
    results: Sequence[Node],
    *,
    dimensions: int,
    halo: int = 0,
    coordinates: Sequence[str] | None = None,
    complex_names: Collection[str] = (),
    formula: str = "",
    wrapping: Wrapping = NO_WRAPPING,
    ghost: bool = False,
) -> CellFunction:
    """`def name(<what it needs>): return <results>`, what they have in common worked out once.

    results: discretised formulas (`operators.discretise`). Of their names, a `Shifted` is an array with ghost cells, or
    one of the `coordinates` (default: x, y, z, as many as `dimensions`); a `Name` is a number. halo: how many ghost
    cells the arrays have on each side; it matters to coordinates only: cell i lies at
    `origin_x + (i - halo + 0.5) * hx`, the constants `origin_x` and `hx` the model's; a `Shifted` called `x-` or `x+`
    asks whether it is the first or the last of `cells_x` cells along x. complex_names: which arrays and numbers are
    complex. formula: shown in the docstring of the generated source. wrapping: of coordinates, with `cells_x`.
    ghost: whether the cell may be a ghost cell.

    Raises ValueError if an array or number has a name that the source needs for itself (`RESERVED`).
    """
    axes = tuple(AXES[:dimensions] if coordinates is None else coordinates)
    lowered = lower(results, complex_names)
    nodes = list(postorder(lowered))
    reads = {node.name: None for node in nodes if isinstance(node, Shifted)}
    arrays = [array for array in reads if array not in axes and not is_end(array)]
    numbers = list({node.name: None for node in nodes if isinstance(node, Name)})
    if wrong := [given for given in (*arrays, *numbers) if given in RESERVED]:
        raise ValueError(f"the name {wrong[0]!r} is taken in the source of a cell; another is needed")
    used = [axis for axis in axes if axis in reads]
    placed = [axis for axis in axes if {axis, f"{axis}-", f"{axis}+"} & reads.keys()]
    needed = INDICES[:dimensions] if arrays else [INDICES[axes.index(axis)] for axis in placed]
    places = [constant for axis in used for constant in (f"origin_{axis}", f"h{axis}")]

    def read(node: Shifted) -> str:
        if is_end(node.name):
            return _at_end(node, axes, halo)
        if node.name not in axes:
            cells = (_index(index, offset) for index, offset in zip(INDICES, node.offsets, strict=False))
            return f"{node.name}[{', '.join(cells)}]"
        axis = axes.index(node.name)
        return wrapping.coordinate(node.name, INDICES[axis], node.offsets[axis], halo, ghost=ghost)

    placings = [read(node) for node in nodes if isinstance(node, Shifted) and (node.name in axes or is_end(node.name))]
    places += [f"cells_{axis}" for axis in axes if any(f"cells_{axis}" in written for written in placings)]
    arguments = list(dict.fromkeys([*arrays, *needed, *numbers, *places]))
    temporaries, trees = share(lowered, arguments)

    def text(node: Node) -> str:
        return source(node, read)

    lines = [f"def {name}({', '.join(arguments)}):"]
    if formula:
        lines.append(f'    """{_docstring(formula)}"""')
    lines += [f"    {temporary} = {text(tree)}" for temporary, tree in temporaries]
    lines += _returned([text(tree) for tree in trees], arguments)
    calls = {node.function for node in nodes if isinstance(node, Call)}
    calls |= {"where" for written in placings if "where(" in written}
    uses = {function: plain for function, plain in cell_functions.FUNCTIONS.items() if function in calls}
    return CellFunction("\n".join(lines) + "\n", uses)


def _returned(values: list[str], taken: Collection[str]) -> list[str]:
    """A line for each of several values."""
    if len(values) == 1:
        return [f"    return {values[0]}"]
    names = [f"{'_' * (f'result{number}' in taken)}result{number}" for number in range(1, len(values) + 1)]
    return [*map("    {} = {}".format, names, values), f"    return {', '.join(names)}"]


def _at_end(node: Shifted, axes: Sequence[str], halo: int) -> str:
    axis = axes.index(node.name[:-1])
    place = halo - node.offsets[axis]
    if node.name[-1] == "-":
        return f"({INDICES[axis]} == {place})"
    return f"({INDICES[axis]} == {_index(f'cells_{axes[axis]}', place - 1)})"


def _index(index: str, offset: int) -> str:
    return f"{index} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else index


def _docstring(text: str) -> str:
    """No text can end the docstring that it stands in."""
    return re.sub(r'[\\"]', "'", text)
