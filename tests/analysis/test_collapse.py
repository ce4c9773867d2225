"""What a collapse says of itself: too stiff a curve, corrections to scaling, too small errors, too few points."""

from __future__ import annotations

import re
import sys
import warnings

import numpy as np
import pytest

from simcore import scaling
from simcore.analysis.scaling.master import Master
from simcore.errors import UsageError
from tests.analysis.test_crossings import sweep

TC, NU, GAMMA = 2.269, 1.0, 1.75
TRUTH = {"tc": TC, "nu": NU, "gamma": GAMMA}
OBSERVABLES = {"binder": None, "susceptibility": "gamma"}
NEAR = np.linspace(TC - 0.125, TC + 0.125, 41)
BOUND = 4.5


def data(T=NEAR, sizes=(16, 32, 64), noise=0.005, scatter=1.0, correction=0.0, waves=0.0, seed=1):
    """scatter: noise by errors. correction: of every observable, over L. waves: their amplitude in the cumulant."""
    L = np.array(sizes, dtype=float)[:, None]
    x = (T - TC) * L ** (1.0 / NU)
    curves = {
        "binder": 0.32 * (1.0 - np.tanh(0.35 * x - 0.9)) + waves * np.sin(4.0 * x),
        "susceptibility": L ** (GAMMA / NU) / (1.0 + ((x - 1.0) / 3.0) ** 2),
    }
    rng, table = np.random.default_rng(seed), {}
    for name, y in curves.items():
        errors = np.broadcast_to(noise * y.max(axis=1, keepdims=True), y.shape)
        table[name] = (y * (1.0 + correction / L) + scatter * errors * rng.standard_normal(y.shape), errors)
    return scaling.table(sizes, T, table)


