"""What `output.observables` asks for: numbers measured in the state, and functions of the means of others.

A formula that names observables and parameters only, as `1 - m4/(3*m2**2)` does, is a function of means, with a
jackknife error; any other one is measured, and the model says how.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.expressions import Expression, ExpressionError, parse
from simcore.models.contract import Derived, Model, Observable


@dataclass(frozen=True)
class OfMeans:
    """A formula as a function of the means of `names`, in this order."""

    expression: Expression
    names: tuple[str, ...]
    parameters: Mapping[str, Any]

    def __call__(self, *means: Any) -> Any:
        return self.expression.evaluate({**self.parameters, **dict(zip(self.names, means, strict=True))})


def expressed(model: Model, name: str, texts: Mapping[str, str]) -> Sequence[Observable] | Derived:
    """One of the formulas in `texts`: the observables behind it, or a function of the means of others.

    Raises Refusal and ExpressionError as `Model.expressed` does.
    """
    measured = [observable.name for observable in model.observables() if not observable.hidden]
    derived = _of_means(name, texts[name], [*measured, *(other for other in texts if other != name)], model)
    if derived is not None and all(_is_measured(model, other, texts, measured) for other, _ in derived.moments):
        return derived
    return model.expressed(name, texts[name])


def _of_means(name: str, text: str, observables: Collection[str], model: Model) -> Derived | None:
    """None where the formula is nothing of the kind."""
    try:
        expression = parse(text)
    except ExpressionError:
        return None
    parameters = dict(model.parameters)
    means = tuple(sorted(expression.names.intersection(observables)))
    if not means or expression.names - {*means, *parameters}:
        return None
    moments = tuple((mean, 1) for mean in means)
    return Derived(name, OfMeans(expression, means, parameters), moments, doc=expression.text)


def _is_measured(model: Model, name: str, texts: Mapping[str, str], measured: Collection[str]) -> bool:
    """Whether it has samples: a function of means has none."""
    return name in measured or _of_means(name, texts[name], [*measured, *texts], model) is None
