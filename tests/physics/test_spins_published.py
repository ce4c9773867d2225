"""Models of spins against published values and exact identities, as z-scores of runs with fixed seeds.

A score beyond 4.5 comes once in 150,000 for a right program.
"""

import numpy as np
import pytest
from scipy.special import ive

from tests.physics.oracles.references import kaufman, onsager_yang, potts, small_lattices
from tests.physics.oracles.scores import FARTHEST, assert_normal, z_scores

FREE_FIELD = 0.38550118908909  # <phi^2>, 8 x 8, m2 = 1/4: the mean over k of 1/(m2 + 4 sum of sin^2(k/2))
K_CRITICAL = 0.221654626  # A. M. Ferrenberg, J. Xu, D. P. Landau, Phys. Rev. E 97, 043301 (2018)
NU, OMEGA = 0.629971, 0.82966  # F. Kos, D. Poland, D. Simmons-Duffin, A. Vichi, J. High Energy Phys. 08, 036 (2016)
T_KT = 0.8929  # M. Hasenbusch, J. Phys. A 38, 5869 (2005): 1/1.1199


def experiment(kind, lattice, parameters, sweeps, *, seed, every=5, observables=None, **keys):
    return {
        "model": {"type": kind, "lattice": lattice, "parameters": parameters, **keys},
        "run": {"seed": seed, "thermalization": max(1000, sweeps // 20), "sweeps": sweeps, "measure_every": every},
        "output": {"observables": observables or {}},
    }


# -- the scalar field --------------------------------------------------------------------------------------------------

SCALING = {"square": "mean(a**2)", "scaling": "2*energy + 2*lam*mean(a**4)"}  # a dS/da = 2 S_2 + 4 S_4


def field(m2, lam, seed, estimate):
    lattice = {"type": "square", "shape": [8, 8]}
    return estimate(experiment("phi4", lattice, {"m2": m2, "lam": lam}, 40_000, seed=seed, observables=SCALING))


def test_the_free_field_has_the_variance_of_its_modes(estimate):
    k = 2 * np.pi * np.arange(8) / 8
    symbol = 0.25 + 4 * (np.sin(k / 2) ** 2 + np.sin(k[:, np.newaxis] / 2) ** 2)
    exact = float(np.mean(1 / symbol))
    assert exact == pytest.approx(FREE_FIELD, rel=1e-13)
    scores = z_scores(field(0.25, 0.0, 1, estimate), {"square": exact, "energy": 0.5, "specific_heat": 0.5})
    assert_normal([scores])


def test_the_field_obeys_the_identity_of_schwinger_and_dyson(estimate):
    """<a dS/da> = 1, from the invariance of the measure: no coupling is small or large enough to break it."""
    runs = [(0.25, 0.0), (0.25, 0.1), (-0.5, 0.25), (-1.0, 0.25), (1.0, 2.0)]
    assert_normal([z_scores(field(*run, seed, estimate), {"scaling": 1.0}) for seed, run in enumerate(runs)])


# -- in one dimension --------------------------------------------------------------------------------------------------


def ring_energy(sites, temperature):
    """Of the XY ring: Z = sum over n of I_n(1/T)^N."""
    beta, n = 1.0 / temperature, np.arange(-40, 41)
    bessel, slope = ive(n, beta), (ive(n - 1, beta) + ive(n + 1, beta)) / 2
    return -float(
        np.sum((bessel / bessel[40]) ** (sites - 1) * slope / bessel[40]) / np.sum((bessel / bessel[40]) ** sites)
    )


def test_the_xy_ring_has_the_energy_of_its_transfer_integral(estimate):
    scores = []
    for seed, (sites, temperature) in enumerate([(4, 0.5), (4, 1.0), (16, 0.4), (64, 1.0), (64, 2.0)]):
        job = experiment("xy", {"type": "chain", "shape": [sites]}, {"temperature": temperature}, 20_000, seed=seed)
        scores.append(z_scores(estimate(job), {"energy": ring_energy(sites, temperature)}))
    assert ring_energy(64, 1.0) == pytest.approx(-ive(1, 1.0) / ive(0, 1.0), rel=1e-12)
    assert_normal(scores)


# -- tables ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "shape", "system"), [("potts", [3, 3], "potts_q3_3x3"), ("ising", [3, 3, 3], "ising3d_3x3x3")]
)
def test_small_lattices_agree_with_their_tables(kind, shape, system, estimate):
    scores = []
    for seed, (inverse, energy, heat) in enumerate(small_lattices(system)):
        lattice = {"type": "square" if len(shape) == 2 else "cubic", "shape": shape}
        found = estimate(experiment(kind, lattice, {"temperature": 1 / inverse}, 100_000, seed=seed))
        scores.append(z_scores(found, {"energy": energy, "specific_heat": heat}))
    assert_normal(scores)


@pytest.mark.slow
def test_large_ising_lattices_have_the_energy_of_onsager_and_the_magnetisation_of_yang(estimate):
    """96 x 96, many correlation lengths wide at all but the critical temperature, where 32 x 32 is Kaufman's."""
    scores = []
    for seed, (temperature, (energy, magnetization)) in enumerate(sorted(onsager_yang().items())):
        critical = magnetization == 0.0 and energy < -1.2
        side = 32 if critical else 96
        exact = {"energy": kaufman(32)[temperature][0] if critical else energy}
        if magnetization:
            exact["abs_magnetization"] = magnetization
        job = experiment("ising", {"size": side}, {"temperature": temperature}, 20_000, seed=seed, every=10)
        scores.append(z_scores(estimate(job), exact))
    assert len(scores) == 5
    assert_normal(scores)


# -- at critical points: an infinite lattice from the sizes of finite ones ---------------------------------------------


def extrapolated(powers, sides, values, errors):
    """The constant of a weighted fit of values = constant + sum of c_p side^-p, and its error."""
    basis = np.stack([np.ones(len(sides)), *(np.array(sides, float) ** -p for p in powers)], axis=1)
    scaled = basis / np.array(errors)[:, np.newaxis]
    covariance = np.linalg.inv(scaled.T @ scaled)
    return (covariance @ scaled.T @ (np.array(values) / errors))[0], covariance[0, 0] ** 0.5


def critical_energy(kind, lattice, temperature, powers, sides, estimate):
    found = []
    for seed, side in enumerate(sides):
        job = experiment(
            kind, {"type": lattice, "size": side}, {"temperature": temperature}, 60_000, seed=seed, every=4
        )
        found.append(estimate(job))
    return extrapolated(powers, sides, [f["energy"] for f in found], [f["energy_error"] for f in found])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lattice", "temperature", "energy"),
    [("triangular", 4 / np.log(3), -2.0), ("honeycomb", 1.518651, -2 / np.sqrt(3))],
)
def test_critical_ising_lattices_have_the_energy_of_houtappel(lattice, temperature, energy, estimate):
    """R. M. F. Houtappel, Physica 16, 425 (1950). On a torus the energy comes in as 1/L, then 1/L^3."""
    value, error = critical_energy("ising", lattice, temperature, (1, 3), (6, 12, 18, 24), estimate)
    assert error < 0.01 * abs(energy)
    assert abs(value - energy) < FARTHEST * error, (value, error)


