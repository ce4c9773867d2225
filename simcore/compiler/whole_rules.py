"""What a function of whole arrays may not do, as far as its source shows it: a fault is an InvalidValueError."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FunctionType

from simcore.compiler.argument_names import Names, argument_names, title
from simcore.compiler.argument_usage import usage
from simcore.compiler.functions import definition_of
from simcore.compiler.whole_phases import RANGE, allowed, functions_of, titles
from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function
from simcore.spec.phases import RowPhase, SystemPhase

Whole = SystemPhase | RowPhase


def check_whole(phase: Whole, names: Names, reductions: Sequence[str]) -> None:
    """Raise InvalidValueError if a phase breaks its contract. reductions: those that come before it in the step."""
    functions = functions_of(phase)
    if not functions:
        raise InvalidValueError("model", "a RowPhase needs at least one stage")
    for function in functions:
        _check_arguments(phase, function, names, reductions)
    if isinstance(phase, RowPhase):
        _check_rows(phase, names)
    given = {argument for function in functions for argument in argument_names(function)}
    if not phase.writes:
        raise InvalidValueError(
            "model", f"the phase of {titles(phase)} writes nothing: name the arrays it changes, writes=..."
        )
    for name in phase.writes:
        if name not in names.arrays:
            raise InvalidValueError(
                "model", f"the phase of {titles(phase)} writes '{name}'; {hint(name, names.arrays)}"
            )
        if name not in given:
            raise InvalidValueError(
                "model", f"the phase of {titles(phase)} writes '{name}', and has no argument of that name"
            )
    for number, function in enumerate(functions):
        _check_source(phase, function, names)
        last = number == len(functions) - 1
        _check_value(phase, function, needed=_returns(phase) and last)


def _returns(phase: Whole) -> bool:
    return phase.tally is not None if isinstance(phase, SystemPhase) else phase.repeat


def _check_arguments(phase: Whole, function: Function, names: Names, reductions: Sequence[str]) -> None:
    if not callable(function) and not isinstance(function, CellFunction):
        raise InvalidValueError(
            "model", f"{function!r:.60} is no function: a {type(phase).__name__} takes one written with def"
        )
    if getattr(function, "__name__", "") == "<lambda>":
        raise InvalidValueError("model", f"{title(function)} must be written with def, not as a lambda")
    known = allowed(phase, names, reductions)
    for name in argument_names(function):
        if name in known:
            continue
        why = hint(name, known)
        if name in names.indices:
            why = "it has no cell of its own: it goes through the arrays by itself, from index 0"
        elif name == "random":
            why = "a RowPhase has no random numbers; let a CellPhase with draws write them into a work array"
        elif name in RANGE:
            why = "only the stages of a RowPhase have a range of rows"
        raise InvalidValueError("model", f"{title(function)} asks for '{name}'; {why}")


def _check_rows(phase: RowPhase, names: Names) -> None:
    for name in RANGE:
        if name in names.every:
            raise InvalidValueError("model", f"the name '{name}' belongs to the engine in a model with a RowPhase")
    if not any(set(RANGE) <= set(argument_names(stage)) for stage in functions_of(phase)):
        raise InvalidValueError(
            "model", f"no stage of {titles(phase)} takes 'first' and 'last', the range of rows that it is to work on"
        )
    if not isinstance(phase.most, int) or phase.most < 1:
        raise InvalidValueError(
            "model", f"most of {titles(phase)} must be a whole number from 1 on, not {phase.most!r}"
        )


def _check_source(phase: Whole, function: Function, names: Names) -> None:
    plain = getattr(function, "py_func", function)
    used = usage(plain) if isinstance(plain, FunctionType) else None
    if used is None:
        return
    for name, place in used.foreign:
        instead = (
            "take simcore.random.next_uniform(random)" if isinstance(phase, SystemPhase) else "a RowPhase takes none"
        )
        raise InvalidValueError("model", f"{place} uses {name}, whose numbers follow from no seed and step: {instead}")
    for _, place in used.draws:
        raise InvalidValueError(
            "model",
            f"{place} takes numbers of random by an index; in a SystemPhase it is a stream: "
            "simcore.random.next_uniform(random), next_normal(random), next_integer(random, low, high)",
        )
    for name, place, text in used.writes:
        if name in names.arrays and name not in phase.writes:
            raise InvalidValueError(
                "model", f"{place} writes to {text}: name it in writes=, beside {', '.join(phase.writes)}"
            )
        if name in (*names.tables, "random"):
            raise InvalidValueError("model", f"{place} writes to {text}: it may change the arrays in writes= only")


def _check_value(phase: Whole, function: Function, *, needed: bool) -> None:
    """Whether it returns something if that is taken, and nothing else."""
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, FunctionType):
        return
    try:
        definition = definition_of(plain)
    except (OSError, TypeError, SyntaxError):
        return
    returned = [node for node in _own_nodes(definition) if isinstance(node, ast.Return) and _valued(node)]
    if needed and not returned:
        what = "how many it counts for the tally" if isinstance(phase, SystemPhase) else "whether to repeat the stages"
        raise InvalidValueError("model", f"{title(function)} returns nothing; it must return {what}")
    if returned and not needed:
        instead = "say tally= if it counts" if isinstance(phase, SystemPhase) else "only the last stage does, if repeat"
        raise InvalidValueError(
            "model", f"{title(function)} returns a value, which nothing takes: it changes arrays; {instead}"
        )


def _valued(node: ast.Return) -> bool:
    return node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None)


def _own_nodes(definition: ast.FunctionDef) -> list[ast.AST]:
    """All nodes of a function but those of functions within it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(definition.body)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return found
