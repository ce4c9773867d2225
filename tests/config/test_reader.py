"""Strict YAML: values, places, and one clear error for every bad file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.config import Document, read
from simcore.config.syntax import parse
from simcore.errors import ExperimentError, Problem


def read_text(directory: Path, text: str | bytes) -> Document:
    file = directory / "x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(file)


def refusal(directory: Path, text: str | bytes) -> str:
    with pytest.raises(ExperimentError) as caught:
        read_text(directory, text)
    assert len(caught.value.problems) == 1
    return str(caught.value).removeprefix(f"{directory}/")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e5", 100_000),
        ("-2e3", -2000),
        ("1e-3", 0.001),
        ("1.0e3", 1000.0),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("0x10", 16),
        ("0o17", 15),
        ("017", 17),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ("! 5", "5"),
        ("1e300", 1e300),
        ("18446744073709551615", 2**64 - 1),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
    ],
)
def test_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    node, problems = parse(f"a: {text}\n", lambda line, column: "")
    assert node is not None
    found = node.plain()["a"]
    assert (found, type(found), problems) == (value, type(value), [])


def test_every_key_and_item_knows_its_place(tmp_path: Path) -> None:
    document = read_text(tmp_path, "model:\n  shape: [64,\n    32]\n  deep:\n  - a: 1\nrun: {seed: 1}\n")
    places = {
        ("model",): "1:1",
        ("model", "shape"): "2:3",
        ("model", "shape", 0): "2:11",
        ("model", "shape", 1): "3:5",
        ("model", "deep", 0): "5:5",
        ("model", "deep", 0, "a"): "5:5",
        ("run", "seed"): "6:7",
        ("run", "dt"): "6:1",
        ("model", "shape", 7, "x"): "2:3",
        ("sweep",): "1:1",
    }
    for path, place in places.items():
        assert document.place(path) == f"{tmp_path}/x.yaml:{place}"


def test_an_alias_stands_for_the_same_value_and_keeps_its_own_place(tmp_path: Path) -> None:
    document = read_text(tmp_path, "a: &x {b: [1]}\nc: *x\n")
    assert document.data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert document.place(("c",)).endswith(":2:1")
    assert document.place(("c", "b")).endswith(":1:8")
    document.data["a"]["b"].append(2)
    assert document.data["c"]["b"] == [1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "x.yaml: the file is empty"),
        ("# only a comment\n", "x.yaml: the file is empty"),
        ("[1, 2]", "x.yaml:1:1: an experiment must be a mapping"),
        ("a:\n\tb: 1\n", "x.yaml:2:1: not valid YAML: a tab cannot indent a line"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document begins here"),
        ("a: [1\nb: 2\n", "x.yaml:2:2: not valid YAML"),
        ("a: b: c\n", "x.yaml:1:5: not valid YAML"),
        (b"a: 1\nb: \xff\n", "x.yaml:2:4: byte 0xff is not UTF-8"),
        ("a: 1\r\nb: \x01\n", "x.yaml:2:4: the character '\\x01' is not allowed"),
        ('a: "\\U00110000"', "x.yaml:1:1: not valid YAML after this"),
        ("? [1]\n: 2\n", "x.yaml:1:3: a key must be text"),
        ("a: *x\n", "x.yaml:1:4: a: no anchor &x"),
        ("a: &x [*x]\n", "x.yaml:1:8: a.0: the alias *x contains itself"),
        ("a: " + "[" * 10_000, "x.yaml:1:68: a.0.0: nested more than 64 levels deep"),
        ("- " * 10_000, "x.yaml:1:131: 0.0.0: nested more than 64 levels deep"),
    ],
)
def test_a_file_that_is_no_experiment_is_one_line(tmp_path: Path, text: str | bytes, line: str) -> None:
    assert refusal(tmp_path, text).startswith(line)


def test_aliases_cannot_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "aliases expanded" in refusal(tmp_path, "\n".join(lines))


def test_aliases_cannot_nest_deeper_than_text(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 80)]
    assert "nested more than 64 levels deep" in refusal(tmp_path, "\n".join(lines))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1: a: duplicate key; the first stands at {file}:1:1"]),
        ("a: .nan\nb: [-.inf]\n", ["1:4: a: must be a finite number, not .nan", "2:5: b.0: must be a finite number"]),
        ("a: 1e999\n", ["1:4: a: must be a finite number, not 1e999"]),
        ("a: !!python/object:os.system x\n", ["1:4: a: the tag !!python/object:os.system is not allowed"]),
        ("1: 2\n", ["1:1: a key must be text; write '1' in quotes"]),
        ('a: "\\0"\n', ["1:4: a: text must not contain the null character"]),
        ('a: "\\ud800"\n', ["1:4: a: text must not contain"]),
    ],
)
def test_lesser_problems_do_not_end_the_reading(tmp_path: Path, text: str, lines: list[str]) -> None:
    found = [str(problem) for problem in read_text(tmp_path, text).problems]
    assert len(found) == len(lines)
    for problem, line in zip(found, lines, strict=True):
        assert problem.startswith(f"{tmp_path}/x.yaml:" + line.format(file=tmp_path / "x.yaml"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.yaml", "no such file"),
        ("", "is a directory"),
        ("a\0b", "cannot be read"),
        ("x" * 300, "cannot be read"),
    ],
)
def test_a_path_that_is_no_file_is_one_line(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        read(tmp_path / name)


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(ExperimentError, match="larger than 4 MiB"):
        read("/dev/zero")


def test_relative_paths_count_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "x.yaml").write_text("a: 1")
    monkeypatch.chdir(tmp_path)
    document = read("configs/x.yaml")
    assert document.directory == tmp_path / "configs"
    assert document.place(("a",)) == "configs/x.yaml:1:1"


YAML = st.text(alphabet=st.sampled_from("ab:-[]{},&*!#?|>'\"\n\t 1.e~%@`\\x\0é\ud800\ufeff"), max_size=60)


def one_line_each(problems: Iterable[Problem]) -> bool:
    return all(str(problem).isprintable() for problem in problems)


@given(YAML | st.text(max_size=40))
def test_any_text_is_read_or_refused_in_printable_lines(text: str) -> None:
    try:
        node, problems = parse(text, lambda line, column: f"f:{line}:{column}")
    except ExperimentError as error:
        node, problems = None, list(error.problems)
    assert one_line_each(problems)
    assert node is None or json.dumps(node.plain(), allow_nan=False)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(content)
    try:
        problems = read(file).problems
    except ExperimentError as error:
        problems = error.problems
    assert one_line_each(problems)
