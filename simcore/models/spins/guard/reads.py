"""Generated functions of one cell, called by NumPy for many cells at once."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.spec.arrays import CellFunction, Periodic, Side

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "where": np.where,
    "truth": lambda condition: np.asarray(condition) * 1.0,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "sign": np.sign,
    "entry": lambda table, index: table[index],
    "vector_cos": np.cos,
    "vector_exp": np.exp,
    "vector_log": np.log,
    "vector_sin": np.sin,
}
"""The functions of `cell_functions` and `vector_functions`, of arrays."""


class Read:
    """An array as such a function indexes it: by arrays of indices with ghost cells, which the sides make up."""

    def __init__(
        self, values: np.ndarray, boundary: Sequence[tuple[Side, Side]], halo: int, dtype: Any = np.float64
    ) -> None:
        self._values, self._boundary, self._halo, self._dtype = values, boundary, halo, dtype
        self._closed = all(isinstance(side, Periodic) and side.plain for sides in boundary for side in sides)

    def __getitem__(self, index: Any) -> np.ndarray:
        places = list(index) if isinstance(index, tuple) else [index]
        if self._closed:
            sides_of = zip(places, self._values.shape, strict=True)
            return self._typed(self._values[tuple((place - self._halo) % n for place, n in sides_of)])
        scale: Any = 1
        shift: Any = 0
        for axis, (place, sides) in enumerate(zip(places, self._boundary, strict=True)):
            cells, n = place - self._halo, self._values.shape[axis]
            for side, beyond in zip(sides, (cells < 0, cells >= n), strict=True):
                if beyond.any():
                    assert not callable(side.shift)  # no spin has such a wall
                    shift = np.where(beyond, shift + scale * side.shift, shift)
                    scale = np.where(beyond, scale * side.scale, scale)
                    if not isinstance(side, Periodic):
                        cells = np.where(beyond, np.where(cells < 0, -1 - cells, 2 * n - 1 - cells), cells)
            places[axis] = cells % n
        found = self._typed(self._values[tuple(places)])
        return found if isinstance(scale, int) else scale * found + shift

    def _typed(self, values: np.ndarray) -> np.ndarray:
        return values.astype(self._dtype, copy=False) if values.dtype.kind == "f" else values


class Given:
    """An array of which the values at the cells themselves are known."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def __getitem__(self, _: Any) -> np.ndarray:
        return self._values


class Called:
    """A function of one cell as it was written for kernels, made callable for many cells.

    reads: arguments that stand for an array at an offset, see `Phase.reads`. needs: all that it must be given.
    """

    def __init__(self, function: CellFunction, reads: Mapping[str, tuple[str, tuple[int, ...]]] | None = None) -> None:
        source = _without_loops(function.source)
        uses = {name: _FUNCTIONS.get(name, used) for name, used in function.uses.items()}
        names: dict[str, Any] = {"np": np, "math": math, "int": np.int64, "_entries": entries, "_added": added, **uses}
        exec(compile(source, "<guard>", "exec"), names)  # written by simcore, see CellFunction
        title = function.source.partition("(")[0].removeprefix("def ").strip()
        self._function = names[title]
        self._arguments = self._function.__code__.co_varnames[: self._function.__code__.co_argcount]
        self._reads = reads or {}
        self.needs = frozenset(self._reads[name][0] if name in self._reads else name for name in self._arguments)

    def __call__(self, given: Mapping[str, Any], indices: Sequence[np.ndarray]) -> Any:
        """given: arrays (`Read`), numbers, tables and indices, by the names of the arguments."""
        values = []
        for name in self._arguments:
            if name in self._reads:
                array, offset = self._reads[name]
                places = tuple(index + step for index, step in zip(indices, offset, strict=True))
                values.append(given[array][places])
            else:
                values.append(given[name])
        with np.errstate(all="ignore"):
            return self._function(*values)


class _Loops(ast.NodeTransformer):
    """`for edge in range(first, stop)` becomes one pass over all entries of all cells."""

    def visit_For(self, node: ast.For) -> Any:
        assert isinstance(node.iter, ast.Call)
        if len(node.iter.args) != 2:
            return node
        target = ast.Tuple([node.target, ast.Name("_there", ast.Store())], ast.Store())
        begin = ast.Assign([target], ast.Call(ast.Name("_entries", ast.Load()), node.iter.args, []))
        return [begin, *map(self._added, node.body)]

    @staticmethod
    def _added(line: ast.stmt) -> ast.stmt:
        if isinstance(line, ast.AugAssign):
            line.value = ast.Call(ast.Name("_added", ast.Load()), [ast.Name("_there", ast.Load()), line.value], [])
        return line


def _without_loops(source: str) -> str:
    if " in range(" not in source:
        return source
    return ast.unparse(ast.fix_missing_locations(_Loops().visit(ast.parse(source))))


def entries(first: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers from first to stop - 1 of each cell, of shape (the most of any, cells), and which of them are there.

    Those that are not have the number of another one.
    """
    slots = np.arange(int((stop - first).max(initial=0))).reshape(-1, *(1,) * np.ndim(first))
    return np.minimum(first + slots, np.maximum(stop - 1, 0)), first + slots < stop


def added(there: np.ndarray, values: Any) -> np.ndarray:
    """The sum of what is there, for each cell."""
    return np.asarray(np.where(there, values, 0).sum(axis=0))
