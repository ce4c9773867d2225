"""Reweighting against the exact 8 x 8 Ising model (|z| < 4.5: false alarms 7e-6 a number) and against algebra."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simcore import reweighting
from simcore.analysis.reweighting.leaving import jackknife_error

BOUND = 4.5
SETS = 100
SITES = 64


def exact(ising, temperatures: np.ndarray, function: Callable[[float], float]) -> np.ndarray:
    return np.array([function(T) for T in temperatures])


def z(dataset, name: str, truth: np.ndarray) -> np.ndarray:
    return ((dataset[name] - truth) / dataset[f"{name}_error"]).values


def test_the_exact_counts_are_those_of_the_literature(ising):
    counts = [int(count) for count in ising.counts]
    assert sum(counts) == 2**64
    assert counts == counts[::-1]
    assert counts[:13:2] == [2, 0, 128, 256, 4672, 17920, 145408]
    assert not any(counts[1::2])


@pytest.mark.filterwarnings("error")
def test_one_temperature_gives_the_exact_energies_at_others(ising):
    series = ising.chain(2.4, 200_000, np.random.default_rng(1))
    lattice = reweighting.lattice([series], [2.4], sites=SITES)
    T = np.linspace(2.15, 2.8, 14)
    curves = lattice.curves(T)
    for name, function in (("energy", ising.energy), ("specific_heat", ising.specific_heat)):
        assert np.abs(z(curves, name, exact(ising, T, function))).max() < BOUND
    others = np.abs(T - 2.4) > 1e-9  # where it is 0 by definition
    differences = exact(ising, T, ising.log_z) - ising.log_z(2.4)
    assert np.abs(z(curves, "log_z", differences))[others].max() < BOUND
    assert curves.energy_error.max() < 0.006


@pytest.mark.filterwarnings("error")
def test_several_temperatures_give_the_exact_curves_between_and_around_them(ising):
    rng = np.random.default_rng(2)
    simulated = [1.9, 2.2, 2.5, 3.0]
    series = [ising.chain(T, n, rng) for T, n in zip(simulated, (20_000, 60_000, 40_000, 30_000), strict=True)]
    lattice = reweighting.lattice(series, simulated, sites=SITES)
    T = np.linspace(1.8, 3.4, 33)
    curves = lattice.curves(T)
    for name, function in (("energy", ising.energy), ("specific_heat", ising.specific_heat)):
        assert np.abs(z(curves, name, exact(ising, T, function))).max() < BOUND
    free = lattice.histograms.free_energies().isel(simulation=slice(1, None))
    truth = -exact(ising, 1.0 / free.coupling_energy.values, ising.log_z) + ising.log_z(3.0)
    assert np.abs(z(free, "f", truth)).max() < BOUND


@pytest.mark.parametrize("several", [False, True])
def test_the_errors_cover_the_truth_in_68_percent(ising, several):
    rng = np.random.default_rng(3)
    simulated = [2.1, 2.3, 2.6] if several else [2.3]
    deviations = []
    for _ in range(SETS):
        series = [ising.chain(T, 3_000, rng) for T in simulated]
        curves = reweighting.lattice(series, simulated, sites=SITES, blocks=30).curves([2.2, 2.4])
        deviations.append(
            [
                z(curves, "energy", exact(ising, [2.2, 2.4], ising.energy)),
                z(curves, "specific_heat", exact(ising, [2.2, 2.4], ising.specific_heat)),
            ]
        )
    share = math.erf(math.sqrt(0.5))
    covered = np.sum(np.abs(deviations) < 1.0, axis=0)
    assert (np.abs(covered - SETS * share) < BOUND * math.sqrt(SETS * share * (1.0 - share))).all()


def test_the_density_of_states_is_the_exact_one(ising):
    rng = np.random.default_rng(4)
    simulated = [1.6, 2.0, 2.4, 3.0, 5.0, 1e6]
    lattice = reweighting.lattice([ising.chain(T, 50_000, rng) for T in simulated], simulated, sites=SITES)
    for given in ({"log_states": SITES * math.log(2.0)}, {"log_lowest": math.log(2.0)}):
        found = lattice.density_of_states(**given)
        known = found.where(found.log_g_error < 0.2, drop=True)
        assert len(known.energy) > 35
        truth = np.array([ising.log_g[ising.energies == E].item() for E in known.energy.values])
        others = known.log_g_error.values > 0.0
        assert np.abs(z(known, "log_g", truth)[others]).max() < BOUND
        assert known.log_g.values[~others] == pytest.approx(truth[~others], rel=1e-12)
    relative = lattice.density_of_states()
    often = int(np.argmax(relative.samples.values))
    assert relative.log_g[often] == 0.0
    assert relative.log_g_error[often] == 0.0
    assert (relative.log_g - found.log_g).values == pytest.approx(-float(found.log_g[often]), rel=1e-10)


def test_a_width_makes_levels_of_continuous_energies():
    """One harmonic oscillator in three dimensions: g(E) dE is proportional to sqrt(E) dE."""
    rng = np.random.default_rng(5)
    simulated = np.array([0.5, 1.0, 2.0])
    energies = [rng.gamma(1.5, T, 100_000) for T in simulated]
    combined = reweighting.combine({"E": energies}, {"E": 1.0 / simulated}, tau=[0.5] * 3)
    with pytest.raises(ValueError, match=r"\d+ levels are more than 100000: give the width between them"):
        combined.density_of_states()
    found = combined.density_of_states(width=0.25)
    E = found.E.values
    edges = np.clip(np.stack([E - 0.125, E + 0.125]), 0.0, None)
    log_share = np.log(np.diff(edges**1.5, axis=0)[0])
    reference = int(np.argmax(found.samples.values))
    deviation = z(found, "log_g", log_share - log_share[reference])
    few = (found.log_g_error < 0.2).values & (found.log_g_error > 0.0).values
    assert few.sum() > 20
    assert np.abs(deviation[few]).max() < BOUND


def test_the_free_energies_solve_the_equations_of_ferrenberg_and_swendsen():
    """Their fixed point, iterated 2,000 times on samples of normal distributions, one by one."""
    rng = np.random.default_rng(6)
    couplings = np.array([0.0, 0.4, 0.9])
    x = [rng.normal(-b, 1.0, n) for b, n in zip(couplings, (300, 500, 200), strict=True)]
    combined = reweighting.combine({"x": x}, {"x": couplings}, tau=[0.5, 1.0, 2.0], blocks=10)
    everything = np.concatenate(x)
    shares = np.array([300, 250, 50.0])
    weights = np.repeat(shares / [300, 500, 200], [300, 500, 200])
    f = np.zeros(3)
    for _ in range(2_000):
        density = np.exp(f - np.outer(everything, couplings)) @ shares
        f = -np.log((weights / density) @ np.exp(-np.outer(everything, couplings)))
        f -= f[0]
    assert combined.free_energies().f.values == pytest.approx(f, abs=1e-9)
    target = 0.6
    w = weights * np.exp(-target * everything) / density
    assert float(combined.averages({"x": target}).x.item()) == pytest.approx(w @ everything / w.sum(), rel=1e-9)


def test_leaving_out_a_block_is_what_leaving_it_out_does():
    """The jackknife's one step of Newton's method against the solution without the block: equal to second order."""
    rng = np.random.default_rng(7)
    couplings, blocks = np.array([0.0, 0.5, 1.0]), 20
    x = [rng.normal(-b, 1.0, 2_000) for b in couplings]
    options = {"tau": [0.5] * 3, "blocks": blocks}
    whole = reweighting.combine({"x": x}, {"x": couplings}, **options).means({"x": 0.7})
    for block in range(blocks):
        rest = [np.delete(one, slice(100 * block, 100 * (block + 1))) for one in x]
        solved = reweighting.combine({"x": rest}, {"x": couplings}, **options).means({"x": 0.7})
        for step, true, value in (
            (whole.left_out[block, 0, 0], solved.values[0, 0], whole.values[0, 0]),
            (whole.log_z_left_out[block, 0], solved.log_z[0], whole.log_z[0]),
        ):
            assert step - value == pytest.approx(true - value, rel=0.03, abs=3e-5)


def test_levels_and_single_samples_give_the_same(ising, monkeypatch):
    rng = np.random.default_rng(8)
    simulated = [2.2, 2.5]
    series = [ising.chain(T, 5_000, rng) for T in simulated]
    merged = reweighting.lattice(series, simulated, sites=SITES).curves([2.1, 2.3], left_out=True)
    monkeypatch.setattr("simcore.analysis.reweighting.pieces._levels", None)
    monkeypatch.setattr("simcore.analysis.reweighting.pieces.distinct", lambda x: (x, np.arange(x.shape[1])))
    apart = reweighting.lattice(series, simulated, sites=SITES).curves([2.1, 2.3], left_out=True)
    for name in merged.data_vars:
        assert apart[name].values == pytest.approx(merged[name].values, rel=1e-7)


def test_energies_that_differ_by_rounding_are_one_level(ising):
    rng = np.random.default_rng(9)
    series = ising.chain(2.3, 20_000, rng)
    rounded = series * (1.0 + 1e-15 * rng.integers(-3, 4, len(series)))
    found = [reweighting.lattice([x], [2.3], sites=SITES).density_of_states() for x in (series, rounded)]
    assert len(found[0].energy) == len(found[1].energy) < 64
    assert found[1].log_g.values == pytest.approx(found[0].log_g.values, abs=1e-9)


def test_simulations_at_one_temperature_are_pooled(ising):
    rng = np.random.default_rng(10)
    parts = [ising.chain(2.3, 10_000, rng) for _ in range(4)]
    pooled = reweighting.lattice(parts, [2.3] * 4, sites=SITES)
    assert pooled.histograms.mixture.shares.shape == (1,)
    curves = pooled.curves(2.3)
    apart = [reweighting.lattice([part], [2.3], sites=SITES).curves(2.3) for part in parts]
    assert min(one.energy.item() for one in apart) < curves.energy.item() < max(one.energy.item() for one in apart)
    assert curves.ess.item() == pytest.approx(sum(one.ess.item() for one in apart), rel=1e-6)


def all_states(side: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Of every state of a small periodic lattice, the sum over bonds of s s' and the sum of s."""
    n = side * side
    spins = (1 - 2 * ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1)).reshape(-1, side, side)
    bonds = sum((spins * np.roll(spins, 1, axis)).sum(axis=(1, 2)) for axis in (1, 2))
    return bonds.astype(float), spins.sum(axis=(1, 2)).astype(float)


