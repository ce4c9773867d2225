"""Fields: the right way up, cut where asked, in colours that say what they are."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

from simcore import plots
from simcore.analysis.plots.colours import scale_of
from simcore.errors import UsageError

RNG = np.random.default_rng(4)


def fields(values: np.ndarray, units: str = "1", axes: str = "xyz", extra: tuple[str, ...] = ()) -> xarray.Dataset:
    """One field `u` over time and cells of spacing 0.5 along x, 1 along y and z."""
    space = tuple(axes[: values.ndim - 1 - len(extra)])
    coords = {
        axis: (np.arange(n) + 0.5) * (0.5 if axis == "x" else 1.0)
        for axis, n in zip(space, values.shape[1:], strict=False)
    }
    attrs = {"long_name": "density", "units": units}
    array = xarray.DataArray(values, dims=("time", *space, *extra), attrs=attrs)
    return xarray.Dataset({"u": array}, {"time": 10.0 * np.arange(1, len(values) + 1), **coords})


def image(figure: Figure, panel: int = 0):
    return figure.axes[panel].images[0]


def test_x_runs_to_the_right_and_y_upward_between_the_outer_edges_of_the_cells():
    values = RNG.random((1, 6, 4))
    shown = image(plots.field(fields(values, "kg")))
    np.testing.assert_array_equal(shown.get_array(), values[0].T)
    assert (shown.origin, tuple(shown.get_extent())) == ("lower", (0.0, 3.0, 0.0, 4.0))
    assert shown.axes.get_title("left") == "density [kg]"


def test_the_last_moment_is_shown_unless_another_is_asked_for():
    values = RNG.random((3, 4, 4))
    assert np.array_equal(image(plots.field(fields(values))).get_array(), values[2].T)
    earlier = image(plots.field(fields(values), at=17.0))
    assert np.array_equal(earlier.get_array(), values[1].T)
    assert earlier.axes.get_title("right") == "time 20"


def test_three_axes_are_cut_in_the_middle_or_where_asked():
    values = RNG.random((1, 4, 5, 6))
    assert np.array_equal(image(plots.field(fields(values))).get_array(), values[0, :, :, 3].T)
    cut = image(plots.field(fields(values), normal="x", position=0.7))
    assert np.array_equal(cut.get_array(), values[0, 1].T)
    assert cut.axes.get_title("left") == "density, x = 0.75"
    assert (cut.axes.get_xlabel(), cut.axes.get_ylabel()) == ("y", "z")


def test_one_axis_is_a_line():
    values = RNG.random((2, 9))
    ax = plots.field(fields(values)).axes[0]
    assert not ax.images
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), values[1])


def test_a_complex_field_is_modulus_and_phase():
    values = RNG.normal(size=(1, 5, 5)) + 1j * RNG.normal(size=(1, 5, 5))
    figure = plots.field(fields(values))
    np.testing.assert_allclose(image(figure, 0).get_array(), np.abs(values[0].T))
    np.testing.assert_allclose(image(figure, 1).get_array(), np.angle(values[0].T))
    assert [ax.get_title("left") for ax in figure.axes[:2]] == ["|density|", "arg density"]
    assert image(figure, 1).get_cmap().name == "twilight"


def test_each_component_has_a_panel():
    values = RNG.normal(size=(1, 4, 4, 3))
    figure = plots.field(fields(values, extra=("component",)))
    assert [ax.get_title("left") for ax in figure.axes] == [f"density, component {n}" for n in range(3)]
    np.testing.assert_array_equal(image(figure, 2).get_array(), values[0, :, :, 2].T)
    assert len({image(figure, panel).get_clim() for panel in range(3)}) == 1


def test_spins_have_a_colour_each_also_where_all_are_up():
    up = scale_of(np.ones((3, 3), np.int8))
    mixed = scale_of(np.array([-1, 1], np.int8))
    assert up.tick_labels == mixed.tick_labels == ("−1", "1")
    assert up.cmap(up.norm(1)) == mixed.cmap(mixed.norm(1)) != mixed.cmap(mixed.norm(-1))


def test_states_have_different_colours():
    scale = scale_of(np.array([[0, 1], [2, 3]], np.int8))
    assert scale.tick_labels == ("0", "1", "2", "3")
    assert len({scale.cmap(scale.norm(state)) for state in range(4)}) == 4


def test_angles_have_one_colour_at_both_ends():
    scale = scale_of(np.array([0.0, 6.0]), "rad")
    assert scale.limits == (0.0, 2 * np.pi)
    assert np.allclose(scale.cmap(0.0), scale.cmap(1.0), atol=0.01)
    assert scale_of(np.array([-0.1, 3.0]), "rad").limits == (-np.pi, np.pi)


def test_zero_is_in_the_middle_of_two_signs():
    assert scale_of(np.array([-0.5, 2.0])).limits == (-2.0, 2.0)
    assert scale_of(np.array([-0.01, 2.0])).limits == (-0.01, 2.0)


@pytest.mark.parametrize("values", [np.full(4, 3.5), np.zeros(4), np.full(4, np.nan), np.full(4, -2.0)])
def test_a_field_without_contrast_has_a_scale(values):
    low, high = scale_of(values).limits
    assert low < high


def test_snapshots_share_one_scale_from_the_first_to_the_last():
    values = np.arange(1.0, 8.0)[:, None, None] * (1.0 + RNG.random((7, 3, 3)))
    figure = plots.snapshots(fields(values), count=4)
    shown = [ax.images[0] for ax in figure.axes if ax.images]
    assert [ax.get_title("right") for ax in figure.axes[:4]] == ["time 10", "time 30", "time 50", "time 70"]
    assert {each.get_clim() for each in shown} == {(values[[0, 2, 4, 6]].min(), values[[0, 2, 4, 6]].max())}


def test_space_and_time_are_two_axes():
    values = RNG.random((5, 8))
    (mesh,) = plots.spacetime(fields(values)).axes[0].collections
    np.testing.assert_array_equal(mesh.get_array(), values)
    with pytest.raises(UsageError, match="one axis and two snapshots"):
        plots.spacetime(fields(RNG.random((5, 8, 8))))


def test_titles_are_not_cut_off():
    figure = plots.snapshots(fields(RNG.random((5, 40, 40))))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert min(box.x0, box.y0) >= 0.0
    assert box.x1 <= width
    assert box.y1 <= height


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "v"}, "no field is called 'v'; allowed: u"),
        ({"normal": "q"}, "normal: the field has no axis 'q'"),
        ({"normal": "x"}, "a field over x, y is shown whole"),
        ({"position": 0.0}, "a field over x, y is shown whole"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_line(options, message):
    with pytest.raises(UsageError, match=message):
        plots.field(fields(RNG.random((1, 4, 4))), **options)


def test_a_point_of_a_sweep_must_be_chosen():
    many = fields(RNG.random((1, 4, 4))).expand_dims(temperature=[1.0, 2.0])
    with pytest.raises(UsageError, match=r"choose one, as in tree\.isel\(temperature=0\)"):
        plots.field(many)
    assert plots.field(many.isel(temperature=0)).axes


def test_several_panels_do_not_fit_into_given_axes():
    with pytest.raises(UsageError, match="ax= takes one panel, and there are 2"):
        plots.field(fields(np.full((1, 4, 4), 1j)), ax=Figure().subplots())
