"""Compiled programs on disk: one folder each, named by the hash of the program's text.

A folder holds the generated module and what numba compiled from it, sealed by a list of checksums: what is damaged,
half-written or unlisted is thrown away and built again. A lock makes concurrent first runs safe: one compiles, the
others wait and load. Where they lie says `place`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from simcore.compiler.cache_directory import choose, own_folder

_SEAL = "seal.json"
_LOCK = "lock"


def load(name: str, text: str, compile_module: Callable[[ModuleType], None], place: Path | None = None) -> ModuleType:
    """The module `name` with source `text`, after `compile_module(module)` has compiled what it needs.

    What `compile_module` adds to the cache is sealed for the next process. place: the folder of compiled programs, that
    of `home()` by default. Raises OSError if nothing can be kept there: not its own, no room.
    """
    folder = own_folder(home() if place is None else place, name)
    with open(folder / _LOCK, "a") as lock:
        _flock(lock, fcntl.LOCK_SH)
        if not _intact(folder, text):
            _flock(lock, fcntl.LOCK_EX)
            if not _intact(folder, text):
                _clear(folder)
                (folder / f"{name}.py").write_text(text)
        module = _import(folder / f"{name}.py", name)
        compile_module(module)
        if _contents(folder) != _sealed(folder):
            _flock(lock, fcntl.LOCK_EX)
            _seal(folder)
    return module


def delete(folder: Path) -> bool:
    """Delete one program, unless a process is reading or compiling it; whether it is gone."""
    with open(folder / _LOCK, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a file system without locks: whoever reads it compiles it again
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def home() -> Path:
    """The folder of compiled programs."""
    return choose().path


def _import(file: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"simcore_program_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with _beside_its_source():
        spec.loader.exec_module(module)
    return module


@contextmanager
def _beside_its_source() -> Iterator[None]:
    """Compiled code goes into the module's folder whatever NUMBA_CACHE_DIR says: elsewhere the seal would not guard it.

    And no .pyc, which would be one more file to verify, with a clock that is not the seal's.
    """
    from numba.core import config as numba_config

    config: Any = numba_config  # numba sets its variables by name: no type checker sees them
    before = config.CACHE_DIR, sys.dont_write_bytecode
    config.CACHE_DIR, sys.dont_write_bytecode = "", True
    try:
        yield
    finally:
        config.CACHE_DIR, sys.dont_write_bytecode = before


def _contents(folder: Path) -> dict[str, str]:
    """The checksum of every file that numba or we put there (not the lock, the seal, or a file still being written)."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file() and f.name not in (_LOCK, _SEAL))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _sealed(folder: Path) -> dict[str, str] | None:
    try:
        return json.loads((folder / _SEAL).read_text())
    except (OSError, ValueError):
        return None


def _intact(folder: Path, text: str) -> bool:
    try:
        contents = _contents(folder)
    except OSError:  # a file went while another process was compiling: not whole yet
        return False
    source = contents.get(f"{folder.name}.py")
    return contents == _sealed(folder) and source == hashlib.sha256(text.encode()).hexdigest()


def _seal(folder: Path) -> None:
    temporary = folder / f"{_SEAL}.{os.getpid()}.tmp"
    contents = _contents(folder)
    temporary.write_text(json.dumps(contents))
    temporary.replace(folder / _SEAL)


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _flock(lock: IO[str], mode: int) -> None:
    try:
        fcntl.flock(lock, mode)
    except OSError:  # a file system without locks: the seal still guards what is loaded
        return
