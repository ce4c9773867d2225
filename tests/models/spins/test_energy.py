"""Energies that kernels work out, against sums over bonds, sites and plaquettes by independent code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.formulas.tree import Name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spins import Spins
from tests.models.spins.plainkernels import PlainModel
from tests.physics.oracles.spins import BruteForce

LATTICES = ["chain", "square", "triangular", "honeycomb", "kagome", "cubic", "bcc", "fcc"]
AXES_OF = {"chain": 1, "cubic": 3, "bcc": 3, "fcc": 3}
PARAMETERS = {"temperature": 1.3, "J": 0.7, "K": -0.4, "h": 0.31, "D": 0.25}

# spin; formulas of bonds, sites; the same as functions; whether an antiperiodic axis is allowed
KINDS = [
    (
        {"states": [-1, 1]},
        ("-J*a*b", "-h*a"),
        (lambda a, b: -0.7 * a[0] * b[0], lambda a: -0.31 * a[0]),
        True,
    ),
    (
        {"states": [0, 1, 2.5]},
        ("-J*equal(a, b) + K*a*b**2", "D*a**2"),
        (lambda a, b: -0.7 * (a[0] == b[0]) - 0.4 * a[0] * b[0] ** 2, lambda a: 0.25 * a[0] ** 2),
        False,
    ),
    (
        {"angle": True},
        ("-J*cos(a - b) + D*sin(b - a)", "-h*cos(2*a)"),
        (
            lambda a, b: -0.7 * np.cos(a[0] - b[0]) + 0.25 * np.sin(b[0] - a[0]),
            lambda a: -0.31 * np.cos(2 * a[0]),
        ),
        True,
    ),
    (
        {"vector": 3},
        ("-J*dot(a, b) - D*(a[0]*b[1] - a[1]*b[0])", "-h*a[2] + K*a[0]**2"),
        (
            lambda a, b: -0.7 * (a @ b) - 0.25 * (a[0] * b[1] - a[1] * b[0]),
            lambda a: -0.31 * a[2] - 0.4 * a[0] ** 2,
        ),
        True,
    ),
    (
        {"real": True},
        ("J*(a - b)**2", "h*a**4 + K*a"),
        (lambda a, b: 0.7 * (a[0] - b[0]) ** 2, lambda a: 0.31 * a[0] ** 4 - 0.4 * a[0]),
        True,
    ),
]


def random_state(spin, geometry, generator):
    shape = (*geometry.shape, geometry.basis)
    if spin.kind == "states":
        return generator.choice(spin.states, (*shape, 1))
    values = generator.normal(size=(*shape, spin.components)) * (1.0 if spin.kind != "angle" else 3.0)
    return spin.values(spin.stored(values))


def measured(plain, state):
    """The energy observable summed over the cells, in units of the whole lattice."""
    (observable,) = (o for o in plain.model.observables() if o.name == "energy")
    arrays = plain.arrays(state)
    cells = np.ndindex(plain.model.geometry.shape)
    return plain.model.geometry.basis * sum(plain.call(observable.value, arrays, cell) for cell in cells)


def local_difference(plain, state, cell, site, value):
    """E(new) - E(old) of one spin, by the formula that algorithms get."""
    system = plain.model.system
    local = system.local(site)
    function = KernelWriter("local", system, "")
    own = [[Name(function.local(f"{which}{c}")) for c in range(system.spin.components)] for which in ("new", "old")]
    results = function.work_out([system.energy(local, spin) for spin in own])
    names = [name.name for spin in own for name in spin]
    for name in names:
        function.argument(name)
    written = function.returns(*results)
    values = dict(zip(names, [*value, *state[(*cell, site)]], strict=True))
    new, old = plain.call(written, plain.arrays(state), cell, **values)
    return new - old


@st.composite
def problems(draw):
    spin, texts, functions, signed = draw(st.sampled_from(KINDS))
    lattice = draw(st.sampled_from(LATTICES))
    axes = AXES_OF.get(lattice, 2)
    wraps = ["periodic", "open", *(["antiperiodic"] * signed)]
    if spin in ({"vector": 3}, {"real": True}):  # a field along an axis is no obstacle: sites have no seam
        wraps = ["periodic", "open", "antiperiodic"]
    shape = [draw(st.integers(1, 3 if axes == 3 else 4)) for _ in range(axes)]
    boundary = {axis: draw(st.sampled_from(wraps)) for axis in "xyz"[:axes]}
    kinds = draw(st.sampled_from([("nn",), ("nn", "nnn")]))
    model = {
        "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
        "parameters": PARAMETERS,
        "spin": spin,
        "hamiltonian": {"bonds": dict.fromkeys(kinds, texts[0]), "sites": texts[1]},
    }
    return model, functions, kinds, draw(st.integers(0, 2**32 - 1))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(problems())
def test_energies_are_sums_over_bonds_and_sites(problem):
    keys, (bond, site), kinds, seed = problem
    model = Spins.model_validate(keys)
    generator = np.random.default_rng(seed)
    state = random_state(model.spin, model.geometry, generator)
    brute = BruteForce(
        model.geometry,
        model.spin.kind,
        bonds=dict.fromkeys(kinds, lambda a, b, _: bond(a, b)),
        sites=lambda a, _: site(a),
    )
    plain = PlainModel(model)
    before = brute.energy(state)
    assert measured(plain, state) == pytest.approx(before, rel=1e-12, abs=1e-11)
    cell = tuple(int(generator.integers(n)) for n in model.geometry.shape)
    place = (*cell, int(generator.integers(model.geometry.basis)))
    changed = state.copy()
    changed[place] = random_state(model.spin, model.geometry, generator)[place]
    difference = local_difference(plain, state, cell, place[-1], changed[place])
    assert difference == pytest.approx(brute.energy(changed) - before, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("boundary", ["periodic", "open", "antiperiodic"])
@pytest.mark.parametrize(
    ("lattice", "shape", "kind", "formula", "function"),
    [
        ("square", [3, 4], "square", "-J*a*b*c*d", lambda *s: -0.7 * np.prod(s)),
        ("cubic", [2, 3, 3], "square", "-J*(a*c - K*b*d)", lambda a, b, c, d: -0.7 * (a[0] * c[0] + 0.4 * b[0] * d[0])),
        ("honeycomb", [3, 2], "hexagon", "-J*a*b*c*d*e*f", lambda *s: -0.7 * np.prod(s)),
    ],
)
def test_energies_of_plaquettes(lattice, shape, kind, formula, function, boundary):
    model = Spins.model_validate(
        {
            "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
            "parameters": PARAMETERS,
            "spin": {"states": [-1, 1]},
            "hamiltonian": {"plaquettes": {kind: formula}},
        }
    )
    generator = np.random.default_rng(5)
    plain = PlainModel(model)
    brute = BruteForce(model.geometry, "states", plaquettes={kind: function})
    for _ in range(5):
        state = random_state(model.spin, model.geometry, generator)
        assert measured(plain, state) == pytest.approx(brute.energy(state), abs=1e-12)
        place = (*(int(generator.integers(n)) for n in shape), 0)
        changed = state.copy()
        changed[place] *= -1
        difference = local_difference(plain, state, place[:-1], 0, changed[place])
        assert difference == pytest.approx(brute.energy(changed) - brute.energy(state), abs=1e-12)


@pytest.mark.parametrize("lattice", ["square", "kagome"])
def test_disorder_is_read_at_the_bond_and_at_the_site(lattice, tmp_path):
    shape = [3, 4]
    basis = 3 if lattice == "kagome" else 1
    given_field = np.random.default_rng(1).normal(size=(*shape, basis) if basis > 1 else shape)
    np.save(tmp_path / "g.npy", given_field)
    model = Spins.model_validate(
        {
            "lattice": {"type": lattice, "shape": shape, "boundary": {"x": "open"}},
            "parameters": {"temperature": 1.0, "J": 0.7},
            "spin": {"states": [-1, 1]},
            "hamiltonian": {
                "bonds": "-J*B*a*b",
                "sites": "-(r + g + w)*a + i*j*basis*a",
                "couplings": {"B": {"random": {"normal": [0, 1]}, "seed": 5}},
                "fields": {
                    "r": {"random": {"uniform": [-1, 1]}, "seed": 6},
                    "g": {"file": str(tmp_path / "g.npy")},
                    "w": "x - 2*y**2",
                },
            },
        }
    )
    interactions = model.system.interactions
    values = {name: interactions.values(name, {}) for name in interactions.arrays if not name.startswith("w")}
    couplings = tuple(values[f"B{n}"] for n in range(len(model.geometry.bonds)))
    places = model.geometry.site_positions()

    def site(a, place):
        *cell, number = place
        x, y = places[place]
        drawn = values[f"r{number}" if basis > 1 else "r"][tuple(cell)]
        file = given_field[place] if basis > 1 else given_field[tuple(cell)]
        return -(drawn + file + x - 2 * y**2) * a[0] + cell[0] * cell[1] * number * a[0]

    brute = BruteForce(
        model.geometry, "states", {"nn": lambda a, b, c: -0.7 * c * a[0] * b[0]}, site, couplings=couplings
    )
    generator = np.random.default_rng(8)
    plain = PlainModel(model)
    for _ in range(4):
        state = random_state(model.spin, model.geometry, generator)
        assert measured(plain, state) == pytest.approx(brute.energy(state), rel=1e-12)
        for number in range(basis):
            changed = state.copy()
            changed[1, 2, number] *= -1
            difference = local_difference(plain, state, (1, 2), number, changed[1, 2, number])
            assert difference == pytest.approx(brute.energy(changed) - brute.energy(state), rel=1e-11)
    assert abs(np.concatenate([c.ravel() for c in couplings]).mean()) < 4.0 / np.sqrt(12 * len(couplings))
    assert len({c.tobytes() for c in couplings}) == len(couplings)


def test_couplings_given_by_kind_extend_one_formula_to_these_kinds():
    keys = {
        "lattice": {"type": "square", "shape": [4, 4]},
        "parameters": {"temperature": 1.0},
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-J*a*b", "couplings": {"J": {"nn": 1.0, "nnn": 0.5}}},
    }
    model = Spins.model_validate(keys)
    assert model.geometry.kinds == ("nn", "nnn")
    state = np.ones((4, 4, 1, 1))
    assert measured(PlainModel(model), state) == pytest.approx(16 * (-2 - 2 * 0.5))
    alone = {**keys, "hamiltonian": {"bonds": "-a*b"}}
    assert Spins.model_validate(alone).geometry.kinds == ("nn",)
