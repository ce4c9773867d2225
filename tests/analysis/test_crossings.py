"""Crossings of noisy curves: the right one, in words what it is worth (|z| < 4.5: false alarms 7e-6 a number)."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from simcore import scaling
from simcore.analysis.scaling.roots import roots
from simcore.errors import UsageError

TC = 2.269
BOUND = 4.5
SWEEP = Path(__file__).parents[1] / "data" / "ising_sweep_estimates.csv"


def tanh(temperatures: np.ndarray, sizes: tuple[int, ...] = (32, 64)) -> np.ndarray:
    return np.array([0.32 * (1.0 - np.tanh(0.35 * (temperatures - TC) * n - 0.9)) for n in sizes])


def data(T, curves, error=0.003, noise=1.0, seed=1):
    """Noise of so many times the error."""
    errors = np.full(np.shape(curves), error)
    drawn = np.random.default_rng(seed).standard_normal(errors.shape)
    return scaling.table((32, 64), T, {"binder": (curves + noise * errors * drawn, errors)})


def remark(given, **options) -> tuple:
    """The result, and what is said of it, in a warning and in the result alike."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = scaling.crossings(given, **options)
    assert [str(one.message) for one in caught] == [text for text in found.remark.values if text]
    return found, found.remark.item()


def sweep():
    columns = np.genfromtxt(SWEEP, delimiter=",", names=True, skip_header=2)
    sizes, T = np.unique(columns["size"]).astype(int), np.unique(columns["temperature"])
    shape = (len(sizes), len(T))
    names = ("binder", "abs_magnetization", "susceptibility")
    return scaling.table(
        sizes, T, {n: (columns[n].reshape(shape), columns[f"{n}_error"].reshape(shape)) for n in names}
    )


def test_flat_ends_with_noise_do_not_hide_the_crossing():
    """A polynomial of degree 8 gave 1.8104(16) here."""
    T = np.linspace(1.8, 2.8, 41)
    found, said = remark(data(T, tanh(T)))
    assert abs(found.crossing.item() - TC) < BOUND * found.crossing_error.item()
    assert found.crossing_error.item() < 0.003
    assert (found.roots.item(), said) == (1, "")
    assert found.chi2.item() == pytest.approx(1.0, abs=0.6)