@pytest.mark.filterwarnings("error")
def test_couplings_and_field_are_reweighted_together():
    """Conjugates sum of s s' and sum of s with couplings -J/T and -h/T, on 3 x 3 sites, all 512 states listed."""
    bonds, m = all_states()
    rng = np.random.default_rng(11)

    def probabilities(J: float, h: float) -> np.ndarray:
        weights = np.exp(J * bonds + h * m)
        return weights / weights.sum()

    simulated = np.array([[0.1, 0.0], [0.3, 0.0], [0.2, 0.3], [0.4, 0.1]])
    drawn = [rng.choice(512, 30_000, p=probabilities(J, h)) for J, h in simulated]
    combined = reweighting.combine(
        {"bonds": [bonds[x] for x in drawn], "m": [m[x] for x in drawn]},
        {"bonds": -simulated[:, 0], "m": -simulated[:, 1]},
        {"abs_m": [np.abs(m[x]) for x in drawn]},
    )
    J, h = (grid.ravel() for grid in np.meshgrid([0.05, 0.2, 0.35], [-0.1, 0.0, 0.2, 0.4]))
    found = combined.averages({"bonds": -J, "m": -h})
    for name, values in (("bonds", bonds), ("m", m), ("abs_m", np.abs(m))):
        truth = np.array([probabilities(*at) @ values for at in zip(J, h, strict=True)])
        assert np.abs(z(found, name, truth)).max() < BOUND


