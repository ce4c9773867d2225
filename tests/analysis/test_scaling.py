"""Crossings and data collapse on curves of known exponents (|z| < 4.5: false alarms 7e-6 a number)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray

from simcore import scaling
from simcore.analysis.scaling.quality import quality
from simcore.errors import UsageError

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

BOUND = 4.5
TC, NU, BETA, GAMMA = 2.3, 0.8, 0.2, 1.4
SIZES = np.array([8, 16, 32])
OBSERVABLES = {"binder": None, "abs_magnetization": "beta", "susceptibility": "gamma"}
TRUTH = {"tc": TC, "nu": NU, "beta": BETA, "gamma": GAMMA}


def curves(temperatures: np.ndarray) -> dict[str, np.ndarray]:
    """Observables that scale exactly, (sizes, temperatures)."""
    L = SIZES[:, None].astype(float)
    x = (temperatures - TC) * L ** (1.0 / NU)
    return {
        "binder": 0.6 / (1.0 + np.exp(0.2 * x)),
        "abs_magnetization": L ** (-BETA / NU) / (1.0 + np.exp(0.15 * x)),
        "susceptibility": L ** (GAMMA / NU) * np.exp(-(((x - 1.0) / 8.0) ** 2)),
    }


def noisy(temperatures: np.ndarray, relative: float, rng: np.random.Generator) -> xarray.Dataset:
    """The same with independent normal noise, of a share of the largest value of each size."""
    table = {}
    for name, y in curves(temperatures).items():
        errors = np.broadcast_to(relative * y.max(axis=1, keepdims=True), y.shape)
        table[name] = (y + errors * rng.standard_normal(y.shape), errors)
    return scaling.table(SIZES, temperatures, table)


def exactly(temperatures: np.ndarray) -> xarray.Dataset:
    return scaling.table(
        SIZES, temperatures, {k: (y, 1e-4 * np.abs(y) + 1e-9) for k, y in curves(temperatures).items()}
    )


def scores(found: xarray.Dataset) -> dict[str, float]:
    return {name: float((found[name] - truth) / found[f"{name}_error"]) for name, truth in TRUTH.items()}


NEAR = np.linspace(2.22, 2.38, 17)
FINE = np.linspace(2.25, 2.35, 41)


def test_curves_without_noise_cross_where_they_must():
    found = scaling.crossings(exactly(NEAR), draws=20)
    assert found.smaller.values.tolist() == [8, 16]
    assert found.larger.values.tolist() == [16, 32]
    assert found.crossing.values == pytest.approx(TC, abs=1e-4)
    assert found.value.values == pytest.approx(0.3, abs=1e-4)


def test_the_error_of_a_crossing_covers_the_truth():
    rng = np.random.default_rng(1)
    z = []
    for _ in range(60):
        found = scaling.crossings(noisy(NEAR, 0.01, rng), draws=60)
        z.append([(found.crossing - TC) / found.crossing_error, (found.value - 0.3) / found.value_error])
    z = np.array(z).reshape(60, -1)
    assert np.abs(z).max() < BOUND
    share = math.erf(math.sqrt(0.5))
    assert (np.abs(np.sum(np.abs(z) < 1.0, axis=0) - 60 * share) < BOUND * math.sqrt(60 * share * (1 - share))).all()
    assert np.abs(z.mean(axis=0)).max() < BOUND / math.sqrt(60) * 1.3


def test_curves_with_blocks_have_jackknife_errors():
    """Every block shifts a whole curve: the error of the crossing is that of the shifts over the slopes' difference."""
    rng = np.random.default_rng(2)
    T, blocks = np.linspace(2.2, 2.4, 11), 50
    slopes, shifts = np.array([-1.0, -3.0]), 0.02 * rng.standard_normal((2, blocks))
    shifts -= shifts.mean(axis=1, keepdims=True)
    y = slopes[:, None] * (T - TC)
    left_out = y[:, None, :] - shifts[:, :, None] / (blocks - 1)
    data = scaling.table([8, 16], T, {"binder": (y, np.full(y.shape, 0.1))})
    data["binder_left_out"] = (("size", "block", "temperature"), left_out)
    found = scaling.crossings(data)
    errors = shifts.std(axis=1, ddof=1) / math.sqrt(blocks)
    assert found.crossing.item() == pytest.approx(TC, abs=1e-12)
    assert found.crossing_error.item() == pytest.approx(math.hypot(*errors) / 2.0, rel=1e-9)
    assert found.value_error.item() == pytest.approx(math.hypot(3.0 * errors[0], errors[1]) / 2.0, rel=1e-9)