def collapse(given, **options):
    """The result and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = scaling.collapse(given, OBSERVABLES, start=TRUTH, **options)
    return found, [str(one.message) for one in caught]


def z(found):
    return [float((found[name] - truth) / found[f"{name}_error"]) for name, truth in TRUTH.items()]


@pytest.mark.parametrize(
    ("T", "sizes"), [(NEAR, (16, 32, 64)), (np.linspace(2.0, 2.54, 41), (16, 32, 64, 128))], ids=["docs", "wide"]
)
def test_exact_scaling_is_found_in_narrow_and_wide_windows_without_a_word(T, sizes):
    """A polynomial of degree 10 gave nu 1.484(7) in the wide one."""
    found, said = collapse(data(T, sizes))
    assert said == []
    assert np.abs(z(found)).max() < BOUND
    assert found.chi2.item() == pytest.approx(1.0, abs=0.4)
    assert found.nu_error.item() < 0.006
    for check in ("narrower", "larger"):
        for name, truth in TRUTH.items():
            assert abs(found[f"{name}_{check}"] - truth) < BOUND * found[f"{name}_{check}_error"]
    assert found.chi2_by_size.values == pytest.approx(np.ones(len(sizes)), abs=0.6)


def test_without_a_start_the_same_is_found():
    given = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = scaling.collapse(given, OBSERVABLES)
    assert found.nu.item() == pytest.approx(collapse(given)[0].nu.item(), abs=0.1 * found.nu_error.item())


def test_corrections_to_scaling_are_told_from_a_stiff_curve():
    _, said = collapse(data(sizes=(8, 16, 32), noise=0.002, correction=1.0))
    assert (
        "the points do not fall on one curve within their errors, although those of each size lie on a smooth"
        in said[0]
    )
    assert "corrections to scaling, or a wrong exponent" in said[0]
    assert any(
        re.search(r"tc: .*, but without the smallest size .*errors\): corrections to scaling", text) for text in said
    )


def test_weak_corrections_are_seen_without_the_smallest_size():
    L = np.array([8, 16, 32], dtype=float)[:, None]
    x = (NEAR - TC) * L
    y = 0.32 * (1.0 - np.tanh(0.05 * x)) * (1.0 + 0.6 * L**-2.0)
    e = np.full(y.shape, 5e-4)
    noisy = y + e * np.random.default_rng(3).standard_normal(y.shape)
    with (
        pytest.warns(scaling.ScalingWarning, match="do not fall on one curve"),
        pytest.warns(scaling.ScalingWarning, match="without the smallest size .*: corrections to scaling"),
    ):
        scaling.collapse(scaling.table([8, 16, 32], NEAR, {"binder": (noisy, e)}), {"binder": None})


def test_a_curve_that_cannot_follow_is_said_to_be_too_stiff(monkeypatch):
    """With a scaling function held stiff; else it follows."""
    module = sys.modules["simcore.analysis.scaling.collapse"]

    def stiff(fit, points, starts):
        master = Master.stiff(starts[0], fit, points)
        return master, starts[0]

    given = data(noise=0.001, waves=0.02)
    assert collapse(given)[1] == []
    monkeypatch.setattr(module, "fitted", stiff)
    _, said = collapse(given, fixed=TRUTH)
    assert "the scaling function is too stiff for the points, which do collapse" in said[0]


def test_errors_that_are_too_small_are_said_and_counted():
    found, said = collapse(data(scatter=2.0))
    assert len(said) == 1
    assert "the errors are too small, the points of single sizes scatter about any smooth curve" in said[0]
    right = collapse(data(noise=0.01))[0]
    assert found.nu_error.item() == pytest.approx(right.nu_error.item(), rel=0.2)
    assert np.abs(z(found)).max() < BOUND


def test_errors_that_are_too_large_are_said():
    _, said = collapse(data(scatter=0.3))
    assert "closer to one curve than their errors allow" in said[0]


def test_three_temperatures_are_refused_and_a_sparse_sweep_has_no_errors():
    near = sweep().sel(temperature=slice(2.15, 2.45))
    with pytest.raises(UsageError, match="size 16 has 3 temperatures, but a collapse needs 4 of each size, better 10"):
        scaling.collapse(near, OBSERVABLES)
    with pytest.warns(scaling.ScalingWarning, match=r"take up \d+ of 30 points: .*there are no errors; take more"):
        found = scaling.collapse(sweep().sel(temperature=slice(2.1, 2.5)), OBSERVABLES)
    assert np.isnan([found[f"{name}_error"].item() for name in TRUTH]).all()


def test_fixed_parameters_have_no_error_at_all():
    found, said = collapse(data(), fixed=TRUTH)
    assert said == []
    assert [found[f"{name}_error"].item() for name in TRUTH] == [0.0, 0.0, 0.0]
    found, _ = collapse(data(), fixed={"nu": 1.0})
    assert found.nu_error.item() == 0.0
    assert found.tc_error.item() > 0.0


def test_jackknife_errors_are_those_of_fits_without_each_block():
    """One Newton step for each block against a fit for each; blocks that shift whole curves."""
    given = data(noise=0.002)
    rng = np.random.default_rng(4)
    blocks = 6
    for name in OBSERVABLES:
        shifts = rng.standard_normal((3, blocks, 1)) * given[f"{name}_error"].values[:, None, :]
        left_out = given[name].values[:, None, :] - shifts / np.sqrt(blocks)
        given[f"{name}_left_out"] = (("size", "block", "temperature"), left_out)
    found, _ = collapse(given)
    variances = np.zeros(3)
    for k in range(3):
        fits = []
        for block in range(blocks):
            changed = given[list(OBSERVABLES) + [f"{name}_error" for name in OBSERVABLES]].copy(deep=True)
            for name in OBSERVABLES:
                changed[name][k] = given[f"{name}_left_out"][k, block]
            one = collapse(changed)[0]
            fits.append([one[name].item() for name in TRUTH])
        variances += (blocks - 1) / blocks * np.sum((np.array(fits) - np.mean(fits, axis=0)) ** 2, axis=0)
    errors = [found[f"{name}_error"].item() for name in TRUTH]
    assert errors == pytest.approx(np.sqrt(variances), rel=0.1)


def test_the_choice_of_a_unit_of_length_biases_nothing():
    """Points without noise, but with errors of 0.5 %: what moves the parameters is the prior alone."""
    found, _ = collapse(data(noise=0.005, scatter=0.0))
    assert np.abs(z(found)).max() < 0.35


def test_draws_are_no_option_of_a_collapse():
    with pytest.raises(TypeError, match="draws"):
        scaling.collapse(data(), OBSERVABLES, draws=100)