def test_the_shipped_sweep_of_eleven_temperatures_crosses_at_the_transition():
    """Reweighting of the same runs gives 2.2631(31) and 2.2739(53); polynomials gave 2.2472(42) and 2.2275(53)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = scaling.crossings(sweep())
    z = (found.crossing - 2.0 / np.log1p(np.sqrt(2.0))) / found.crossing_error
    assert np.abs(z).max() < 3.0
    assert found.crossing_error.max() < 0.03
    assert found.crossing_error.min() > 0.003


def test_several_crossings_are_counted_and_named():
    T = np.linspace(0.0, 3.0, 41)
    curves = np.array([0.5 - 0.1 * T, 0.5 - 0.1 * T + 0.1 * np.sin(2.0 * np.pi * (T - 0.3) / 2.0)])
    found, said = remark(data(T, curves))
    assert found.roots.item() == 3
    assert "3 crossings, at " in said
    places = sorted(float(text) for text in re.findall(r"(\d\.\d+)\(\d+\)", said))
    assert places == pytest.approx([0.3, 1.3, 2.3], abs=0.025)


def test_changes_of_sign_within_the_noise_are_no_crossings():
    T = np.linspace(1.0, 2.0, 21)
    one = 0.6 / (1.0 + np.exp(4.0 * (T - 1.5)))
    found, said = remark(data(T, np.array([one, one])))
    assert np.isnan(found.crossing_error.item())
    assert found.roots.item() <= 1
    assert "do not cross, so there is no error" in said or "nowhere significantly apart" in said
    touching = np.array([one, one + 0.2 * (T - 1.5) ** 2])
    found, said = remark(data(T, touching))
    assert "no crossing between 1 and 2: the curve of the larger size lies above the other" in said
    assert (found.roots.item(), np.isnan(found.crossing.item())) == (0, True)


def test_weak_stretches_are_taken_out_and_strong_ones_stay():
    values = np.array([5.0, 5.0, -1.0, 1.0, -6.0, -6.0, 1.0])
    (root,) = roots(values, np.ones(7))
    assert (root.left, root.right, root.strength) == (0, 4, 5.0)
    positive = 1.0 + 5.0 / 6.0 + 0.5 + 1.0 / 7.0  # of straight lines from the first to the fifth value
    assert root.places(np.arange(7.0), values) == pytest.approx(positive, rel=1e-12)
    assert [one.strength for one in roots(np.array([5.0, -7.0, 6.0]), np.ones(3))] == [6.0, 5.0]
    assert roots(np.array([5.0, -1.0, 6.0]), np.ones(3)) == []


def test_a_place_is_continuous_in_the_curve():
    """Three roots that become one: the alternating sum of them has no jump."""
    x = np.linspace(0.0, 3.0, 3001)
    (root,) = roots(np.where(x < 1.5, 9.0, -9.0), np.ones(len(x)))
    curves = [(1.0 - x) * ((x - 2.0) ** 2 + shift) for shift in (-1e-4, 0.0, 1e-4)]
    whole = type(root)(0, 3000, 1.0, 9.0)
    places = [float(whole.places(x, curve)) for curve in curves]
    assert places == pytest.approx([1.0 + 2e-2, 1.0, 1.0], abs=2e-3)


def test_a_crossing_at_the_end_of_the_window_is_marked():
    T = np.linspace(TC - 0.2, TC + 0.01, 21)
    found, said = remark(data(T, tanh(T), error=0.0005))
    assert abs(found.crossing.item() - TC) < BOUND * found.crossing_error.item()
    assert "lies in the last tenth of the temperatures, 2.069 to 2.279" in said


def test_a_curve_that_only_passes_through_a_flat_one_is_marked():
    T = np.linspace(1.0, 2.0, 21)
    _, said = remark(data(T, np.array([0.3 + 0.0 * T, 0.6 - 0.2 * T])))
    assert "the curve of size 32 does not change over the crossing at 1.5" in said


def test_errors_that_are_too_small_are_said_and_counted():
    T = np.linspace(1.8, 2.8, 41)
    right = scaling.crossings(data(T, tanh(T)))
    found, said = remark(data(T, tanh(T), error=0.001, noise=3.0))
    assert said.count("the errors are too small, the points scatter about any smooth curve") == 2
    assert said.count(" times more (which is counted)") == 2
    assert found.crossing_error.item() == pytest.approx(right.crossing_error.item(), rel=0.3)
    assert found.chi2.item() > 4.0


def test_a_curve_that_cannot_follow_is_said_to_be_too_stiff():
    T = np.linspace(1.8, 2.8, 301)
    waves = 0.05 * np.sin(2.0 * np.pi * 25.0 * T)
    _, said = remark(data(T, tanh(T) + waves))
    assert said.count("the curve is too stiff, the points lie on one side of it over whole stretches") == 2


def test_points_that_are_not_independent_are_said_to_be_so():
    T = np.linspace(2.1, 2.4, 61)
    _, said = remark(data(T, tanh(T), noise=0.01))
    assert said.count("or the points are not independent (of curves from reweighting give left_out=True)") == 2


@pytest.mark.parametrize("draws", [0, 1])
def test_an_error_needs_two_draws(draws):
    T = np.linspace(2.1, 2.4, 11)
    with pytest.raises(UsageError, match=f"draws: 2 or more are needed for an error, not {draws}"):
        scaling.crossings(data(T, tanh(T)), draws=draws)


def test_no_common_temperatures_is_no_crossing_in_words():
    T = np.array([[1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3]])
    given = scaling.table((32, 64), T, {"binder": (np.ones((2, 4)), np.full((2, 4), 0.1))})
    _, said = remark(given)
    assert said == "binder of sizes 32 and 64: no crossing, the two have no temperatures in common"
