"""A whole sweep as a matrix over all states: what its chain forgets, and what it leaves alone."""

import numpy as np
import pytest

from simcore.models.montecarlo.ising import ATTEMPTS, Ising, metropolis
from tests.physics.oracles.ising import Enumeration, all_states

CASES = [
    ((1, 1), 1.0, 1.0, 0.0),
    ((1, 1), 1.0, 1.0, 0.4),
    ((1, 2), 2.0, 1.0, 0.0),
    ((1, 3), 2.0, 1.0, 0.0),
    ((1, 4), 2.0, 1.0, 0.0),
    ((5, 1), 1.5, 1.0, -0.3),
    ((2, 2), 2.0, 1.0, 0.0),
    ((2, 2), 2.0, -1.0, 0.5),
    ((2, 3), 3.0, 1.0, 0.2),
    ((2, 4), 2.0, 1.0, 0.0),
    ((3, 3), 2.3, 1.0, 0.0),
    ((3, 3), 2.3, 1.0, 0.25),
    ((3, 3), 2.3, -1.0, 0.25),
    ((2, 2), 1.0, 0.0, 0.0),
]


def with_ghosts(spins):
    return np.pad(spins, 1, mode="wrap")


def flip_probabilities(model, states):
    """For each state and site, the chance that the kernel flips that site: shape (states, sites).

    Found from the kernel alone: the random number is compared with a few numbers between the entries of its table.
    """
    shape, table = model.lattice.shape, model.constants()["acceptance"]
    levels = np.unique(table)
    chances = np.zeros((len(states), states.shape[1]))
    for row, state in enumerate(states):
        s = with_ghosts(state.reshape(shape))
        for site in range(states.shape[1]):
            i, j = np.add(np.unravel_index(site, shape), 1)
            below = [metropolis(s, i, j, table, (np.nextafter(level, 0.0),)) != s[i, j] for level in levels]
            at = [metropolis(s, i, j, table, (level,)) != s[i, j] for level in levels]
            assert at == [*below[1:], False]
            chances[row, site] = levels[below].max(initial=0.0)
    return chances


def sweep_matrix(model, chances):
    """P[a, b]: the chance that one sweep leads from state a to state b; the product of the colours' matrices."""
    shape = model.lattice.shape
    count = len(chances)
    states = np.arange(count)
    whole = np.eye(count)
    for phase in model.phases():
        for row in range(shape[0]):
            for column in range(phase.sites.first[row], phase.sites.stop[row], phase.sites.stride[row]):
                site = row * shape[1] + column
                one = np.zeros((count, count))
                one[states, states] = 1.0 - chances[:, site]
                one[states, states ^ (1 << site)] = chances[:, site]
                whole = whole @ one
    return whole


def ising(shape, temperature, J, h):
    parameters = {"temperature": temperature, "J": J, "h": h}
    return Ising.model_validate({"lattice": {"shape": shape}, "parameters": parameters})


@pytest.mark.parametrize(("shape", "temperature", "J", "h"), CASES, ids=str)
def test_boltzmann_is_stationary_and_one_sweep_leads_anywhere(shape, temperature, J, h):
    model = ising(shape, temperature, J, h)
    states = all_states(model.lattice.sites)
    sweep = sweep_matrix(model, flip_probabilities(model, states))
    boltzmann = Enumeration(shape, temperature, J, h).probabilities
    np.testing.assert_allclose(sweep.sum(axis=1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(boltzmann @ sweep, boltzmann, rtol=1e-12)
    assert sweep.min() > 0.0  # so the chain is irreducible and aperiodic, and Boltzmann the only stationary one


@pytest.mark.parametrize(("shape", "J"), [((1, 4), 1.0), ((2, 2), 0.0), ((1, 1), 1.0)])
def test_without_the_pause_a_sweep_would_not_be_ergodic(shape, J):
    model = ising(shape, 2.0, J, 0.0)
    chances = flip_probabilities(model, all_states(model.lattice.sites)) / ATTEMPTS
    sweep = sweep_matrix(model, chances)
    after_many = np.linalg.matrix_power(sweep, 4096) + np.linalg.matrix_power(sweep, 4097)
    assert (after_many == 0.0).any() or np.allclose(sweep @ sweep, np.eye(len(sweep)))


def test_the_four_by_four_torus_has_a_trap_without_the_pause():
    stripe = np.array([1, 1, -1, -1], np.int8)
    s = with_ghosts(np.outer(stripe, stripe))
    neighbours = s[:-2, 1:-1] + s[2:, 1:-1] + s[1:-1, :-2] + s[1:-1, 2:]
    assert (neighbours == 0).all()
    table = ising((4, 4), 2.0, 1.0, 0.0).constants()["acceptance"]
    assert (table[:, 4] == ATTEMPTS).all()
