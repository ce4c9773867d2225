"""Whether the sweep samples exp(-E/T), from the matrices of its phases over all states of a tiny lattice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.compiler.reference import NotEnumerable
from simcore.models.spins.algorithms.n_fold import NFold
from simcore.models.spins.checking.chain import Chain, NoState
from simcore.models.spins.checking.energy_change import size
from simcore.models.spins.checking.events import EventChain
from simcore.models.spins.checking.rounding import EPSILON, MOST, UNIT
from simcore.models.spins.checking.smaller import COLDEST, tiny, warmer
from simcore.models.spins.spin import States
from simcore.spec.check import Check, within

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

STATES = 1024


def balance_checks(model: SpinModel) -> Iterator[Check]:
    """Detailed balance of each phase, stationarity of the sweep, and whether it leads anywhere.

    Raises Entangled if that cannot be told from the functions.
    """
    found = _tiny(model)
    if found is None:
        raise NotEnumerable(f"every lattice that keeps its terms has more than {STATES} states")
    try:
        yield from _checks(found)
    except NoState as error:
        yield Check(f"new states, {size(found)}", str(error), ok=False)


def _tiny(model: SpinModel) -> SpinModel | None:
    spin = model.system.spin
    assert isinstance(spin, States)
    sites = int(np.log(STATES + 0.5) / np.log(spin.count))
    return tiny(model, sites) if sites >= 2 else None


def _checks(model: SpinModel) -> Iterator[Check]:
    kind = EventChain if isinstance(model.sweeper, NFold) else Chain
    chain = kind(model)
    spread = float(np.ptp(chain.energies))
    chains = [chain]
    if model.system.parameters["temperature"] < spread / COLDEST:
        chains.append(kind(warmer(model, spread / COLDEST)))
    for one in chains:
        yield from _balance(one)
    yield _ergodicity(chains[-1])  # the warmest, in which no probability is lost to rounding


def _balance(chain: Chain) -> Iterator[Check]:
    temperature = chain.model.system.parameters["temperature"]
    place = f"{size(chain.model)}, T = {temperature:.4g}"
    weights = np.exp(-(chain.energies - chain.energies.min()) / temperature)
    unit = EPSILON * (1.0 + float(np.abs(chain.energies).max()) / temperature)
    moves = chain.moves
    worst = max(_unbalance(move, weights) for move in moves)
    yield within(f"detailed balance of each phase ({len(moves)}), {place}", worst / unit, MOST, UNIT)
    drift = np.abs(_swept(weights, moves) - weights).max() / weights.max()
    yield within(f"stationarity of the sweep, {place}", drift / unit, MOST, UNIT)


def _unbalance(move: Any, weights: np.ndarray) -> float:
    """The largest |w_x P_xy - w_y P_yx| / max(w_x, w_y)."""
    flow = move.multiply(weights[:, np.newaxis]).tocoo()
    net = (flow - flow.T).tocoo()
    if not net.nnz:
        return 0.0
    rows, columns = net.coords
    return float((np.abs(net.data) / np.maximum(weights[rows], weights[columns])).max())


def _swept(row: np.ndarray, moves: list[Any]) -> np.ndarray:
    for move in moves:
        row = move.T @ row
    return row


def _ergodicity(chain: Chain) -> Check:
    """Whether some number of sweeps leads from a state to every other one with positive probability.

    If Boltzmann's distribution is stationary and no weight is zero, that makes the chain irreducible and aperiodic.
    An algorithm that exchanges spins must do so among the states with the same numbers of spins in each state.
    """
    sectors, place = _sectors(chain), size(chain.model)
    for sector in range(sectors.max() + 1):
        members = sectors == sector
        reached = _reached(int(np.argmax(members)), len(members), chain.moves)
        if not (reached == members).all():
            found = f"{np.count_nonzero(reached)} of {np.count_nonzero(members)} states at once, for ever"
            return Check(f"ergodicity, {place}", found, "all", ok=False)
    found = f"{len(sectors)} of {len(sectors)} states"
    if sectors.max():
        found += f" in {sectors.max() + 1} sectors"
    return Check(f"ergodicity, {place}", found, "all", ok=True)


def _sectors(chain: Chain) -> np.ndarray:
    """Which states have the same spins, in any order, by number; all if the algorithm changes spins."""
    if not chain.model.sweeper.conserves:
        return np.zeros(len(chain.indices), int)
    found = np.unique(np.sort(chain.indices, axis=1), axis=0, return_inverse=True)[1]
    return np.asarray(found).ravel()


def _reached(start: int, states: int, moves: list[Any]) -> np.ndarray:
    """The states with a positive probability after many sweeps, bool: the last set before the sets repeat."""
    row = np.zeros(states)
    row[start] = 1.0
    seen: set[bytes] = set()
    while (row > 0.0).tobytes() not in seen:
        seen.add((row > 0.0).tobytes())
        row = (_positive(row, moves) > 0.0).astype(float)
    return row > 0.0


def _positive(row: np.ndarray, moves: list[Any]) -> np.ndarray:
    """Where a sweep leads; after each phase ones, so that no small probability is lost."""
    for move in moves:
        row = (move.T @ row > 0.0).astype(float)
    return row
