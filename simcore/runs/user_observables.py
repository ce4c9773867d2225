"""What `output.observables` asks for: what is measured in the state, functions of means, histograms over the samples.

A formula that names parameters, observables and functions of means only, as `1 - m4/(3*m2**2)` does, is a function of
means, with a jackknife error. In `mean(tot**2)` observables stand for their values in each sample: it is the mean of
the squares. Any other formula is the model's to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node, postorder, rewrite
from simcore.formulas.vocabulary import Arity
from simcore.models.array_reductions import Histogram, bins_fault, centres_of
from simcore.models.combination import Combination
from simcore.spec.description import Description
from simcore.spec.observables import ArrayObservable, Derived, Observable

MEAN, HISTOGRAM = "mean", "histogram"
Found = Observable | ArrayObservable | Derived


class _Circular(InvalidValueError):
    """A formula that names itself by way of others."""


@dataclass(frozen=True)
class _Step:
    """One function of means or of earlier steps: for each argument whether it is a step, and its place among these."""

    function: Callable[..., Any]
    of: tuple[tuple[bool, int], ...]


@dataclass(frozen=True)
class _OfMeans:
    """A formula of means and of other functions of them, each worked out once; the last step is the formula."""

    steps: tuple[_Step, ...]

    def depends_on(self, names: Collection[str]) -> bool:
        """Whether it holds a value of one of these numbers."""
        return any(holds_values(step.function, names) for step in self.steps)

    def __call__(self, *means: Any) -> Any:
        found: list[Any] = []
        for step in self.steps:
            found.append(step.function(*(found[place] if is_step else means[place] for is_step, place in step.of)))
        return found[-1]


class _Chain:
    """Collects the steps of a formula, equal ones once, and the means that they need."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []
        self.moments: dict[tuple[str, int], int] = {}
        self._known: dict[Any, tuple[bool, int]] = {}

    def place(self, part: str | Derived) -> tuple[bool, int]:
        """Where the value of an observable's mean, or of a function of means, is found."""
        if isinstance(part, str):
            return False, self._mean((part, 1))
        means = [(False, self._mean(moment)) for moment in part.moments]
        if not isinstance(part.value, _OfMeans):
            return self.step(part.value, tuple(means))
        places: list[tuple[bool, int]] = []
        for step in part.value.steps:
            of = tuple(places[place] if is_step else means[place] for is_step, place in step.of)
            places.append(self.step(step.function, of))
        return places[-1]

    def step(self, function: Callable[..., Any], of: tuple[tuple[bool, int], ...]) -> tuple[bool, int]:
        """A step, the one that is there already if it is."""
        key = id(function), of  # a step keeps its function, so that no other one gets its id
        if key not in self._known:
            self.steps.append(_Step(function, of))
            self._known[key] = True, len(self.steps) - 1
        return self._known[key]

    def _mean(self, moment: tuple[str, int]) -> int:
        return self.moments.setdefault(moment, len(self.moments))


def holds_values(function: Callable[..., Any] | None, names: Collection[str]) -> bool:
    """Whether a function of samples or of means has the values of some of these parameters in itself, if that is known.

    It is known of formulas, and of plain functions without a closure, which have none.
    """
    if isinstance(function, Combination | _OfMeans):
        return function.depends_on(names)
    return function is not None and not (isinstance(function, FunctionType) and function.__closure__ is None)


class Expressed:
    """All formulas of `output.observables`, for one model; each is worked out once."""

    def __init__(self, description: Description, texts: Mapping[str, str]) -> None:
        self._known: dict[str, Sequence[Found] | Exception] = {}
        self._model, self._texts, self._parameters = description.model, texts, dict(description.parameters)
        self._measured = [observable.name for observable in description.observables if not observable.hidden]
        self._functions = {derived.name: derived for derived in description.derived}
        self._arrays = [one.name for one in description.array_observables]

    def behind(self, name: str) -> Sequence[Found]:
        """What stands behind one of the formulas, and last the observable or function of means of that name.

        Raises InvalidValueError and ExpressionError as `Model.expressed` does.
        """
        if not name.isidentifier():
            raise InvalidValueError(f"output.observables.{name}", "must have a name of one word: letters, digits and _")
        return self._found(name, ())

    def _found(self, name: str, above: tuple[str, ...]) -> Sequence[Found]:
        """above: the formulas that led to this one; but for circles they have no share in what is found."""
        if name not in self._known:
            try:
                self._known[name] = self._read(name, above)
            except _Circular:
                raise
            except (InvalidValueError, ExpressionError) as error:
                self._known[name] = error
        if isinstance(known := self._known[name], Exception):
            raise known
        return known

    def _read(self, name: str, above: tuple[str, ...]) -> Sequence[Found]:
        if (histogram := self._histogram(name, above)) is not None:
            return [histogram]
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

    def _histogram(self, name: str, above: tuple[str, ...]) -> ArrayObservable | None:
        """`histogram(energy, first, last, bins)` of an observable; None for anything else."""
        expression = _parsed(self._texts[name], {HISTOGRAM: Arity(4, 4)})
        call = None if expression is None else expression.tree
        if expression is None or not isinstance(call, Call) or call.function != HISTOGRAM:
            return None
        of, *given = call.arguments
        if not isinstance(of, Name):
            return None
        part = self._part(of.name, (*above, name))
        if part is None:
            return None
        path = f"output.observables.{name}"
        if isinstance(part, Derived):
            raise InvalidValueError(path, f"'{of.name}' is a function of means, which has no value in each sample")
        for other in set().union(*map(_names, given)) - self._parameters.keys():
            raise InvalidValueError(path, f"the bins of a histogram are numbers and parameters, not '{other}'")
        first, last, bins = (float(evaluate(node, self._parameters)) for node in given)
        if fault := bins_fault((first, last, bins)):
            raise InvalidValueError(path, f"histogram {fault}")
        count = int(bins)
        dims = (("bin", centres_of(first, last, count)),)
        value = Histogram(first, last, count, each=True)
        return ArrayObservable(name, value, (part,), dims, doc=expression.text, samples=True)

    def _of_samples(self, name: str, above: tuple[str, ...]) -> Sequence[Found]:
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
                last = self._found(name, above)[-1]
            except _Circular:
                raise
            except (InvalidValueError, ExpressionError):  # reported where it stands
                return name
            if isinstance(last, ArrayObservable):
                raise self._is_array(name, above)
            return last if isinstance(last, Derived) else name
        if name in self._arrays:
            raise self._is_array(name, above)
        return name if name in self._measured else self._functions.get(name)

    def _is_array(self, name: str, above: tuple[str, ...]) -> InvalidValueError:
        reason = f"'{name}' is an array, which stands alone; formulas are made of numbers"
        return InvalidValueError(f"output.observables.{above[-1]}", reason)

    def _of_means(self, name: str, expression: Expression, parts: Mapping[str, str | Derived]) -> Derived:
        chain = _Chain()
        places = tuple(chain.place(part) for part in parts.values())
        chain.step(Combination(expression.tree, self._parameters, tuple(parts)), places)
        return Derived(name, _OfMeans(tuple(chain.steps)), tuple(chain.moments), doc=expression.text)


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
