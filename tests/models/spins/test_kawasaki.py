"""Exchanges: detailed balance by enumeration on every lattice, spins that are never changed, and refusals."""

import numpy as np
import pytest

from simcore.errors import InvalidValueError
from simcore.models.spins.algorithm_section import AlgorithmSection
from simcore.models.spins.algorithms import ATTEMPTS
from simcore.models.spins.colouring.general import pair_classes
from simcore.models.spins.connectivity import connected
from simcore.models.spins.geometry import Bond, Geometry
from simcore.models.spins.spins import Spins
from tests.models.spins.plainkernels import PlainModel
from tests.models.spins.test_sweep import places
from tests.physics.oracles.spins import BruteForce, all_states, boltzmann

PARAMETERS = {"temperature": 1.6, "J": 0.8, "h": 0.3, "K": 0.45}
ISING = ([-1, 1], "-J*a*b", lambda a, b, _: -0.8 * a[0] * b[0])
POTTS = ([0, 1, 2], "-J*equal(a, b)", lambda a, b, _: -0.8 * (a[0] == b[0]))
DIRECTED = ([-1, 0, 1.5], "-J*a*b + K*a**2*b", lambda a, b, _: -0.8 * a[0] * b[0] + 0.45 * a[0] ** 2 * b[0])
FIELD = ("-h*x*a", lambda a, place, positions: -0.3 * positions[place][0] * a[0])

# lattice, shape, boundary, states and energy of the bonds, whether there is a field
CASES = {
    "two sites": ("chain", [2], "periodic", ISING, True),
    "three sites": ("chain", [3], "periodic", ISING, True),
    "ring of five": ("chain", [5], "periodic", POTTS, False),
    "chain": ("chain", [5], "open", DIRECTED, True),
    "2 x 2": ("square", [2, 2], "periodic", ISING, True),
    "2 x 3": ("square", [2, 3], "periodic", ISING, True),
    "2 x 4": ("square", [2, 4], "periodic", ISING, False),
    "directed bonds": ("square", [2, 3], {"y": "open"}, DIRECTED, False),
    "triangular": ("triangular", [2, 3], "periodic", ISING, True),
    "honeycomb": ("honeycomb", [2, 2], "periodic", ISING, True),
    "kagome": ("kagome", [1, 2], {"x": "open"}, ISING, True),
    "cubic": ("cubic", [2, 2, 2], "periodic", ISING, False),
    "bcc": ("bcc", [1, 2, 2], "open", ISING, True),
}


LARGER = {
    "3 x 3": ("square", [3, 3], {"x": "open"}, ISING, True),
    "fcc": ("fcc", [1, 1, 2], "periodic", ISING, False),
}


def model_of(lattice, shape, boundary, spin, field, **more):
    states, bond, function = spin
    keys = {
        "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
        "parameters": PARAMETERS,
        "spin": {"states": states},
        "hamiltonian": {"bonds": {"nn": bond}, "sites": FIELD[0] if field else "0", **more},
        "algorithm": "kawasaki",
        "initial": "random",
    }
    model = Spins.model_validate(keys)
    positions = model.geometry.site_positions()
    sites = (lambda a, place: FIELD[1](a, place, positions)) if field else lambda a, place: 0.0
    return model, BruteForce(model.geometry, "states", {"nn": function}, sites)


