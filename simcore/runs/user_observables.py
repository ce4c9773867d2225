"""What `output.observables` asks for: numbers measured in the state, and functions of the means of others.

A formula that names parameters, observables and functions of means only, as `1 - m4/(3*m2**2)` does, is a function of
means, with a jackknife error. In `mean(tot**2)` observables stand for their values in each sample: it is the mean of
the squares. Any other formula is the model's to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.tree import Call, Name, Node, postorder, rewrite
from simcore.formulas.vocabulary import Arity
from simcore.models.combination import Combination
from simcore.models.contract import Derived, Model, Observable

MEAN = "mean"


def expressed(model: Model, name: str, texts: Mapping[str, str]) -> Sequence[Observable | Derived]:
    """What stands behind one of the formulas in `texts`, and last the observable or function of means of that name.

    Raises InvalidValueError and ExpressionError as `Model.expressed` does.
    """
    if not name.isidentifier():
        raise InvalidValueError(f"output.observables.{name}", "must have a name of one word: letters, digits and _")
    return _Formulas(model, texts).found(name, ())


class _Circular(InvalidValueError):
    """A formula that names itself by way of others."""


@dataclass(frozen=True)
class _OfMeans:
    """A formula of means and of other functions of them: the places of the arguments of each, among all means."""

    formula: Combination
    arguments: tuple[tuple[Callable[..., Any] | None, tuple[int, ...]], ...]

    def __call__(self, *means: Any) -> Any:
        return self.formula(
            *(
                means[places[0]] if function is None else function(*(means[place] for place in places))
                for function, places in self.arguments
            )
        )


class _Formulas:
    """All that an experiment writes, for one model."""

    def __init__(self, model: Model, texts: Mapping[str, str]) -> None:
        self._model, self._texts, self._parameters = model, texts, dict(model.parameters)
        self._measured = [observable.name for observable in model.observables() if not observable.hidden]
        self._functions = {derived.name: derived for derived in model.derived()}

    def found(self, name: str, above: tuple[str, ...]) -> Sequence[Observable | Derived]:
        """above: the formulas that led to this one."""
        expression = _parsed(self._texts[name])
        if expression is not None:
            names = sorted(expression.names - self._parameters.keys())
            parts = {other: self._part(other, (*above, name)) for other in names}
            if names and None not in parts.values():
                return [self._of_means(name, expression, {other: part for other, part in parts.items() if part})]
        try:
            return self._model.expressed(name, self._texts[name])
        except (InvalidValueError, ExpressionError):
            if found := self._of_samples(name, above):
                return found
            raise

    def _of_samples(self, name: str, above: tuple[str, ...]) -> Sequence[Observable | Derived]:
        """What stands behind a formula with `mean(...)` of observables; nothing if it is no such formula."""
        expression = _parsed(self._texts[name], {MEAN: Arity(1, 1)})
        calls = [] if expression is None else _means(expression.tree)
        if expression is None or not calls or any(_means(call.arguments[0]) for call in calls):
            return []
        whole = [expression.tree] == calls
        made: dict[Node, Observable] = {}
        for number, call in enumerate(calls, 1):
            names = sorted(_names(call.arguments[0]) - self._parameters.keys())
            parts = [self._part(other, (*above, name)) for other in names]
            for other, part in zip(names, parts, strict=True):
                if isinstance(part, Derived):
                    reason = f"'{other}' is a function of means, which has no value in each sample"
                    raise InvalidValueError(f"output.observables.{name}", reason)
            if not names or None in parts:
                return []
            value = Combination(call.arguments[0], self._parameters, tuple(names))
            own = name if whole else f"{name}.{number}"
            made[call] = Observable(own, value, of=tuple(names), doc=expression.text, hidden=not whole)
        if whole:
            return list(made.values())
        (tree,) = rewrite([expression.tree], lambda node: Name(made[node].name) if node in made else node)
        outside = sorted(_names(tree) - self._parameters.keys() - {one.name for one in made.values()})
        others = {other: self._part(other, (*above, name)) for other in outside}
        if None in others.values():
            return []
        every = {one.name: one.name for one in made.values()} | {other: part for other, part in others.items() if part}
        return [*made.values(), self._of_means(name, Expression(expression.text, tree), every)]

    def _part(self, name: str, above: tuple[str, ...]) -> str | Derived | None:
        """What a name in the formula above[-1] stands for: an observable, a function of means; None for neither."""
        if name in above[:-1]:
            raise _Circular(f"output.observables.{above[-1]}", f"'{name}' is made of '{above[-1]}' itself")
        if name in self._texts and name != above[-1]:
            try:
                last = self.found(name, above)[-1]
            except _Circular:
                raise
            except (InvalidValueError, ExpressionError):  # reported where it stands
                return name
            return last if isinstance(last, Derived) else name
        return name if name in self._measured else self._functions.get(name)

    def _of_means(self, name: str, expression: Expression, parts: Mapping[str, str | Derived]) -> Derived:
        moments: dict[tuple[str, int], int] = {}
        arguments: list[tuple[Callable[..., Any] | None, tuple[int, ...]]] = []
        for part in parts.values():
            needed = part.moments if isinstance(part, Derived) else ((part, 1),)
            places = tuple(moments.setdefault(moment, len(moments)) for moment in needed)
            arguments.append((part.value if isinstance(part, Derived) else None, places))
        formula = Combination(expression.tree, self._parameters, tuple(parts))
        return Derived(name, _OfMeans(formula, tuple(arguments)), tuple(moments), doc=expression.text)


def _means(tree: Node) -> list[Call]:
    """The calls of `mean`, equal ones once."""
    return list(dict.fromkeys(n for n in postorder([tree]) if isinstance(n, Call) and n.function == MEAN))


def _names(tree: Node) -> set[str]:
    return {node.name for node in postorder([tree]) if isinstance(node, Name)}


def _parsed(text: str, callable_too: Mapping[str, Arity] | None = None) -> Expression | None:
    """None for what the model alone can read."""
    try:
        return parse(text, callable_too or {})
    except ExpressionError:
        return None
