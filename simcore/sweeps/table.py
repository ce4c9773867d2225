"""Points from a CSV table: a header of keys, one line for each point."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, NoReturn

from simcore.config.document import one_line, scalar_problem
from simcore.config.scalars import plain_scalar
from simcore.errors import ExperimentError, Problem
from simcore.sweeps.limit import MOST_POINTS, too_many

_KEY = re.compile(r"[\w.\-]{1,200}")


class Table:
    """columns: the values under each header, as YAML reads them; `place` says where one of them stands."""

    def __init__(self, file: Path) -> None:
        """Raises ExperimentError, with a place in the table, where it cannot be used."""
        self.file = file
        self.columns: dict[str, list[Any]] = {}
        self._rows: list[int] = []  # the line of each point, from 1
        self._lines: list[str] = []
        if file.exists() and not file.is_file():
            raise ExperimentError([Problem(str(file), "", "is no regular file")])
        try:
            self._lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        except UnicodeDecodeError:
            self._refuse(1, 0, "is not UTF-8 text")
        except OSError as error:
            raise ExperimentError([Problem(str(file), "", f"cannot be read: {error.strerror}")]) from None
        reader = csv.reader(self._lines, skipinitialspace=True, strict=True)
        try:
            self._read(reader)
        except csv.Error as error:
            self._refuse(reader.line_num, 0, f"is no CSV: {error}")

    def place(self, key: str, row: int) -> str:
        """`FILE:LINE:COLUMN` of a value, from 1."""
        return self._place(self._rows[row], list(self.columns).index(key))

    def head(self, key: str) -> str:
        """The place of a header."""
        return self._place(1, list(self.columns).index(key))

    def _read(self, reader: Any) -> None:
        names = [name.strip() for name in next(reader, [])]
        self._header(names)
        for fields in reader:
            if fields:
                self._row(names, fields, reader.line_num)
        if not self._rows:
            self._refuse(1, 0, "has no points: a line of values is expected below the header")

    def _header(self, names: list[str]) -> None:
        if not any(names):
            self._refuse(1, 0, "is empty: a header of keys is expected, such as model.parameters.temperature")
        for field, name in enumerate(names):
            if name and not _KEY.fullmatch(name):  # and not quoted: any file may have been named
                self._refuse(1, field, "a header is no key, such as model.parameters.temperature")
            if not name or name in self.columns:
                self._refuse(1, field, f"the header '{name}' stands twice" if name else "a header is empty")
            self.columns[name] = []

    def _row(self, names: list[str], fields: list[str], line: int) -> None:
        if len(fields) != len(names):
            self._refuse(line, 0, f"has {len(fields)} values, and the header has {len(names)} names")
        if len(self._rows) == MOST_POINTS:
            self._refuse(line, 0, too_many(MOST_POINTS + 1))
        for field, (name, text) in enumerate(zip(names, fields, strict=True)):
            value = plain_scalar(text.strip())
            if value is None or scalar_problem(value):
                self._refuse(line, field, f"{name}: {scalar_problem(value) or 'a value is missing'}")
            self.columns[name].append(value)
        self._rows.append(line)

    def _place(self, line: int, field: int) -> str:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return f"{self.file}:{line}:{_start(text, field) + 1}"

    def _refuse(self, line: int, field: int, message: str) -> NoReturn:
        raise ExperimentError([Problem(self._place(line, field), "", one_line(message))])


def _start(line: str, field: int) -> int:
    """The position of a field, from 0: after a number of commas outside quotes, and the spaces after them."""
    quoted = False
    for i, character in enumerate(line):
        if field == 0:
            return i + len(line[i:]) - len(line[i:].lstrip(" "))
        quoted ^= character == '"'
        field -= character == "," and not quoted
    return len(line)
