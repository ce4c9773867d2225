"""Numbers that are drawn once for each bond or site and then stay: `{random: {choice: [-1, 1]}, seed: 5}`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.models.spins.spin import LARGEST
from simcore.random import Stream

FORMS = "{random: {choice: [-1, 1]}}, {random: {normal: [mean, sd]}} or {random: {uniform: [lo, hi]}}"
DISTRIBUTIONS = ("choice", "normal", "uniform")
LARGEST_SEED = 2**64


@dataclass(frozen=True)
class Disorder:
    """Independent random numbers.

    `choice`: each of `numbers` equally often; `normal`: of that mean and standard deviation; `uniform`: from the first
    to the second. They depend on `seed` and the name of what is drawn, not on the seed of the run.
    """

    distribution: str
    numbers: tuple[float, ...]
    seed: int = 0

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        return {"random": {self.distribution: list(self.numbers)}, "seed": self.seed}

    def draw(self, name: str, number: int, shape: tuple[int, ...]) -> np.ndarray:
        """The numbers of that name for the bond or the site `number` of every cell; float64 of shape `shape`."""
        digest = hashlib.blake2b(f"{self.seed} {name}".encode(), digest_size=8).digest()
        stream = Stream(int.from_bytes(digest, "little"), number)
        if self.distribution == "choice":
            return np.array(self.numbers)[stream.integers(0, len(self.numbers), shape)]
        first, second = self.numbers
        if self.distribution == "normal":
            return first + second * stream.normal(shape)
        return first + (second - first) * stream.uniform(shape)


def read_disorder(value: Mapping[str, Any]) -> Disorder:
    """From `{random: {...}, seed: ...}`; raises ValueError."""
    for key in value:
        if key not in ("random", "seed"):
            raise ValueError(f"unknown key '{key}'; {hint(str(key), ['random', 'seed'])}")
    given, seed = value.get("random"), value.get("seed", 0)
    if not isinstance(given, Mapping) or len(given) != 1:
        raise ValueError(f"must be {FORMS}")
    distribution, numbers = next(iter(given.items()))
    if distribution not in DISTRIBUTIONS:
        raise ValueError(f"random: unknown distribution '{distribution}'; {hint(str(distribution), DISTRIBUTIONS)}")
    if not isinstance(numbers, list | tuple) or not numbers or not all(map(_is_number, numbers)):
        raise ValueError(f"random: {distribution} takes a list of numbers, not {numbers!r:.60}; {FORMS}")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < LARGEST_SEED:
        raise ValueError(f"seed must be a whole number from 0 to 2**64 - 1, not {seed!r:.60}")
    found = Disorder(distribution, tuple(map(float, numbers)), seed)
    if distribution != "choice":
        _check_pair(found)
    return found


def _check_pair(disorder: Disorder) -> None:
    if len(disorder.numbers) != 2:
        raise ValueError(f"random: {disorder.distribution} takes two numbers; {FORMS}")
    first, second = disorder.numbers
    if disorder.distribution == "normal" and second < 0.0:
        raise ValueError(f"random: normal: a standard deviation is not negative: {second:g}")
    if disorder.distribution == "uniform" and second < first:
        raise ValueError(f"random: uniform: the first number is the smaller one, not {first:g} and {second:g}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


_NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 1}
DISORDER_SCHEMA = {
    "type": "object",
    "properties": {
        "random": {
            "type": "object",
            "properties": dict.fromkeys(DISTRIBUTIONS, _NUMBERS),
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
        "seed": {"type": "integer", "minimum": 0},
    },
    "required": ["random"],
    "additionalProperties": False,
}
