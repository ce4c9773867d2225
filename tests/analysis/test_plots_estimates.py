"""Estimates of sweeps as curves and as colours."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

from simcore import plots
from simcore.analysis import pooled
from simcore.errors import UsageError

T, L = np.array([1.0, 1.5, 2.0, 3.0]), np.array([8, 16])


def sweep(*dims: str, **coords: object) -> xarray.Dataset:
    """Estimates of `m` [A] over these dimensions; the value is the number of the point."""
    shape = tuple(np.shape(coords[dim])[0] for dim in dims)
    number = np.arange(float(np.prod(shape))).reshape(shape)
    attrs = {"long_name": "order <m^2>", "units": "A"}
    parts = {"": number, "_error": 0.1 + 0.01 * number, "_tau": np.full(shape, 2.0), "_ess": np.full(shape, 100.0)}
    return xarray.Dataset({f"m{part}": (dims, x, attrs) for part, x in parts.items()}, coords)


def bars(ax) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """x, value and error of each curve."""
    found = []
    for container in ax.containers:
        line, _, (segments,) = container
        ends = np.array([segment[:, 1] for segment in segments.get_segments()])
        found.append((line.get_xdata(), line.get_ydata(), 0.5 * (ends[:, 1] - ends[:, 0])))
    return found


def test_a_curve_for_each_size_over_temperature_with_error_bars():
    estimates = sweep("temperature", "size", temperature=T, size=L)
    ax = plots.estimates(estimates).axes[0]
    for number, (x, value, error) in enumerate(bars(ax)):
        np.testing.assert_array_equal(x, T)
        np.testing.assert_array_equal(value, estimates["m"][:, number])
        np.testing.assert_allclose(error, estimates["m_error"][:, number])
    assert [container.get_label() for container in ax.containers] == ["8", "16"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("temperature", "order ⟨m²⟩ [A]")


def test_the_order_of_the_grid_does_not_matter_and_both_can_be_named():
    estimates = sweep("size", "temperature", temperature=T, size=L)
    assert plots.estimates(estimates).axes[0].get_xlabel() == "temperature"
    turned = plots.estimates(estimates, x="size", by="temperature").axes[0]
    assert (turned.get_xlabel(), len(turned.containers)) == ("size", len(T))


def test_replicas_are_taken_together():
    estimates = sweep("temperature", "replica", temperature=T, replica=[0, 1, 2])
    ((_, value, error),) = bars(plots.estimates(estimates).axes[0])
    together = pooled(estimates)
    np.testing.assert_array_equal(value, together["m"])
    np.testing.assert_allclose(error, together["m_error"])


def test_a_missing_point_is_left_out():
    estimates = sweep("temperature", temperature=T)
    estimates["m"][2] = np.nan
    ((x, value, _),) = bars(plots.estimates(estimates).axes[0])
    np.testing.assert_array_equal(x, T[[0, 1, 3]])
    np.testing.assert_array_equal(value, [0.0, 1.0, 3.0])


def test_points_of_a_list_are_sorted_into_curves():
    where = {"temperature": ("point", [2.0, 1.0, 2.0, 1.0]), "size": ("point", [16, 8, 8, 16])}
    ax = plots.estimates(sweep("point", point=np.arange(4)).drop_vars("point").assign_coords(where)).axes[0]
    assert [(list(x), list(value)) for x, value, _ in bars(ax)] == [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [3.0, 0.0])]


@pytest.mark.parametrize(
    ("values", "scale"), [(np.geomspace(0.01, 10, 4), "log"), (np.linspace(0.01, 10, 4), "linear")]
)
def test_what_grows_by_a_factor_has_a_logarithmic_axis(values, scale):
    assert plots.estimates(sweep("h", h=values)).axes[0].get_xscale() == scale


def test_labels_are_ticks():
    ax = plots.estimates(sweep("algorithm", algorithm=np.array(["metropolis", "wolff"]))).axes[0]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["metropolis", "wolff"]


def test_a_third_parameter_must_be_chosen_and_can_be():
    estimates = sweep("temperature", "size", "h", temperature=T, size=L, h=np.array([0.0, 0.1, 0.2]))
    with pytest.raises(UsageError, match=r"size is swept, too: choose a value, as in tree\.isel\(size=0\)"):
        plots.estimates(estimates)
    assert len(plots.estimates(estimates.sel(h=0.1)).axes[0].containers) == len(L)


def test_without_a_sweep_there_is_no_axis():
    with pytest.raises(UsageError, match="nothing is swept"):
        plots.estimates(sweep("replica", replica=[0, 1]))


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(UsageError, match=r"no swept parameter is called 'temprature'; did you mean 'temperature'\?"):
        plots.estimates(sweep("temperature", temperature=T), x="temprature")


def test_many_curves_have_colours_of_their_own():
    ax = plots.estimates(sweep("temperature", "h", temperature=np.arange(12.0), h=np.arange(10.0))).axes[0]
    assert len({tuple(np.atleast_1d(container[0].get_color())) for container in ax.containers}) == 10


def test_one_panel_goes_into_axes_that_are_given():
    ax = Figure().subplots()
    plots.estimates(sweep("temperature", "size", temperature=T, size=L), "m", ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["8", "16"]


def test_a_heat_map_has_the_estimates_in_cells_around_their_parameters():
    estimates = sweep("temperature", "h", temperature=T, h=np.array([0.2, 0.0, 0.1]))
    ax = plots.heatmap(estimates).axes[0]
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), estimates.sortby("h")["m"].T)
    corners = mesh.get_coordinates()
    np.testing.assert_allclose(corners[0, :, 0], [0.75, 1.25, 1.75, 2.5, 3.5])
    np.testing.assert_allclose(corners[:, 0, 1], [-0.05, 0.05, 0.15, 0.25])


def test_the_cells_of_a_logarithmic_axis_meet_halfway_on_it():
    (mesh,) = plots.heatmap(sweep("D", "h", D=np.array([1.0, 10.0, 100.0]), h=np.arange(2.0))).axes[0].collections
    np.testing.assert_allclose(mesh.get_coordinates()[0, :, 0], np.sqrt([0.1, 10.0, 1000.0, 100000.0]))


def test_a_missing_point_is_a_hole_in_a_heat_map():
    estimates = sweep("temperature", "h", temperature=T, h=np.arange(3.0))
    estimates["m"][1, 2] = np.nan
    (mesh,) = plots.heatmap(estimates).axes[0].collections
    assert list(map(tuple, np.argwhere(np.ma.getmaskarray(mesh.get_array())))) == [(2, 1)]


def test_a_heat_map_needs_two_dimensions():
    with pytest.raises(UsageError, match="a heat map needs two dimensions"):
        plots.heatmap(sweep("temperature", temperature=T))
