"""A normal form of formulas, by which identities between them are proved.

A formula of real numbers becomes a sum of monomials. A monomial is a product of powers of atoms and a factor
exp(i times a phase); a phase is a sum of products of atoms with numbers before them. Sines and cosines of such sums are
written so, hence products of them need no rules of their own. An atom is a variable, or a function of normal forms that
nothing is known of. A condition and its opposite are two atoms, one of which is 1 and the other 0, so that
where(c, f, g) = [c] f + [not c] g is treated branch by branch. Known besides: |-x| = |x|, floor(x + 1) = floor(x) + 1,
that max and min do not depend on the order of their arguments, and which functions are even and odd.

Equal normal forms prove that two formulas are equal wherever they are finite. Different ones prove nothing. A number
counts as zero if it is as small as the rounding errors of what it is a sum of.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np

from simcore.formulas.monomials import (
    ONE,
    ROUNDING,
    Form,
    Monomial,
    Phase,
    Powers,
    Undecided,
    added,
    atoms_of,
    number,
    parts,
    positive,
    rounded,
)
from simcore.formulas.simplify import simplify
from simcore.formulas.tree import (
    LOGICAL,
    Binary,
    Call,
    Name,
    Negative,
    Node,
    Number,
    Shifted,
    is_boolean,
    postorder,
    substitute,
)
from simcore.formulas.vocabulary import FUNCTIONS

MOST_TERMS = 4096
LARGEST_POWER = 16
LARGEST_WHOLE = 1e6
EVEN, ODD = ("cos", "cosh"), ("sin", "sinh", "tan", "tanh")


class Forms:
    """Makes normal forms; those of one instance may be compared. The numbers of `values` stand for their names."""

    def __init__(self, values: Mapping[str, float] | None = None) -> None:
        self._values = {name: Number(float(value)) for name, value in (values or {}).items()}
        self._atoms: dict[Hashable, int] = {}
        self._names: list[frozenset[str]] = []
        self._opposites: dict[int, int] = {}  # of every atom that is a condition

    def of(self, tree: Node) -> Form:
        """The normal form. Raises Undecided."""
        root = simplify(substitute(tree, dict(self._values))) if self._values else simplify(tree)
        forms: dict[int, Form] = {}
        try:
            for node in postorder([root]):
                forms[id(node)] = self._form(node, forms)
        except (OverflowError, ZeroDivisionError):
            raise Undecided from None
        return forms[id(root)]

    def equal(self, first: Form, second: Form) -> bool:
        """Whether two formulas are proved to be the same function."""
        return not first.plus(second, -1.0).terms

    def variables(self, powers: Powers, names: Collection[str]) -> list[tuple[str, int]] | None:
        """The variables among `names` in a product, with their powers; None if one stands inside of a function."""
        found = []
        for atom, power in powers:
            inside = self._names[atom] & frozenset(names)
            if inside:
                plain = self._atoms.get((Name, next(iter(inside))))
                if plain != atom:
                    return None
                found.append((next(iter(inside)), power))
        return found

    def names(self, powers: Powers, phase: Phase) -> frozenset[str]:
        """All variables that a monomial depends on."""
        return frozenset().union(*(self._names[atom] for atom in atoms_of((powers, phase))))

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _form(self, node: Node, forms: Mapping[int, Form]) -> Form:
        match node:
            case Number(value):
                return number(value)
            case Name(name):
                return self._atom((Name, name), frozenset([name]))
            case Shifted(name, offsets):
                return self._atom((Shifted, name, offsets), frozenset([name]))
            case Negative(operand):
                return forms[id(operand)].times(-1.0)
            case Binary(operator, left, right) if not is_boolean(node):
                return self._arithmetic(operator, forms[id(left)], forms[id(right)])
            case Binary():
                return self._truth(node, forms, True)
            case Call("where", (condition, chosen, other)):
                branches = ((chosen, True), (other, False))
                one, two = (self._product(self._truth(condition, forms, b), forms[id(n)]) for n, b in branches)
                return one.plus(two)
            case Call(function, arguments):
                return self._call(function, [forms[id(argument)] for argument in arguments])
        raise TypeError(f"not a node of an expression: {node!r}")

    def _arithmetic(self, operator: str, left: Form, right: Form) -> Form:
        match operator:
            case "+":
                return left.plus(right)
            case "-":
                return left.plus(right, -1.0)
            case "*":
                return self._product(left, right)
            case "/":
                return self._product(left, self._whole_power(right, -1))
        return self._power(left, right)

    def _truth(self, node: Node, forms: Mapping[int, Form], wanted: bool) -> Form:
        """1 if a condition is as wanted, else 0."""
        if not isinstance(node, Binary) or not is_boolean(node):
            return self._test(forms[id(node)], "!=" if wanted else "==")
        left, right = node.left, node.right
        if node.operator in LOGICAL:
            first, second = (self._truth(side, forms, wanted) for side in (left, right))
            if (node.operator == "&") is wanted:
                return self._product(first, second)
            return first.plus(self._product(self._truth(left, forms, not wanted), second))
        operator = node.operator if wanted else _OPPOSITE[node.operator]
        if isinstance(left, Number) and isinstance(right, Number):
            return number(float(_COMPARED[operator](left.value, right.value)))
        return self._test(forms[id(left)].plus(forms[id(right)], -1.0), operator)

    def _call(self, function: str, arguments: list[Form]) -> Form:
        first = arguments[0]
        match function:
            case "min" | "max":
                return self._opaque(function, arguments, ordered=False)
            case "real" | "conj":
                return first
            case "imag":
                return number(0.0)
        value = first.constant
        if len(arguments) == 1 and value is not None and (found := self._known(function, value)) is not None:
            return number(found)
        match function:
            case "cos" | "sin" if (wave := self._wave(function, first)) is not None:
                return wave
            case "tan" if (cosine := self._wave("cos", first)) is not None:
                sine = self._wave("sin", first)
                assert sine is not None
                return self._product(sine, self._whole_power(cosine, -1))
            case "sqrt":
                return self._power(first, number(0.5))
            case "floor":
                return self._floor(first)
            case "abs" | "sign":
                scale, rest = self._scaled(first)
                factor = abs(scale) if function == "abs" else math.copysign(1.0, scale)
                return self._opaque(function, [rest]).times(factor)
        if function in EVEN + ODD:
            scale, _ = self._scaled(first)
            turned = self._opaque(function, [first.times(math.copysign(1.0, scale))])
            return turned.times(math.copysign(1.0, scale)) if function in ODD else turned
        return self._opaque(function, arguments)

    def _known(self, function: str, value: float) -> float | None:
        """The value of a function of a number; None if it is non-finite, or not distinguishable from its neighbour."""
        if function not in FUNCTIONS or (function == "floor" and _whole(value) is not None):
            return None
        with np.errstate(all="ignore"):
            found = FUNCTIONS[function].apply(value)
        return float(found) if np.isfinite(found) else None

    # -- sums, products, powers ------------------------------------------------------------------------------------

    def _product(self, left: Form, right: Form) -> Form:
        if len(left.terms) * len(right.terms) > 16 * MOST_TERMS:
            raise Undecided
        terms: dict[Monomial, tuple[complex, float]] = {}
        for (powers, phase), (value, size) in left.terms.items():
            for (more, further), (factor, other) in right.terms.items():
                product = self._powers(powers, more)
                if product is None:
                    continue
                key = product, added(phase, further)
                known, before = terms.get(key, (0.0, 0.0))
                if not size * other:
                    raise Undecided
                terms[key] = (known + value * factor, before + size * other)
        if len(terms) > MOST_TERMS:
            raise Undecided
        return Form(terms)

    def _powers(self, left: Powers, right: Powers) -> Powers | None:
        """Of a product; None if it is zero."""
        if not left or not right:
            return left or right
        found = dict(left)
        for atom, power in right:
            if self._opposites.get(atom) in found:
                return None
            found[atom] = 1 if atom in self._opposites else found.get(atom, 0) + power
        return tuple(sorted((atom, power) for atom, power in found.items() if power))

    def _power(self, base: Form, exponent: Form) -> Form:
        power = exponent.constant
        if power is not None and power == round(power) and abs(power) <= LARGEST_POWER:
            return self._whole_power(base, int(power))
        if power is not None and base.constant is not None and base.constant > 0.0:
            return number(base.constant**power)
        if power is not None:
            scale, rest = self._scaled(base)
            if scale > 0.0:
                return self._opaque("**", [rest, exponent]).times(scale**power)
        return self._opaque("**", [base, exponent])

    def _whole_power(self, base: Form, power: int) -> Form:
        if power >= 0:
            found = number(1.0)
            for _ in range(power):
                found = self._product(found, base)
            return found
        if len(base.terms) == 1:
            ((powers, phase), (value, size)) = next(iter(base.terms.items()))
            if not any(atom in self._opposites for atom, _ in powers):
                key = tuple((atom, n * power) for atom, n in powers), tuple((p, c * power) for p, c in phase)
                return Form({key: (value**power, abs(value**power) * (size / abs(value)))})
        scale, rest = self._scaled(base)
        return self._atom(("sum", self._key(rest)), self._mentioned(rest), power).times(scale**power)

    def _scaled(self, form: Form) -> tuple[float, Form]:
        """A number, and the form without this factor: its first term is of size 1, and not negative."""
        if not form.terms:
            return 1.0, form
        first = form.terms[min(form.terms)][0]
        scale = abs(first) if positive(first) else -abs(first)
        return scale, form.times(1.0 / scale)

    # -- functions -------------------------------------------------------------------------------------------------

    def _wave(self, function: str, argument: Form) -> Form | None:
        """A sine or cosine as exponentials; None if the argument itself holds some."""
        turn, phase = 0.0, []
        for (powers, inner), (value, _) in argument.terms.items():
            if inner or value.imag:
                return None
            if powers:
                phase.append((powers, rounded(value.real)))
            else:
                turn = value.real
        half_turns = _whole(turn / math.pi)
        factor = cmath.exp(1j * turn) if half_turns is None else complex((-1.0) ** (half_turns % 2))
        ahead, back = 0.5 * factor, 0.5 * factor.conjugate()
        if function == "sin":
            ahead, back = -1j * ahead, 1j * back
        up, down = tuple(sorted(phase)), tuple(sorted((p, -c) for p, c in phase))
        return Form({((), up): (ahead, 0.5)}).plus(Form({((), down): (back, 0.5)}))

    def _floor(self, form: Form) -> Form:
        constant = form.terms.get(ONE, (0j, 0.0))[0].real
        whole = _whole(constant)
        if form.constant is not None or abs(constant) > LARGEST_WHOLE:
            return self._opaque("floor", [form])
        rest = Form({key: term for key, term in form.terms.items() if key != ONE})
        if whole is None:
            whole = math.floor(constant)
            rest = rest.plus(number(constant - whole))
        return self._opaque("floor", [rest]).plus(number(whole))

    def _test(self, difference: Form, operator: str) -> Form:
        """1 if the difference is < 0, <= 0 and so on, else 0."""
        value = difference.constant
        if value is not None:
            return number(float(_COMPARED[operator](value, 0.0)))
        scale, rest = self._scaled(difference)
        if scale < 0.0:
            operator = _TURNED.get(operator, operator)
        names, key = self._mentioned(rest), self._key(rest)
        found, opposite = (self._atom(("test", sign, key), names) for sign in (operator, _OPPOSITE[operator]))
        one, other = (next(iter(form.terms))[0][0][0] for form in (found, opposite))
        self._opposites |= {one: other, other: one}
        return found

    def _opaque(self, function: str, arguments: list[Form], *, ordered: bool = True) -> Form:
        names = frozenset().union(*(self._mentioned(argument) for argument in arguments))
        keys = [self._key(argument) for argument in arguments]
        return self._atom((function, *(keys if ordered else sorted(keys))), names)

    # -- atoms -----------------------------------------------------------------------------------------------------

    def _atom(self, what: Hashable, names: frozenset[str], power: int = 1) -> Form:
        atom = self._atoms.setdefault(what, len(self._atoms))
        if atom == len(self._names):
            self._names.append(names)
        return Form({(((atom, power),), ()): (1.0 + 0j, 1.0)})

    def _mentioned(self, form: Form) -> frozenset[str]:
        return frozenset().union(*(self._names[atom] for key in form.terms for atom in atoms_of(key)))

    def _key(self, form: Form) -> tuple[Any, ...]:
        """The form as something to be looked up, its numbers rounded."""
        return tuple(sorted((key, parts(value)) for key, (value, _) in form.terms.items()))


def _whole(value: float) -> int | None:
    """The whole number that it is, to rounding; None if it is none."""
    if abs(value) > LARGEST_WHOLE or abs(value - round(value)) > ROUNDING * max(1.0, abs(value)):
        return None
    return round(value)


_COMPARED: dict[str, Any] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
