"""An experiment file to a document."""

from __future__ import annotations

from pathlib import Path

from simcore.config.document import Document
from simcore.config.includes import with_included
from simcore.config.syntax import Place, parse, position
from simcore.errors import ExperimentError, Problem

_LARGEST = 4 * 2**20


def read(path: str | Path) -> Document:
    """The experiment in a file, with what it includes.

    Raises ExperimentError if a file cannot be read or is no YAML mapping; lesser problems are in `problems`.
    """
    return with_included(_read(Path(path)), Path(path), _read)


def _read(path: Path) -> Document:
    """One file, without what it includes."""

    def place(line: int, column: int) -> str:
        return f"{path}:{line + 1}:{column + 1}"

    text = _decode(_bytes(path), place)
    root, problems = parse(text, place)
    if root is None:
        raise ExperimentError(
            [Problem(str(path), "", "the file is empty; an experiment needs at least 'model' and 'run'")]
        )
    if not isinstance(root.value, dict):
        raise ExperimentError(
            [Problem(root.place, "", "an experiment must be a mapping such as 'model: {type: ising}'")]
        )
    return Document(root, path, path.absolute().parent, tuple(problems))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ExperimentError([Problem(str(path), "", "no such file")]) from None
    except IsADirectoryError:
        raise ExperimentError([Problem(str(path), "", "is a directory, not an experiment file")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ExperimentError([Problem(str(path), "", f"cannot be read: {reason}")]) from None
    if len(content) > _LARGEST:
        raise ExperimentError(
            [Problem(str(path), "", f"larger than {_LARGEST // 2**20} MiB; this is no experiment file")]
        )
    return content


def _decode(content: bytes, place: Place) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        problem = Problem(
            place(*position(before, len(before))), "", f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        )
        raise ExperimentError([problem]) from None
