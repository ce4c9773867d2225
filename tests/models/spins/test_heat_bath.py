"""The heat bath: its distribution among given neighbours, for every kind of spin, exactly or as chi-square."""

import numpy as np
import pytest
from scipy.special import ive
from scipy.stats import chi2, kstest

from simcore.errors import InvalidValueError
from simcore.models.spins.algorithms.vonmises import across, circle_point, fisher, narrowing, sphere_point
from simcore.models.spins.spins import Spins
from tests.models.spins.plainkernels import PlainModel
from tests.models.spins.test_sweep import CASES, PARAMETERS, model_of, places
from tests.physics.oracles.spins import all_states, boltzmann

P_VALUE = 1e-4  # of each comparison of samples with a distribution, for fixed seeds: a right program fails 1 in 10,000
STIFFNESSES = [0.0, 1e-300, 1e-9, 0.3, 1.0, 4.0, 60.0, 1e5]


def heat_bath(spin, bonds, sites="0", shape=(4, 4), **parameters):
    keys = {
        "lattice": {"type": "square", "shape": list(shape)},
        "parameters": {**PARAMETERS, **parameters},
        "spin": spin,
        "hamiltonian": {"bonds": bonds, "sites": sites},
        "algorithm": "heat_bath",
    }
    return Spins.model_validate(keys)


def distribution(plain, phase, arrays, cell):
    """The probability of each state, from the function alone: a step function of one uniform number, by bisection."""
    count = plain.model.spin.count

    def outcome(u):
        return int(plain.update(phase, arrays, cell, (u,)))

    def below(state, low=0.0, high=1.0):
        """The share of the random numbers that lead to a state up to this one."""
        if outcome(0.0) > state:
            return 0.0
        while high - low > 1e-14:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if outcome(middle) <= state else (low, middle)
        return high

    limits = np.array([0.0, *(below(state) for state in range(count - 1)), 1.0])
    return np.diff(limits)


def sweep_matrix(model, states):
    """Of all phases in order; and that each new state does not depend on the old one."""
    plain, geometry, count = PlainModel(model), model.geometry, model.spin.count
    weights = count ** np.arange(geometry.sites)[::-1]
    indices = np.array([model.spin.stored(state).astype(int).ravel() for state in states])
    whole = np.eye(len(states))
    for phase in model.phases():
        basis = model.system.arrays.names.index(phase.writes)
        for cell in places(phase, geometry.shape):
            site = int(np.ravel_multi_index((*cell, basis), (*geometry.shape, geometry.basis)))
            one = np.zeros((len(states), len(states)))
            for row in np.flatnonzero(indices[:, site] == 0):
                same = row + np.arange(count) * weights[site]  # the states that differ from this one at the site alone
                chances = distribution(plain, phase, plain.arrays(states[row]), cell)
                one[np.ix_(same, same)] = chances
                another = plain.arrays(states[same[-1]])
                for u in (0.1, 0.53, 0.9):  # at none of them is a limit
                    assert plain.update(phase, another, cell, (u,)) == np.searchsorted(np.cumsum(chances), u)
            whole = whole @ one
    return whole


FAST = ["one site", "two sites", "ring of four", "2 x 2", "open", "antiperiodic", "potts", "uneven states"]


