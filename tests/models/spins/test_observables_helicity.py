"""The helicity modulus against twisted energies and free energies."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import InvalidValueError
from tests.models.spins.measuring import Measuring, model_of, random_state

J, D, T = 0.7, 0.25, 1.3

# spin, its bonds, and the energy of a bond as a function of the angle from a to b (and of other components)
PAIRS = [
    ({"angle": True}, "-J*cos(a - b) + D*sin(b - a)", lambda turn, a, b: -J * np.cos(turn) + D * np.sin(turn)),
    ({"angle": True}, "D*(1 + cos(a - b))**3", lambda turn, a, b: D * (1 + np.cos(turn)) ** 3),
    ({"vector": 2}, "-J*dot(a, b) - D*dot(a, b)**2", lambda turn, a, b: -J * np.cos(turn) - D * np.cos(turn) ** 2),
    ({"vector": 2}, "D*(a[0]*b[1] - a[1]*b[0])", lambda turn, a, b: D * np.sin(turn)),
    (
        {"vector": 3},
        "-J*dot(a, b) - D*a[2]*b[2]",
        lambda turn, a, b: -J * np.hypot(*a[:2]) * np.hypot(*b[:2]) * np.cos(turn) - (J + D) * a[2] * b[2],
    ),
]
LATTICES = {"chain": 1, "square": 2, "triangular": 2, "honeycomb": 2, "kagome": 2, "cubic": 3, "fcc": 3}


def angle_of(spin):
    return spin[0] if len(spin) == 1 else np.arctan2(spin[1], spin[0])


def twisted_energy(model, state, bond, axis, phi):
    """H with the spins of every bond turned against each other by phi times their distance along an axis."""
    geometry = model.geometry
    vectors = np.array(geometry.vectors)
    total = 0.0
    for cell in itertools.product(*map(range, geometry.shape)):
        for one in geometry.bonds:
            there = np.add(cell, one.offset)
            inside = (there >= 0) & (there < geometry.shape)
            if any(wrap == "open" and not here for wrap, here in zip(geometry.wrap, inside, strict=True)):
                continue
            turns = sum(wrap == "antiperiodic" and not here for wrap, here in zip(geometry.wrap, inside, strict=True))
            a, b = state[(*cell, one.source)], state[(*(there % geometry.shape), one.target)]
            if turns % 2:
                b = b + np.pi if len(b) == 1 else -b
            fractions = np.array(one.offset) + geometry.positions[one.target] - np.array(geometry.positions[one.source])
            total += bond(angle_of(b) - angle_of(a) + phi * (fractions @ vectors)[axis], a, b)
    return total


def derivatives(function, h):
    """The first two, at 0, by central differences of order h**6."""
    values = {n: function(n * h) for n in range(-3, 4)}
    first = (45 * (values[1] - values[-1]) - 9 * (values[2] - values[-2]) + values[3] - values[-3]) / (60 * h)
    even = [values[n] + values[-n] for n in (1, 2, 3)]
    second = (270 * even[0] - 27 * even[1] + 2 * even[2] - 490 * values[0]) / (180 * h**2)
    return first, second


@st.composite
def problems(draw):
    spin, bonds, bond = draw(st.sampled_from(PAIRS))
    lattice = draw(st.sampled_from(sorted(LATTICES)))
    axes = LATTICES[lattice]
    shape = [draw(st.integers(1, 2 if axes == 3 else 4)) for _ in range(axes)]
    axis = draw(st.integers(0, axes - 1))
    boundary = {one: draw(st.sampled_from(["periodic", "open", "antiperiodic"])) for one in "xyz"[:axes]}
    boundary["xyz"[axis]] = draw(st.sampled_from(["periodic", "antiperiodic"]))
    kinds = draw(st.sampled_from([("nn",), ("nn", "nnn")]))
    if "sin" in bonds or "a[0]" in bonds:  # they change sign on the way back: no antiperiodic axis is allowed
        boundary = {one: "periodic" if wrap == "antiperiodic" else wrap for one, wrap in boundary.items()}
    model = model_of(lattice, shape, spin, {"bonds": dict.fromkeys(kinds, bonds)}, boundary)
    return model, bond, axis, draw(st.integers(0, 2**32 - 1))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(problems())
def test_its_parts_are_the_derivatives_of_the_twisted_energy(problem):
    model, bond, axis, seed = problem
    state = random_state(model, np.random.default_rng(seed))
    measuring = Measuring(model, f"helicity_modulus({'xyz'[axis]})")
    known, derived = measuring.samples(state), measuring.last
    (slope, power), *_, (curvature, _) = derived.moments
    assert power == 2
    first, second = derivatives(lambda phi: twisted_energy(model, state, bond, axis, phi), 0.02)
    scale = 1e-8 * model.geometry.sites
    assert known[slope] == pytest.approx(first, rel=1e-7, abs=scale)
    assert known[curvature] == pytest.approx(second, rel=1e-7, abs=scale)


EXACT = [
    ("chain", [2], "periodic", PAIRS[0]),
    ("chain", [3], "periodic", PAIRS[0]),
    ("chain", [3], "antiperiodic", PAIRS[1]),
    ("chain", [3], "periodic", PAIRS[2]),
    ("triangular", [1, 3], "periodic", PAIRS[0]),
    ("honeycomb", [1, 1], "periodic", PAIRS[0]),
    ("kagome", [1, 1], "periodic", PAIRS[2]),
]


@pytest.mark.parametrize(
    ("lattice", "shape", "boundary", "pair", "axis"), [(*one, axis) for one in EXACT for axis in range(len(one[1]))]
)
def test_it_is_the_second_derivative_of_the_free_energy(lattice, shape, boundary, pair, axis):
    """Integrals over all angles but the first, which the energy does not need, by the trapezoidal rule."""
    spin, bonds, bond = pair
    model = model_of(lattice, shape, spin, {"bonds": bonds}, boundary)
    sites, points = model.geometry.sites, 16
    grid = 2.0 * np.pi * np.arange(points) / points
    angles = [(0.1, *rest) for rest in itertools.product(grid, repeat=sites - 1)]
    states = [spins(model, one) for one in angles]
    step = 0.05

    def free_energy(phi):
        energies = np.array([twisted_energy(model, state, bond, axis, phi) for state in states])
        return -T * np.log(np.exp(-energies / T).sum())

    energies = np.array([twisted_energy(model, state, bond, axis, 0.0) for state in states])
    weights = np.exp(-energies / T)
    measuring = Measuring(model, f"helicity_modulus({'xy'[axis]})")
    derived = measuring.last
    parts = [measuring.samples(state) for state in states]
    means = [np.average([known[name] ** power for known in parts], weights=weights) for name, power in derived.moments]
    expected = derivatives(free_energy, step)[1] / sites
    assert float(derived.value(*means)) == pytest.approx(expected, rel=2e-6, abs=1e-9)
    assert abs(expected) > 1e-3 or (lattice, axis) == ("triangular", 1)


def spins(model, angles):
    values = np.reshape(angles, (*model.geometry.shape, model.geometry.basis, 1))
    return values if model.spin.kind == "angle" else np.concatenate([np.cos(values), np.sin(values)], axis=-1)


@pytest.mark.parametrize(
    ("spin", "hamiltonian", "boundary", "message"),
    [
        ({"states": [-1, 1]}, {"bonds": "-J*a*b"}, "periodic", "needs spins that turn, .* not states"),
        ({"angle": True}, {"bonds": "-J*cos(a - b)"}, "open", "is zero between open ends"),
        ({"angle": True}, {"bonds": {"nn": "-cos(a)*cos(b)"}}, "periodic", r".* all spins turn; hamiltonian.bonds.nn"),
        ({"vector": 2}, {"bonds": "-a[0]*b[0]"}, "periodic", r".* all spins turn; hamiltonian.bonds does not"),
        (
            {"vector": 2},
            {"bonds": "-floor(dot(a, b))"},
            "periodic",
            "needs the second derivative of the energy; floor has no",
        ),
    ],
)
def test_energies_without_a_helicity_modulus_are_refused(spin, hamiltonian, boundary, message):
    model = model_of("square", [3, 3], spin, hamiltonian, boundary)
    with pytest.raises(InvalidValueError, match=rf"^output\.observables\.q: .*column 3: helicity_modulus {message}"):
        model.expressed("q", "2*helicity_modulus(x)")
