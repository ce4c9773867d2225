"""Series and their autocorrelation: what is drawn is what was measured."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

from simcore import plots
from simcore.analysis.plots.correlation import correlation_function
from simcore.errors import UsageError
from simcore.statistics import autocorrelation_time, estimate

CUT, EVERY = 200, 10
MONTE_CARLO = f"run: {{sweeps: 1800, thermalization: {CUT}}}"


def ar1(n: int, phi: float, rng: np.random.Generator, chains: int = 1) -> np.ndarray:
    """Stationary AR(1) series of unit variance, (chains, n)."""
    noise = np.sqrt(1.0 - phi**2) * rng.normal(size=(chains, n))
    x = np.empty((chains, n))
    x[:, 0] = rng.normal(size=chains)
    for t in range(1, n):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


def tree(series: xarray.Dataset, experiment: str) -> xarray.DataTree:
    made = xarray.DataTree.from_dict({"series": series})
    made.attrs["experiment"] = experiment
    return made


@pytest.fixture
def monte_carlo() -> xarray.DataTree:
    steps = np.arange(EVERY, 2000 + EVERY, EVERY)
    energy = ar1(len(steps), 0.5, np.random.default_rng(1))[0]
    variables = {
        "energy": ("step", energy, {"long_name": "energy per site", "units": "J"}),
        "abs_magnetization": ("step", energy**2, {"long_name": "|mean spin|", "units": "1"}),
    }
    series = xarray.Dataset(variables, {"step": ("step", steps, {"long_name": "step", "units": "1"})})
    return tree(series, MONTE_CARLO)


@pytest.fixture
def in_time(monte_carlo) -> xarray.DataTree:
    series = monte_carlo["series"].to_dataset()
    time = ("step", 0.5 * series["step"].values, {"long_name": "time", "units": "s"})
    return tree(series.assign_coords(time=time), "run: {steps: 2000, dt: 0.5}")


def test_a_line_is_the_series_over_its_sweeps(monte_carlo):
    ax = plots.series(monte_carlo).axes[0]
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, monte_carlo["series"]["step"])
    np.testing.assert_array_equal(y, monte_carlo["series"]["energy"])


def test_the_mean_is_that_of_the_samples_after_thermalisation(monte_carlo):
    series = monte_carlo["series"]
    expected = estimate(series["energy"].values[series["step"].values > CUT])
    ax = plots.series(monte_carlo, "energy").axes[0]
    assert set(ax.lines[1].get_ydata()) == {expected.value}
    assert ax.lines[1].get_xdata()[0] == CUT
    assert ax.get_title("right") == f"mean {expected}".replace("-", "−")
    (shade, _) = ax.patches[0], ax.collections[0]
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0, CUT)


def test_thermalisation_can_be_given(monte_carlo):
    series = monte_carlo["series"]
    ax = plots.series(monte_carlo, "energy", thermalization=1000).axes[0]
    assert set(ax.lines[1].get_ydata()) == {series["energy"].values[series["step"].values > 1000].mean()}


def test_the_autocorrelation_stands_beside_it(monte_carlo):
    series = monte_carlo["series"]
    kept = series["energy"].values[series["step"].values > CUT]
    right = plots.series(monte_carlo).axes[1]
    dashed = next(line for line in right.lines if line.get_linestyle() == "--")
    assert dashed.get_xdata()[0] == pytest.approx(EVERY * autocorrelation_time(kept))
    assert right.containers[0].lines[0].get_ydata()[0] == 1.0


def test_labels_are_long_names_with_units(monte_carlo):
    axes = plots.series(monte_carlo).axes
    assert [ax.get_ylabel() for ax in axes[::2]] == ["energy per site [J]", "|mean spin|"]
    assert [ax.get_title() for ax in axes[::2]] == ["", ""]
    assert [ax.get_title("left") for ax in axes[::2]] == ["energy", "abs magnetization"]
    assert axes[2].get_xlabel() == "sweep"


def test_a_run_in_time_is_drawn_over_time_without_a_mean(in_time):
    figure = plots.series(in_time, "energy")
    (ax,) = figure.axes
    assert (ax.get_xlabel(), len(ax.lines), len(ax.patches)) == ("time [s]", 1, 0)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), in_time["series"]["time"])


def test_it_draws_into_axes_that_are_given_and_leaves_their_style(monte_carlo):
    figure = Figure()
    ax = figure.subplots()
    assert plots.series(monte_carlo, "energy", ax=ax) is figure
    assert figure.axes == [ax]
    assert ax.spines["top"].get_visible()


def test_several_observables_do_not_fit_into_one_panel(monte_carlo):
    with pytest.raises(UsageError, match=r"ax= takes one of energy, abs_magnetization: name it"):
        plots.series(monte_carlo, ax=Figure().subplots())


def test_an_unknown_observable_names_the_nearest(monte_carlo):
    with pytest.raises(UsageError, match=r"no series is called 'enrgy'; did you mean 'energy'\?"):
        plots.series(monte_carlo, "enrgy")


def test_replicas_lie_on_each_other_and_say_who_they_are(monte_carlo):
    two = xarray.concat(
        [monte_carlo["series"].to_dataset()] * 2, xarray.DataArray([0, 7], dims="replica", name="replica")
    )
    ax = plots.series(two, "energy").axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["replica = 0", "replica = 7"]


def test_too_many_points_are_refused(monte_carlo):
    many = monte_carlo["series"].to_dataset().expand_dims(temperature=9)
    with pytest.raises(UsageError, match=r"9 series would lie on each other.*isel\(temperature=0\)"):
        plots.series(many, "energy")


def test_a_series_without_variance_has_no_autocorrelation(monte_carlo):
    flat = monte_carlo["series"].to_dataset()[["energy"]] * 0.0
    ax = plots.autocorrelation(flat, "energy").axes[0]
    assert [text.get_text() for text in ax.texts] == ["constant"]


def test_rho_is_within_its_errors_of_the_exact_one():
    phi, lag, chains = 0.8, 5, 400
    inside = 0
    for x in ar1(4000, phi, np.random.default_rng(2), chains):
        lags, rho, errors = correlation_function(x, tau=0.5 * (1 + phi) / (1 - phi))
        assert lags[lag] == lag
        inside += abs(rho[lag] - phi**lag) < errors[lag]
    share = 0.6827
    z = (inside - chains * share) / np.sqrt(chains * share * (1 - share))
    assert abs(z) < 3.9  # 1 in 10,000


def test_long_memories_are_shown_by_a_hundred_lags():
    lags, rho, errors = correlation_function(ar1(20_000, 0.99, np.random.default_rng(3))[0], tau=99.5)
    assert len(lags) == len(rho) == len(errors) <= 150
    assert lags[-1] >= 590
