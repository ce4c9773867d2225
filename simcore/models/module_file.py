"""A user's model file as a module of its own."""

from __future__ import annotations

import hashlib
import linecache
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from simcore.errors import InvalidValueError

PATH = "model.type"

_CONTENT = "__simcore_source__"
_executing = threading.RLock()  # else another thread would find the module half made
_SIMCORE = Path(__file__).parents[1]


def load(file: Path) -> ModuleType:
    """The module in a file, under a name made of its path and contents: an edited file is a new module.

    It is entered in `sys.modules`, where pydantic looks up annotations and `inspect` the source. Nothing is written
    beside the file. Raises InvalidValueError.
    """
    try:
        source = file.read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidValueError(
            PATH, f"the file '{file}' cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    digest = hashlib.blake2b(str(file).encode(errors="surrogateescape") + b"\0" + source, digest_size=8).hexdigest()
    name = f"simcore_model_{digest}"
    execute(file, source, name)
    return sys.modules[name]


def content_of(module: ModuleType) -> bytes | None:
    """The text of a module that `load` made; None for any other one."""
    return vars(module).get(_CONTENT)


def execute(file: Path, source: bytes, name: str) -> None:
    """Make the module `name` from the text of a file. Raises InvalidValueError."""
    with _executing:
        if name not in sys.modules:
            _execute(file, source, name)


def _execute(file: Path, source: bytes, name: str) -> None:
    linecache.checkcache(str(file))
    module = ModuleType(name)
    module.__file__ = str(file)
    vars(module)[_CONTENT] = source  # to be sent to other processes, whatever becomes of the file
    sys.modules[name] = module
    try:
        with searching(file.parent), shield(file.name, file.parent):
            exec(compile(source, str(file), "exec"), vars(module))
    except BaseException:
        del sys.modules[name]
        raise


@contextmanager
def searching(*directories: Path) -> Iterator[None]:
    """Within it, modules that lie in the directories can be imported; none of them hides another module."""
    added = [str(directory) for directory in directories if str(directory) not in sys.path]
    sys.path.extend(added)
    try:
        yield
    finally:
        for directory in added:
            if directory in sys.path:
                sys.path.remove(directory)


@contextmanager
def shield(name: str, *directories: Path) -> Iterator[None]:
    """Turn what a user's code raises into an InvalidValueError that names the line, if it lies in these directories."""
    try:
        yield
    except (KeyboardInterrupt, InvalidValueError):
        raise
    except BaseException as error:  # SystemExit too: a script may call sys.exit when imported
        reason = (str(error).splitlines() or [""])[0]
        where = _line(error, directories)
        raise InvalidValueError(PATH, f"importing '{name}' failed: {where}{type(error).__name__}: {reason}") from error


def _line(error: BaseException, directories: tuple[Path, ...]) -> str:
    """`FILE:LINE: ` of the user's innermost line, empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: "
    lines = [
        f"{frame.filename}:{frame.lineno}: "
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(directory) for directory in directories)
        and "site-packages" not in frame.filename
        and not Path(frame.filename).is_relative_to(_SIMCORE)
    ]
    return lines[-1] if lines else ""
