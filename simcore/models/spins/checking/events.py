"""The rates of all changes that a rejection-free algorithm makes, from its own function in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.compiler.argument_names import argument_names
from simcore.compiler.reference import NotEnumerable, outcomes
from simcore.models.spins.algorithms.n_fold import NFold
from simcore.models.spins.algorithms.rate_tree import RATES
from simcore.models.spins.checking.chain import Chain
from simcore.models.spins.checking.energy_change import disorder
from simcore.random import next_uniform
from simcore.spec.phases import SystemPhase

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

AT_ONCE, NEVER = 0.0, 1.0
"""Draws of a waiting time that make an event happen at once, and none any more."""


class EventChain(Chain):
    """A Markov chain in continuous time, as the matrix 1 + R/c of its rates R, c the largest sum of a row.

    It has the stationary distribution, the detailed balance and the ergodicity of exp(R t), t any time.
    """

    @cached_property
    def moves(self) -> list[Any]:
        from scipy.sparse import coo_array, diags_array

        rows, columns, rates = [], [], []
        names, count = self.model.system.arrays.names, self.spin.count
        for row, indices in enumerate(self.indices):
            spins = indices.reshape(len(names), *self.model.geometry.shape)
            for reached, rate in self._events.of(spins).items():
                rows.append(row)
                columns.append(int(np.array(reached) @ count ** np.arange(len(reached))[::-1]))
                rates.append(rate)
        matrix = coo_array((rates, (rows, columns)), shape=(len(self.indices),) * 2).tocsr()
        total = np.asarray(matrix.sum(axis=1)).ravel()
        return [(diags_array(1.0 - total / total.max()) + matrix / total.max()).tocsr()]

    @cached_property
    def _events(self) -> Events:
        return Events(self.model)


class Events:
    """Calls the function of a sweep with waiting times of its own."""

    def __init__(self, model: SpinModel) -> None:
        (phase,) = model.phases()
        assert isinstance(model.sweeper, NFold)
        assert isinstance(phase, SystemPhase)
        self._waiting: Iterator[Any] = iter(())
        uses = {**phase.update.uses, next_uniform.__name__: lambda random: next(self._waiting)}  # type: ignore[union-attr]
        space: dict[str, Any] = {"np": np, **uses}
        exec(compile(phase.update.source, "<events>", "exec"), space)  # type: ignore[union-attr]  # written by simcore
        self._function = space[phase.update.source.split("(")[0].removeprefix("def ")]  # type: ignore[union-attr]
        self._names = argument_names(phase.update)
        self._model = model
        self._fixed = {**dict(model.parameters), **model.constants(), **disorder(model), "random": None}
        self._work = {array.name: np.zeros(array.shape) for array in model.sweeper.state()}

    def of(self, spins: np.ndarray) -> dict[tuple[int, ...], float]:
        """The rate of each state that one event leads to (array by array, cell by cell), from the spins by array."""
        names = self._model.system.arrays.names
        before = {**dict(zip(names, spins.copy(), strict=True)), **{k: v.copy() for k, v in self._work.items()}}
        self._call(before, [NEVER])
        total = float(before[RATES].sum())
        if total == 0.0:
            return {}

        def event(draws: tuple[Any, ...]) -> tuple[int, ...]:
            after = {name: array.copy() for name, array in before.items()}
            self._call(after, [AT_ONCE, *draws, NEVER])
            return tuple(int(index) for name in names for index in after[name].ravel())

        return {reached: total * chance for reached, chance in outcomes(event, 2).items() if chance > 0.0}

    def _call(self, arrays: dict[str, np.ndarray], draws: list[Any]) -> None:
        self._waiting = iter(draws)
        known = {**self._fixed, **arrays}
        with np.errstate(all="ignore"):
            try:
                self._function(*(known[name] for name in self._names))
            except StopIteration:
                raise NotEnumerable(
                    "an event asks for more random numbers than one for its time and two more"
                ) from None