def test_curves_that_do_not_cross_have_no_crossing():
    T = np.linspace(1.0, 2.0, 9)
    data = scaling.table([8, 16], T, {"binder": (np.array([T, T + 1.0]), np.full((2, 9), 0.01))})
    found = scaling.crossings(data)
    assert np.isnan([found.crossing.item(), found.crossing_error.item()]).all()


def test_an_uncertain_crossing_at_the_edge_warns_and_has_no_error():
    T = np.linspace(1.0, 2.0, 9)
    data = scaling.table([8, 16], T, {"binder": (np.array([0 * T, T - 1.99]), np.full((2, 9), 0.05))})
    with pytest.warns(scaling.ScalingWarning, match="sizes 8 and 16: .* do not cross, so there is no error"):
        found = scaling.crossings(data)
    assert np.isnan(found.crossing_error.item())


def test_a_collapse_without_noise_finds_the_exponents():
    found = scaling.collapse(exactly(FINE), OBSERVABLES)
    for name, truth in TRUTH.items():
        assert found[name].item() == pytest.approx(truth, abs=2e-3), name


def test_a_collapse_finds_the_exponents_within_its_errors():
    rng = np.random.default_rng(3)
    found = scaling.collapse(noisy(FINE, 0.01, rng), OBSERVABLES)
    assert max(map(abs, scores(found).values())) < BOUND
    assert found.quality.item() == pytest.approx(1.0, abs=0.5)
    assert found.chi2.item() == pytest.approx(1.0, abs=BOUND * math.sqrt(2.0 / 350))
    assert found.nu_error < 0.05
    assert found.gamma_error < 0.1


def test_scaled_points_are_those_that_collapse():
    found = scaling.collapse(exactly(FINE), OBSERVABLES, fixed=TRUTH)
    x = (FINE - TC) * SIZES[:, None] ** (1.0 / NU)
    assert found.scaled_temperature.values == pytest.approx(x, rel=1e-12)
    assert found.scaled_abs_magnetization.values == pytest.approx(1.0 / (1.0 + np.exp(0.15 * x)), rel=1e-12)
    assert {name: found[name].item() for name in TRUTH} == TRUTH
    assert not any(found[f"{name}_error"] for name in TRUTH)


@pytest.mark.slow
def test_the_errors_of_a_collapse_cover_the_truth():
    """60 data sets; the mean z of each parameter within the noise."""
    rng = np.random.default_rng(4)
    z = np.array([list(scores(scaling.collapse(noisy(FINE, 0.005, rng), OBSERVABLES)).values()) for _ in range(60)])
    share = math.erf(math.sqrt(0.5))
    assert (np.abs(np.sum(np.abs(z) < 1.0, axis=0) - 60 * share) < BOUND * math.sqrt(60 * share * (1 - share))).all()
    assert np.abs(z.mean(axis=0)).max() < BOUND / math.sqrt(60)


def textbook_quality(x: list[np.ndarray], y: list[np.ndarray], dy: list[np.ndarray]) -> float:
    """S of Houdayer and Hartmann (2004), equations (A1) to (A4), point by point."""
    terms = []
    for i in range(len(x)):
        for j in range(len(x[i])):
            selected = []
            for other in range(len(x)):
                left = [k for k in range(len(x[other]) - 1) if x[other][k] <= x[i][j] <= x[other][k + 1]]
                if other != i and left:
                    selected += [(other, left[0]), (other, left[0] + 1)]
            if not selected:
                continue
            xs, ys = (np.array([of[a][b] for a, b in selected]) for of in (x, y))
            w = np.array([dy[a][b] for a, b in selected]) ** -2.0
            K, Kx, Ky, Kxx, Kxy = w.sum(), w @ xs, w @ ys, w @ xs**2, w @ (xs * ys)
            delta = K * Kxx - Kx**2
            Y = (Kxx * Ky - Kx * Kxy) / delta + x[i][j] * (K * Kxy - Kx * Ky) / delta
            variance = (Kxx - 2.0 * x[i][j] * Kx + x[i][j] ** 2 * K) / delta
            terms.append((y[i][j] - Y) ** 2 / (dy[i][j] ** 2 + variance))
    return float(np.mean(terms))


