"""Observables of fields: the standard ones, and those that an experiment writes as formulas.

A formula of `output.observables` is arithmetic of parameters and of numbers over the whole field: mean, integral, min,
max, std, and at(u, x, y), the value in the cell that holds a point. What is reduced are hidden observables. Their
formulas are those of equations: fields, named expressions, coordinates, `t`, operators, numbers over the whole field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.tree import Binary, Call, Name, Node, Number, postorder, rewrite, substitute
from simcore.models.combination import Combination
from simcore.models.grid.checks import Checker
from simcore.models.grid.domain import PART, part_over_domain
from simcore.models.grid.equation import formula
from simcore.models.grid.kernels import Kernels
from simcore.models.grid.operators import is_reduction
from simcore.models.grid.system import is_complex
from simcore.models.grid.whole_field import WholeField, take_apart, without_macros
from simcore.spec.observables import Observable


def standard(name: str, complex_valued: bool, kernels: Kernels, numbers: Mapping[str, Any]) -> Sequence[Observable]:
    """Mean, least and greatest value of a field; of a complex one the mean of |u|^2, the least and greatest |u|."""
    here: Node = Name(name)
    if complex_valued:
        size: Node = Call("abs", (here,))
        squared: Node = Binary("**", size, Number(2.0))
        if kernels.domain is not None:
            docs = (f"mean of |{name}|^2", f"least |{name}|", f"greatest |{name}|")
            names = (f"mean_abs2_{name}", f"min_abs_{name}", f"max_abs_{name}")
            return _standard_of_domain(names, (squared, size, size), docs, kernels, numbers)
        modulus = kernels.function(f"abs_{name}_of_cell", [size])
        square = kernels.function(f"abs2_{name}_of_cell", [squared])
        return [
            Observable(f"mean_abs2_{name}", square, "mean", doc=f"mean of |{name}|^2"),
            Observable(f"min_abs_{name}", modulus, "min", doc=f"least |{name}|"),
            Observable(f"max_abs_{name}", modulus, "max", doc=f"greatest |{name}|"),
        ]
    if kernels.domain is not None:
        docs = (f"mean of {name} over the domain", f"least value of {name}", f"greatest value of {name}")
        return _standard_of_domain((f"mean_{name}", f"min_{name}", f"max_{name}"), (here,) * 3, docs, kernels, numbers)
    value = kernels.function(f"{name}_of_cell", [here])
    return [
        Observable(f"mean_{name}", value, "mean", doc=f"mean of {name} over all cells"),
        Observable(f"min_{name}", value, "min", doc=f"least value of {name}"),
        Observable(f"max_{name}", value, "max", doc=f"greatest value of {name}"),
    ]


def _standard_of_domain(
    names: Sequence[str], trees: Sequence[Node], docs: Sequence[str], kernels: Kernels, numbers: Mapping[str, Any]
) -> Sequence[Observable]:
    found: list[Observable] = []
    for name, function, tree, doc in zip(names, ("mean", "min", "max"), trees, docs, strict=True):
        call, outer = part_over_domain(Call(function, (tree,)))
        part = name if outer == Name(PART) else f"{name}_part"
        value = kernels.function(f"{part}_of_cell", [call.arguments[0]])
        found.append(Observable(part, value, function, doc=doc, hidden=part != name))  # type: ignore[arg-type]
        if part != name:
            combined = Combination(substitute(outer, {PART: Name(part)}), numbers, (part,))
            found.append(Observable(name, combined, of=(part,), doc=doc))
    return found


@dataclass(frozen=True)
class Measure:
    """A formula of `output.observables`: the numbers over the whole field that it needs, and how it follows from them.

    parts: hidden, each with the formula of one cell in the names of the experiment. outer: names them.
    """

    name: str
    expression: Expression
    parts: tuple[WholeField, ...]
    outer: Node

    def observables(
        self, trees: Mapping[str, Node], kernels: Kernels, numbers: Mapping[str, Any]
    ) -> Sequence[Observable]:
        """The hidden observables, and last the one of this name. trees: the formula of each part for `kernels`."""
        hidden = [
            Observable(
                part.name,
                kernels.function(f"{part.name}_of_cell", [trees[part.name]]),
                part.reduce,
                hidden=True,
                cell=part.cell,
            )
            for part in self.parts
        ]
        names = tuple(part.name for part in self.parts)
        value = Combination(self.outer, numbers, names)
        return [*hidden, Observable(self.name, value, of=names, doc=self.expression.text)]


def read_measure(name: str, text: str, checker: Checker) -> Measure:
    """From the text of an experiment, `checker` being that of its model. Raises ExpressionError."""
    expression = formula(text)
    _check(expression, checker)
    outermost, outer = _outermost(without_macros(checker.in_time.expression(expression).tree), f"{name}_part")
    parts: list[WholeField] = []
    for part, call in outermost.items():
        value: Node = Name(PART)
        if checker.grid.domain is not None:
            call, value = part_over_domain(call)
        pieces, combined = take_apart(part, call, checker.complexes)
        combined = substitute(value, {PART: combined})
        parts += pieces
        outer = substitute(outer, {part: combined})
    if is_complex(outer, frozenset()):
        raise ExpressionError(text, 1, "is complex; take abs, real or imag")
    return Measure(name, expression, tuple(parts), outer)


def _check(expression: Expression, checker: Checker) -> None:
    checker.require(expression)
    reductions = [node for node in postorder([expression.tree]) if is_reduction(node)]
    inside = {id(n) for r in reductions for n in postorder(r.arguments)}  # type: ignore[union-attr]
    for node in postorder([expression.tree]):
        if isinstance(node, Name) and id(node) not in inside and node.name not in checker.numbers:
            reason = f"'{node.name}' varies in space or time; take mean, integral, min, max, std or at of it"
            raise ExpressionError(expression.text, node.column, reason)
    if not reductions:
        raise ExpressionError(expression.text, 1, "measures no field; take mean, integral, min, max, std or at of one")


def _outermost(tree: Node, prefix: str) -> tuple[dict[str, Call], Node]:
    """The reductions that stand in no other one, by name, and the tree that names them; equal ones once."""
    calls: dict[str, Node] = {}
    names: dict[Node, Name] = {}

    def named(node: Node) -> Node:
        if not is_reduction(node):
            return node
        whole = substitute(node, calls)
        if whole not in names:
            names[whole] = Name(f"{prefix}{len(names) + 1}", node.column)  # type: ignore[union-attr]
            calls[names[whole].name] = whole
        return names[whole]

    outer = rewrite([tree], named)[0]
    left = {node.name for node in postorder([outer]) if isinstance(node, Name)}
    return {name: call for name, call in calls.items() if name in left}, outer  # type: ignore[misc]