class Pairs:
    """The three phases of each class of bonds, for one bond at a time."""

    def __init__(self, model):
        self.model, self.plain, self.geometry = model, PlainModel(model), model.geometry
        phases = list(model.phases())
        triples = [phases[at : at + 3] for at in range(0, len(phases), 3)]
        bonds = [bond for bond in self.geometry.bonds if bond.kind == "nn"]
        wide = [bond for bond in bonds for _ in self.classes(bond)]
        self.classes_of_bonds = list(zip(wide, triples, strict=True))

    def classes(self, bond):
        ends = (bond.source, bond.target)
        meetings = {offset for a in ends for b in ends for offset in self.geometry.meetings(a, b)}
        return pair_classes(self.geometry.shape, self.geometry.wrap, bond.offset, meetings)

    def ends(self, bond, phases):
        """(first, partner) of each pair of a class, places in the state; and that the phases agree on them."""
        shape = self.geometry.shape
        firsts = list(places(phases[1], shape))
        partners = [tuple((x + d) % n for x, d, n in zip(first, bond.offset, shape, strict=True)) for first in firsts]
        for phase in (phases[0], phases[2]):
            assert sorted(places(phase, shape)) == sorted(partners)
        return [((*a, bond.source), (*b, bond.target)) for a, b in zip(firsts, partners, strict=True)]

    def exchanged(self, phases, first, partner, spins, u):
        """What both ends hold afterwards, and the tally, from the functions alone. spins: the arrays of a state."""
        arrays = dict(spins)
        asked = self.plain.update(phases[0], arrays, partner[:-1], ())
        arrays["partner"] = self.everywhere(asked)
        *results, counted = self.plain.update(phases[1], arrays, first[:-1], (u,))
        half = len(results) // 2
        names = phases[1].writes[half:]
        arrays |= {name: self.everywhere(left) for name, left in zip(names, results[half:], strict=True)}
        received = self.plain.update(phases[2], arrays, partner[:-1], ())
        return tuple(results[:half]), received if isinstance(received, tuple) else (received,), counted

    def everywhere(self, value):
        """Only the one partner reads or writes it."""
        halo = self.model.system.halo
        return np.full([n + 2 * halo for n in self.geometry.shape], value)

    def check(self, phases, first, partner, stored, spins, cost):
        """The ends change places for random numbers below ATTEMPTS min(1, exp(-cost/T)); returns this limit."""
        limit = ATTEMPTS * np.exp(-max(cost, 0.0) / PARAMETERS["temperature"])
        before = tuple(stored[first]), tuple(stored[partner])
        for u, moved in ((limit * (1.0 - 1e-12), True), (limit * (1.0 + 1e-12), False)):
            own, other, counted = self.exchanged(phases, first, partner, spins, u)
            assert (own, other) == (before[::-1] if moved else before)
            assert counted == (moved and before[0] != before[1])
        return limit


def class_matrices(model, states, energies):
    """For each class of bonds a matrix over all states, with the pairs one after the other."""
    pairs, rows = Pairs(model), {state.tobytes(): row for row, state in enumerate(states)}
    stored = [model.system.spin.stored(state) for state in states]
    spins = [pairs.plain.arrays(state) for state in states]
    for bond, phases in pairs.classes_of_bonds:
        whole = np.eye(len(states))
        for first, partner in pairs.ends(bond, phases):
            one = np.eye(len(states))
            for row, state in enumerate(states):
                swapped = state.copy()
                swapped[first], swapped[partner] = state[partner], state[first]
                other = rows[swapped.tobytes()]
                cost = energies[other] - energies[row]
                if other != row or row % 16 == 0:
                    chance = pairs.check(phases, first, partner, stored[row], spins[row], cost)
                    one[row, other] += chance
                    one[row, row] -= chance
            whole = whole @ one
        yield whole


def compositions(states):
    """A label of each state: how often it has each value."""
    sorted_states = np.sort(states.reshape(len(states), -1), axis=1)
    return np.unique(sorted_states, axis=0, return_inverse=True)[1].ravel()


