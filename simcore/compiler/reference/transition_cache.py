"""What one update makes of a cell, remembered by the values that it has read."""

from __future__ import annotations

from typing import Any

from simcore.compiler.reference.cells import Place, PlainCells, State
from simcore.compiler.reference.draws import outcomes
from simcore.spec.phases import Phase

Outcomes = list[tuple[tuple[Any, ...], float]]
"""New values of what a phase writes at a cell, and their probability."""


class _Question:
    """The place that is read next, and what follows from each value found there."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.answers: dict[Any, Any] = {}


class TransitionCache:
    """The outcomes of the phases of a model at each cell; a function runs once for all states in which it reads alike.

    It is a function of what it reads, so that which place it reads next follows from the values before: a tree of
    questions with the outcomes as its leaves. reads: all places that a phase (by number) reads at a cell.
    """

    def __init__(self, plain: PlainCells, phases: list[Phase]) -> None:
        self._plain, self._phases = plain, phases
        self._trees: dict[tuple[int, int], Any] = {}
        self.reads: dict[tuple[int, int], set[Place]] = {}

    def outcomes(self, number: int, cell: int, state: State) -> Outcomes:
        """What the phase `number` makes of a cell. Raises Entangled, see `draws`."""
        node = self._trees.get((number, cell))
        while isinstance(node, _Question):
            name, at = node.place
            node = node.answers.get(state[name][at])
        return self._run(number, cell, state) if node is None else node

    def _run(self, number: int, cell: int, state: State) -> Outcomes:
        phase = self._phases[number]
        log: list[Place] = []

        def update(draws: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(_value(new) for new in self._plain.update(phase, state, cell, draws, log))

        found = [(new, chance) for new, chance in outcomes(update, phase.draws).items() if chance > 0.0]
        self._learn((number, cell), list(dict.fromkeys(log)), state, found)
        return found

    def _learn(self, key: tuple[int, int], places: list[Place], state: State, found: Outcomes) -> None:
        self.reads.setdefault(key, set()).update(places)
        answers: dict[Any, Any] = self._trees
        answer: Any = key
        for name, at in places:
            answers = answers.setdefault(answer, _Question((name, at))).answers
            answer = state[name][at]
        answers[answer] = found


def _value(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
