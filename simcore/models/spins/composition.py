"""A random start with given shares of the states: `{composition: {"-1": 0.7, "1": 0.3}}`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.models.spins.spin import States
from simcore.random import Stream

KEY = "composition"
CLOSE = 1e-9

COMPOSITION_SCHEMA = {
    "type": "object",
    "properties": {KEY: {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}},
    "required": [KEY],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Composition:
    """(state, share of the sites) pairs; states that are not named have no sites."""

    shares: tuple[tuple[float, float], ...]

    @classmethod
    def read(cls, keys: Mapping[str, Any]) -> Composition:
        """From the keys in an experiment; raises ValueError."""
        given = keys[KEY]
        if len(keys) > 1 or not isinstance(given, Mapping):
            raise ValueError(f'{KEY} is a share for each state: {{{KEY}: {{"-1": 0.7, "1": 0.3}}}}')
        shares = tuple((_state(name), _share(name, share)) for name, share in given.items())
        if len({state for state, _ in shares}) < len(shares):
            raise ValueError(f"{KEY} names a state twice")
        if not abs(math.fsum(share for _, share in shares) - 1.0) <= CLOSE:
            raise ValueError(f"the shares of {KEY} add up to {math.fsum(s for _, s in shares):.10g}; they must to 1")
        return cls(shares)

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        return {KEY: {f"{int(state) if state.is_integer() else state}": share for state, share in self.shares}}

    def counts(self, spin: States, sites: int) -> np.ndarray:
        """How many sites each state has, int64: rounded down, and what is left to those who lost most.

        Raises ValueError for a state that the spin does not have.
        """
        wanted = np.zeros(spin.count)
        for state, share in self.shares:
            wanted[spin.stored(np.array(state))] = share * sites
        counts = np.floor(wanted + CLOSE).astype(np.int64)
        short = np.argsort(counts - wanted, kind="stable")[: sites - counts.sum()]
        counts[short] += 1
        return counts

    def draw(self, spin: States, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """The indices of the states, each order equally likely: int8 of shape (*shape, 1)."""
        sites = math.prod(shape)
        drawn = np.empty(sites, spin.dtype)
        order = np.argsort(stream.uniform(sites), kind="stable")
        drawn[order] = np.repeat(np.arange(spin.count), self.counts(spin, sites))
        return drawn.reshape(*shape, 1)


def _state(name: object) -> float:
    try:
        return float(str(name)) + 0.0
    except ValueError:
        raise ValueError(f"{KEY}: '{name!s:.60}' is no state; states are numbers") from None


def _share(name: object, share: object) -> float:
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0.0 <= share <= 1.0:
        raise ValueError(f"{KEY}: the share of {name} is a number from 0 to 1, not {share!r:.60}")
    return float(share)
