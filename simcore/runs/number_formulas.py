"""Numbers of `model` and `run` that are written as formulas of numbers and of the model's parameters.

    parameters: {a: 2.0, b: "a**2 + 1", temperature: "2/log(1 + sqrt(2))"}

They are worked out when the experiment is read, before it is validated: all that comes after sees numbers. A resolved
experiment holds the numbers, and their formulas in a section `formulas`, by dotted path.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from simcore.config import Document, Keys, Section, dotted, number_at
from simcore.config.document import Node
from simcore.config.overrides import FORMULAS as SECTION
from simcore.config.quantities import PREFIXES
from simcore.errors import Problem
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.tree import Name, is_boolean, walk
from simcore.models.timed_parameters import TimedParameters

PARAMETERS: Keys = ("model", "parameters")
TIMED = {"schedule", "table", "values"}
ONLY_EQUATIONS = "only the parameters of spins and of equations on a grid change in time"
PLACES = ("x", "y", "z", "t")
_THOUSANDS = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([kMG])(?:\s+[A-Za-z]+)?\s*", re.ASCII)
_UNIT = re.compile(r"\s*[-+]?[0-9.]+(e[-+]?[0-9]+)?\s*[A-Za-zµ°]+\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class NumberFormulas:
    """document: with numbers in place of formulas. texts: the formulas by path.

    faults: what is wrong with a text in place of a number. Such a text stays in the document, where it is refused as no
    number, with this reason.
    """

    document: Document
    texts: Mapping[Keys, str] = field(default_factory=dict)
    faults: Mapping[Keys, str] = field(default_factory=dict)

    def explained(self, problem: Problem) -> Problem:
        """The problem with the reason why a text is not a number."""
        for path, reason in self.faults.items():
            if (
                problem.path == dotted(path)
                and "number" in problem.message
                and "leave the key out" not in problem.message
            ):
                return replace(problem, message=f"{problem.message}; {reason}")
        return problem

    @property
    def follow(self) -> bool:
        """Whether a number follows from a parameter."""
        return any(parse(text).names for text in self.texts.values())

    def written(self, resolved: Mapping[str, Any]) -> dict[str, str]:
        """The section `formulas` of a resolved experiment: those whose numbers stand in it, by dotted path."""
        found: dict[str, str] = {}
        for path, text in self.texts.items():
            node = self.document.find(path)
            if node is not None and _stands(resolved, path, node.value):
                found[dotted(path)] = text
        return found


def work_out(document: Document, sections: Mapping[str, type[Section] | None]) -> NumberFormulas:
    """Of a document whose `sections` (`model`, `run`) have these classes, None if that is not known."""
    texts: dict[Keys, str] = {}
    for name, section in sections.items():
        node = document.find((name,))
        if section is not None and node is not None:
            texts |= dict(_texts(section, node, (name,), ()))
    faults: dict[Keys, str] = {}
    if not takes_schedules(sections.get("model")):
        faults = dict.fromkeys(_in_time(document), ONLY_EQUATIONS)
    if not texts:
        return NumberFormulas(document, faults=faults)
    model = sections.get("model")
    numbers = _parameters(document, model)
    formulas: dict[Keys, Expression] = {}
    for path, text in texts.items():
        try:
            formulas[path] = _read(text)
        except ExpressionError as error:
            faults[path] = _fault(text, error)
    own = {str(path[-1]): path for path in texts if path[:-1] == PARAMETERS}
    others = _other_parameters(document, [*numbers, *own])
    known, in_time = list(dict.fromkeys((*own, *numbers))), getattr(model, "clock", None) == "time"
    found: dict[Keys, float] = {}
    for path in _in_order(formulas, own, faults):
        expression = formulas[path]
        try:
            _require(expression, known, others, in_time=in_time)
            if all(name in numbers for name in expression.names):
                found[path] = _value(expression, numbers)
                if path[:-1] == PARAMETERS:
                    numbers[str(path[-1])] = found[path]
            else:
                faults[path] = "a parameter in it is no number"
        except ExpressionError as error:
            faults[path] = _fault(expression.text, error)
    root = document.root
    for path, value in found.items():
        root = _with(root, path, value)
    taken = {path: text for path, text in texts.items() if path in found}
    return NumberFormulas(replace(document, root=root), taken, faults)


def put_back(document: Document) -> Document:
    """The document with the texts of its section `formulas` where they belong, without this section."""
    node = document.find((SECTION,))
    if node is None:
        return document
    entries = {key: item for key, item in document.root.value.items() if key != SECTION}
    root = Node(entries, document.root.place)
    problems: list[Problem] = []
    listed = node.value if isinstance(node.value, dict) else None
    if listed is None and node.value is not None:
        problems.append(document.problem((SECTION,), "must be a section of formulas by path, such as run.dt: 0.1*h**2"))
    for text, item in (listed or {}).items():
        path = document.keys(text)
        if path[0] not in ("model", "run") or len(path) < 2 or not isinstance(item.value, str):
            reason = "must be the formula of a number of model or run: {model.parameters.b: a**2}"
            problems.append(document.problem((SECTION, text), reason))
        else:
            root = _with(root, path, item.value)
    return replace(document, root=root, problems=(*document.problems, *problems))


def _texts(section: type[Section], node: Node, path: Keys, below: Keys) -> Iterator[tuple[Keys, str]]:
    """The texts that stand in place of a number, by path. below: the path from the top of the section."""
    if isinstance(node.value, dict):
        for key, item in node.value.items():
            if below or path != ("model",) or key != "type":
                yield from _texts(section, item, (*path, key), (*below, key))
    elif isinstance(node.value, tuple):
        for index, item in enumerate(node.value):
            yield from _texts(section, item, (*path, index), (*below, index))
    elif isinstance(node.value, str) and below and number_at(section, below, node.value):
        yield path, node.value


def _read(text: str) -> Expression:
    expression = parse(text)
    if is_boolean(expression.tree):
        raise ExpressionError(expression.text, 1, "is a comparison, and a number is needed")
    return expression


def _fault(text: str, error: ExpressionError) -> str:
    if (shortened := _THOUSANDS.fullmatch(text)) is not None:
        return f"write {float(shortened[1]) * PREFIXES[shortened[2]]:.15g}"
    if _UNIT.fullmatch(text):
        return "write the number without its unit"
    return f"as a formula, column {error.column}: {error.reason}"


def _require(expression: Expression, known: Collection[str], others: Mapping[str, str], *, in_time: bool) -> None:
    """Raises ExpressionError at a name that is not a number."""
    for node in walk(expression.tree):
        if not isinstance(node, Name) or node.name in known:
            continue
        reason = others.get(node.name)
        if reason is None and node.name in PLACES and in_time:
            reason = f"'{node.name}' is no number: a formula of place and time stands under model.expressions"
            reason += ", one of t in {schedule: ...}" if node.name == "t" else ""
        if reason is not None:
            raise ExpressionError(expression.text, node.column, reason)
    expression.require(known)


def _value(expression: Expression, numbers: Mapping[str, float]) -> float | int:
    value = float(expression.evaluate(numbers))
    if value != value or abs(value) == float("inf"):
        raise ExpressionError(expression.text, 1, "is not finite" if value == value else "is not a real number")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _parameters(document: Document, model: type[Section] | None) -> dict[str, float]:
    """The parameters that are numbers, those left out with their defaults."""
    found: dict[str, float] = {}
    fields = {} if model is None else model.model_fields
    section = fields["parameters"].annotation if "parameters" in fields else None
    if isinstance(section, type) and issubclass(section, Section):
        found |= {
            key.alias or name: key.default for name, key in section.model_fields.items() if _is_number(key.default)
        }
    node = document.find(PARAMETERS)
    for name, item in (node.value if node is not None and isinstance(node.value, dict) else {}).items():
        found.pop(name, None)
        if _is_number(item.value):
            found[name] = item.value
    return found


def takes_schedules(model: type[Section] | None) -> bool:
    """Whether the parameters of a model may be written as numbers that change."""
    field = None if model is None else model.model_fields.get("parameters")
    return field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, TimedParameters)


def _in_time(document: Document) -> Iterator[Keys]:
    """The parameters that are written as numbers that change in time, which not every model takes."""
    node = document.find(PARAMETERS)
    for name, item in (node.value if node is not None and isinstance(node.value, dict) else {}).items():
        if isinstance(item.value, dict) and TIMED & item.value.keys():
            yield (*PARAMETERS, name)


def _other_parameters(document: Document, numbers: Collection[str]) -> dict[str, str]:
    """Why a formula of numbers cannot name a parameter that is no number."""
    node = document.find(PARAMETERS)
    found: dict[str, str] = {}
    for name, item in (node.value if node is not None and isinstance(node.value, dict) else {}).items():
        if name not in numbers and isinstance(item.value, dict):
            timed = TIMED & item.value.keys()
            kind = "changes in time; write {schedule: ...} here, too" if timed else "is no single number"
            found[name] = f"the parameter '{name}' {kind}"
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_order(formulas: Mapping[Keys, Expression], own: Mapping[str, Keys], faults: dict[Keys, str]) -> list[Keys]:
    """The paths, those first that others need. Parameters that need themselves become faults and are left out."""
    left = dict(formulas)
    while True:
        needs = {path: [own[name] for name in sorted(one.names) if own.get(name) in left] for path, one in left.items()}
        try:
            return [*TopologicalSorter(needs).static_order()]
        except CycleError as error:
            circle = [str(path[-1]) for path in error.args[1][:0:-1]]
            start = min(range(len(circle)), key=lambda i: list(own).index(circle[i]))
            circle = [*circle[start:], *circle[: start + 1]]
            first = own[circle[0]]
            faults[first] = f"as a formula it needs itself: {' needs '.join(circle)}"
            del left[first]


def _with(node: Node, path: Keys, value: Any) -> Node:
    """The tree with a scalar at a path, which keeps its place; mappings on the way are made if there are none."""
    if not path:
        return Node(value, node.place)
    key = path[0]
    child = node.child(key) or Node({} if len(path) > 1 else None, node.place)
    below = _with(child, path[1:], value)
    if isinstance(node.value, tuple):
        items = tuple(below if i == key else item for i, item in enumerate(node.value))
        return replace(node, value=items)
    return replace(node, value={**(node.value or {}), key: below})


def _stands(resolved: Any, path: Keys, value: Any) -> bool:
    for key in path:
        if isinstance(resolved, Mapping):
            resolved = resolved.get(key)
        elif isinstance(resolved, list) and isinstance(key, int) and key < len(resolved):
            resolved = resolved[key]
        else:
            return False
    return bool(resolved == value or (isinstance(resolved, list) and resolved and all(r == value for r in resolved)))
