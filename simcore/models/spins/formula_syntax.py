"""What a formula of a Hamiltonian may say, and its form in terms of single numbers.

`a` is the spin of a site or of the first end of a bond, `b` that of the second; plaquettes go on with c, d, ... around
their corners. A vector is named in `dot(a, b)` and by its components, `a[0]`; `equal(a, b)` is 1 if two states are
the same, else 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np

from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.evaluate import evaluate
from simcore.formulas.notations import unknown_name
from simcore.formulas.tree import Binary, Call, Name, Node, rewrite, walk
from simcore.formulas.vocabulary import Arity
from simcore.models.spins.spin import Spin, States

LETTERS = "abcdefgh"
CALLABLE = {"dot": Arity(2, 2), "equal": Arity(2, 2)}
CLOSE = 1e-9  # how well two formulas must agree at random points to count as the same
POINTS = 64


def read_formula(value: object) -> Expression:
    """From text or a number; raises ValueError."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = repr(value)
    if not isinstance(value, str):
        raise ValueError(f"must be a formula, not {value!r:.60}")
    return _parsed(value)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Expression:
    return parse(text, CALLABLE, components=True, variables=LETTERS)


def spin_name(number: int, component: int = 0) -> Name:
    """The variable that stands for a component of the spin of the site `number` of a term; no user can write it."""
    return Name(f"{number}[{component}]")


def in_components(expression: Expression, spin: Spin, corners: int, known: Collection[str]) -> Node:
    """The formula in terms of `spin_name`, for a term that joins so many sites; raises ExpressionError.

    known: the other names that it may use.
    """
    letters = LETTERS[:corners]
    if spin.components > 1:
        spelled = {
            f"{letter}[{c}]": spin_name(n, c) for n, letter in enumerate(letters) for c in range(spin.components)
        }
    else:
        spelled = {letter: spin_name(n) for n, letter in enumerate(letters)}
    tree = rewrite([expression.tree], lambda node: _called(node, expression, spin, letters))[0]
    for node in walk(tree):
        if isinstance(node, Name) and node.name not in spelled and node.name not in known:
            raise ExpressionError(expression.text, node.column, _unknown(node.name, spin, letters, (*spelled, *known)))
    return rewrite([tree], lambda node: spelled.get(node.name, node) if isinstance(node, Name) else node)[0]


def _unknown(name: str, spin: Spin, letters: str, known: Sequence[str]) -> str:
    letter, bracket, _ = name.partition("[")
    if letter in letters and spin.components > 1 and not bracket:
        return f"'{name}' is a vector; write dot({name}, ...), or {name}[0] for a component"
    if letter in letters and bracket:
        what = f"has the components 0 to {spin.components - 1}" if spin.components > 1 else "is one number"
        return f"there is no '{name}': the spin {letter} {what}"
    return unknown_name(name, known)


def _called(node: Node, expression: Expression, spin: Spin, letters: str) -> Node:
    """`dot` and `equal` in terms of numbers."""
    if not isinstance(node, Call) or node.function not in CALLABLE:
        return node
    if node.function == "equal":
        if not isinstance(spin, States):
            raise ExpressionError(expression.text, node.column, "equal compares states; two continuous spins never are")
        first, second = node.arguments
        return Binary("==", first, second, node.column)
    names = [argument.name for argument in node.arguments if isinstance(argument, Name)]
    if spin.components == 1 or len(names) < 2 or not all(name in letters for name in names):
        needed = (
            "two spins, such as dot(a, b)" if spin.components > 1 else f"vectors, and a spin of {spin.kind} is none"
        )
        raise ExpressionError(expression.text, node.column, f"dot takes {needed}")
    total: Node | None = None
    for component in range(spin.components):
        first, second = (Name(f"{name}[{component}]", node.column) for name in names)
        product = Binary("*", first, second, node.column)
        total = product if total is None else Binary("+", total, product, node.column)
    assert total is not None
    return total


class Sample:
    """Random spins and numbers, always the same, at which formulas are looked at.

    They may show that something does not hold; that it holds is for `proofs`.
    """

    def __init__(self, spin: Spin, corners: int, names: Collection[str]) -> None:
        generator = np.random.Generator(np.random.Philox(20))
        self.values = {name: generator.uniform(0.5, 1.5, POINTS) for name in names}
        self._spins = [_values(spin, generator) for _ in range(corners)]

    def evaluate(
        self, tree: Node, change: Callable[[int, np.ndarray], np.ndarray] = lambda _, spin: spin
    ) -> np.ndarray:
        """The formula at each point; `change(n, spins)` gives what the corner n is instead of its spins."""
        spins = {
            spin_name(n, c).name: value for n, at in enumerate(self._spins) for c, value in enumerate(change(n, at).T)
        }
        return np.broadcast_to(evaluate(tree, {**self.values, **spins}), POINTS)

    def first(self) -> dict[str, float]:
        """The spins of the first point, by name."""
        return {spin_name(n, c).name: value for n, at in enumerate(self._spins) for c, value in enumerate(at[0])}

    def agree(self, tree: Node, change: Callable[[int, np.ndarray], np.ndarray]) -> bool:
        """Whether a formula stays the same when its spins are changed."""
        return close(self.evaluate(tree), self.evaluate(tree, change))

    def swapped(self, tree: Node, other: Node | None = None) -> bool:
        """Whether a formula of two spins is the same when they change places; it is `other` then, or the same one."""
        exchanged = self.evaluate(tree if other is None else other, lambda n, _: self._spins[1 - n])
        return close(self.evaluate(tree), exchanged)


def _values(spin: Spin, generator: np.random.Generator) -> np.ndarray:
    """Spins at the points, of shape (POINTS, components)."""
    if isinstance(spin, States):
        return generator.choice(spin.states, (POINTS, 1))
    if spin.components > 1:
        return spin.stored(generator.normal(size=(POINTS, spin.components)))
    return generator.uniform(-3.0, 3.0, (POINTS, 1))


def close(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two formulas agree at all points, to rounding: relative to the largest value."""
    scale = max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0))
    return bool((np.abs(first - second) <= CLOSE * scale).all())
