"""What the kernels of a model of spins decide, in plain Python, against the energy of whole lattices.

Each function gives the worst deviation from the probabilities or distributions that the energy asks for: a share of 1
where a decision is wrong, else how far off. The functions are those that are compiled, called as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simcore.models.spins.algorithms import ATTEMPTS, InTurn
from simcore.models.spins.algorithms.vonmises import fisher, narrowing
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.energy_change import random_states, stored
from simcore.models.spins.checking.moves import Moves
from simcore.models.spins.checking.sampling import values_of
from simcore.models.spins.spin import States
from simcore.models.spins.spin_model import SpinModel
from simcore.spec.phases import Phase

NEAR = 1e-7
"""Relative: an acceptance is looked for this far below and above its probability."""

ONE_SIGMA = (1.0 - math.exp(-0.5), 0.0)
"""The two draws that make a standard normal number 1 (Box and Muller)."""

REJECTED = 0.9999999


@dataclass(frozen=True)
class Decisions:
    """Of one model in one state."""

    model: SpinModel
    key: int

    @cached_property
    def moves(self) -> Moves:
        return Moves(self.model)

    @cached_property
    def direct(self) -> DirectEnergy:
        return DirectEnergy(self.model.system)

    @cached_property
    def state(self) -> np.ndarray:
        """Values of shape (*shape, basis, components)."""
        return random_states(self.model, 1, self.key)[0]

    @cached_property
    def held(self) -> Any:
        return stored(self.model, self.moves.plain, self.state) | self.moves.work

    @cached_property
    def temperature(self) -> float:
        return self.model.system.parameters["temperature"]

    def wrong(self, generator: np.random.Generator) -> list[str]:
        """What does not fit, for a random cell of each phase."""
        base = len(self.model.sweeper.members[0].phases()) if isinstance(self.model.sweeper, InTurn) else math.inf
        name = self.model.algorithm.type
        found = []
        for number, group in enumerate(self.moves.groups):
            phase = self.moves.phases[group[0]]
            cells = self.moves.plain.sites(phase if name != "kawasaki" else self.moves.phases[group[1]])
            cell = int(generator.choice(cells))
            if group[0] >= base:
                fault = self._kept(phase, cell)
            elif name == "kawasaki":
                fault = self._exchanged(group, cell)
            elif name == "heat_bath":
                fault = self._drawn(phase, cell, generator)
            else:
                fault = self._accepted(phase, cell, generator)
            found += [f"move {number}, cell {cell}: {fault}"] if fault else []
        return found

    # -- energies --------------------------------------------------------------------------------------------------

    def _with(self, phase: Phase, cell: int, new: tuple) -> Any:
        after = dict(self.held)
        writes = (phase.writes,) if isinstance(phase.writes, str) else phase.writes
        for name, value in zip(writes, new, strict=True):
            after[name] = list(after[name])
            after[name][cell] = value
        return after

    def _costs(self, states: list[Any]) -> tuple[np.ndarray, float]:
        """What it costs to go from the state to each of these, and the size of the rounding error."""
        after = values_of(self.model, states)
        costs, size = self.direct.change(np.broadcast_to(self.state, after.shape).copy(), after)
        return costs, 1e-12 * size

    def _update(self, phase: Phase, cell: int, random: list[float]) -> tuple:
        return tuple(self.moves.plain.update(phase, self.held, cell, random, []))

    # -- Metropolis ------------------------------------------------------------------------------------------------

    def _accepted(self, phase: Phase, cell: int, generator: np.random.Generator) -> str:
        """A move is accepted below ATTEMPTS min(1, exp(-dE/T)), and not above."""
        spin = self.model.system.spin
        if isinstance(spin, States):
            choice, others = int(generator.integers(spin.count - 1)), spin.count - 1

            def random(chance: float) -> list[float]:
                return [(choice + chance) / others]
        else:
            drawn = generator.uniform(size=phase.draws - 1).tolist()

            def random(chance: float) -> list[float]:
                return [*drawn, chance]

        old = tuple(self.held[name][cell] for name in self._written(phase))
        new = self._update(phase, cell, random(0.0))
        if new == old:
            return ""  # hopeless: exp(-dE/T) = 0; or the proposal is the same to the last bit
        cost, error = self._costs([self._with(phase, cell, new)])
        return self._bracketed(float(cost[0]), error, lambda chance: self._update(phase, cell, random(chance)) == new)

    def _bracketed(self, cost: float, error: float, accepts: Any) -> str:
        chance = ATTEMPTS * math.exp(-max(cost, 0.0) / self.temperature)
        margin = NEAR + min(1.0, 2.0 * error / self.temperature)
        if chance < 1e-6:  # too few digits are left of a draw that also chooses
            return "accepted, and hopeless" if accepts(1e-5) else ""
        if not accepts(chance * (1.0 - margin)):
            return f"refused below {chance}"
        if chance * (1.0 + margin) < 1.0 and accepts(chance * (1.0 + margin)):
            return f"accepted above {chance}"
        return ""

    def _written(self, phase: Phase) -> tuple[str, ...]:
        return (phase.writes,) if isinstance(phase.writes, str) else phase.writes

    # -- Kawasaki --------------------------------------------------------------------------------------------------

    def _exchanged(self, group: list[int], cell: int) -> str:
        """One pair is exchanged, all others are refused."""
        before = values_of(self.model, [self.held])[0]

        def after(chance: float) -> Any:
            state = self.held
            for number in group:
                phase = self.moves.phases[number]
                cells = self.moves.plain.sites(phase)
                numbers = {c: [chance if c == cell else REJECTED] * phase.draws for c in cells}
                state = self.moves.plain.after(phase, state, numbers)
            return state

        changed = after(0.0)
        if np.array_equal(values_of(self.model, [changed])[0], before):
            return ""
        cost, error = self._costs([changed])

        def accepts(chance: float) -> bool:
            return not np.array_equal(values_of(self.model, [after(chance)])[0], before)

        return self._bracketed(float(cost[0]), error, accepts)

    # -- heat bath -------------------------------------------------------------------------------------------------

    def _drawn(self, phase: Phase, cell: int, generator: np.random.Generator) -> str:
        spin = self.model.system.spin
        if isinstance(spin, States):
            return self._states(phase, cell, spin)
        if spin.kind == "real":
            return self._gaussian(phase, cell)
        return self._aligned(phase, cell, generator)

    def _states(self, phase: Phase, cell: int, spin: States) -> str:
        """The state changes where the probabilities, added up, are passed."""
        costs, error = self._costs([self._with(phase, cell, (state,)) for state in range(spin.count)])
        weights = np.exp(-(costs - costs.min()) / self.temperature)
        margin = NEAR + 4.0 * error / self.temperature
        for state, limit in enumerate((np.cumsum(weights) / weights.sum())[:-1]):
            below, above = (min(max(limit + sign * margin, 0.0), REJECTED) for sign in (-1.0, 1.0))
            if limit > margin and self._update(phase, cell, [below])[0] > state:
                return f"above state {state} below {limit}"
            if limit < REJECTED - margin and self._update(phase, cell, [above])[0] <= state:
                return f"at most state {state} above {limit}"
        return ""

    def _gaussian(self, phase: Phase, cell: int) -> str:
        """E - E(mean) = n^2 T/2 at n standard deviations, on both sides."""
        mean = self._update(phase, cell, [0.0, 0.0])[0]
        sigma = self._update(phase, cell, list(ONE_SIGMA))[0] - mean
        places = [mean, mean + sigma, mean - sigma, mean + 2.0 * sigma]
        costs, error = self._costs([self._with(phase, cell, (place,)) for place in places])
        found = (costs[1:] - costs[0]) / self.temperature
        worst = np.abs(found - np.array([0.5, 0.5, 2.0])).max()
        return f"{found} T, not 1/2, 1/2, 2" if worst > NEAR + 4.0 * error / self.temperature else ""

    def _aligned(self, phase: Phase, cell: int, generator: np.random.Generator) -> str:
        """E(spin) - E(axis) = |A| (1 - cos), the cosine the one that |A|/T and the draws ask for."""
        zeros = [0.0] * phase.draws
        axis = np.array(self._update(phase, cell, zeros), float)
        angle = self.model.system.spin.kind == "angle"
        opposite = axis + np.pi if angle else -axis
        place, turn = float(generator.uniform(0.05, 0.45)), float(generator.uniform())
        circle = len(axis) < 3
        new = self._update(phase, cell, [place, 0.0, *zeros[2:]] if circle else [place, turn])
        ends, error = self._costs([self._with(phase, cell, tuple(spin)) for spin in (axis, opposite, new)])
        field = (ends[1] - ends[0]) / 2.0
        stiffness = field / self.temperature
        if circle:
            cosine = math.cos(2.0 * math.atan(math.tan(math.pi * place) / math.sqrt(narrowing(stiffness, 1))))
        else:
            cosine = 1.0 - fisher(stiffness, place)
        apart = abs(ends[2] - ends[0] - field * (1.0 - cosine))
        if apart > NEAR * field + 8.0 * error:
            return f"costs {ends[2] - ends[0]} beside the axis, not {field * (1.0 - cosine)}"
        return ""

    def _kept(self, phase: Phase, cell: int) -> str:
        """Over-relaxation keeps the energy, and moves the spin unless it lies along the field."""
        new = self._update(phase, cell, [])
        cost, error = self._costs([self._with(phase, cell, new)])
        return f"over-relaxation costs {cost[0]}" if abs(cost[0]) > 4.0 * error else ""
