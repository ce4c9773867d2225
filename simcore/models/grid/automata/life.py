"""Conway's Game of Life, and every other rule of births and survivals by the number of neighbours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator
from pydantic import Field as Key

from simcore.config import Shape, parameter
from simcore.errors import InvalidValueError
from simcore.random import Stream
from simcore.spec.arrays import Periodic, StateArray, Wall
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Phase

RULE = re.compile(r"B([0-8]*)/S([0-8]*)", re.IGNORECASE)


def next_state(cell, i, j, rule):
    """Bit n of `rule`: a cell with n living neighbours is born; bit n + 9: it survives."""
    around = cell[i - 1, j - 1] + cell[i - 1, j] + cell[i - 1, j + 1] + cell[i, j - 1]
    around += cell[i, j + 1] + cell[i + 1, j - 1] + cell[i + 1, j] + cell[i + 1, j + 1]
    return (rule >> int(around + 9 * cell[i, j])) & 1


def alive(cell, i, j):
    return cell[i, j]


def is_about_to_change(cell, i, j, rule):
    return next_state(cell, i, j, rule) != cell[i, j]


def rule_bits(rule: str) -> int:
    """The rule as `next_state` takes it."""
    match = RULE.fullmatch(rule.replace(" ", ""))
    if match is None:
        raise ValueError(f"must be births and survivals, such as B3/S23, not '{rule:.40}'")
    born, survives = ({int(digit) for digit in digits} for digits in match.groups())
    return sum(1 << n for n in born) + sum(1 << (n + 9) for n in survives)


def _checked_rule(rule: str) -> str:
    rule_bits(rule)
    return rule


def read_rle(text: str) -> np.ndarray:
    """A pattern in the run length encoded form: int8, x along axis 0, y upwards along axis 1.

    Args:
        text: `bob$2bo$3o!`; b or . is dead, o (or any other letter) alive, $ ends a line, ! the pattern. Lines that
            begin with # and a header `x = 3, y = 3, rule = B3/S23` are left out.

    Returns:
        Shape (columns, lines).

    Raises:
        ValueError: if it is none.

    Example:
        >>> read_rle("bob$2bo$3o!").sum()
        np.int64(5)
    """
    lines = [line for line in text.splitlines() if not line.startswith("#") and not re.match(r"\s*x\s*=", line)]
    rows: list[list[int]] = [[]]
    body, end, _ = "".join(lines).replace(" ", "").partition("!")
    place = 0
    for found in re.finditer(r"(\d*)([A-Za-z.$])", body):
        if found.start() != place:
            break
        place = found.end()
        count, letter = int(found[1] or 1), found[2]
        if letter == "$":
            rows += [[] for _ in range(count)]
        else:
            rows[-1] += [0 if letter in "bB." else 1] * count
    if place != len(body) or not end:
        raise ValueError(
            f"is no pattern: '{body[place : place + 20] or text[:20]}'; bob$2bo$3o! is one, with ! at its end"
        )
    width = max(map(len, rows))
    pattern = np.zeros((width, len(rows)), np.int8)
    for number, row in enumerate(rows):
        pattern[: len(row), len(rows) - 1 - number] = row
    return pattern


def _checked_pattern(text: str) -> str:
    read_rle(text)
    return text


class LifeParameters(Parameters):
    density: float = parameter(
        0.5, doc="share of living cells at the start, without a pattern", at_least=0.0, at_most=1.0
    )


class Life(Model):
    """A cell is born with n living neighbours out of eight if n stands behind B, and survives if it stands behind S."""

    axes: ClassVar[tuple[str, ...]] = ("x", "y")
    reference: ClassVar[str] = "M. Gardner, Scientific American 223, 120 (1970)"
    example: ClassVar[str] = """
name: glider-gun
model: {type: life, shape: [128, 128], rule: B3/S23, pattern: "bob$2bo$3o!", at: [10, 100]}
run: {sweeps: 400, measure_every: 4}
"""

    shape: Shape = Key(description="cells along x and y")
    parameters: LifeParameters = LifeParameters()
    rule: Annotated[str, AfterValidator(_checked_rule)] = Key(default="B3/S23", description="births and survivals")
    edges: Literal["periodic", "dead"] = Key(default="periodic", description="what lies beyond the grid")
    pattern: Annotated[str, AfterValidator(_checked_pattern)] | None = Key(
        default=None, description="the start in run length encoding, bob$2bo$3o!"
    )
    at: tuple[int, int] | None = Key(
        default=None, description="cell of its lower left corner; by default it is centred"
    )

    def check(self, dt: float | None) -> None:
        """Refuse a pattern that does not fit."""
        if len(self.shape) != 2:
            raise InvalidValueError("model.shape", f"has two axes, not {len(self.shape)}")
        if self.edges == "dead" and rule_bits(self.rule) & 1:
            raise InvalidValueError("model.rule", "cells without neighbours are born, which edges: dead does not know")
        self._start()

    def _start(self) -> Any:
        if self.pattern is None:
            return self._draw
        pattern, cells = read_rle(self.pattern), np.zeros(self.shape, np.int8)
        at = self.at or tuple((n - m) // 2 for n, m in zip(self.shape, pattern.shape, strict=True))
        if any(p < 0 or p + m > n for p, m, n in zip(at, pattern.shape, self.shape, strict=True)):
            size = " x ".join(map(str, pattern.shape))
            raise InvalidValueError(
                "model.pattern", f"of {size} cells at {list(at)} does not fit into {list(self.shape)}"
            )
        cells[at[0] : at[0] + pattern.shape[0], at[1] : at[1] + pattern.shape[1]] = pattern
        return cells

    def _draw(self, stream: Stream) -> np.ndarray:
        return stream.uniform(tuple(self.shape)) < self.parameters.density

    def state(self) -> Sequence[StateArray]:
        """0 and 1."""
        side = Periodic() if self.edges == "periodic" else Wall(0, 0)
        return [StateArray("cell", tuple(self.shape), "int8", self._start(), ((side, side),) * 2, halo=1)]

    def constants(self) -> Mapping[str, Any]:
        """The rule in bits."""
        return {"rule": rule_bits(self.rule)}

    def phases(self) -> Sequence[Phase]:
        """One generation."""
        return [Phase(next_state, writes="cell")]

    def observables(self) -> Sequence[Observable]:
        """How many live, and how many are about to change."""
        return [
            Observable("population", alive, "sum", doc="living cells"),
            Observable("density", alive, doc="share of living cells"),
            Observable("activity", is_about_to_change, doc="share of cells that the next step changes"),
        ]
