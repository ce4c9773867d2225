"""From a formula under `output.observables` to what is measured for it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.notations import unknown_name
from simcore.formulas.tree import LIST, Call, Name, Node, children, postorder, rewrite
from simcore.formulas.vocabulary import FUNCTIONS, Arity
from simcore.models.combination import Combination
from simcore.models.spins.formula_syntax import CALLABLE, LETTERS
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.interactions import BASIS, INDICES
from simcore.models.spins.observables.asked import Asked, Behind
from simcore.models.spins.observables.correlation import correlation
from simcore.models.spins.observables.energy_of import energy_of
from simcore.models.spins.observables.helicity import helicity_modulus
from simcore.models.spins.observables.meetings import OVER, corners_of, over_meetings
from simcore.models.spins.observables.order import staggered_magnetization, sublattice_magnetization
from simcore.models.spins.observables.parity import EVEN, is_odd
from simcore.models.spins.observables.reductions import reduction, reduction_on
from simcore.models.spins.observables.structure_factor import correlation_length, structure_factor
from simcore.models.spins.system import SpinSystem
from simcore.plugins import Registry
from simcore.spec.arrays import AXES
from simcore.spec.observables import Derived, Observable


@dataclass(frozen=True)
class Measure(Arity):
    """Something that a formula may call. of_means: it is a function of means, else a number of each sample. of_axes:
    it needs to know how sites lie to each other.

    value: the formula of it, in terms of what it puts behind the observable.
    """

    value: Callable[[Asked], Node] = reduction
    unit: str = "1"
    of_means: bool = False
    of_axes: bool = False


_OF_AXES = (1, len(AXES))
_OWN: Mapping[str, Measure] = {
    "mean": Measure(),
    "sum": Measure(),
    "min": Measure(),
    "max": Measure(),
    "mean_on": Measure(2, 2, reduction_on),
    "sum_on": Measure(2, 2, reduction_on),
    "min_on": Measure(2, 2, reduction_on),
    "max_on": Measure(2, 2, reduction_on),
    "correlation": Measure(*_OF_AXES, correlation, of_axes=True),
    "structure_factor": Measure(*_OF_AXES, structure_factor, of_axes=True),
    "staggered_magnetization": Measure(0, 0, staggered_magnetization, of_axes=True),
    "sublattice_magnetization": Measure(1, 1, sublattice_magnetization),
    "energy_of": Measure(1, 1, energy_of, "energy"),
    "mean_over": Measure(2, 2, over_meetings),
    "sum_over": Measure(2, 2, over_meetings),
    "correlation_length": Measure(1, 1, correlation_length, of_means=True, of_axes=True),
    "helicity_modulus": Measure(1, 1, helicity_modulus, "energy", of_means=True, of_axes=True),
}
MEASURES: Registry[Measure] = Registry("simcore.measures", _OWN, Measure)
"""What a formula may call, beside functions of numbers; installed packages may add to the list."""

_CALLABLE: Mapping[str, Arity] = ChainMap(dict(CALLABLE), MEASURES)  # type: ignore[arg-type]


def expressed(
    name: str, text: str, system: SpinSystem, lattice: Geometry, observables: Collection[str]
) -> Sequence[Observable | Derived]:
    """What stands behind the observable `name`, and itself, last; raises ExpressionError.

    lattice: with the bonds and plaquettes of all kinds. observables: the names of others that it may use, sample by
    sample; by their means in a function of means.
    """
    letters = LETTERS if OVER in text else "a"
    expression = parse(text, _CALLABLE, components=True, lists=True, variables=letters)
    calls = _calls(expression)
    _check(expression, calls, system, observables)
    behind = Behind(name)
    asked = {call: Asked(call, expression.text, system, behind, lattice) for call in calls}
    values = {call: MEASURES[call.function].value(one) for call, one in asked.items()}
    (value,) = rewrite([expression.tree], lambda n: values.get(n, n) if isinstance(n, Call) else n)
    unit = MEASURES[calls[0].function].unit if [expression.tree] == calls else "1"
    if not any(MEASURES[call.function].of_means for call in calls):
        names = tuple(sorted(_names(value) - system.fixed.keys()))
        combination, odd = Combination(value, system.fixed, names), _is_odd(expression, calls, asked, system)
        whole = Observable(name, combination, of=names, unit=unit, doc=expression.text, odd=odd)
        return [*behind.observables, whole]
    means = {other: behind.mean(other) for other in sorted(_names(value).intersection(observables))}
    (value,) = rewrite([value], lambda n: means.get(n.name, n) if isinstance(n, Name) else n)
    formula = Combination(value, system.fixed, tuple(behind.moments))
    return [*behind.observables, Derived(name, formula, tuple(behind.moments.values()), unit, expression.text)]


def _is_odd(expression: Expression, calls: Sequence[Call], asked: Mapping[Call, Asked], system: SpinSystem) -> bool:
    """Whether the energy has a symmetry under which the formula is proved to change its sign."""
    summed: dict[Call, tuple[Node, int]] = {}
    even: list[Call] = []
    for call in calls:
        measure = MEASURES[call.function].value
        if measure is over_meetings:
            summed[call] = call.arguments[1], corners_of(asked[call], call.arguments[0])
        elif call.function.partition("_")[0] in ("mean", "sum"):
            summed[call] = call.arguments[-1], 1
        elif measure in EVEN:
            even.append(call)
        else:
            return False
    return is_odd(expression, summed, even, system)


def _is_measure(node: Node) -> bool:
    """Not `max(a, b)`, which is a function of numbers."""
    if not isinstance(node, Call) or node.function not in MEASURES:
        return False
    return node.function not in FUNCTIONS or not FUNCTIONS[node.function].accepts(len(node.arguments))


def _calls(expression: Expression) -> list[Call]:
    """The measures that a formula calls, equal ones once."""
    return list(dict.fromkeys(n for n in postorder([expression.tree]) if isinstance(n, Call) and _is_measure(n)))


def _names(tree: Node) -> set[str]:
    return {node.name for node in postorder([tree]) if isinstance(node, Name)}


def _check(expression: Expression, calls: Sequence[Call], system: SpinSystem, observables: Collection[str]) -> None:
    """Raise ExpressionError if a formula is no number of a sample, nor of means."""
    distances = [call.arguments[0] for call in calls if MEASURES[call.function].value is correlation]
    for node in postorder([expression.tree]):
        if isinstance(node, Call) and node.function == LIST and node not in distances:
            reason = "a list is the distance of a correlation, correlation([1, 0], 0, 1), and nothing else"
            raise ExpressionError(expression.text, node.column, reason)
    for call in calls:
        if MEASURES[call.function].of_axes and not system.geometry.axes:
            reason = (
                f"{call.function} needs a lattice with axes, and a graph has none; over its edges: mean_over(nn, a*b)"
            )
            raise ExpressionError(expression.text, call.column, reason)
    for call in calls:
        if inner := next(filter(_is_measure, postorder(call.arguments)), None):
            assert isinstance(inner, Call)
            reason = f"{inner.function} stands inside of {call.function}; each is a number of the whole lattice"
            raise ExpressionError(expression.text, inner.column, reason)
    known = (*system.fixed, *observables)
    for node in _outside(expression.tree):
        if isinstance(node, Call) and node.function in CALLABLE:
            raise ExpressionError(expression.text, node.column, f"{node.function} {_VARIES}")
        if isinstance(node, Name) and node.name not in known:
            raise ExpressionError(expression.text, node.column, _unknown(node.name, system, known))
    if not calls and not _names(expression.tree).intersection(observables):
        raise ExpressionError(expression.text, 1, "measures nothing; take mean, sum, min or max of the spins")
    functions = [call for call in calls if MEASURES[call.function].of_means]
    samples = [call for call in calls if not MEASURES[call.function].of_means]
    if functions and samples:
        reason = f"{functions[0].function} is a function of means; give {samples[0].function}(...) a name of its own"
        raise ExpressionError(expression.text, samples[0].column, f"{reason} under output.observables, and write that")


_VARIES = "varies from site to site; take mean, sum, min or max of it"


def _unknown(name: str, system: SpinSystem, known: Sequence[str]) -> str:
    dimensions = system.geometry.dimensions
    places = (*system.geometry.axes, *INDICES[:dimensions], BASIS, *system.interactions.hamiltonian.fields)
    if name.partition("[")[0] == "a" or name in places:
        return f"'{name}' {_VARIES}"
    return unknown_name(name, known)


def _outside(tree: Node) -> list[Node]:
    """The nodes that stand outside of measures, each before those below it."""
    found, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if not _is_measure(node):
            found.append(node)
            waiting.extend(reversed(children(node)))
    return found
