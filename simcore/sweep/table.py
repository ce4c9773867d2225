"""Points from a CSV table: a header of keys, one line for each point."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NoReturn

from simcore.config.document import one_line, scalar_problem
from simcore.config.scalars import plain_scalar
from simcore.errors import ExperimentError, Problem
from simcore.sweep.limit import MOST_POINTS, too_many


class Table:
    """columns: the values under each header, as YAML reads them; `place` says where one of them stands."""

    def __init__(self, file: Path) -> None:
        """Raises ExperimentError, with a place in the table, where it cannot be used."""
        self.file = file
        self.columns: dict[str, list[Any]] = {}
        self._lines: list[int] = []
        try:
            with file.open(encoding="utf-8-sig", newline="") as text:
                self._read(csv.reader(text, skipinitialspace=True, strict=True))
        except UnicodeDecodeError:
            self._refuse(1, 1, "is not UTF-8 text")
        except OSError as error:
            raise ExperimentError([Problem(str(file), "", f"cannot be read: {error.strerror}")]) from None

    def place(self, key: str, row: int) -> str:
        """`FILE:LINE:FIELD` of a value, from 1."""
        return f"{self.file}:{self._lines[row]}:{list(self.columns).index(key) + 1}"

    def head(self, key: str) -> str:
        """The place of a header."""
        return f"{self.file}:1:{list(self.columns).index(key) + 1}"

    def _read(self, reader: Any) -> None:
        try:
            names = [name.strip() for name in next(reader, [])]
            self._header(names)
            for fields in reader:
                if fields:
                    self._row(names, fields, reader.line_num)
        except csv.Error as error:
            self._refuse(reader.line_num, 1, f"is no CSV: {error}")
        if not self._lines:
            self._refuse(1, 1, "has no points: a line of values is expected below the header")

    def _header(self, names: list[str]) -> None:
        if not any(names):
            self._refuse(1, 1, "is empty: a header of keys is expected, such as model.parameters.temperature")
        for i, name in enumerate(names):
            if not name or name in self.columns:
                self._refuse(1, i + 1, f"the header '{name}' stands twice" if name else "a header is empty")
            self.columns[name] = []

    def _row(self, names: list[str], fields: list[str], line: int) -> None:
        if len(fields) != len(names):
            self._refuse(line, 1, f"has {len(fields)} values, and the header has {len(names)} names")
        if len(self._lines) == MOST_POINTS:
            self._refuse(line, 1, too_many(MOST_POINTS + 1))
        for i, (name, text) in enumerate(zip(names, fields, strict=True)):
            value = plain_scalar(text.strip())
            if value is None or scalar_problem(value):
                self._refuse(line, i + 1, f"{name}: {scalar_problem(value) or 'a value is missing'}")
            self.columns[name].append(value)
        self._lines.append(line)

    def _refuse(self, line: int, field: int, message: str) -> NoReturn:
        raise ExperimentError([Problem(f"{self.file}:{line}:{field}", "", one_line(message))])