def test_the_quality_is_that_of_the_paper():
    rng = np.random.default_rng(5)
    x = [np.sort(rng.uniform(-1.0, 1.0, n)) for n in (12, 9, 15)]
    y = [rng.normal(0.5 * one, 0.1) for one in x]
    dy = [rng.uniform(0.05, 0.2, len(one)) for one in x]
    begins = np.cumsum([0, *map(len, x)])
    found = quality(np.concatenate(x), np.concatenate(y)[None], np.concatenate(dy)[None], begins)
    assert found == pytest.approx(textbook_quality(x, y, dy), rel=1e-10)
    assert quality(np.arange(6.0), np.zeros((1, 6)), np.ones((1, 6)), np.array([0, 3, 6])) == math.inf


def test_what_does_not_collapse_warns():
    data = noisy(FINE, 0.001, np.random.default_rng(6))
    with pytest.warns(scaling.ScalingWarning, match="chi2/dof .* do not fall on one curve within their errors"):
        scaling.collapse(data, {"susceptibility": None}, fixed={"tc": TC, "nu": NU})


def test_replicas_are_pooled():
    rng = np.random.default_rng(7)
    one, two = (noisy(NEAR, 0.01, rng)[["binder", "binder_error"]] for _ in range(2))
    both = xarray.concat([one, two], "replica")
    both["binder_tau"], both["binder_ess"] = 0.5 * xarray.ones_like(both.binder), 100.0 * xarray.ones_like(both.binder)
    found = scaling.crossings(both, draws=100)
    single = scaling.crossings(one, draws=100)
    ratio = (found.crossing_error / single.crossing_error).mean().item()
    assert ratio == pytest.approx(math.sqrt(0.5), rel=0.3)


def test_sizes_may_be_labels_and_each_may_have_temperatures_of_its_own():
    data = exactly(NEAR)
    labelled = data.assign_coords(size=["8x8", "16x16", "32x32"])
    assert scaling.crossings(labelled, draws=5).crossing.values == pytest.approx(TC, abs=1e-4)
    own = np.array([NEAR - 0.001, NEAR, NEAR + 0.001])
    table = {"binder": (np.array([curves(row)["binder"][k] for k, row in enumerate(own)]), np.full(own.shape, 1e-5))}
    assert scaling.crossings(scaling.table(SIZES, own, table), draws=5).crossing.values == pytest.approx(TC, abs=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: scaling.crossings(d, "bindr"), "there is no 'bindr'; did you mean 'binder'"),
        (lambda d: scaling.crossings(d, size="L"), "there is no coordinate 'L', only size, temperature"),
        (lambda d: scaling.crossings(d.isel(size=[0])), "two or more different sizes"),
        (lambda d: scaling.crossings(d.expand_dims(J=2)), "binder has the dimension 'J', too"),
        (lambda d: scaling.crossings(d.assign_coords(size=["8x4", "16x8", "32x16"])), "not 8x4"),
        (lambda d: scaling.collapse(d, {}), "observables: at least one"),
        (lambda d: scaling.collapse(d, {"binder": "delta"}), "one of beta, gamma, alpha or None, not 'delta'"),
        (lambda d: scaling.collapse(d, {"binder": None}, fixed={"beta": 1.0}), "is called 'beta', only tc, nu"),
    ],
)
def test_what_does_not_fit_is_said(call, message):
    with pytest.raises(UsageError, match=message):
        call(exactly(NEAR))
