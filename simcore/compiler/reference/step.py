"""One step of a model in plain Python, with the random numbers that the compiled program takes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simcore.compiler.reference.cells import PlainCells, State
from simcore.random import fill_uniforms, key_words
from simcore.spec.phases import Phase


def first_step(plain: PlainCells, phases: Iterable[Phase], state: State, key: int) -> State:
    """The state after step 1 of a run whose random numbers have the key `key`."""
    draw = 0
    for phase in phases:
        state = plain.after(phase, state, uniforms(plain, phase, draw, key))
        draw += phase.draws
    return state


def uniforms(plain: PlainCells, phase: Phase, draw: int, key: int) -> dict[int, list[float]]:
    """The random numbers of each cell of a phase in step 1. draw: the number of the phase's first one."""
    words = key_words(key)
    found: dict[int, list[float]] = {}
    for line, cells in plain.lines(phase):
        numbers = np.empty((phase.draws, len(cells)))
        for row in range(phase.draws):
            fill_uniforms(numbers[row], len(cells), line, 1, draw + row, *words)
        found |= {cell: list(numbers[:, at]) for at, cell in enumerate(cells)}
    return found
