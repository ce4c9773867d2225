"""Aligned columns of plain text: the same on a terminal, in a file and through a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

NARROWEST = 40


def columns(rows: Sequence[Sequence[str]], gap: str = "  ") -> str:
    """The rows one below the other, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is, at least 40; None if it is none: nothing is left out."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def fits(text: str, width: int | None) -> bool:
    """Whether no line is longer than the width."""
    return width is None or all(len(line) <= width for line in text.splitlines())


def wrapped(text: str, width: int | None) -> str:
    """Each line broken between words, what follows indented."""
    if width is None:
        return text
    lines = (textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False) for line in text.splitlines())
    return "\n".join("\n".join(parts) for parts in lines)


def two_lines(header: Sequence[str]) -> list[list[str]]:
    """A header in two lines if a title has two words: each title broken at its last space."""
    lines = [list(line) for line in zip(*(title.rpartition(" ")[::2] for title in header), strict=True)]
    return lines if any(lines[0]) else lines[1:]
