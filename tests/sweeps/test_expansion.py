"""Which points a sweep has, and where they lie in its array."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.sweeps.expansion import Sweep, expand

TEMPERATURE, SIZE, H = "model.parameters.temperature", "model.lattice.size", "model.parameters.h"
J, SHAPE = "model.parameters.J", "model.lattice.shape"


def expanded(sweep: Any, lattice: Any = None, run: Any = None) -> Sweep:
    model = {"type": "ising", "lattice": lattice or {"size": 8}, "parameters": {"temperature": 2.0}}
    return expand({"name": "s", "model": model, "run": {"seed": 1, "sweeps": 10, **(run or {})}, "sweep": sweep})


def taken(sweep: Sweep, *names: str) -> list[tuple]:
    """The coordinates of all points, in their order."""
    return [tuple(point.coordinates[name] for name in names) for point in sweep.points]


def test_a_grid_is_a_product_with_a_dimension_for_each_key():
    found = expanded({"grid": {TEMPERATURE: [1.0, 2.0, 3.0], SIZE: [4, 8]}, "replicas": 2})
    assert (found.dims, found.shape) == (("temperature", "size", "replica"), (3, 2, 2))
    assert taken(found, *found.dims) == list(itertools.product([1.0, 2.0, 3.0], [4, 8], [0, 1]))
    assert [point.index for point in found.points] == list(np.ndindex(3, 2, 2))
    assert found.points.indices().tolist() == [list(point.index) for point in found.points]
    assert found.points[5].overrides == {TEMPERATURE: 2.0, SIZE: 4, "run.replica": 1}
    assert found.coords["size"] == (("size",), [4, 8])
    assert "sweep" not in found.document.data


def test_a_zip_is_read_side_by_side_along_point():
    found = expanded({"zip": {TEMPERATURE: [1.0, 2.0, 3.0], SIZE: {"range": [4, 7]}}})
    assert (found.dims, found.shape) == (("point", "replica"), (3, 1))
    assert found.coords["temperature"] == (("point",), [1.0, 2.0, 3.0])
    assert found.coords["size"] == (("point",), [4, 5, 6])


def test_parts_of_a_block_multiply():
    zipped, ranges = {SIZE: [4, 8], J: [1.0, 2.0]}, {H: [0.0, 1.0]}
    found = expanded({"grid": {TEMPERATURE: [1.0, 2.0]}, "zip": zipped, "sample": {"points": 4, "ranges": ranges}})
    assert (found.dims, found.shape) == (("temperature", "point", "replica"), (2, 8, 1))
    fields = expanded({"sample": {"points": 4, "ranges": ranges}}).coords["h"][1]
    side = [(size, J, h) for size, J in ((4, 1.0), (8, 2.0)) for h in fields]
    assert taken(found, "temperature", "size", "J", "h") == [(t, *row) for t in (1.0, 2.0) for row in side]
    assert found.coords["h"] == (("point",), [h for _, _, h in side])


def test_a_union_is_one_line_and_what_a_block_leaves_alone_is_that_of_the_experiment():
    found = expanded([{"grid": {TEMPERATURE: [1.0, 3.0]}}, {"zip": {SIZE: [4, 6]}, "replicas": 2}])
    assert (found.dims, found.shape) == (("point", "replica"), (4, 2))
    assert found.coords["temperature"] == (("point",), [1.0, 3.0, 2.0, 2.0])
    assert found.coords["size"] == (("point",), [8, 8, 4, 6])
    assert [point.index for point in found.points] == [(0, 0), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1)]
    assert TEMPERATURE not in found.points[-1].overrides


def test_blocks_of_a_union_under_their_own_key_are_the_same():
    blocks = [{"grid": {TEMPERATURE: [1.0, 3.0]}}, {"zip": {SIZE: [4, 6]}}]
    found = expanded({"blocks": blocks, "workers_per_point": 2})
    assert found.points.ids == expanded(blocks).points.ids
    assert found.section.workers_per_point == 2


def test_a_point_named_by_two_blocks_is_one():
    found = expanded(
        [{"grid": {TEMPERATURE: {"linspace": [1, 2, 11]}}}, {"grid": {TEMPERATURE: {"arange": [1.45, 1.65, 0.05]}}}]
    )
    assert found.coords["temperature"][1] == [*(1 + i / 10 for i in range(11)), 1.45, 1.55]
    assert len(set(found.points.ids)) == len(found.points) == found.shape[0] == 13


def test_of_two_equal_points_the_one_with_more_replicas_stays():
    found = expanded([{"grid": {TEMPERATURE: [1.0]}}, {"grid": {TEMPERATURE: [3.0, 1.0]}, "replicas": 3}])
    assert sorted(taken(found, "temperature", "replica")) == [(t, r) for t in (1.0, 3.0) for r in range(3)]


def test_replicas_alone_are_a_sweep():
    found = expanded({"replicas": 3}, run={"replica": 5})
    assert (found.dims, found.shape, found.coords["replica"]) == (("replica",), (3,), (("replica",), [5, 6, 7]))
    assert [point.overrides for point in found.points] == [{"run.replica": r} for r in (5, 6, 7)]


def test_where_leaves_holes_in_a_grid_and_none_in_a_line():
    condition = "size >= 8 or temperature < 2"
    left = [(t, s) for t in (1.0, 2.0, 3.0) for s in (4, 8) if s >= 8 or t < 2]
    grid = expanded({"grid": {TEMPERATURE: [1.0, 2.0, 3.0], SIZE: [4, 8]}, "where": condition})
    assert taken(grid, "temperature", "size") == left
    assert (grid.shape, grid.points[2].index) == ((3, 2, 1), (1, 1, 0))
    line = expanded({"zip": {TEMPERATURE: [1.0, 2.0, 3.0], SIZE: [4, 4, 8]}, "where": condition})
    assert (line.shape, taken(line, "temperature", "size")) == ((2, 1), [(1.0, 4), (3.0, 8)])


def test_where_takes_whole_paths_too():
    found = expanded({"grid": {TEMPERATURE: [1.0, 2.0], SIZE: [4, 8]}, "where": f"{SIZE} > 4 and not temperature > 1"})
    assert taken(found, "temperature", "size") == [(1.0, 8)]


def test_lists_are_labels():
    found = expanded({"grid": {SHAPE: [[4, 4], [4, 6]]}}, lattice={"type": "square"})
    assert found.coords["shape"] == (("shape",), ["4x4", "4x6"])
    assert found.points[1].overrides[SHAPE] == [4, 6]


def test_a_key_may_be_swept_that_the_experiment_leaves_out():
    experiment = {"model": {"type": "ising", "lattice": {"size": 4}, "parameters": {}}, "run": {"sweeps": 5}}
    assert len(expand({**experiment, "sweep": {"grid": {TEMPERATURE: [1, 2]}}}).points) == 2


FIELD = {"initial": "0"}
HEAT = {
    "model": {
        "type": "heat",
        "grid": {"shape": [8, 8], "spacing": 1.0, "boundary": {"value": 0.0}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "1"}},
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 10},
}


def test_sections_and_texts_are_labels_and_items_of_lists_can_be_swept():
    boundaries = ["periodic", {"value": 0.0}]
    found = expand({**HEAT, "sweep": {"grid": {"model.grid.boundary": boundaries, "model.grid.shape.0": [8, 16]}}})
    assert found.dims == ("boundary", "model.grid.shape.0", "replica")
    assert found.coords["boundary"][1] == ["periodic", "{value: 0.0}"]
    assert [point.cost for point in found.points] == [640.0, 1280.0, 640.0, 1280.0]


def test_names_that_would_clash_are_whole_paths():
    both = {"model.grid.boundary": ["periodic"], "model.fields.u.boundary": ["periodic", {"value": 1.0}]}
    found = expand({**HEAT, "sweep": {"grid": both}})
    assert found.dims == ("model.grid.boundary", "model.fields.u.boundary", "replica")


def test_cost_is_cells_times_steps_and_the_longest_go_first():
    found = expanded({"grid": {SIZE: [4, 16, 8]}, "replicas": 2}, run={"thermalization": 5})
    assert [point.cost for point in found.points] == [s * s * 15.0 for s in (4, 4, 16, 16, 8, 8)]
    assert found.longest_first() == [2, 3, 4, 5, 0, 1]
    assert found.total_cost == sum(point.cost for point in found.points)


def test_a_sequence_of_points_is_one():
    points = expanded({"grid": {TEMPERATURE: {"linspace": [1, 2, 5]}}, "replicas": 2}).points
    assert [point.id for point in points] == list(points.ids)
    assert points[-1] == list(points)[9] == points[9:][0]
    with pytest.raises(IndexError):
        points[10]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(1, 3), st.data())
def test_every_point_has_its_own_cell_and_the_coordinates_of_that_cell(lengths, replicas, data):
    paths = [TEMPERATURE, H, SIZE][: len(lengths)]
    grid = {path: list(range(1, n + 1)) for path, n in zip(paths, lengths, strict=True)}
    split = data.draw(st.integers(0, len(paths)))
    rows = {path: grid[path] for path in paths[split:]}
    if len({len(column) for column in rows.values()}) > 1:
        rows = {}
    grid = {path: grid[path] for path in paths if path not in rows}
    found = expanded({"replicas": replicas} | ({"grid": grid} if grid else {}) | ({"zip": rows} if rows else {}))
    assert len({point.index for point in found.points}) == len(found.points) == np.prod(found.shape)
    for point in found.points:
        at = dict(zip(found.dims, point.index, strict=True))
        for name, (dims, values) in found.coords.items():
            assert values[at[dims[0]]] == point.coordinates[name]
