"""What `output.observables` asks for: numbers measured in the state, and functions of the means of others.

A formula that names parameters, observables and functions of means only, as `1 - m4/(3*m2**2)` does, is a function of
means, with a jackknife error; any other one is the model's to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.errors import Refusal
from simcore.expressions import Expression, ExpressionError, parse
from simcore.models.combination import Combination
from simcore.models.contract import Derived, Model, Observable


def expressed(model: Model, name: str, texts: Mapping[str, str]) -> Sequence[Observable | Derived]:
    """What stands behind one of the formulas in `texts`, and last the observable or function of means of that name.

    Raises Refusal and ExpressionError as `Model.expressed` does.
    """
    if not name.isidentifier():
        raise Refusal(f"output.observables.{name}", "must have a name of one word: letters, digits and _")
    return _Formulas(model, texts).found(name, ())


class _Circular(Refusal):
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
        return self._model.expressed(name, self._texts[name])

    def _part(self, name: str, above: tuple[str, ...]) -> str | Derived | None:
        """What a name in the formula above[-1] stands for: an observable, a function of means; None for neither."""
        if name in above[:-1]:
            raise _Circular(f"output.observables.{above[-1]}", f"'{name}' is made of '{above[-1]}' itself")
        if name in self._texts and name != above[-1]:
            try:
                last = self.found(name, above)[-1]
            except _Circular:
                raise
            except (Refusal, ExpressionError):  # reported where it stands
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


def _parsed(text: str) -> Expression | None:
    """None for what the model alone can read."""
    try:
        return parse(text)
    except ExpressionError:
        return None
