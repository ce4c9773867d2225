"""Where the cells of a grid lie."""

import numpy as np
import pytest
from pydantic import ValidationError

from simcore.models.grid.grid import Grid


def test_centres_are_half_a_cell_from_the_origin():
    grid = Grid.model_validate({"shape": [4, 2], "spacing": [0.5, 3.0], "origin": [-1.0, 10.0]})
    np.testing.assert_array_equal(grid.centres(0), [-0.75, -0.25, 0.25, 0.75])
    np.testing.assert_array_equal(grid.centres(1), [11.5, 14.5])
    assert {name: line.shape for name, line in grid.mesh().items()} == {"x": (4, 1), "y": (1, 2)}


def test_a_number_stands_for_every_axis():
    grid = Grid.model_validate_json('{"shape": [4, 5, 6], "spacing": 0.25}')
    assert (grid.spacing, grid.origin, grid.axes) == ((0.25,) * 3, (0.0,) * 3, ("x", "y", "z"))
    assert Grid.model_validate_json(grid.model_dump_json()) == grid


def test_an_extent_stands_for_a_spacing():
    grid = Grid.model_validate({"shape": [4, 5], "extent": [2.0, 1.0]})
    assert (grid.spacing, grid.cell_volume) == ((0.5, 0.2), 0.1)
    assert Grid.model_validate_json(grid.model_dump_json()).spacing == grid.spacing
    assert Grid.model_validate({"shape": [4, 5], "extent": 20}).spacing == (5.0, 4.0)


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"shape": []}, ("shape",), "at least 1"),
        ({"shape": [1, 2, 3, 4]}, ("shape",), "at most 3"),
        ({"shape": [2, 2.5]}, ("shape", 1), "integer"),
        ({"spacing": -1.0}, ("spacing", 0), "1e-100"),
        ({"spacing": 1e-200}, ("spacing", 0), "1e-100"),
        ({"spacing": [1.0, 2.0, 3.0]}, ("spacing",), "a list of 2"),
        ({"origin": "left"}, ("origin", 0), "number"),
        ({"boundary": {"z": "periodic"}}, ("boundary",), "no side 'z'"),
        ({"boundary": {"y-": {"value": 1.0}}}, ("boundary",), "y cannot be periodic at one end only"),
        ({"extent": [1.0, 2.0, 3.0]}, ("extent",), "a list of 2"),
        ({"extent": 8.0, "spacing": 1.0}, ("spacing",), "either spacing or extent"),
        ({"boundry": "periodic"}, ("boundry",), "not permitted"),
    ],
)
def test_a_wrong_value_is_one_error_at_its_key(keys, place, words):
    with pytest.raises(ValidationError) as caught:
        Grid.model_validate({"shape": [4, 5], **keys})
    (error,) = caught.value.errors()
    assert (error["loc"], words in error["msg"]) == (place, True), error
