"""Parameters that change in time: `{schedule: "0.1*(1 + sin(2*pi*t/50))"}`, and tables, `{table: feed.csv}`."""

from __future__ import annotations

import csv
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.formulas import Expression, ExpressionError, parse
from simcore.formulas.tree import INTERPOLATED, Call, Name, Node, is_boolean
from simcore.spec.parameters import InputData

FORMS = '{schedule: "0.1*sin(t)"} or {table: feed.csv}'
TABLE_KEYS = ("table", "column", "sha256")
LARGEST_FILE = 64 * 2**20

PROPERTIES: dict[str, Any] = {
    "schedule": {"type": "string", "description": "a formula of t, step and the parameters"},
    "table": {"type": "string", "description": "a CSV file of times and values"},
    "column": {"type": "string", "description": "which column of the table holds the values"},
    "sha256": {"type": "string"},
}
SCHEMA = {"type": "object", "properties": PROPERTIES, "additionalProperties": False}


class InTime(InputData, ABC):
    """A number that depends on the time."""

    @abstractmethod
    def keys(self) -> dict[str, str]:
        """As it is written in an experiment."""

    @abstractmethod
    def tree(self, table: str) -> Node:
        """The value as a formula of `t`; `table` is the name of the constant that holds its table."""


@dataclass(frozen=True)
class Schedule(InTime):
    """A formula of `t`, `step` and other parameters."""

    expression: Expression

    def keys(self) -> dict[str, str]:
        """As it is written in an experiment."""
        return {"schedule": self.expression.text}

    def tree(self, table: str) -> Node:
        """The formula."""
        return self.expression.tree


@dataclass(frozen=True)
class TimeTable(InTime):
    """Values at given times, with straight lines between them; constant before the first time and after the last one.

    times: ascending; it counts by its contents, `sha256`.
    """

    file: str
    column: str | None
    sha256: str
    times: tuple[float, ...] = field(repr=False)
    values: tuple[float, ...] = field(repr=False)

    def keys(self) -> dict[str, str]:
        """As it is written in an experiment."""
        given = {"table": self.file, "column": self.column, "sha256": self.sha256}
        return {key: value for key, value in given.items() if value is not None}

    def tree(self, table: str) -> Node:
        """The straight lines between the entries of the table, an array of shape (2, entries)."""
        return Call(INTERPOLATED, (Name(table), Name("t")))

    @cached_property
    def array(self) -> np.ndarray:
        """Times and values, of shape (2, entries)."""
        return np.array([self.times, self.values])

    @classmethod
    def read(cls, keys: Mapping[str, Any], directory: str | Path = ".") -> TimeTable:
        """From the keys in an experiment whose file lies in `directory`; raises ValueError."""
        for key, value in keys.items():
            if key not in TABLE_KEYS:
                raise ValueError(f"unknown key '{key}'; {hint(str(key), TABLE_KEYS)}")
            if not isinstance(value, str):
                raise ValueError(f"{key} must be text, not {value!r:.60}")
        path = (Path(directory) / Path(keys["table"]).expanduser()).absolute()
        content = _content(path)
        found = hashlib.sha256(content).hexdigest()
        if keys.get("sha256", found) != found:
            raise ValueError(f"{path} has changed since the experiment was resolved (sha256 {found})")
        times, values = _Csv(path, content).columns(keys.get("column"))
        return cls(str(path), keys.get("column"), found, times, values)


def is_in_time(value: object) -> bool:
    """Whether the value of a key is written as one of `FORMS`."""
    return isinstance(value, Mapping) and ("schedule" in value or "table" in value)


