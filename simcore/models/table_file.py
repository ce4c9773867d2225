"""Columns of numbers in a text file: `{file: edges.csv}`, or one of them, `{file: edges.csv, column: J}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.models.array_file import ArrayFile, digest_of

KEYS = ("file", "column", "sha256")
TEXT_ENDINGS = (".csv", ".txt", ".dat", ".tsv")

SCHEMA = {
    "type": "object",
    "properties": {"file": {"type": "string"}, "column": {"type": ["string", "integer"]}, "sha256": {"type": "string"}},
    "required": ["file"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class TableFile(ArrayFile):
    """A table in a text file, or one column of it; it counts by its contents, `sha256`.

    A row is a line of numbers with commas, semicolons or blanks between them; `#` begins a comment. The first row may
    name the columns. column: its name, or its number from 0; None for the whole table.
    """

    column: str | int | None = None

    @classmethod
    def read(cls, keys: Mapping[str, Any], directory: str | Path = ".") -> TableFile:
        """From the keys in an experiment whose file lies in `directory`; raises ValueError."""
        for key in keys:
            if key not in KEYS:
                raise ValueError(f"unknown key '{key}'; {hint(str(key), KEYS)}")
        if not isinstance(keys.get("file"), str):
            raise ValueError("file must be text: {file: edges.csv}")
        column = keys.get("column")
        if column is not None and (not isinstance(column, str | int) or isinstance(column, bool)):
            raise ValueError(f"column must be a name or a number from 0, not {column!r:.60}")
        path = (Path(directory) / Path(keys["file"]).expanduser()).absolute()
        found = digest_of(path)
        if keys.get("sha256", found) != found:
            raise ValueError(f"{path} has changed since the experiment was resolved (sha256 {found})")
        return cls(str(path), None, found, column=column)

    def keys(self) -> dict[str, Any]:
        """The keys that `read` takes."""
        column = {} if self.column is None else {"column": self.column}
        return {"file": self.file, **column, "sha256": self.sha256}

    def load(
        self, shape: tuple[int, ...] | None = None, path: str = "model", *, complex_numbers: bool = False
    ) -> np.ndarray:
        """The numbers, float64: shape (rows, columns), or (rows,) of one column. Raises InvalidValueError at `path`."""
        try:
            if digest_of(Path(self.file)) != self.sha256:
                raise ValueError("it has changed since the experiment was read")
            array = _table(Path(self.file), self.column)
        except (OSError, ValueError, MemoryError) as error:
            raise InvalidValueError(path, f"{self.file} cannot be read: {error}") from None
        if shape is not None and array.shape != tuple(shape):
            raise InvalidValueError(path, f"{self.file} has the shape {list(array.shape)}; {list(shape)} is needed")
        return array


def is_table(keys: Mapping[str, Any]) -> bool:
    """Whether the keys of a file name a text file."""
    return Path(str(keys.get("file", ""))).suffix in TEXT_ENDINGS


def _table(path: Path, column: str | int | None) -> np.ndarray:
    lines = path.read_text(encoding="utf-8-sig").replace(";", ",").replace("\t", " ").splitlines()
    skipped, names = 0, []
    for number, line in enumerate(lines):
        fields = _fields(line)
        if fields:
            if not all(map(_is_number, fields)):
                skipped, names = number + 1, fields
            break
    if isinstance(column, str) and column not in names:
        raise ValueError(f"its first row names no column '{column}'; {hint(column, names)}")
    number = names.index(column) if isinstance(column, str) else column
    comma = any("," in line.partition("#")[0] for line in lines)
    if not any(_fields(line) for line in lines[skipped:]):
        return np.empty((0, 2) if number is None else (0,))
    return np.loadtxt(
        lines[skipped:], delimiter="," if comma else None, usecols=number, ndmin=2 if number is None else 1
    )


def _fields(line: str) -> list[str]:
    return line.partition("#")[0].replace(",", " ").split()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
