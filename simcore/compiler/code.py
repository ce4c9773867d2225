"""What travels to every worker. To import this costs neither pydantic nor the rest of the contract of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.compiler.layout import Layout

if TYPE_CHECKING:
    from simcore.spec.phases import HostPhase

# How a slice of compiled code ends.
DONE, ABORTED, NOT_FINITE, REACHED, STEP_TOO_SMALL, ENDLESS = range(6)
# What is worked out in place of steps.
NOTHING, SNAPSHOT, SAMPLE = range(3)


@dataclass(frozen=True)
class Code:
    """What every worker needs to make steps: plain data, nothing of the model's.

    name: of the generated module, with a hash of all that decides what it computes. text: its source. pickled:
    functions without source, by name. values: the numbers given to kernels, in order. tables: arrays that no kernel
    writes. copies: the names of the arrays that `advance` takes. swaps: (array, its other copy, how often they change
    places in a step). levels: the phases of a step, 0 if several steps cannot be made in one pass. hosts: the
    Python calls in a step, in order; host_draws: the draw of each one's random numbers; part_swaps: what changes places
    in each part of a step between them. dt: the time step, None for Monte Carlo. tuned: how many numbers are tuned.
    """

    name: str
    text: str
    pickled: Mapping[str, bytes]
    layout: Layout
    values: tuple[float | int | complex, ...]
    tables: tuple[np.ndarray, ...]
    copies: tuple[str, ...]
    swaps: tuple[tuple[str, str, int], ...]
    levels: int
    hosts: tuple[HostPhase, ...]
    dt: float | None
    tuned: int = 0
    host_draws: tuple[int, ...] = ()
    part_swaps: tuple[tuple[tuple[str, str], ...], ...] = ()
