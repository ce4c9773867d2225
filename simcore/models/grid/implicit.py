"""What an implicit scheme solves for: the linear terms of each variable in its own equation, found by the formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from simcore.expressions.tree import Name, Node, Number, Shifted, postorder
from simcore.models.grid.linear import LinearOperator, Split, Through, split
from simcore.models.grid.system import Intermediate, System


def take_linear_parts(
    system: System, discrete: Callable[[Node], Node], numbers: Mapping[str, Any]
) -> tuple[dict[str, LinearOperator], System]:
    """The linear operator of each variable that has one, and the system without them.

    An intermediate is looked through where one equation alone uses it, and linearly. Coefficients are those of
    `numbers`; terms in other variables, and all that varies in time or place, stay in the system.
    """
    formulas = {item.name: discrete(item.tree) for item in system.intermediates}
    formulas |= {name: discrete(tree) for name, tree in system.rates.items()}
    arrays = {*system.rates, *(item.name for item in system.intermediates)}
    splits = {name: split(tree, arrays, numbers) for name, tree in formulas.items()}
    operators: dict[str, LinearOperator] = {}
    rest: dict[str, Node] = {}
    for variable in system.rates:
        within = _used_by(variable, system, splits)
        dropped: set[str] = set()
        for name in (*within, variable):
            part = split(formulas[name], {variable, *dropped}, numbers)
            if part.rest is None and name != variable:
                dropped.add(name)
            rest[name] = part.rest_or_zero
        if operator := _operator(variable, variable, splits, within, dropped):
            operators[variable] = operator
    before = tuple(
        replace(item, tree=rest.get(item.name, item.tree)) if isinstance(item, Intermediate) else item
        for item in system.before
        if not _is_zero(rest.get(item.name))
    )
    rates = {name: rest[name] for name in system.rates}
    return operators, replace(system, rates=rates, before=before)


def _is_zero(tree: Node | None) -> bool:
    return isinstance(tree, Number) and tree.value == 0.0


def _used_by(variable: str, system: System, splits: Mapping[str, Split]) -> list[str]:
    """The intermediates that serve this variable's equation alone, and linearly, in order of need."""
    elsewhere = {name for item in system.before for name in _names(item.tree) if not isinstance(item, Intermediate)}
    elsewhere |= {name for tree in system.noise.values() for name in _names(tree)}
    found: list[str] = []
    for item in reversed(system.intermediates):
        linear = {name for name, part in splits.items() if item.name in part.stencils}
        crooked = any(item.name in _names(part.rest_or_zero) for part in splits.values())
        if linear and linear <= {variable, *found} and not crooked and item.name not in elsewhere:
            found.append(item.name)
    return found[::-1]


def _names(tree: Node) -> set[str]:
    return {node.name for node in postorder([tree]) if isinstance(node, Name | Shifted)}


def _operator(
    name: str, variable: str, splits: Mapping[str, Split], within: list[str], dropped: set[str]
) -> LinearOperator:
    through = []
    for below, stencil in splits[name].stencils.items():
        if below in within and (inner := _operator(below, variable, splits, within, dropped)):
            through.append(Through(stencil, below, inner, below in dropped))
    return LinearOperator(splits[name].stencils.get(variable, {}), tuple(through))