@pytest.mark.filterwarnings("error")
def test_lattices_are_reweighted_in_a_field():
    bonds, m = all_states()
    rng = np.random.default_rng(12)
    T, h = np.array([3.0, 4.0, 3.0]), np.array([0.0, 0.3, -0.6])

    def probabilities(T: float, h: float) -> np.ndarray:
        weights = np.exp((bonds + h * m) / T)
        return weights / weights.sum()

    drawn = [rng.choice(512, 40_000, p=probabilities(*at)) for at in zip(T, h, strict=True)]
    energy = [-(bonds[x] + field * m[x]) / 9.0 for x, field in zip(drawn, h, strict=True)]
    lattice = reweighting.lattice(energy, T, sites=9, magnetization=[m[x] / 9.0 for x in drawn], h=h)
    curves = lattice.curves([2.8, 3.5], [-0.5, 0.0, 0.2])
    assert curves.energy.dims == ("temperature", "h")
    for temperature in curves.temperature.values:
        for field in curves.h.values:
            p = probabilities(temperature, field)
            e, mean = -(bonds + field * m) / 9.0, m / 9.0
            m2 = p @ mean**2
            truth = {
                "energy": p @ e,
                "specific_heat": 9.0 * (p @ e**2 - (p @ e) ** 2) / temperature**2,
                "magnetization": p @ mean,
                "abs_magnetization": p @ np.abs(mean),
                "susceptibility": 9.0 * (m2 - (p @ np.abs(mean)) ** 2) / temperature,
                "binder": 1.0 - p @ mean**4 / (3.0 * m2**2),
            }
            here = curves.sel(temperature=temperature, h=field)
            for name, value in truth.items():
                assert abs((here[name] - value) / here[f"{name}_error"]) < BOUND, name