def read_in_time(value: Mapping[str, Any], directory: str | Path) -> InTime:
    """From the value of a key; raises ValueError."""
    if "table" in value:
        return TimeTable.read(value, directory)
    if len(value) > 1:
        key = next(str(key) for key in value if key != "schedule")
        raise ValueError(f"unknown key '{key}'; a parameter in time is {FORMS}")
    text = value["schedule"]
    if not isinstance(text, str):
        reason = "a constant is written as a number alone"
        raise ValueError(f"schedule must be a formula of t or step, not {text!r:.60}; {reason}")
    expression = parse(text)
    if is_boolean(expression.tree):
        raise ValueError(f"schedule is a comparison: {text!r:.60}; write where({text:.60}, 1, 0)")
    return Schedule(expression)


def problems_of_schedules(
    given: Mapping[str, InTime], require: Callable[[Expression], None]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the formulas: the path below `model` and a message. require: raises ExpressionError."""
    found = False
    for name, one in given.items():
        if isinstance(one, Schedule):
            try:
                require(one.expression)
            except ExpressionError as error:
                found = True
                yield ("parameters", name, "schedule"), str(error)
    if not found:
        try:
            order_of(given)
        except CycleError as error:
            circle = error.args[1][::-1]
            yield ("parameters", circle[0], "schedule"), f"needs itself: {' needs '.join(circle)}"


def order_of(given: Mapping[str, InTime]) -> list[str]:
    """Their names, each behind those that its formula needs. Raises graphlib.CycleError."""
    schedules = {name: one for name, one in given.items() if isinstance(one, Schedule)}
    needs = {name: sorted(one.expression.names & given.keys()) for name, one in schedules.items()}
    return list(TopologicalSorter({**dict.fromkeys(given, ()), **needs}).static_order())


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ValueError(f"{path} is no regular file" if path.exists() else f"{path} cannot be read: no such file")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{path} is larger than {LARGEST_FILE // 2**20} MiB; a table in time has fewer entries")
    return content


class _Csv:
    """The lines of a table: numbers separated by commas, below a header of names or without one; # begins a remark."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        try:
            lines = content.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise ValueError(f"{path} is not UTF-8 text") from None
        self._rows: list[tuple[int, list[str]]] = []
        for number, line in enumerate(lines, 1):
            text = line.partition("#")[0].strip()
            if text:
                self._rows.append((number, [cell.strip() for cell in next(csv.reader([text]))]))

    def columns(self, column: str | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The first column, and that of this name; None: the second of two. Raises ValueError."""
        which, rows = self._chosen(column)
        times: list[float] = []
        values: list[float] = []
        for line, cells in rows:
            if len(cells) <= which:
                missing = f"has {len(cells)} column{'s' * (len(cells) != 1)}; a time and a value are needed"
                raise self._error(line, missing)
            time, value = (self._number(line, cells[i]) for i in (0, which))
            if times and time <= times[-1]:
                raise self._error(line, f"the time {time:g} follows {times[-1]:g}; times must ascend")
            times.append(time)
            values.append(value)
        if len(times) < 2:
            raise ValueError(f"{self.path} has {len(times)} entries; a table needs two at least")
        return tuple(times), tuple(values)

    def _chosen(self, column: str | None) -> tuple[int, Sequence[tuple[int, list[str]]]]:
        """The index of the column of values, and the rows without the header."""
        if not self._rows:
            raise ValueError(f"{self.path} is empty; lines of time,value are expected")
        line, first = self._rows[0]
        header = not any(map(_is_number, first))
        if column is not None:
            if not header:
                raise self._error(line, f"there is no header that names the column '{column}'")
            if column not in first[1:]:
                raise self._error(line, f"there is no column '{column}'; {hint(column, first[1:])}")
            return first.index(column, 1), self._rows[1:]
        if len(first) > 2:
            which = f"column: one of {', '.join(first[1:])}" if header else "a header and column: NAME"
            raise self._error(line, f"has {len(first)} columns; say which one with {which}")
        return 1, self._rows[1:] if header else self._rows

    def _number(self, line: int, text: str) -> float:
        if not _is_number(text):
            raise self._error(line, f"{text!r:.40} is no finite number")
        return float(text)

    def _error(self, line: int, reason: str) -> ValueError:
        return ValueError(f"{self.path}:{line}: {reason}")


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
