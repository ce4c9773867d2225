"""What formulas measure, against NumPy on whole random states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.models.spins.observables.order import alternating
from tests.models.spins.measuring import Measuring, measured, model_of, random_state
from tests.physics.oracles.spins import BruteForce

AXES_OF = {"chain": 1, "square": 2, "triangular": 2, "honeycomb": 2, "kagome": 2, "cubic": 3, "bcc": 3, "fcc": 3}
SPINS = [
    ({"states": [-1, 1]}, "-J*a*b"),
    ({"states": [-1.5, -1, 1, 1.5]}, "-J*a*b"),
    ({"states": [0, 1, 2]}, "-J*equal(a, b)"),
    ({"angle": True}, "-J*cos(a - b)"),
    ({"vector": 2}, "-J*dot(a, b)"),
    ({"vector": 3}, "-J*dot(a, b)"),
    ({"real": True}, "J*(a - b)**2"),
]


@st.composite
def states(draw, wraps=("periodic", "open", "antiperiodic"), spins=SPINS):
    """A model, and a random state of it."""
    spin, bonds = draw(st.sampled_from(spins))
    lattice = draw(st.sampled_from(sorted(AXES_OF)))
    axes = AXES_OF[lattice]
    signed = spin != {"states": [0, 1, 2]}
    allowed = [wrap for wrap in wraps if signed or wrap != "antiperiodic"]
    shape = [draw(st.integers(1, 3 if axes == 3 else 5)) for _ in range(axes)]
    boundary = {axis: draw(st.sampled_from(allowed)) for axis in "xyz"[:axes]}
    model = model_of(lattice, shape, spin, {"bonds": bonds}, boundary)
    return model, random_state(model, np.random.default_rng(draw(st.integers(0, 2**32 - 1))))


def components(model, state):
    """The spins as vectors: (*shape, basis, components)."""
    return np.concatenate([np.cos(state), np.sin(state)], axis=-1) if model.spin.kind == "angle" else state


@settings(max_examples=60, deadline=None, derandomize=True)
@given(states(), st.data())
def test_a_correlation_is_the_mean_over_all_pairs_at_a_distance(given_state, data):
    model, state = given_state
    geometry = model.geometry
    distance = [
        data.draw(st.integers(1 - n, n - 1) if wrap == "open" else st.integers(-2 * n - 1, 2 * n + 1))
        for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)
    ]
    brute = BruteForce(geometry, model.spin.kind)
    products = []
    for cell in brute.cells():
        for site in range(geometry.basis):
            there = brute.spin(state, cell, site, tuple(distance))
            if there is not None:
                pair = (np.atleast_1d(components(model, one)) for one in (state[(*cell, site)], there))
                products.append(np.dot(*pair))
    text = f"correlation({', '.join(map(str, distance))})"
    assert measured(model, text, state) == pytest.approx(np.mean(products), abs=1e-13)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(states(), st.data())
def test_a_correlation_between_basis_sites_is_the_mean_over_their_pairs(given_state, data):
    model, state = given_state
    geometry = model.geometry
    distance = [
        data.draw(st.integers(1 - n, n - 1) if wrap == "open" else st.integers(-n - 1, n + 1))
        for n, wrap in zip(geometry.shape, geometry.wrap, strict=True)
    ]
    one, other = (data.draw(st.integers(0, geometry.basis - 1)) for _ in range(2))
    brute = BruteForce(geometry, model.spin.kind)
    products = []
    for cell in brute.cells():
        there = brute.spin(state, cell, other, tuple(distance))
        if there is not None:
            pair = (np.atleast_1d(components(model, spin)) for spin in (state[(*cell, one)], there))
            products.append(np.dot(*pair))
    text = f"correlation({distance}, {one}, {other})"
    assert measured(model, text, state) == pytest.approx(np.mean(products), abs=1e-13)
    alone = f"correlation({distance})", f"correlation({', '.join(map(str, distance))})"
    assert measured(model, alone[0], state) == measured(model, alone[1], state)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(states(), st.data())
def test_a_structure_factor_is_the_square_of_a_fourier_sum(given_state, data):
    model, state = given_state
    geometry = model.geometry
    waves = [data.draw(st.integers(-6, 6)) + 0.5 * (wrap == "antiperiodic") for wrap in geometry.wrap]
    reciprocal = 2.0 * np.pi * np.linalg.inv(np.array(geometry.vectors))  # columns
    k = reciprocal @ (np.array(waves) / geometry.shape)
    phases = np.exp(1j * geometry.site_positions() @ k)[..., np.newaxis]
    sums = (components(model, state) * phases).reshape(geometry.sites, -1).sum(axis=0)
    expected = (np.abs(sums) ** 2).sum() / geometry.sites
    text = f"structure_factor({', '.join(f'{n:g}' for n in waves)})"
    assert measured(model, text, state) == pytest.approx(expected, rel=1e-11, abs=1e-11)


SCALAR = [
    ("mean(a)**2", lambda s, x, c, b: s.mean() ** 2),
    ("sum(a**3) - J", lambda s, x, c, b: (s**3).sum() - 0.7),
    ("min(a) + 2*max(abs(a) - 1)", lambda s, x, c, b: s.min() + 2 * (np.abs(s) - 1).max()),
    ("max(mean(a), 0.1)/temperature", lambda s, x, c, b: max(s.mean(), 0.1) / 1.3),
    ("abs(mean((-1)**(i + 2*basis)*a))", lambda s, x, c, b: abs(((-1.0) ** (c[0] + 2 * b) * s).mean())),
    ("sum((-1)**(3*i - 4)*a) + mean((-2)**i)", lambda s, x, c, b: ((-1.0) ** c[0] * s).sum() + ((-2.0) ** c[0]).mean()),
    (
        "mean(x*a) - sum(where(a > 0.5, x, -x))",
        lambda s, x, c, b: (x[0] * s).mean() - np.where(s > 0.5, x[0], -x[0]).sum(),
    ),
    ("mean(a)*3 > temperature/2", lambda s, x, c, b: s.mean() * 3 > 1.3 / 2),
    ("mean(a > 0) + sum(basis)", lambda s, x, c, b: (s > 0).mean() + b.sum()),
    ("min(i*a)*max(x)", lambda s, x, c, b: (c[0] * s).min() * x[0].max()),
    ("mean_on(0, a) - sum_on(0, x)", lambda s, x, c, b: s[..., 0].mean() - x[0][..., 0].sum()),
    ("min_on(0, a*x) + max_on(0, a)", lambda s, x, c, b: (s * x[0])[..., 0].min() + s[..., 0].max()),
]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(states(spins=[entry for entry in SPINS if "vector" not in entry[0]]), st.sampled_from(SCALAR))
def test_reductions_are_those_of_numpy(given_state, formula):
    model, state = given_state
    text, function = formula
    geometry = model.geometry
    places = np.moveaxis(geometry.site_positions(), -1, 0)
    *cells, basis = np.indices((*geometry.shape, geometry.basis))
    expected = float(function(state[..., 0].astype(float), places, cells, basis))
    assert measured(model, text, state) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean(a[0])**2 + mean(a[2])", lambda s: s[..., 0].mean() ** 2 + s[..., 2].mean()),
        ("sum(dot(a, a))", lambda s: s.size / 3),
        ("mean_on(1, a[1]**2)", lambda s: (s[..., 1, 1] ** 2).mean()),
        ("sublattice_magnetization(2)", lambda s: np.linalg.norm(s[..., 2, :].mean(axis=(0, 1)))),
        ("abs_magnetization - magnetization_y*sum(a[0])", lambda s: np.linalg.norm(m(s)) - m(s)[1] * s[..., 0].sum()),
    ],
)
def test_components_of_vectors(text, expected):
    model = model_of("kagome", [3, 4], {"vector": 3}, {"bonds": "-J*dot(a, b)"})
    state = random_state(model, np.random.default_rng(3))
    assert measured(model, text, state) == pytest.approx(expected(state), rel=1e-12)


def m(state):
    return state.reshape(-1, 3).mean(axis=0)


def test_potts_states_are_counted():
    model = model_of("triangular", [4, 5], {"states": [0, 1, 2]}, {"bonds": "-J*equal(a, b)"})
    state = random_state(model, np.random.default_rng(4))
    assert measured(model, "mean(equal(a, 2))", state) == pytest.approx((state == 2).mean(), rel=1e-15)


def test_fields_and_their_spins_are_seen():
    fields = {"h": {"random": {"normal": [0, 1]}, "seed": 6}, "g": "x - 2*y"}
    model = model_of(
        "honeycomb", [2, 3], {"states": [-1, 1]}, {"bonds": "-J*a*b", "sites": "-h*a - g*a", "fields": fields}
    )
    state = random_state(model, np.random.default_rng(4))
    h = np.stack([model.system.interactions.values(f"h{site}", {}) for site in range(2)], axis=-1)
    x, y = np.moveaxis(model.geometry.site_positions(), -1, 0)
    expected = (state[..., 0] * h).mean() + (x - 2 * y).max()
    assert measured(model, "mean(a*h) + max(g)", state) == pytest.approx(expected, rel=1e-12)
    assert measured(model, "energy_of(sites) + energy_of(nn) - energy", state) == pytest.approx(0.0, abs=1e-12)
    assert measured(model, "energy_of(sites)", state) == pytest.approx(
        -(state[..., 0] * (h + x - 2 * y)).mean(), rel=1e-12
    )


def test_the_energy_of_a_kind_is_that_of_its_bonds():
    hamiltonian = {"bonds": {"nn": "-J*a*b", "nnn": "0.3*a*b"}, "plaquettes": "0.2*a*b*c*d"}
    model = model_of("square", [3, 4], {"states": [-1, 1]}, hamiltonian)
    state = random_state(model, np.random.default_rng(9))
    s = state[..., 0, 0]

    def by(dx, dy):
        return np.roll(s, (-dx, -dy), (0, 1))

    assert measured(model, "energy_of(nnn)", state) == pytest.approx(0.3 * (s * (by(1, 1) + by(1, -1))).mean())
    assert measured(model, "energy_of(square)", state) == pytest.approx(
        0.2 * (s * by(1, 0) * by(1, 1) * by(0, 1)).mean()
    )


@pytest.mark.parametrize(
    ("lattice", "shape", "sign"),
    [
        ("chain", [6], lambda c, b: c[0]),
        ("square", [4, 2], lambda c, b: c[0] + c[1]),
        ("cubic", [2, 4, 2], lambda c, b: c[0] + c[1] + c[2]),
        ("honeycomb", [3, 5], lambda c, b: b),
        ("bcc", [3, 1, 2], lambda c, b: b),
    ],
)
@pytest.mark.parametrize("spin", [{"states": [-1, 1]}, {"angle": True}, {"vector": 3}])
def test_staggered_magnetization_is_that_of_the_two_sublattices(lattice, shape, sign, spin):
    bonds = {"states": "-J*a*b", "angle": "-J*cos(a - b)", "vector": "-J*dot(a, b)"}[next(iter(spin))]
    model = model_of(lattice, shape, spin, {"bonds": {"nn": bonds, "nnn": bonds}})
    state = random_state(model, np.random.default_rng(5))
    *cells, basis = np.indices((*model.geometry.shape, model.geometry.basis))
    signs = (-1.0) ** sign(cells, basis)
    mean = (signs[..., np.newaxis] * components(model, state)).reshape(model.geometry.sites, -1).mean(axis=0)
    assert measured(model, "staggered_magnetization()", state) == pytest.approx(np.linalg.norm(mean), rel=1e-12)


@pytest.mark.parametrize(
    ("lattice", "shape", "boundary", "bipartite"),
    [
        ("triangular", [4, 4], "periodic", False),
        ("kagome", [2, 2], "periodic", False),
        ("fcc", [2, 2, 2], "periodic", False),
        ("square", [3, 4], "periodic", False),
        ("square", [3, 4], {"x": "open"}, True),
        ("square", [3, 4], {"x": "antiperiodic"}, True),
        ("square", [1, 4], "periodic", True),
    ],
)
def test_alternating_signs_exist_on_bipartite_lattices_only(lattice, shape, boundary, bipartite):
    model = model_of(lattice, shape, {"states": [-1, 1]}, {"bonds": "-J*a*b"}, boundary)
    assert (alternating(model.geometry) is not None) == bipartite


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("spin", "bonds"), [SPINS[0], SPINS[3], SPINS[5]])
def test_the_correlation_length_follows_from_two_structure_factors(spin, bonds, axis):
    model = model_of("honeycomb", [4, 3], spin, {"bonds": bonds}, {"xy"[1 - axis]: "open"})
    state = random_state(model, np.random.default_rng(5))
    measuring = Measuring(model, f"correlation_length({'xy'[axis]})/L")
    known, derived = measuring.samples(state), measuring.last
    (zero, _), (smallest, _) = derived.moments
    wave = "1, 0" if axis == 0 else "0, 1"
    assert known[zero] == pytest.approx(measured(model, "structure_factor(0, 0)", state), rel=1e-12)
    assert known[smallest] == pytest.approx(measured(model, f"structure_factor({wave})", state), rel=1e-12)
    assert [power for _, power in derived.moments] == [1, 1]
    expected = np.sqrt(5.0 / 2.0 - 1.0) / (2.0 * np.sin(np.pi / model.geometry.shape[axis])) / 3.0
    assert float(derived.value(5.0, 2.0)) == pytest.approx(expected, rel=1e-14)


def test_what_is_reduced_twice_is_worked_out_once():
    model = model_of("square", [4, 4], {"states": [-1, 1]}, {"bonds": "-J*a*b"})
    found = model.expressed("m", "mean(a)**2 + mean( a )*sum(a)")
    assert [one.hidden for one in found] == [True, False]


def test_a_distance_may_be_a_formula_of_parameters():
    model = model_of("chain", [8], {"real": True}, {"bonds": "J*(a - b)**2"})
    state = random_state(model, np.random.default_rng(2))
    assert measured(model, "correlation(2*L - 1)", state) == measured(model, "correlation(5)", state)


def test_the_source_of_a_correlation_does_not_depend_on_the_size():
    sources = {
        model_of("square", [n, n], {"states": [-1, 1]}, {"bonds": "-J*a*b"})
        .expressed("c", "correlation(-3, 2) + structure_factor(1, 0)")[part]
        .value.source
        for n in (8, 16)
        for part in (0, 1)
    }
    assert len(sources) == 2


def test_units_and_names_are_those_of_the_formula():
    model = model_of("square", [4, 4], {"angle": True}, {"bonds": "-J*cos(a - b)"})
    found = {
        text: model.expressed("q", text)[-1] for text in ("energy_of(nn)", "2*energy_of(nn)", "helicity_modulus(x)")
    }
    assert {text: (one.unit, one.doc) for text, one in found.items()} == {
        "energy_of(nn)": ("energy", "energy_of(nn)"),
        "2*energy_of(nn)": ("1", "2*energy_of(nn)"),
        "helicity_modulus(x)": ("energy", "helicity_modulus(x)"),
    }