def test_other_observables_are_averaged_under_their_names(ising):
    series = ising.chain(2.3, 20_000, np.random.default_rng(20))
    observables, described = {"e3": [series**3]}, {"e3": ("energy^3", "third moment")}
    lattice = reweighting.lattice([series], [2.3], sites=SITES, observables=observables, described=described)
    curves = lattice.curves([2.2, 2.4])
    truth = exact(ising, [2.2, 2.4], lambda T: ising.probabilities(T) @ (ising.energies / SITES) ** 3)
    assert np.abs(z(curves, "e3", truth)).max() < BOUND
    assert curves.e3.attrs == {"units": "energy^3", "long_name": "third moment"}


def test_at_its_own_temperature_a_series_gives_its_own_mean():
    x = np.random.default_rng(13).standard_normal(4_000)
    found = reweighting.combine({"x": [x]}, {"x": [0.3]}, tau=[0.5], blocks=50).averages({"x": 0.3})
    assert found.x.item() == pytest.approx(x.mean(), abs=1e-14)
    assert found.ess.item() == pytest.approx(4_000, rel=1e-12)
    means = x.reshape(50, 80).mean(axis=1)
    assert found.x_error.item() == pytest.approx(means.std(ddof=1) / math.sqrt(50), rel=1e-10)


def test_the_jackknife_error_of_a_mean_is_the_textbook_one():
    x = np.random.default_rng(14).standard_normal(30)
    left_out = (x.sum() - x) / 29
    assert jackknife_error(left_out) == pytest.approx(x.std(ddof=1) / math.sqrt(30), rel=1e-12)
    assert np.isnan(jackknife_error(left_out[:1]))


def test_what_is_correlated_counts_less(ising):
    """Of two simulations at other temperatures, the one with the longer memory has the smaller share."""
    rng = np.random.default_rng(15)
    x = [ising.chain(2.2, 50_000, rng, kept=0.0), ising.chain(2.4, 50_000, rng, kept=0.9)]
    shares = reweighting.lattice(x, [2.2, 2.4], sites=SITES).histograms.mixture.shares
    assert shares[1] == pytest.approx(50_000, rel=0.05)
    assert shares[0] == pytest.approx(50_000 / 19.0, rel=0.2)
