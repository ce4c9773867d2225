"""Runs of places in lines, against plain sets of places."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from simcore.models.spins.colouring.strided import Runs


@st.composite
def shapes_and_runs(draw):
    """A shape of two axes and a run in each line, as the arrays and as the set of its cells."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 12)))
    numbers = [
        (draw(st.integers(0, shape[1])), draw(st.integers(0, shape[1])), draw(st.integers(1, 5)))
        for _ in range(shape[0])
    ]
    runs = Runs(*np.array(numbers, np.int64).T).within(0, shape[1])
    return shape, runs, {(line, place) for line, run in enumerate(numbers) for place in range(*run)}


def cells(runs):
    lines = zip(runs.first.tolist(), runs.stop.tolist(), runs.stride.tolist(), strict=True)
    return {(line, place) for line, run in enumerate(lines) for place in range(*run)}


@given(shapes_and_runs(), st.integers(0, 12), st.integers(0, 12))
def test_a_part_holds_the_places_between_its_ends(given_runs, low, high):
    _, runs, members = given_runs
    assert cells(runs) == members
    assert cells(runs.within(low, high)) == {(line, place) for line, place in members if low <= place < high}


@given(shapes_and_runs(), st.integers(-15, 15), st.integers(-5, 5))
def test_moved_cells_are_those_at_the_offset_around_the_ends(given_runs, along, across):
    shape, runs, members = given_runs
    assume(not runs.torn(shape[1], along).any())
    moved = {((line + across) % shape[0], (place + along) % shape[1]) for line, place in members}
    assert cells(runs.moved(shape, (across, along))) == moved


@given(shapes_and_runs(), st.integers(-15, 15))
def test_torn_are_the_runs_that_are_none_of_their_stride_once_moved(given_runs, along):
    shape, runs, members = given_runs
    for line, (torn, stride) in enumerate(zip(runs.torn(shape[1], along), runs.stride.tolist(), strict=True)):
        places = sorted((place + along) % shape[1] for at, place in members if at == line)
        parts = {place < along % shape[1] for place in places}
        whole = len(places) * stride == shape[1]
        assert torn == (len(parts) == 2 and not whole)


@given(shapes_and_runs(), st.lists(st.booleans(), min_size=4, max_size=4))
def test_lines_are_chosen_and_put_together_again(given_runs, chosen):
    shape, runs, members = given_runs
    lines = np.array(chosen[: shape[0]])
    assert cells(runs.where(lines)) == {(line, place) for line, place in members if lines[line]}
    assert cells(runs.where(lines).merged(runs.where(~lines))) == members
