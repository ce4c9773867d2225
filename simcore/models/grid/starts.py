"""The values of all fields at the start: formulas of the place, of each other and of random numbers; files.

In a formula the words `normal` and `uniform` are random numbers of each cell. Each one that is written is a draw of its
own, so that `normal - normal` has variance 2. Fields whose random numbers others need are drawn together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import LIST, Call, Name, Node, postorder, rewrite, walk
from simcore.models.array_file import ArrayFile
from simcore.models.grid.equation import NamedExpression
from simcore.models.grid.grid import Grid
from simcore.models.grid.recorded import require_one_time
from simcore.models.grid.start import ONE_CELL, RANDOM_WORDS, Initial, RandomStart, beyond_the_cell
from simcore.random import Stream
from simcore.spec.arrays import JointStart

MOST_CELLS = 2**40  # 8 TiB
MOST_TRIED = 2**22
MOST_DRAWS = 256  # of the stream of an array
TIME = "t"

Values = np.ndarray | Callable[[Stream], np.ndarray] | JointStart


@dataclass(frozen=True)
class ArrayStart:
    """Where one array of the state starts. path: of the key. periodic: whether the ends of each axis meet."""

    initial: Initial
    dtype: str
    path: str
    periodic: tuple[bool, ...]


@dataclass(frozen=True)
class Starts:
    """How all arrays of a model start.

    arrays: by name, in the order of the state; formulas may name the `fields` among them. expressions: the named ones.
    numbers: the parameters that are numbers; maps: gives those that vary in space; map_names: their names.
    inside: the cells of the domain; the others start from 0.
    """

    grid: Grid
    arrays: Mapping[str, ArrayStart]
    fields: Sequence[str]
    expressions: Mapping[str, NamedExpression]
    numbers: Mapping[str, Any]
    maps: Callable[[], Mapping[str, np.ndarray]]
    map_names: Sequence[str]
    inside: np.ndarray | None = None

    # -- what is wrong with them -----------------------------------------------------------------------------------

    def check(self) -> None:
        """Refuse unknown names, circles, and what can be seen without making the fields. Raises InvalidValueError."""
        for name, start in self.arrays.items():
            if isinstance(start.initial, RandomStart):
                start.initial.check(self.grid, self.numbers, start.periodic, start.path)
            elif isinstance(start.initial, Expression):
                self._check_formula(name, start.initial)
        self._require_no_circle()
        for group in self._groups:
            for name in group:
                if (draws := sum(map(self._draws, group))) > MOST_DRAWS:
                    together = f" (together with {', '.join(n for n in group if n != name)})" if len(group) > 1 else ""
                    reason = f"takes {draws} random numbers a cell{together}; at most {MOST_DRAWS}"
                    raise InvalidValueError(self.arrays[name].path, reason)

    def _check_formula(self, name: str, formula: Expression) -> None:
        path = self.arrays[name].path
        others = [n for n in self.fields if n != name]
        known = [*self.grid.axes, *self.numbers, *self.map_names, *others, *self.expressions]
        try:
            # the words come last, so that what the experiment calls so is found first
            formula.require((*known, name, *(word for word in RANDOM_WORDS if word not in known)))
        except ExpressionError as error:
            raise InvalidValueError(path, str(error)) from None
        for expression in self._named_within(formula.tree):
            tree = self.expressions[expression].value.tree
            if found := beyond_the_cell(tree) or _list(tree):
                what = "a list" if found.function == LIST else found.function
                raise InvalidValueError(path, f"needs the expression '{expression}', which holds {what}; {ONE_CELL}")
            for node in postorder([tree]):
                if isinstance(node, Name) and node.name not in (*known, name, TIME):
                    reason = f"needs the expression '{expression}', which names {node.name}"
                    raise InvalidValueError(path, f"{reason}; only fields and parameters have values before the start")

    def _require_no_circle(self) -> None:
        try:
            tuple(TopologicalSorter(self._needs).static_order())
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            first = next(name for name in self.arrays if name in circle)
            turned = circle[circle.index(first) : -1] + circle[: circle.index(first)]
            reason = f"needs its own values: {' needs '.join([*turned, first])}; start one of them from something else"
            raise InvalidValueError(self.arrays[first].path, reason) from None

    # -- what needs what -------------------------------------------------------------------------------------------

    def _named_within(self, tree: Node) -> list[str]:
        """The named expressions that a formula needs, also by way of others."""
        found: dict[str, None] = {}
        waiting = [tree]
        while waiting:
            for node in postorder([waiting.pop()]):
                if isinstance(node, Name) and node.name in self.expressions and node.name not in found:
                    found[node.name] = None
                    waiting.append(self.expressions[node.name].value.tree)
        return list(found)

    @cached_property
    def _needs(self) -> dict[str, set[str]]:
        """The fields that the start of each array needs."""
        found: dict[str, set[str]] = {}
        for name, start in self.arrays.items():
            names: set[str] = set()
            if isinstance(start.initial, Expression):
                trees = [self.expressions[n].value.tree for n in self._named_within(start.initial.tree)]
                every = postorder([start.initial.tree, *trees])
                names = {node.name for node in every if isinstance(node, Name)}
            found[name] = names.intersection(self.fields)
        return found

    def _is_word(self, node: Node) -> bool:
        """Whether it is a random number: a word that nothing else in the experiment is called by."""
        if not isinstance(node, Name) or node.name not in RANDOM_WORDS:
            return False
        return not any(node.name in names for names in (self.numbers, self.map_names, self.fields, self.expressions))

    def _draws(self, name: str) -> int:
        """How many random numbers the start of an array takes in each cell."""
        start = self.arrays[name]
        if isinstance(start.initial, RandomStart):
            return 2 if np.dtype(start.dtype).kind == "c" else 1
        if isinstance(start.initial, Expression):
            return sum(map(self._is_word, walk(start.initial.tree)))
        return 0

    @cached_property
    def _order(self) -> tuple[str, ...]:
        """The arrays, each behind those that it needs."""
        return tuple(name for name in TopologicalSorter(self._needs).static_order() if name in self.arrays)

    @cached_property
    def _random(self) -> set[str]:
        """The arrays whose values depend on random numbers."""
        found: set[str] = set()
        for name in self._order:
            if self._draws(name) or self._needs[name] & found:
                found.add(name)
        return found

    @cached_property
    def _groups(self) -> list[tuple[str, ...]]:
        """The random arrays that must be drawn together, since one needs another; in the order of the state."""
        groups: list[set[str]] = []
        for name in self._order:
            if name in self._random:
                joined = {name, *(self._needs[name] & self._random)}
                meeting = [group for group in groups if group & joined]
                groups = [*(group for group in groups if not group & joined), joined.union(*meeting)]
        place = {name: number for number, name in enumerate(self.arrays)}
        return sorted(tuple(sorted(group, key=place.__getitem__)) for group in groups)

    def _needed(self, names: Iterable[str]) -> list[str]:
        """These arrays and all that they need, in an order in which they can be worked out."""
        found: set[str] = set(names)
        for name in reversed(self._order):
            if name in found:
                found |= self._needs[name]
        return [name for name in self._order if name in found]

    # -- values ----------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Values]:
        """For each array its values, or what draws them; raises InvalidValueError."""
        self.check()
        found: dict[str, Values] = {}
        found |= self._worked_out([name for name in self.arrays if name not in self._random], None)
        for group in self._groups:
            if len(group) == 1:
                found[group[0]] = partial(self.draw_one, group[0])
            else:
                found |= dict.fromkeys(group, JointStart(partial(self._worked_out, group)))
        return found

    def draw_one(self, name: str, stream: Stream) -> np.ndarray:
        """The values of an array that no other random one needs."""
        return self._worked_out([name], stream)[name]

    def try_draws(self) -> None:
        """Draw formulas with random numbers once, of any stream, and look at every spectrum; raises InvalidValueError.

        On a large grid nothing is tried; what is wrong comes out when the run begins.
        """
        if math.prod(self.grid.shape) > MOST_TRIED:
            return
        for start in self.arrays.values():
            if isinstance(start.initial, RandomStart):
                start.initial.check_waves(self.grid, self.numbers, start.path)
        for group in self._groups:
            if any(isinstance(self.arrays[name].initial, Expression) for name in group):
                self._worked_out(group, Stream(0))

    def _worked_out(self, names: Sequence[str], stream: Stream | None) -> dict[str, np.ndarray]:
        """The values of arrays; raises InvalidValueError if one is not finite, or does not fit."""
        if math.prod(self.grid.shape) > MOST_CELLS:
            raise self._too_many_cells
        try:
            made: dict[str, np.ndarray] = {}
            for name in self._needed(names):
                values = self._array(self.arrays[name], made, stream)
                if self.inside is not None:
                    values[~self.inside] = 0
                made[name] = _finite(values, self.arrays[name].path)
        except MemoryError:
            raise self._too_many_cells from None
        return {name: made[name] for name in names}

    @property
    def _too_many_cells(self) -> InvalidValueError:
        return InvalidValueError("model.grid.shape", f"{list(self.grid.shape)} cells do not fit into the memory")

    def _array(self, start: ArrayStart, made: Mapping[str, np.ndarray], stream: Stream | None) -> np.ndarray:
        """made: the values of the fields that it needs."""
        shape, path, initial = self.grid.shape, start.path, start.initial
        if isinstance(initial, RandomStart):
            assert stream is not None
            return initial.draw(self.grid, self.numbers, start.periodic, start.dtype, path, stream)
        array = np.empty(shape, start.dtype)  # first, since it is the largest
        is_complex = array.dtype.kind == "c"
        if isinstance(initial, ArrayFile):
            require_one_time(initial, path)
            values = initial.load(shape, path, complex_numbers=is_complex, coordinates=self.grid.coordinates())
        else:
            assert isinstance(initial, Expression)
            values = self._evaluated(initial.tree, made, stream)
        if np.iscomplexobj(values) and not is_complex:
            raise InvalidValueError(path, f"is complex, but the field is of {start.dtype}; give it dtype: complex128")
        with np.errstate(over="ignore"):  # too large for float32: refused as infinite
            array[...] = values
        return array

    def _evaluated(self, tree: Node, made: Mapping[str, np.ndarray], stream: Stream | None) -> Any:
        values: dict[str, Any] = {**self.numbers, **self.grid.mesh(), **made, TIME: 0.0}
        within = self._named_within(tree)
        trees = {name: self.expressions[name].value.tree for name in within}
        if self.map_names and _names((tree, *trees.values())).intersection(self.map_names):
            values |= self.maps()
        needs = {name: _names([below]).intersection(within) for name, below in trees.items()}
        for name in TopologicalSorter(needs).static_order():
            values[name] = evaluate(trees[name], values)
        words, tree = _numbered(tree, self._is_word)
        for name, word in words.items():
            assert stream is not None
            values[name] = getattr(stream, word)(self.grid.shape)
        return evaluate(tree, values)


def _names(trees: Iterable[Node]) -> set[str]:
    return {node.name for node in postorder(list(trees)) if isinstance(node, Name)}


def _list(tree: Node) -> Any:
    return next((node for node in postorder([tree]) if isinstance(node, Call) and node.function == LIST), None)


def _numbered(tree: Node, is_word: Callable[[Node], bool]) -> tuple[dict[str, str], Node]:
    """The words of random numbers by new names, one for each place where one is written, and the tree that names them.

    In the order of the text; no text can hold such a name.
    """
    words = sorted((node for node in walk(tree) if is_word(node)), key=lambda node: node.column)
    named = {node.column: f"{node.name} {number}" for number, node in enumerate(words)}  # type: ignore[union-attr]
    renamed = rewrite([tree], lambda node: Name(named[node.column], node.column) if is_word(node) else node)[0]
    return {named[node.column]: node.name for node in words}, renamed  # type: ignore[union-attr]


def _finite(field: np.ndarray, path: str) -> np.ndarray:
    if not np.isfinite(field).all():
        cell = np.argwhere(~np.isfinite(field))[0].tolist()
        raise InvalidValueError(path, f"is {field[tuple(cell)]} at cell {cell}; every value must be finite")
    return field
