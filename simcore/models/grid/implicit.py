"""What an implicit scheme solves for: linear terms with constant coefficients, found by the formulas or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from simcore.errors import InvalidValueError
from simcore.formulas.tree import Name, Node, Shifted, postorder
from simcore.models.grid.linear import Split, split
from simcore.models.grid.linear_system import LinearSystem, Row
from simcore.models.grid.system import Intermediate, System, subtract

WRITTEN = "_implicit_"
"""Before the name of a field: the formula that the experiment wants implicit, among the rates of `System`."""


def take_linear_parts(
    system: System, discrete: Callable[[Node], Node], numbers: Mapping[str, Any]
) -> tuple[LinearSystem, System]:
    """The linear terms of all variables in all equations, and the system without them.

    An intermediate is looked through if equations alone use it, and linearly. Coefficients are those of `numbers`; all
    that varies in time or place stays in the system.
    """
    formulas = _formulas(system, discrete)
    splits = {name: split(tree, formulas, numbers) for name, tree in formulas.items()}
    within = _looked_through(system, splits)
    dropped: set[str] = set()
    rest: dict[str, Node] = {}
    for name in (*within, *system.rates):
        part = split(formulas[name], {*system.rates, *dropped}, numbers)
        if name in within and part.is_linear(numbers):
            dropped.add(name)
        rest[name] = part.rest_or_zero
    before = tuple(
        replace(item, tree=rest.get(item.name, item.tree)) if isinstance(item, Intermediate) else item
        for item in system.before
        if item.name not in dropped
    )
    rows = {name: _row(splits[name], {*system.rates, *within}) for name in system.rates}
    inner = {name: _row(splits[name], {*system.rates, *within}) for name in within}
    rates = {name: rest[name] for name in system.rates}
    return LinearSystem(rows, inner, frozenset(dropped)), replace(system, rates=rates, before=before)


def take_written_parts(
    system: System, discrete: Callable[[Node], Node], numbers: Mapping[str, Any]
) -> tuple[LinearSystem, System]:
    """The linear terms that the rates called WRITTEN say, and the system less these terms, term by term as written.

    Raises InvalidValueError if one of them is not linear, or if its coefficients vary.
    """
    formulas = _formulas(system, discrete)
    variables = [name for name in system.rates if not name.startswith(WRITTEN)]
    known = {*variables, *(item.name for item in system.intermediates)}
    splits = {name: split(tree, known, numbers) for name, tree in formulas.items()}
    rows: dict[str, Row] = {name: {} for name in variables}
    used: set[str] = set()
    rates = {name: system.rates[name] for name in variables}
    for name in variables:
        if (written := WRITTEN + name) in system.rates:
            needed = [written]
            for formula in needed:
                if not splits[formula].is_linear(numbers):
                    reason = "must be linear in the fields, without a constant, and its coefficients numbers"
                    culprit = "" if formula == written else f" ({formula} is not)"
                    raise InvalidValueError(
                        f"model.implicit.{name}", f"{reason}{culprit}; all else of the equation is explicit"
                    )
                needed += [source for source in splits[formula].stencils if source not in variables]
            used.update(needed)
            rows[name] = splits[written].stencils
            rates[name] = subtract(rates[name], system.rates[written])
    inner = {item.name: splits[item.name].stencils for item in system.intermediates if item.name in used}
    arrays = frozenset(name for name in system.arrays if not name.startswith(WRITTEN))
    return LinearSystem(rows, inner, frozenset(inner)), replace(system, rates=rates, arrays=arrays)


def _formulas(system: System, discrete: Callable[[Node], Node]) -> dict[str, Node]:
    """Intermediates in order of need, then the rates."""
    trees = {item.name: item.tree for item in system.intermediates} | dict(system.rates)
    return {name: discrete(tree) for name, tree in trees.items()}


def _row(part: Split, names: set[str]) -> Row:
    return {name: stencil for name, stencil in part.stencils.items() if name in names}


def _looked_through(system: System, splits: Mapping[str, Split]) -> list[str]:
    """The intermediates that serve equations alone, and linearly, and that hold something linear; in order of need."""
    elsewhere = {name for item in system.before for name in _names(item.tree) if not isinstance(item, Intermediate)}
    elsewhere |= {name for tree in system.noise.values() for name in _names(tree)}
    crooked = elsewhere.union(*(_names(part.rest_or_zero) for part in splits.values()))
    serving: set[str] = set(system.rates)
    for item in reversed(system.intermediates):
        users = {name for name, part in splits.items() if item.name in part.stencils}
        if users <= serving and item.name not in crooked:
            serving.add(item.name)
    found: list[str] = []
    for item in system.intermediates:
        if item.name in serving and splits[item.name].stencils.keys() & {*system.rates, *found}:
            found.append(item.name)
    return found


def _names(tree: Node) -> set[str]:
    return {node.name for node in postorder([tree]) if isinstance(node, Name | Shifted)}