@pytest.mark.parametrize("case", [*CASES, *(pytest.param(case, marks=pytest.mark.slow) for case in LARGER)])
def test_boltzmann_is_stationary_and_sweeps_lead_anywhere_of_the_same_composition(case):
    model, brute = model_of(*{**CASES, **LARGER}[case])
    model.check(None)
    states = all_states(model.geometry, model.system.spin.states)
    energies = np.array([brute.energy(state) for state in states])
    exact = boltzmann(energies, PARAMETERS["temperature"])
    sweep = np.eye(len(states))
    for one in class_matrices(model, states, energies):
        flow = exact[:, np.newaxis] * one
        np.testing.assert_allclose(flow, flow.T, atol=1e-14)  # detailed balance
        sweep = sweep @ one
    np.testing.assert_allclose(sweep.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(exact @ sweep, exact, rtol=1e-9)
    label = compositions(states)
    same = label[:, np.newaxis] == label
    assert (sweep[~same] == 0.0).all()
    assert (np.linalg.matrix_power(sweep, model.geometry.sites)[same] > 0.0).all()


@pytest.mark.parametrize("case", ["ring of five", "chain", "2 x 2", "2 x 3", "directed bonds"])
@pytest.mark.parametrize("largest", [0, 10**9], ids=["formula", "table"])
def test_tables_and_formulas_are_the_same_chain(case, largest, largest_table):
    largest_table(largest)
    model, brute = model_of(*CASES[case][:4], False)
    assert any(name.startswith("acceptance_table") for name in model.constants()) == (largest > 0)
    check_exchanges(model, brute)


@pytest.mark.parametrize("side", [2, 3])
def test_plaquettes_around_a_bond_count_once(side):
    keys = {
        "lattice": {"type": "square", "shape": [side, 3]},
        "parameters": PARAMETERS,
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-J*a*b", "plaquettes": "-K*a*b*c*d"},
        "algorithm": "kawasaki",
        "initial": "random",
    }
    model = Spins.model_validate(keys)
    bonds, plaquettes = {"nn": ISING[2]}, {"square": lambda a, b, c, d: -0.45 * float(a[0] * b[0] * c[0] * d[0])}
    check_exchanges(model, BruteForce(model.geometry, "states", bonds, plaquettes=plaquettes))


def test_disorder_of_bonds_and_sites_is_paid_at_both_ends():
    keys = {
        "lattice": {"type": "triangular", "shape": [4, 3], "boundary": {"y": "open"}},
        "parameters": PARAMETERS,
        "spin": {"states": [-1, 1]},
        "hamiltonian": {
            "bonds": "-B*a*b",
            "sites": "-g*a",
            "couplings": {"B": {"random": {"normal": [0, 1]}, "seed": 5}},
            "fields": {"g": {"random": {"uniform": [-1, 1]}, "seed": 6}},
        },
        "algorithm": "kawasaki",
        "initial": "random",
    }
    model = Spins.model_validate(keys)
    values = model.system.interactions
    couplings = tuple(values.values(f"B{number}", {}) for number in range(len(model.geometry.bonds)))
    field = values.values("g", {})
    brute = BruteForce(
        model.geometry,
        "states",
        {"nn": lambda a, b, c: -c * a[0] * b[0]},
        lambda a, place: -field[place[:-1]] * a[0],
        couplings=couplings,
    )
    check_exchanges(model, brute)


def check_exchanges(model, brute, draws=3):
    """Of random states, every exchange is accepted as Metropolis would, by energies summed bond by bond."""
    generator = np.random.default_rng(4)
    pairs = Pairs(model)
    spin = model.system.spin
    shape = (*model.geometry.shape, model.geometry.basis, spin.components)
    for _ in range(draws):
        state = generator.choice(spin.states, shape) if spin.discrete else spin.stored(generator.normal(size=shape))
        before, spins = brute.energy(state), pairs.plain.arrays(state)
        stored = spin.stored(state) if spin.discrete else state
        for bond, phases in pairs.classes_of_bonds:
            for first, partner in pairs.ends(bond, phases):
                swapped = state.copy()
                swapped[first], swapped[partner] = state[partner], state[first]
                pairs.check(phases, first, partner, stored, spins, brute.energy(swapped) - before)


@pytest.mark.parametrize("spin", [{"angle": True}, {"vector": 3}, {"real": True}])
def test_continuous_spins_change_places_bit_for_bit(spin):
    bonds = {"angle": "-J*cos(a - b - K)", "vector": "-J*dot(a, b)", "real": "J*(a - b)**2"}[next(iter(spin))]
    keys = {
        "lattice": {"type": "square", "shape": [2, 4]},
        "parameters": PARAMETERS,
        "spin": spin,
        "hamiltonian": {"bonds": bonds, "sites": "-h*x*a[0]" if "vector" in spin else "-h*x*cos(a)"},
        "algorithm": "kawasaki",
        "initial": "random",
    }
    model = Spins.model_validate(keys)
    model.check(None)
    functions = {
        "angle": (lambda a, b, _: -0.8 * np.cos(a[0] - b[0] - 0.45), lambda a, p: -0.3 * p[0] * np.cos(a[0])),
        "vector": (lambda a, b, _: -0.8 * (a @ b), lambda a, p: -0.3 * p[0] * a[0]),
        "real": (lambda a, b, _: 0.8 * (a[0] - b[0]) ** 2, lambda a, p: -0.3 * p[0] * np.cos(a[0])),
    }[model.system.spin.kind]
    brute = BruteForce(model.geometry, model.system.spin.kind, {"nn": functions[0]}, functions[1])
    check_exchanges(model, brute, draws=1)


def test_sites_that_exchange_nothing_are_refused():
    def geometry(shape, wrap, basis, bonds):
        positions = ((0.0,) * len(shape),) * basis
        vectors = tuple(tuple(float(i == j) for j in range(len(shape))) for i in range(len(shape)))
        return Geometry(shape, wrap, vectors, positions, tuple(Bond("nn", *bond) for bond in bonds), ())

    def joined(shape, wrap, basis, *bonds):
        one = geometry(shape, (wrap,) * len(shape), basis, bonds)
        return connected(one, one.bonds)

    assert joined((4, 4), "open", 1, (0, 0, (1, 0)), (0, 0, (0, 1)))
    assert not joined((4, 4), "periodic", 1, (0, 0, (1, 0)))
    assert joined((4, 1), "open", 1, (0, 0, (1, 0)))
    assert not joined((4, 4), "periodic", 1, (0, 0, (1, 1)), (0, 0, (1, -1)))  # the two colours of a chess board
    assert joined((3, 4), "periodic", 1, (0, 0, (1, 1)), (0, 0, (1, -1)))
    assert not joined((4, 4), "periodic", 2, (0, 1, (0, 0)), (0, 1, (-1, 0)))
    assert joined((4, 4), "open", 2, (0, 1, (0, 0)), (0, 1, (-1, 0)), (0, 1, (0, -1)))
    assert not joined((6,), "open", 1, (0, 0, (2,)))
    assert joined((5,), "periodic", 1, (0, 0, (2,)))
    assert joined((9,), "open", 1, (0, 0, (2,)), (0, 0, (3,)))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"lattice": {"type": "square", "shape": [4, 4], "boundary": {"x": "antiperiodic"}}},
            "algorithm: .*antiperiodic",
        ),
        ({"hamiltonian": {"plaquettes": "-J*a*b*c*d"}}, "algorithm: .*names none"),
        ({"hamiltonian": {"bonds": {"nn": "0"}, "sites": "-h*a"}}, "algorithm: .*'nn'.* have no energy"),
        ({"hamiltonian": {"bonds": {"nnn": "-J*a*b"}}}, "algorithm: .*'nnn'.*not joined"),
        ({"initial": "ordered"}, "initial: an ordered start has no two spins to exchange; take random"),
        ({"initial": 1}, "initial: a start with 1.0 everywhere has no two"),
        ({"initial": {"composition": {"-1": 0.5, "2": 0.5}}}, "initial: composition must hold nothing but the states"),
        (
            {"initial": {"composition": {"-1": 1.0}}, "spin": {"angle": True}, "hamiltonian": {"bonds": "cos(a - b)"}},
            "initial: composition counts states, and a spin of angle has none",
        ),
    ],
)
def test_what_cannot_be_exchanged_is_refused_with_the_reason(keys, message):
    model = {
        "lattice": {"type": "square", "shape": [4, 4]},
        "parameters": PARAMETERS,
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-J*a*b"},
        "algorithm": "kawasaki",
        "initial": "random",
        **keys,
    }
    with pytest.raises(InvalidValueError, match=f"^model.{message}"):
        Spins.model_validate(model).check(None)


def test_options_of_other_algorithms_are_refused():
    with pytest.raises(ValueError, match="kawasaki takes no 'width'; it takes no options"):
        AlgorithmSection(type="kawasaki", width=2.0)
