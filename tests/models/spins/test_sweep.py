"""A whole sweep as a matrix over all states: what its chain forgets, and what it leaves alone."""

import numpy as np
import pytest

from simcore.models.spins.algorithms import ATTEMPTS
from simcore.models.spins.spins import Spins
from tests.models.spins.plainkernels import PlainModel
from tests.physics.oracles.spins import BruteForce, all_states, boltzmann

PARAMETERS = {"temperature": 1.6, "J": 0.8, "h": 0.3, "K": 0.45}
ISING = ({"states": [-1, 1]}, "-J*a*b", lambda a, b, _: -0.8 * a[0] * b[0])
POTTS = ({"states": [0, 1, 2]}, "-J*equal(a, b)", lambda a, b, _: -0.8 * (a[0] == b[0]))
UNEVEN = ({"states": [-1, 0, 1.5]}, "-J*a*b + K*a**2", lambda a, b, _: -0.8 * a[0] * b[0] + 0.45 * a[0] ** 2)

# lattice, spin and bonds, formula of the sites and the same as a function
CASES = {
    "one site": ("square", [1, 1], "periodic", ISING, True),
    "two sites": ("square", [1, 2], "periodic", ISING, False),
    "ring of four": ("chain", [4], "periodic", ISING, False),
    "ring of five": ("chain", [5], "periodic", ISING, True),
    "2 x 2": ("square", [2, 2], "periodic", ISING, False),
    "2 x 3": ("square", [2, 3], "periodic", ISING, True),
    "3 x 3": ("square", [3, 3], "periodic", ISING, True),
    "open": ("square", [2, 3], "open", ISING, True),
    "antiperiodic": ("square", [2, 3], {"x": "antiperiodic"}, ISING, True),
    "triangular": ("triangular", [2, 3], "periodic", ISING, False),
    "honeycomb": ("honeycomb", [2, 2], "periodic", ISING, True),
    "kagome": ("kagome", [1, 2], {"x": "open"}, ISING, True),
    "cubic": ("cubic", [2, 2, 2], "periodic", ISING, False),
    "bcc": ("bcc", [1, 2, 2], "open", ISING, True),
    "fcc": ("fcc", [1, 1, 1], "periodic", ISING, False),
    "potts": ("square", [2, 2], "periodic", POTTS, False),
    "potts, open": ("triangular", [2, 2], "open", POTTS, True),
    "uneven states": ("square", [2, 2], "periodic", UNEVEN, True),
    "states with another end": ("chain", [4], "open", UNEVEN, True),
}


def model_of(lattice, shape, boundary, spin, field, **more):
    states, formula, bond = spin
    keys = {
        "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
        "parameters": PARAMETERS,
        "spin": states,
        "hamiltonian": {"bonds": formula, "sites": "-h*a" if field else "0", **more},
    }
    model = Spins.model_validate(keys)
    brute = BruteForce(
        model.geometry, "states", {"nn": bond}, (lambda a, _: -0.3 * a[0]) if field else lambda a, _: 0.0
    )
    return model, brute


def places(phase, shape):
    """The cells that a phase updates."""
    lines = list(np.ndindex(*shape[:-1]))
    for number, line in enumerate(lines):
        sites = phase.sites
        run = (
            range(shape[-1]) if sites is None else range(sites.first[number], sites.stop[number], sites.stride[number])
        )
        yield from ((*line, last) for last in run)


def chances(plain, phase, state, cell):
    """{new index: probability} of one update, found from the kernel alone by bisection of its random number."""
    arrays, count = plain.arrays(state), plain.model.spin.count
    found: dict[int, float] = {}
    for choice in range(count - 1):
        low, high = choice / (count - 1), (choice + 1) / (count - 1)

        def outcome(u):
            return plain.update(phase, arrays, cell, (u,))

        new, accepted = outcome(low * (1 + 1e-15))
        if not accepted:
            continue
        below, above = low, high
        assert not outcome(np.nextafter(high, 0.0))[1]  # the pause
        while above - below > 1e-15:
            middle = 0.5 * (below + above)
            below, above = (middle, above) if outcome(middle)[1] else (below, middle)
        found[int(new)] = below - low
    return found


def phase_matrices(model, states):
    """For each phase a matrix over all states: an update of all its cells, none of which sees another one's."""
    plain, spin, geometry = PlainModel(model), model.spin, model.geometry
    weights = spin.count ** np.arange(geometry.sites)[::-1]
    indices = np.array([spin.stored(state).astype(int).ravel() for state in states])
    for phase in model.phases():
        basis = model.system.arrays.names.index(phase.writes)
        whole = np.eye(len(states))
        for cell in places(phase, geometry.shape):
            site = int(np.ravel_multi_index((*cell, basis), (*geometry.shape, geometry.basis)))
            one = np.zeros((len(states), len(states)))
            known: dict[bytes, dict[int, float]] = {}
            for row, state in enumerate(states):
                moves = known.setdefault(state.tobytes(), chances(plain, phase, state, cell))
                for new, chance in moves.items():
                    one[row, row + (new - indices[row, site]) * weights[site]] += chance
                one[row, row] += 1.0 - sum(moves.values())
            whole = whole @ one
        yield whole


@pytest.mark.parametrize("case", CASES)
def test_boltzmann_is_stationary_and_one_sweep_leads_anywhere(case):
    *setting, field = CASES[case]
    model, brute = model_of(*setting, field)
    states = all_states(model.geometry, model.spin.states)
    exact = boltzmann(np.array([brute.energy(state) for state in states]), PARAMETERS["temperature"])
    sweep = np.eye(len(states))
    for phase in phase_matrices(model, states):
        flow = exact[:, np.newaxis] * phase
        np.testing.assert_allclose(flow, flow.T, atol=1e-14)  # detailed balance
        sweep = sweep @ phase
    np.testing.assert_allclose(sweep.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(exact @ sweep, exact, rtol=1e-9)
    assert sweep.min() > 0.0  # so the chain is irreducible and aperiodic, and Boltzmann the only stationary one


@pytest.mark.parametrize("setting", [("square", [2, 3], "open"), ("chain", [5], "periodic")])
@pytest.mark.parametrize("spin", [ISING, POTTS, UNEVEN], ids=["ising", "potts", "uneven"])
def test_without_a_table_a_sweep_is_the_same_chain(setting, spin, largest_table):
    if spin is not ISING and setting[0] == "square":
        setting = ("square", [2, 2], "open")
    model, _ = model_of(*setting, spin, True)
    states = all_states(model.geometry, model.spin.states)
    by_table = list(phase_matrices(model, states))
    largest_table(0)
    without, _ = model_of(*setting, spin, True)
    assert not [name for name in without.constants() if name.startswith("acceptance_table")]
    for with_table, by_formula in zip(by_table, phase_matrices(without, states), strict=True):
        np.testing.assert_allclose(by_formula, with_table, atol=1e-13)


def test_the_four_by_four_torus_has_a_trap_without_the_pause():
    stripe = np.array([1, 1, -1, -1])
    model, _ = model_of("square", [4, 4], "periodic", ISING, False)
    plain = PlainModel(model)
    state = np.outer(stripe, stripe).reshape(4, 4, 1, 1)
    arrays = plain.arrays(state)
    for phase in model.phases():
        for cell in places(phase, (4, 4)):
            assert plain.update(phase, arrays, cell, (np.nextafter(ATTEMPTS, 0.0),))[1]
            assert not plain.update(phase, arrays, cell, (ATTEMPTS,))[1]
