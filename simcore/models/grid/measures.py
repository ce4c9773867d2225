"""Observables of fields: the standard ones, those that an experiment writes as formulas, and the rate of change.

A formula of `output.observables` is arithmetic of parameters and of numbers over the whole field: mean, integral, min,
max, std, and at(u, x, y), the value in the cell that holds a point. What is reduced are hidden observables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.expressions import Expression, ExpressionError
from simcore.expressions.complexness import require_order
from simcore.expressions.evaluate import evaluate
from simcore.expressions.tree import Call, Name, Node, Number, postorder, substitute
from simcore.models.combination import Combination
from simcore.models.contract import Observable
from simcore.models.grid.equation import formula
from simcore.models.grid.grid import Grid
from simcore.models.grid.kernels import Kernels
from simcore.models.grid.nesting import inner_operator, split_reductions
from simcore.models.grid.operators import is_reduction, require_dimensions
from simcore.models.grid.system import TIME, System, is_complex
from simcore.models.grid.wholefield import take_apart


def standard(name: str, complex_valued: bool, kernels: Kernels) -> Sequence[Observable]:
    """Mean, least and greatest value of a field; of a complex one the mean of |u|^2, the least and greatest |u|."""
    here: Node = Name(name)
    if complex_valued:
        modulus = kernels.function(f"abs_{name}_of_cell", [Call("abs", (here,))])
        squared = kernels.function(f"abs2_{name}_of_cell", [modulus_squared(here)])
        return [
            Observable(f"mean_abs2_{name}", squared, "mean", doc=f"mean of |{name}|^2"),
            Observable(f"min_abs_{name}", modulus, "min", doc=f"least |{name}|"),
            Observable(f"max_abs_{name}", modulus, "max", doc=f"greatest |{name}|"),
        ]
    value = kernels.function(f"{name}_of_cell", [here])
    return [
        Observable(f"mean_{name}", value, "mean", doc=f"mean of {name} over all cells"),
        Observable(f"min_{name}", value, "min", doc=f"least value of {name}"),
        Observable(f"max_{name}", value, "max", doc=f"greatest value of {name}"),
    ]


def modulus_squared(tree: Node) -> Node:
    """|u|^2."""
    from simcore.expressions.tree import Binary

    return Binary("**", Call("abs", (tree,)), Number(2.0))


def _observable(
    name: str, tree: Node, reduce: Any, kernels: Kernels, doc: str = "", *, hidden: bool = False
) -> Observable:
    return Observable(name, kernels.function(f"{name}_of_cell", [tree]), reduce, doc=doc, hidden=hidden)


def expressed(
    name: str, text: str, kernels: Kernels, grid: Grid, parameters: Mapping[str, Any]
) -> Sequence[Observable]:
    """The observables behind one formula, the last one called `name`. Raises ExpressionError."""
    expression = formula(text)
    system = kernels.system
    _check(expression, system, grid, parameters)
    totals, (outer,) = split_reductions([expression.tree], [*system.arrays, *parameters], prefix=f"{name}_part")
    hidden: list[Observable] = []
    for part, call in totals.items():
        call = _centred(call, grid, parameters, expression.text)
        pieces, combined = take_apart(part, call, grid.axes, system.complex_names)
        hidden += [_observable(p.name, substitute(p.tree, {"t": TIME}), p.reduce, kernels, hidden=True) for p in pieces]
        outer = substitute(outer, {part: combined})
    if is_complex(outer, frozenset()):
        raise ExpressionError(text, 1, "is complex; take abs, real or imag")
    names = tuple(observable.name for observable in hidden)
    value = Combination(outer, {**parameters, "cell_volume": grid.cell_volume}, names)
    return [*hidden, Observable(name, value, of=names, doc=expression.text)]


def _check(expression: Expression, system: System, grid: Grid, parameters: Mapping[str, Any]) -> None:
    fields = (*system.arrays, *parameters)
    expression.require((*fields, *grid.axes, "t"))
    require_dimensions(expression, len(grid.shape))
    require_order(expression, system.complex_names, ("advect",))
    if inner := inner_operator(expression.tree):
        raise ExpressionError(expression.text, inner.column, f"{inner.function} stands inside of another operator")
    reductions = [node for node in postorder([expression.tree]) if is_reduction(node)]
    inside = {id(n): n for r in reductions for n in postorder(r.arguments)}  # type: ignore[union-attr]
    if nested := next((r for r in reductions if id(r) in inside), None):
        raise ExpressionError(
            expression.text,
            nested.column,
            f"{nested.function} stands inside of another reduction",  # type: ignore[union-attr]
        )
    for node in postorder([expression.tree]):
        if isinstance(node, Name) and id(node) not in inside and node.name not in parameters:
            reason = f"'{node.name}' varies in space or time; take mean, integral, min, max, std or at of it"
            raise ExpressionError(expression.text, node.column, reason)
    if not reductions:
        raise ExpressionError(expression.text, 1, "measures no field; take mean, integral, min, max, std or at of one")


def _centred(call: Node, grid: Grid, parameters: Mapping[str, Any], text: str) -> Call:
    """`at` with the centre of the cell that holds its point; other reductions as they are."""
    assert isinstance(call, Call)
    if call.function != "at":
        return call
    centres: list[Node] = []
    for axis, place in enumerate(call.arguments[1:]):
        if any(isinstance(node, Name) and node.name not in parameters for node in postorder([place])):
            raise ExpressionError(text, place.column, "a point is given by numbers and parameters")
        lower, h, n = grid.origin[axis], grid.spacing[axis], grid.shape[axis]
        cell = int(np.floor((float(evaluate(place, parameters)) - lower) / h))
        if not 0 <= cell <= n:
            upper = lower + n * h
            raise ExpressionError(text, place.column, f"the point lies beyond the grid, {lower:g} to {upper:g}")
        centres.append(Number(float(grid.centres(axis)[min(cell, n - 1)])))
    return Call("at", (call.arguments[0], *centres), call.column)


def rate_of_change(kernels: Kernels, system: System) -> Observable:
    """The largest |du/dt| of all variables and cells, hidden.

    Intermediates and reductions are those of the last stage of the step: where nothing changes any more, the same.
    """
    moduli = [Call("abs", (substitute(rate, {"t": TIME}),)) for rate in system.rates.values()]
    worst: Node = moduli[0] if len(moduli) == 1 else Call("max", tuple(moduli))
    return _observable("rate_of_change", worst, "max", kernels, "largest |du/dt|", hidden=True)
