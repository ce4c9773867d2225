"""How a function depends on its uniform random numbers, found without drawing any.

A `Draw` stands for all numbers of an interval at once. Arithmetic moves it, a + b u; if a comparison or `int` comes
out differently within the interval, the function is begun anew with each part of it. What is left are boxes in each of
which the function gives the same, however narrow: their volumes are the probabilities of what it gives, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

MOST_BOXES = 100_000


class NotEnumerable(Exception):
    """The function does more with a random number than arithmetic and comparisons with other numbers."""


class _Cut(Exception):
    """What is asked comes out differently on the two sides of `at`, in the interval of the draw `number`."""

    def __init__(self, number: int, at: float) -> None:
        self.number, self.at = number, at


@dataclass(frozen=True, eq=False)
class Draw:
    """shift + scale u for all u with low <= u < high, u the random number `number`."""

    number: int
    low: float
    high: float
    scale: float = 1.0
    shift: float = 0.0

    __array_ufunc__ = None  # so that NumPy's numbers leave arithmetic to this class
    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Draw:
        return self._moved(self.scale, self.shift + _plain(other))

    def __sub__(self, other: Any) -> Draw:
        return self._moved(self.scale, self.shift - _plain(other))

    def __rsub__(self, other: Any) -> Draw:
        return self._moved(-self.scale, _plain(other) - self.shift)

    def __mul__(self, other: Any) -> Draw:
        factor = _plain(other)
        return self._moved(self.scale * factor, self.shift * factor if self.shift else 0.0)  # not 0 times infinity

    def __truediv__(self, other: Any) -> Draw:
        return self._moved(self.scale / _plain(other), self.shift / _plain(other))

    def __neg__(self) -> Draw:
        return self._moved(-self.scale, -self.shift)

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Any) -> bool:
        return self._below(_plain(other))

    __le__ = __lt__  # the number at which they differ has no weight

    def __gt__(self, other: Any) -> bool:
        return not self._below(_plain(other))

    __ge__ = __gt__

    def __int__(self) -> int:
        ends = sorted((self.shift + self.scale * self.low, self.shift + self.scale * self.high))
        if ends[0] < 0.0:
            raise NotEnumerable("int() of a random number that may be negative")
        whole = math.floor(ends[0])
        while not self._below(whole + 1):
            whole += 1
        return whole

    __trunc__ = __floor__ = __int__

    def __float__(self) -> float:
        raise NotEnumerable("a function of a random number that is not linear")

    __bool__ = __index__ = __float__  # type: ignore[assignment]

    def __pow__(self, other: Any) -> Draw:
        raise NotEnumerable("a power of a random number")

    def __eq__(self, other: object) -> bool:
        raise NotEnumerable("a random number compared with ==")

    def _moved(self, scale: float, shift: float) -> Draw:
        return Draw(self.number, self.low, self.high, scale, shift)

    def _below(self, limit: float) -> bool:
        """Whether all its numbers lie below the limit; a cut where only some do."""
        if self.scale == 0.0:
            return bool(self.shift < limit)
        at = (limit - self.shift) / self.scale
        if math.isnan(at):
            raise NotEnumerable(f"a random number compared with {limit}")
        upwards = self.scale > 0.0
        if at <= self.low:
            return not upwards
        if at >= self.high:
            return upwards
        raise _Cut(self.number, at)


def _plain(value: Any) -> float:
    if isinstance(value, Draw):
        raise NotEnumerable("arithmetic of two random numbers")
    return float(value)


def outcomes(function: Callable[[tuple[Draw, ...]], Hashable], draws: int) -> dict[Any, float]:
    """The probability of each thing that `function` returns for `draws` independent uniform numbers.

    Raises Entangled if the dependence is not one of arithmetic and comparisons.
    """
    found: dict[Any, float] = {}
    boxes: list[tuple[tuple[float, float], ...]] = [((0.0, 1.0),) * draws]
    for count, box in enumerate(iter(lambda: boxes.pop() if boxes else None, None)):
        if count > MOST_BOXES:
            raise NotEnumerable(f"more than {MOST_BOXES} cases of the random numbers")
        try:
            result = function(tuple(Draw(number, *ends) for number, ends in enumerate(box)))
            hash(result)  # a Draw has none
        except _Cut as cut:
            low, high = box[cut.number]
            for part in ((low, cut.at), (cut.at, high)):
                boxes.append((*box[: cut.number], part, *box[cut.number + 1 :]))
            continue
        except TypeError as error:  # a NumPy function of a Draw
            raise NotEnumerable(str(error)) from None
        found[result] = found.get(result, 0.0) + math.prod(high - low for low, high in box)
    return found
