"""`--set` and dicts: values from outside the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcore.config import from_dict, override
from simcore.errors import ExperimentError

BASE = {"model": {"type": "x", "shape": [4, 8]}, "sweep": {"grid": {"model.shape": 1}}, "run": None}


def test_overrides_replace_and_add_and_leave_the_document_as_it_was() -> None:
    document = from_dict(BASE)
    changed = override(document, ["model.shape.0=1e3", "run.seed=7", "model.parameters={a: [1, no]}"])
    assert changed.data["model"] == {"type": "x", "shape": [1000, 8], "parameters": {"a": [1, "no"]}}
    assert changed.data["run"] == {"seed": 7}
    assert document.data == BASE


def test_an_overridden_value_stands_at_set_and_its_neighbours_where_they_were() -> None:
    changed = override(from_dict(BASE), {"model.shape.1": 3, "model.parameters": {"a": 1}})
    assert changed.place(("model", "shape", 1)) == "--set"
    assert changed.place(("model", "parameters", "a")) == "--set"
    assert changed.place(("model", "shape", 0)) == "dict"


def test_a_key_that_holds_dots_is_found_whole() -> None:
    assert override(from_dict(BASE), ["sweep.grid.model.shape=2"]).data["sweep"] == {"grid": {"model.shape": 2}}


def test_an_empty_value_is_null() -> None:
    assert override(from_dict(BASE), ["run.seed="]).data["run"] == {"seed": None}


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("abc", "--set abc: must be written KEY=VALUE"),
        ("=1", "--set: must be a dotted path"),
        ("a..b=1", "--set a..b: must be a dotted path"),
        ("a=[1", "--set a: not valid YAML"),
        ("a=1\n---\n2", "--set a: a second document"),
        ("model.shape.2=1", "--set model.shape.2: 'model.shape' is a list of 2; allowed: 0, 1"),
        ("model.shape.x=1", "--set model.shape.x: 'model.shape' is a list of 2"),
        ("model.type.y=1", "--set model.type.y: 'model.type' is neither a mapping nor a list"),
        ("a." * 100 + "b=1", "--set a.a.a"),
    ],
)
def test_a_bad_override_is_one_line(assignment: str, line: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        override(from_dict(BASE), [assignment])
    assert str(caught.value).startswith(line)
    assert len(caught.value.problems) == 1


def test_all_bad_overrides_are_reported_at_once() -> None:
    with pytest.raises(ExperimentError) as caught:
        override(from_dict(BASE), ["abc", "a=[", "run.seed=1", "model.type.y=2"])
    assert len(caught.value.problems) == 3


def test_a_bad_number_in_an_override_is_a_lesser_problem() -> None:
    assert [str(p) for p in override(from_dict(BASE), ["a=.nan"]).problems] == [
        "--set a: must be a finite number, not .nan"
    ]


def test_python_and_numpy_values_become_plain_ones() -> None:
    given = {"a": np.float32(0.5), "b": (1, np.int64(2)), "c": np.linspace(0, 1, 3), "d": np.bool_(True), "e": 1j}
    data = from_dict({**given, "f": Path("x.npy")}).data
    assert data == {"a": 0.5, "b": [1, 2], "c": [0.0, 0.5, 1.0], "d": True, "e": "1j", "f": "x.npy"}
    assert [type(data[key]) for key in "ad"] == [float, bool]


def test_only_model_type_may_be_a_class() -> None:
    assert from_dict({"model": {"type": int}}).data == {"model": {"type": int}}
    with pytest.raises(ExperimentError, match=r"dict model\.kind: must be a number, text"):
        from_dict({"model": {"kind": int}})


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"x", float("nan"), np.inf, 2**64, "\0", "\ud800", {1: 2}, {None: 0}]
)
def test_what_an_experiment_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ExperimentError, match="dict a: "):
        from_dict({"a": value})


def test_a_dict_that_contains_itself_or_too_much_is_refused() -> None:
    endless: dict = {}
    endless["a"] = endless
    for value in (endless, {"a": np.zeros(10**6)}, {"a": [[0] * 1000] * 1000}):
        with pytest.raises(ExperimentError, match="at most 100,000 values, 64 levels deep"):
            from_dict(value)
