"""Pydantic's errors in the words of a scientist, at their place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from simcore.config import Count, Duration, InputFile, Interval, Section, Shape, from_dict, parameter, read, validate


class Value(Section):
    value: float


class Slope(Section):
    derivative: float


class Square(Section):
    type: Literal["square"]
    size: int


class Chain(Section):
    type: Literal["chain"]
    length: int


class Numbers(Section):
    temperature: float = parameter(above=0.0)
    J: float = parameter(1.0, at_most=5.0)
    count: int = parameter(1, at_least=1, below=10)


class Everything(Section):
    numbers: Numbers = Numbers(temperature=1.0)
    shape: Shape = (1,)
    flag: bool = False
    text: str = ""
    steps: Count = 1
    workers: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    algorithm: Literal["metropolis", "wolff"] = "metropolis"
    lattice: Annotated[Square | Chain, Field(discriminator="type")] = Square(type="square", size=1)
    side: Literal["periodic"] | Value | Slope | dict[Literal["x", "y"], Value | Slope] = "periodic"
    spacing: float | tuple[float, ...] = 1.0
    fields: dict[str, Value] = Field({})
    every: Interval = Interval(seconds=60.0)
    limit: Duration | None = None
    start: Literal["ordered", "random"] | InputFile = "ordered"
    phase: complex = 0j


def problems(data: dict[str, Any]) -> list[str]:
    section, found = validate(from_dict(data), Everything)
    assert (section is None) == bool(found)
    return [str(problem).removeprefix("dict ") for problem in found]


def test_a_good_section_has_python_types() -> None:
    document = from_dict(
        {
            "shape": [2, 3],
            "spacing": [1, 0.5],
            "every": "5 min",
            "limit": "2 h",
            "phase": "1-2j",
            "numbers": {"temperature": 2},
        }
    )
    section, found = validate(document, Everything)
    assert section is not None
    assert not found
    assert (section.shape, section.spacing, section.phase) == ((2, 3), (1.0, 0.5), 1 - 2j)
    assert (section.every, section.limit) == (Interval(seconds=300.0), Duration(7200.0))
    assert type(section.numbers.temperature) is float


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"numbers": {}}, "numbers.temperature: missing; a number is required"),
        ({"numbers": {"temprature": 1}}, "numbers.temprature: unknown key; did you mean 'temperature'?"),
        ({"numbers": {"Temperature": 1}}, "numbers.Temperature: unknown key; did you mean 'temperature'?"),
        (
            {"numbers": {"temperature": 1, "zzz": 1}},
            "numbers.zzz: unknown key; allowed: temperature, J, count",
        ),
        ({"numbers": {"temperature": -1}}, "numbers.temperature: must be above 0, not -1"),
        ({"numbers": {"temperature": 1, "J": 6}}, "numbers.J: must be at most 5, not 6"),
        ({"numbers": {"temperature": 1, "count": 10}}, "numbers.count: must be below 10, not 10"),
        ({"numbers": {"temperature": 1, "count": 0}}, "numbers.count: must be at least 1, not 0"),
        ({"numbers": {"temperature": "abc"}}, "numbers.temperature: must be a number, not the string 'abc'"),
        ({"numbers": {"temperature": "5"}}, "numbers.temperature: must be a number, not the string '5'"),
        ({"numbers": {"temperature": True}}, "numbers.temperature: must be a number, not true"),
        ({"numbers": {"temperature": None}}, "numbers.temperature: must be a number, not null"),
        ({"numbers": {"temperature": 1, "count": 1.0}}, "numbers.count: must be a whole number, not 1.0"),
        ({"numbers": {"temperature": 1, "count": False}}, "numbers.count: must be a whole number, not false"),
        ({"numbers": 3}, "numbers: must be a section with temperature, J, count, not 3"),
        ({"shape": 3}, "shape: must be a list, not 3; write a list, such as [3] or [3, 3]"),
        ({"shape": []}, "shape: must have at least 1 item, not 0"),
        ({"shape": [1] * 4}, "shape: must have at most 3 items, not 4"),
        ({"shape": [4, 0]}, "shape.1: must be at least 1, not 0"),
        ({"shape": [4, 2.5]}, "shape.1: must be a whole number, not 2.5"),
        ({"flag": 1}, "flag: must be true or false, not 1"),
        ({"text": 1}, "text: must be text, not 1"),
        ({"workers": "aut"}, "workers: must be 'auto' or a whole number, not the string 'aut'; did you mean 'auto'?"),
        ({"workers": 0}, "workers: must be at least 1, not 0; also allowed: auto"),
        ({"workers": [1]}, "workers: must be 'auto' or a whole number, not a list"),
        (
            {"algorithm": "wolf"},
            "algorithm: must be one of metropolis, wolff, not the string 'wolf'; did you mean 'wolff'?",
        ),
        (
            {"lattice": {"type": "squar", "size": 1}},
            "lattice.type: must be one of square, chain, not the string 'squar'; did you mean 'square'?",
        ),
        ({"lattice": {"size": 1}}, "lattice.type: missing; one of square, chain is required"),
        ({"lattice": 3}, "lattice: must be a section, not 3"),
        ({"side": {"vaule": 1}}, "side.vaule: unknown key; did you mean 'value'?"),
        ({"side": {"value": "q"}}, "side.value: must be a number, not the string 'q'"),
        ({"side": {"x": {"vaule": 1}}}, "side.x.vaule: unknown key; did you mean 'value'?"),
        ({"side": {"x": {"derivative": None}}}, "side.x.derivative: must be a number, not null"),
        ({"side": {"x": {}}}, "side.x: must have one of the keys value, derivative"),
        ({"side": {"z": {"value": 1}}}, "side.z: unknown key; allowed: x, y"),
        (
            {"side": "periodc"},
            "side: must be 'periodic', a section with value, a section with derivative or a section, "
            "not the string 'periodc'; did you mean 'periodic'?",
        ),
        ({"spacing": "x"}, "spacing: must be a number or a list, not the string 'x'"),
        ({"spacing": [1, "x"]}, "spacing.1: must be a number, not the string 'x'"),
        ({"fields": {"u": {"value": "a"}}}, "fields.u.value: must be a number, not the string 'a'"),
        ({"every": "5 weeks"}, "every: unknown unit 'weeks'; allowed: steps, s, min, h, d"),
        ({"limit": 5}, "limit: must be a time with its unit, such as '60 s', '5 min', '2 h', '1:30:00', not 5"),
        ({"phase": "x"}, "phase: must be a complex number such as 1+2j, not the string 'x'"),
        ({"text": "a", "texts": "b\nc"}, "texts: unknown key; did you mean 'text'?"),
        ({"algorithm": "a\nb"}, "algorithm: must be one of metropolis, wolff, not the string 'a\\nb'"),
    ],
)
def test_one_mistake_is_one_sensible_line(data: dict[str, Any], line: str) -> None:
    assert problems(data) == [line]


def test_the_keys_of_the_chosen_kind_are_the_allowed_ones() -> None:
    assert problems({"lattice": {"type": "chain", "size": 1}}) == [
        "lattice.length: missing; a whole number is required",
        "lattice.size: unknown key; allowed: type, length",
    ]


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("shape: [1, x]\nzzz: 1\nnumbers:\n  J: 7\nworkers: 0\nalgorithm: {a: 1}\n")
    _, found = validate(read(file), Everything)
    assert [(problem.place.removeprefix(f"{file}:"), problem.path) for problem in found] == [
        ("1:12", "shape.1"),
        ("2:1", "zzz"),
        ("3:1", "numbers.temperature"),
        ("4:3", "numbers.J"),
        ("5:1", "workers"),
        ("6:1", "algorithm"),
    ]


def test_a_file_is_relative_to_the_experiment_and_must_exist(tmp_path: Path) -> None:
    (tmp_path / "start.npy").write_bytes(b"")
    section, _ = validate(from_dict({"start": "start.npy"}, tmp_path), Everything)
    assert section is not None
    assert section.start == tmp_path / "start.npy"
    assert section.model_dump(mode="json")["start"] == str(tmp_path / "start.npy")
    (missing,) = problems({"start": "nowhere.npy"})
    assert missing.startswith("start: the file '")
    assert missing.endswith("cannot be read: No such file or directory; also allowed: ordered, random")
    (near,) = problems({"start": "ordred"})
    assert near.endswith("did you mean 'ordered'?")


def test_an_absent_or_null_section_counts_as_empty() -> None:
    for data in ({}, {"part": None}):
        section, found = validate(from_dict(data), Everything, at=("part",))
        assert section == Everything()
        assert not found
