"""Sums of monomials with numbers before them: what normal forms (`normalform`) are made of.

A monomial is a product of powers of atoms, which are known by their numbers, and a factor exp(i times a phase); a phase
is a sum of products of atoms with numbers before them. A number counts as zero if it is as small as the rounding errors
of what it is a sum of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

ROUNDING = 64.0 * float(np.finfo(float).eps)
"""What is smaller than this share of the terms of its sum is zero."""

NEAR = 1e-12
"""Relative: numbers in the arguments of functions that lie closer are the same, or are whole."""

DIGITS = 13
SMALLEST, LARGEST = 1e-290, 1e290  # beyond, products of numbers are no longer exact to rounding

Powers = tuple[tuple[int, int], ...]
"""(number of an atom, power), in ascending order."""

Phase = tuple[tuple[Powers, float], ...]
Monomial = tuple[Powers, Phase]
ONE: Monomial = ((), ())


class Undecided(Exception):
    """The normal form would be too long, or its numbers too large or too small."""


class Form:
    """A normal form: terms gives for each monomial its factor and the sum of the sizes of what was added up in it."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, tuple[complex, float]]) -> None:
        self.terms = {key: term for key, term in terms.items() if abs(term[0]) > ROUNDING * term[1]}
        if not all(SMALLEST < term[1] < LARGEST for term in terms.values() if term[1]):
            raise Undecided

    @property
    def constant(self) -> float | None:
        """The number that it is; None if it is none."""
        if not self.terms:
            return 0.0
        return self.terms[ONE][0].real if self.terms.keys() == {ONE} else None

    def plus(self, other: Form, factor: complex = 1.0) -> Form:
        """self + factor * other."""
        terms = dict(self.terms)
        for key, (value, size) in other.terms.items():
            known, before = terms.get(key, (0.0, 0.0))
            terms[key] = (known + factor * value, before + abs(factor) * size)
        return Form(terms)

    def times(self, factor: complex) -> Form:
        """Of every term."""
        return Form({key: (factor * value, abs(factor) * size) for key, (value, size) in self.terms.items()})


def number(value: complex) -> Form:
    """A constant."""
    return Form({ONE: (complex(value), abs(value))})


def atoms_of(monomial: Monomial) -> Iterator[int]:
    powers, phase = monomial
    for product in (powers, *(inner for inner, _ in phase)):
        yield from (atom for atom, _ in product)


def added(left: Phase, right: Phase) -> Phase:
    if not left or not right:
        return left or right
    found = dict(left)
    for powers, value in right:
        before = found.get(powers, 0.0)
        total = before + value
        found[powers] = 0.0 if abs(total) <= NEAR * (abs(before) + abs(value)) else rounded(total)
    return tuple(sorted((powers, value) for powers, value in found.items() if value))


def rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def parts(value: complex) -> tuple[float, float]:
    """Real and imaginary part, rounded; a part that is a rounding error of the other one is zero."""
    least = NEAR * abs(value)
    real, imaginary = (rounded(part) if abs(part) > least else 0.0 for part in (value.real, value.imag))
    return real, imaginary


def positive(value: complex) -> bool:
    return value.real > 0.0 if abs(value.real) > NEAR * abs(value) else value.imag > 0.0