@pytest.mark.parametrize("largest", [0, 2**15], ids=["formula", "table"])
@pytest.mark.parametrize(
    "case", [case if case in FAST else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
def test_boltzmann_is_stationary_and_one_sweep_leads_anywhere(case, largest, largest_table):
    largest_table(largest)
    *setting, field = CASES[case]
    metropolis, brute = model_of(*setting, field)
    model = Spins.model_validate({**metropolis.model_dump(mode="json"), "algorithm": "heat_bath"})
    assert any(name.startswith("heat_bath_table") for name in model.constants()) == (largest > 0)
    states = all_states(model.geometry, model.spin.states)
    exact = boltzmann(np.array([brute.energy(state) for state in states]), PARAMETERS["temperature"])
    sweep = sweep_matrix(model, states)
    np.testing.assert_allclose(sweep.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(exact @ sweep, exact, rtol=1e-9)
    assert sweep.min() > 0.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("largest", [0, 2**15], ids=["formula", "table"])
@pytest.mark.parametrize("states", [[-1, 1], [-1, 0, 1]], ids=str)
def test_at_extreme_temperatures_the_lowest_state_is_taken_and_ties_are_even(states, largest, largest_table):
    largest_table(largest)
    for temperature, aligned in ((1e-300, 1.0), (5e-324, 1.0), (1e300, 1.0 / len(states))):
        model = heat_bath({"states": states}, "-J*a*b", temperature=temperature)
        plain, state = PlainModel(model), np.ones((4, 4, 1, 1))
        with np.errstate(over="ignore"):
            chances = distribution(plain, model.phases()[0], plain.arrays(state), (0, 0))
            assert chances[-1] == pytest.approx(aligned, abs=1e-12)
            state[1], state[3] = -1, -1
            balanced = distribution(plain, model.phases()[0], plain.arrays(state), (0, 0))
        np.testing.assert_allclose(balanced, 1.0 / len(states), atol=1e-12)


# -- unit vectors ------------------------------------------------------------------------------------------------------


def langevin(stiffness, n):
    """<cos> of the weight exp(stiffness cos) in n dimensions: I_(n/2)/I_(n/2 - 1)."""
    return ive(n / 2, stiffness) / ive(n / 2 - 1, stiffness) if stiffness > 1e-6 else stiffness / n


def cumulative(cosine, stiffness, n):
    """The share of the weight exp(stiffness (cos - 1)) (1 - cos^2)^((n - 3)/2) up to a cosine, by quadrature."""
    depth = min(2.0, 60.0 / max(stiffness, 1e-300))
    half_angle = np.linspace(0.0, np.arcsin(np.sqrt(depth / 2.0)), 20001)
    weight = np.exp(-2.0 * stiffness * np.sin(half_angle) ** 2) * np.sin(2.0 * half_angle) ** (n - 2)
    sums = np.concatenate([[0.0], np.cumsum(0.5 * (weight[1:] + weight[:-1]))])
    return np.interp(np.arcsin(np.sqrt((1.0 - np.asarray(cosine)) / 2.0)), half_angle, sums / sums[-1])


@pytest.mark.parametrize("stiffness", STIFFNESSES)
@pytest.mark.parametrize("n", [2, 3, 4, 5, 9])
def test_angles_to_the_axis_have_their_distribution(n, stiffness):
    u = np.random.default_rng(n).random((3, 8_000))
    spread = narrowing(stiffness, n - 1)
    if n == 2:
        cosine, sine, found = np.vectorize(circle_point)(stiffness, spread, u[0], u[1])
        np.testing.assert_allclose(cosine**2 + sine**2, 1.0, rtol=1e-14)
        half = np.where(cosine > 0, sine**2 / 2 / (1 + np.abs(cosine)), (1.0 - cosine) / 2.0)
        above = np.count_nonzero(sine[found] > 0)
        assert abs(above - found.sum() / 2) < 4.5 * np.sqrt(found.sum()) / 2
    elif n == 3:
        half, found = np.array([fisher(stiffness, draw) for draw in u[0]]) / 2.0, np.ones(u.shape[1], bool)
    else:
        half, found = np.vectorize(sphere_point)(stiffness, n - 1, spread, *u)
    assert ((half >= 0.0) & (half <= 1.0)).all()
    assert found.mean() > 0.64
    kept = half[found]
    z = (2.0 * kept.mean() - (1.0 - langevin(stiffness, n))) / (2.0 * kept.std() / np.sqrt(len(kept)))
    assert abs(z) < 4.5
    assert kstest(kept, lambda values: cumulative(1.0 - 2.0 * values, stiffness, n)).pvalue > P_VALUE


@pytest.mark.parametrize("stiffness", [1e12, 1e150])
def test_the_stiffest_spins_are_finite_and_along_the_axis(stiffness):
    u = np.random.default_rng(5).random((3, 1000))
    u[:, 0], u[:, 1] = 0.0, 1.0 - 2.0**-53
    with np.errstate(under="ignore", over="raise", invalid="raise", divide="raise"):
        cosine, sine, found = np.vectorize(circle_point)(stiffness, narrowing(stiffness, 1), u[0], u[1])
        half, _ = np.vectorize(sphere_point)(stiffness, 4, narrowing(stiffness, 4), *u)
        depth = np.array([fisher(stiffness, draw) for draw in u[0]])
    assert cosine[found].min() > 1.0 - 1e-10
    assert np.isfinite(half).all()
    assert np.isfinite(sine).all()
    assert (depth >= 0.0).all()
    assert depth.max() < 1e-10


def test_sides_are_at_right_angles_to_every_axis():
    axes = np.random.default_rng(1).normal(size=(200, 3))
    axes = np.vstack([axes, np.eye(3), -np.eye(3), [[1e-200, 0.0, -1.0]]])
    for axis in axes / np.linalg.norm(axes, axis=1, keepdims=True):
        frame = np.array([axis, across(*axis)[:3], across(*axis)[3:]])
        np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-15)


VECTORS = {
    "angle": ({"angle": True}, "-J*cos(a - b) + K*sin(b - a)", 2),
    "n = 2": ({"vector": 2}, "-J*dot(a, b)", 2),
    "n = 3": ({"vector": 3}, "-J*dot(a, b) - K*(a[0]*b[1] - a[1]*b[0])", 3),
    "n = 4": ({"vector": 4}, "-J*dot(a, b)", 4),
    "n = 5": ({"vector": 5}, "-J*dot(a, b)", 5),
}


def updated(plain, phase, state, cell, random):
    new = plain.update(phase, plain.arrays(state), cell, random)
    return np.atleast_1d(np.array(new, float))


def directions(kind, spins):
    """Unit vectors, of shape (..., dimensions)."""
    return np.stack([np.cos(spins[..., 0]), np.sin(spins[..., 0])], axis=-1) if kind == "angle" else spins


@pytest.mark.parametrize("case", VECTORS)
@pytest.mark.parametrize("temperature", [0.4, 3.0])
def test_a_spin_among_its_neighbours_has_the_distribution_of_boltzmann(case, temperature):
    spin, bonds, n = VECTORS[case]
    model = heat_bath(spin, bonds, temperature=temperature)
    plain, phase, kind = PlainModel(model), model.phases()[0], model.spin
    generator = np.random.default_rng(3)
    state = kind.stored(generator.normal(size=(4, 4, 1, kind.components)))
    drawn = [updated(plain, phase, state, (0, 0), tuple(u)) for u in generator.random((1500, phase.draws))]
    old = directions(kind.kind, state[0, 0, 0])
    vectors = directions(kind.kind, np.array(drawn))
    np.testing.assert_allclose((vectors**2).sum(axis=-1), 1.0, rtol=1e-14)
    stayed = (vectors == old).all(axis=1)
    assert stayed.mean() < 0.05
    fields = np.array([energy_at(model, state, axis) for axis in np.vstack([np.eye(n), -np.eye(n)])])
    field = 0.5 * (fields[:n] - fields[n:])
    stiffness = np.linalg.norm(field) / temperature
    cosine = (vectors @ -field / np.linalg.norm(field))[~stayed]
    assert kstest(cosine, lambda values: 1.0 - cumulative(values, stiffness, n)).pvalue > P_VALUE
    across_axis = vectors[~stayed] @ field[:, np.newaxis] * field / (field @ field)
    sideways = (vectors[~stayed] - across_axis).mean(axis=0) * np.sqrt(len(cosine))
    assert (sideways**2).sum() < chi2.isf(P_VALUE, n - 1)


def energy_at(model, state, direction):
    """The energy of the first spin among its four neighbours, pointing in a direction."""
    kind = model.spin.kind
    own = np.array([np.arctan2(direction[1], direction[0])]) if kind == "angle" else direction
    total = 0.0
    for (x, y), first in (((1, 0), True), ((0, 1), True), ((3, 0), False), ((0, 3), False)):
        a, b = (own, state[x, y, 0]) if first else (state[x, y, 0], own)
        total += bond_energy(kind, len(direction), a, b)
    return total


def bond_energy(kind, n, a, b):
    if kind == "angle":
        return -0.8 * np.cos(a[0] - b[0]) + 0.45 * np.sin(b[0] - a[0])
    return -0.8 * (a @ b) - (0.45 * (a[0] * b[1] - a[1] * b[0]) if n == 3 else 0.0)


@pytest.mark.parametrize("case", VECTORS)
def test_whether_the_spin_stays_does_not_depend_on_it(case):
    """So detailed balance holds: with a fixed probability it stays, else it is drawn whatever it was."""
    spin, bonds, _ = VECTORS[case]
    model = heat_bath(spin, bonds, temperature=0.05)
    plain, phase, kind = PlainModel(model), model.phases()[0], model.spin
    generator = np.random.default_rng(4)
    state = kind.stored(generator.normal(size=(4, 4, 1, kind.components)))
    other = state.copy()
    other[0, 0, 0] = kind.stored(generator.normal(size=kind.components))
    kept = 0
    for u in generator.random((200, phase.draws)):
        one, two = (updated(plain, phase, at, (0, 0), tuple(u)) for at in (state, other))
        stays = (one == state[0, 0, 0]).all()
        kept += stays
        assert (two == (other[0, 0, 0] if stays else one)).all()
    assert kept > 0 or case == "n = 3"


@pytest.mark.parametrize("case", VECTORS)
@pytest.mark.parametrize("temperature", [5e-324, 1e-12, 1e300])
@pytest.mark.parametrize("coupling", [0.0, 1e-310, 1e100])
def test_extreme_fields_and_temperatures_give_unit_vectors(case, temperature, coupling):
    spin, bonds, _ = VECTORS[case]
    model = heat_bath(spin, bonds, temperature=temperature, J=coupling, K=0.0)
    plain, phase, kind = PlainModel(model), model.phases()[0], model.spin
    generator = np.random.default_rng(6)
    state = kind.stored(generator.normal(size=(4, 4, 1, kind.components)))
    with np.errstate(over="ignore", under="ignore", divide="raise", invalid="raise"):
        for u in generator.random((20, phase.draws)):
            vector = directions(kind.kind, updated(plain, phase, state, (0, 0), tuple(u)))
            assert (vector**2).sum() == pytest.approx(1.0, rel=1e-14)


# -- real numbers, and what does not apply -----------------------------------------------------------------------------


def test_the_free_field_is_drawn_from_its_gaussian():
    model = heat_bath({"real": True}, "0.5*J*(a - b)**2", "0.5*K*a**2 - h*a", temperature=0.7)
    plain, phase = PlainModel(model), model.phases()[0]
    generator = np.random.default_rng(2)
    state = generator.normal(size=(4, 4, 1, 1))
    drawn = [updated(plain, phase, state, (1, 2), tuple(u))[0] for u in generator.random((1500, phase.draws))]
    strength = 4 * 0.8 + 0.45
    mean = (0.8 * sum(state[x, y, 0, 0] for x, y in ((0, 2), (2, 2), (1, 1), (1, 3))) + 0.3) / strength
    assert kstest(drawn, "norm", args=(mean, np.sqrt(0.7 / strength))).pvalue > P_VALUE


@pytest.mark.parametrize(
    ("spin", "bonds", "sites", "message"),
    [
        ({"angle": True}, "-J*cos(a - b)", "-h*cos(2*a)", "linear in each spin, and model.hamiltonian.sites is not"),
        ({"angle": True}, "-J*cos(2*a - 2*b)", "0", "model.hamiltonian.bonds.nn is not; use metropolis"),
        ({"vector": 3}, "-J*dot(a, b)**2", "0", "model.hamiltonian.bonds.nn is not"),
        ({"real": True}, "0.5*(a - b)**2", "K*a**4", "quadratic in each real spin: model.hamiltonian.sites is not"),
        ({"real": True}, "a**2*b**2", "a**2", "quadratic in each real spin: model.hamiltonian.bonds.nn is not"),
        ({"real": True}, "-J*a*b", "0", "does not grow with the spin, which would run away"),
        ({"real": True}, "-J*a*b", "-a**2", "does not grow with the spin, which would run away"),
    ],
)
def test_an_energy_that_has_no_heat_bath_is_refused_with_the_reason(spin, bonds, sites, message):
    with pytest.raises(InvalidValueError, match=f"^model.algorithm: heat_bath needs .*{message}"):
        heat_bath(spin, bonds, sites).check(None)
