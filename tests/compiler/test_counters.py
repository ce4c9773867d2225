"""Tallies, tuned numbers, shared kernels, walls that change the sign, and more than three axes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import simcore
from simcore.compiler.build import build
from simcore.errors import InvalidValueError
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Field, Observable
from simcore.spec.phases import Phase, Sites, Tuned
from tests.compiler.conftest import model


def flip(s, i, j, random):
    """Draws a spin, and counts those that are up."""
    new = 1 if random[0] < 0.25 else 0
    return new, new


def spin(s, i, j):
    return s[i, j]


def drawn(width, random, u, i, j):
    """Accepted with a probability that falls with the width."""
    yes = 1 if random[0] < 1.0 / (1.0 + width) else 0
    return width, yes


def adjusted(width, accepted, cells):
    """Towards an acceptance of one half."""
    return width * np.exp(accepted / cells - 0.5)


def width_here(u, i, j):
    return u[i, j]


def chessboard(shape):
    rows, columns = np.arange(shape[0]), np.full(shape[0], shape[1])
    return [Sites((rows + colour) % 2, columns, np.full(shape[0], 2)) for colour in range(2)]


def test_a_tally_adds_up_what_all_phases_of_a_step_count(computed):
    shape = (6, 8)
    made = model(
        state=[StateArray("s", shape, "int8", np.zeros(shape, np.int8))],
        phases=[Phase(flip, "s", sites, draws=1, tally="ups") for sites in chessboard(shape)],
        observables=[Observable("mean", spin), Observable("share", "ups"), Observable("count", "ups", "sum")],
    )
    for workers in (1, 3):
        _, series = computed(made, steps=5, workers=workers)
        assert len(series["mean"]) == 5
        assert len(set(series["count"])) > 1
        assert np.array_equal(series["mean"], series["share"])
        assert np.array_equal(series["share"] * 48, series["count"])


def test_phases_of_one_function_are_compiled_once():
    shape = (6, 8)
    phases = [Phase(flip, "s", sites, draws=1, tally="ups") for sites in chessboard(shape)]
    made = model(
        state=[StateArray("s", shape, "int8", np.zeros(shape, np.int8))],
        phases=phases,
        observables=[Observable("mean", spin)],
    )
    text = build(Description(made(parameters={}))).code.text
    assert text.count("def _phase_") == 1
    assert "for _time in range(_runs.shape[0] // 1):" in text
    assert "0 + _time * 1, _scratch" in text


def test_a_tally_that_no_phase_counts_is_refused():
    made = model(
        state=[StateArray("s", (4, 4), "int8", np.zeros((4, 4), np.int8))],
        phases=[Phase(flip, "s", draws=1, own_cell=True, tally="ups")],
        observables=[Observable("mean", spin), Observable("share", "up")],
    )
    with pytest.raises(InvalidValueError, match="measures the tally 'up'; did you mean 'ups'"):
        build(Description(made(parameters={})))


TUNED = {
    "state": [StateArray("u", (20, 50), "float64", np.zeros((20, 50)))],
    "phases": [Phase(drawn, "u", draws=1, own_cell=True, tally="accepted")],
    "observables": [Observable("width", width_here, "max"), Observable("acceptance", "accepted")],
    "tuned": [Tuned("width", 5.0, adjusted)],
    "constants": {"cells": 1000.0},
}


CLASS = model(**TUNED)


def tuned_run(out, workers, resume=False, **run):
    settings = {"seed": 3, "thermalization": 30, "sweeps": 10, "measure_every": 1, "workers": workers} | run
    return simcore.run({"model": {"type": CLASS, "parameters": {}}, "run": settings}, out=out, resume=resume)


def test_a_tuned_number_moves_in_the_thermalization_and_is_frozen_behind_it(tmp_path):
    series = tuned_run(tmp_path / "a", 1).series
    width, acceptance = np.asarray(series["width"]), np.asarray(series["acceptance"])
    expected = [5.0]
    for accepted in acceptance[:30]:
        expected.append(expected[-1] * np.exp(accepted - 0.5))
    assert width[:31] == pytest.approx(expected, rel=1e-12)
    assert np.unique(width[30:]).size == 1
    z = (acceptance[30:].mean() - 1 / (1 + width[-1])) / (0.5 / np.sqrt(10_000))
    assert abs(z) < 4  # false alarms: 6e-5


def test_tuned_numbers_survive_a_stop_for_any_number_of_workers(tmp_path):
    whole = tuned_run(tmp_path / "whole", 3)
    for sweeps in (1, 4):
        tuned_run(tmp_path / f"part{sweeps}", 1, sweeps=sweeps)
        resumed = tuned_run(tmp_path / f"part{sweeps}", 2, resume=True)
        for name in ("width", "acceptance"):
            assert np.array_equal(resumed.series[name], whole.series[name])


def neighbours(u, i, j):
    return u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]


def test_an_antiperiodic_wall_is_the_other_end_scaled_and_shifted(computed):
    start = np.arange(12.0).reshape(3, 4)
    anti = ((Periodic(-1, 2), Periodic(-1, 2)), (Periodic(), Periodic()))
    made = model(
        state=[StateArray("u", (3, 4), "float64", start, anti, halo=1)],
        phases=[Phase(neighbours, "u")],
        observables=[Observable("mean", width_here)],
    )
    padded = np.vstack([2 - start[-1:], start, 2 - start[:1]])
    expected = padded[:-2] + padded[2:] + np.roll(start, 1, 1) + np.roll(start, -1, 1)
    for workers in (1, 3):
        state, _ = computed(made, steps=1, workers=workers)
        assert np.array_equal(state["u"], expected)


def around_4(u, i, j, k, i3):
    return (
        u[i - 2, j, k, i3]
        + 3 * u[i, j + 1, k, i3]
        + 5 * u[i, j, k - 1, i3]
        + 7 * u[i, j, k, i3 + 2]
        + 11 * u[i + 1, j - 1, k + 1, i3 - 1]
    )


def here_4(u, i, j, k, i3):
    return u[i, j, k, i3]


def random_4(u, i, j, k, i3, random):
    return random[0]


def rolled(u, *by):
    return np.roll(u, [-n for n in by], range(u.ndim))


@pytest.mark.parametrize("shape", [(3, 2, 4, 5), (1, 1, 2, 1)])
def test_four_axes_see_their_neighbours_corners_too(computed, shape):
    start = np.random.default_rng(1).integers(0, 9, shape).astype(float)
    made = model(
        state=[StateArray("u", shape, "float64", start, ((Periodic(), Periodic()),) * 4, halo=2)],
        phases=[Phase(around_4, "u")],
        observables=[Observable("sum", here_4, "sum")],
    )
    expected = rolled(start, -2, 0, 0, 0) + 3 * rolled(start, 0, 1, 0, 0) + 5 * rolled(start, 0, 0, -1, 0)
    expected += 7 * rolled(start, 0, 0, 0, 2) + 11 * rolled(start, 1, -1, 1, -1)
    for workers in (1, 2):
        state, series = computed(made, steps=1, workers=workers)
        assert np.array_equal(state["u"], expected)
        assert series["sum"] == [expected.sum()]


def test_every_cell_of_four_axes_draws_a_number_of_its_own(computed):
    shape = (3, 4, 5, 6)
    made = model(
        state=[StateArray("u", shape, "float64", np.zeros(shape))],
        phases=[Phase(random_4, "u", draws=1, own_cell=True)],
        observables=[Observable("sum", here_4, "sum")],
    )
    one, _ = computed(made, steps=1, workers=1)
    three, _ = computed(made, steps=1, workers=3)
    assert np.array_equal(one["u"], three["u"])
    assert np.unique(one["u"]).size == np.prod(shape)


def together(a, b):
    return np.stack([a, 10 * b], axis=-1)


def test_a_field_of_several_arrays_has_axes_of_its_own(tmp_path):
    arrays = [StateArray(name, (4, 3), "int8", np.full((4, 3), n, np.int8)) for n, name in enumerate("ab", 1)]
    made = model(
        state=arrays,
        phases=[Phase(kept, ("a", "b"), own_cell=True)],
        observables=[Observable("mean", mean_a)],
        result_fields=[Field("v", ("a", "b"), together, ("component",), doc="both")],
    )
    run = {"seed": 1, "sweeps": 4, "measure_every": 2}
    output = {"fields": {"every": "2 steps"}}
    done = simcore.run({"model": {"type": made, "parameters": {}}, "run": run, "output": output}, out=tmp_path / "run")
    assert list(done.fields.data_vars) == ["v"]
    assert done.fields["v"].dims == ("step", "x", "y", "component")
    assert done.fields["v"].attrs["long_name"] == "both"
    for step, (x, y) in product(range(2), product(range(4), range(3))):
        assert list(done.fields["v"].values[step, x, y]) == [1, 20]


def kept(a, b, i, j):
    return a[i, j], b[i, j]


def mean_a(a, i, j):
    return a[i, j]


def test_phases_that_come_again_are_a_loop_and_compute_what_each_of_them_would(computed):
    shape = (5, 24)
    columns = np.full(shape[0], shape[1])
    colours = [Sites(np.full(shape[0], c), columns, np.full(shape[0], 6)) for c in range(6)]

    def made(functions):
        return model(
            state=[StateArray("u", shape, "float64", np.zeros(shape))],
            phases=[
                Phase(functions[n % len(functions)], "u", one, draws=2, tally="ups") for n, one in enumerate(colours)
            ],
            observables=[Observable("mean", spin_u), Observable("count", "ups", "sum")],
        )

    alike, plain = made([draw_two]), made([draw_two, draw_too])
    assert build(Description(alike(parameters={}))).code.text.count("_phase_0(_row, ") == 2
    for workers in (1, 2):
        first, second = computed(alike, steps=3, workers=workers), computed(plain, steps=3, workers=workers)
        assert np.array_equal(first[0]["u"], second[0]["u"])
        assert np.array_equal(first[1]["count"], second[1]["count"])


def draw_two(u, i, j, random):
    """Two draws, of the six phases' own."""
    return u[i, j] + random[0] - random[1], 1 if random[0] < 0.5 else 0


def draw_too(u, i, j, random):
    """The same, by another name, so that every other phase is of another kernel."""
    return u[i, j] + random[0] - random[1], 1 if random[0] < 0.5 else 0


def spin_u(u, i, j):
    return u[i, j]