@pytest.mark.slow
def test_the_critical_potts_model_of_three_states_has_the_energy_of_wu(estimate):
    """2 - 1/nu = 4/5 is the power of the energy's approach; the next one is twice that."""
    temperature, energy = potts(3)
    value, error = critical_energy("potts", "square", temperature, (0.8, 1.6), (6, 8, 12, 16, 24, 32), estimate)
    assert error < 0.02 * abs(energy)
    assert abs(value - energy) < FARTHEST * error, (value, error)


@pytest.mark.slow
def test_the_binder_cumulants_of_cubic_ising_lattices_cross_at_the_critical_coupling(estimate):
    """Crossings of L and 2 L approach K_c as L^-(1/nu + omega): K. Binder, Z. Phys. B 43, 119 (1981)."""
    couplings = K_CRITICAL * np.linspace(0.988, 1.012, 5)
    lines = {}
    for side, sweeps in ((4, 50_000), (6, 60_000), (8, 40_000), (12, 40_000)):
        found = [
            estimate(
                experiment("ising", {"type": "cubic", "size": side}, {"temperature": 1 / K}, sweeps, seed=n, every=4)
            )
            for n, K in enumerate(couplings)
        ]
        lines[side] = np.array([f["binder"] for f in found]), np.array([f["binder_error"] for f in found])
    crossings = [crossing(couplings - K_CRITICAL, lines[side], lines[2 * side]) for side in (4, 6)]
    (first, first_error), (second, second_error) = crossings
    gain = 1.5 ** (1 / NU + OMEGA)
    shift = (gain * second - first) / (gain - 1)
    error = np.hypot(gain * second_error, first_error) / (gain - 1)
    assert error < 2.5e-3 * K_CRITICAL
    assert abs(shift) < FARTHEST * error, (crossings, shift, error)


def crossing(x, small, large):
    """Where the difference of two (values, errors) along x, as a parabola, crosses 0 next to 0; and its error."""
    difference, errors = large[0] - small[0], np.hypot(small[1], large[1])

    def root(values):
        return float(min(np.roots(np.polyfit(x, values, 2, w=1 / errors)).real, key=abs))

    here = root(difference)
    changes = [root(difference + change) - here for change in np.diag(errors)]
    return here, float(np.sqrt(np.sum(np.square(changes))))


@pytest.mark.slow
def test_the_helicity_modulus_at_the_transition_of_kosterlitz_and_thouless_jumps_by_two_over_pi(estimate):
    """Y/T = 2/pi (1 + 1/(2 ln L + C)) at T_KT: H. Weber, P. Minnhagen, Phys. Rev. B 37, 5986 (1988).

    One C fits the sizes there; at 0.9 T_KT, where Y keeps above 2T/pi in an infinite lattice, no such C does.
    """

    def constants(temperature):
        for seed, side in enumerate((8, 16, 32)):
            job = experiment(
                "xy",
                {"size": side},
                {"temperature": temperature},
                10_000,
                seed=seed,
                every=4,
                observables={"stiffness": "helicity_modulus(x)"},
                algorithm={"type": "metropolis", "over_relaxation": 2},
            )
            found = estimate(job)
            excess = np.pi * found["stiffness"] / (2 * temperature) - 1
            error = np.pi * found["stiffness_error"] / (2 * temperature)
            yield 1 / excess - 2 * np.log(side), error / excess**2

    def spread(values):
        c, errors = np.array(list(values)).T
        mean = np.sum(c / errors**2) / np.sum(errors**-2)
        return float(np.sum(((c - mean) / errors) ** 2)), list(zip(c, errors, strict=True))

    at, below = spread(constants(T_KT)), spread(constants(0.9 * T_KT))
    assert at[0] < 18.42, at  # chi-square of 2 degrees of freedom: once in 10,000
    assert below[0] > 100.0, below
