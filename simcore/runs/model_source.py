"""The source of a user's model, as a hash: whatever of it is edited, old checkpoints are no longer of the same model.

What counts is the file of the class, of every class that it is derived from, and of every function and module that
their methods name, directly or through each other, as far as it is the user's own. Comments and docstrings do not
count. A class that was typed in, or is
defined in a script that is run or within a function, counts by its compiled code: its file holds other things, too.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from simcore.models import registry as models
from simcore.plugins import REGISTRIES
from simcore.runs.source_text import code_digest

_INSTALLED = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_SIMCORE = Path(__file__).parents[1]
_HAS_DOCSTRING = getattr(inspect, "CO_HAS_DOCSTRING", 0)  # before Python 3.13 the first constant is the docstring


@functools.lru_cache(maxsize=64)
def source_digest(model: type) -> str:
    """32 hexadecimal digits; empty for a model of simcore's own.

    Once for a class: what an edit changes is a class that is loaded anew.
    """
    parts = sorted(_parts(model).values())
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest() if parts else ""


def plugin_parts(text: str) -> dict[str, str]:
    """A digest of each package whose names an experiment uses: of all of its Python files, by `package name`.

    text: the resolved experiment. A name that occurs in it for another reason counts, too.
    """
    used = {registry.module_of(name).partition(".")[0] for registry in REGISTRIES for name in registry.named_in(text)}
    return {f"package {name}": _package_digest(name) for name in sorted(used)}


@functools.lru_cache(maxsize=64)
def _package_digest(name: str) -> str:
    found = find_spec(name)
    if found is None or found.origin is None:
        return ""
    origin = Path(found.origin)
    files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
    return _hash("\0".join(f"{file.relative_to(origin.parent)} {code_digest(file)}" for file in files))


def source_parts(model: type) -> Mapping[str, str]:
    """What the hash is made of: a digest of each file by its name, and of what has no file. Empty as the hash is."""
    return _parts(model)


@functools.lru_cache(maxsize=64)
def _parts(model: type) -> dict[str, str]:
    if models.is_own(model):
        return {}
    reached = _Reached(model)
    reached.visit(model)
    names = Counter(path.name for path in reached.files)
    found: dict[str, str] = {}
    for path in sorted(reached.files):
        name = path.name if names[path.name] == 1 else f"{path.parent.name}/{path.name}"
        found[name if name not in found else str(path)] = code_digest(path)
    if reached.texts or not found:
        text = "\0".join(sorted(reached.texts))
        found[f"the values and functions that {model.__qualname__} names"] = _hash(text)
    return found


def changed_parts(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """The names of what differs between two sources, in words."""
    names = [name for name in dict.fromkeys([*before, *now]) if before.get(name) != now.get(name)]
    return ", ".join(names) or "the model"


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class _Reached:
    """What the code of a class leads to. files: of the user's modules; texts: of code that has no file of its own."""

    def __init__(self, model: type) -> None:
        self._package = model.__module__.partition(".")[0]
        self.files: set[Path] = set()
        self.texts: set[str] = set()
        self._seen: set[int] = set()

    def visit(self, value: Any) -> None:
        """Take a class, function or module, and all that it names."""
        value = _plain(value)
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, ModuleType):
            self._visit_module(value)
        elif isinstance(value, type):
            for each in value.__mro__:
                if self._is_users(each.__module__):
                    self._visit_definition(each, each.__qualname__)
                    for name, item in vars(each).items():
                        self._visit_member(f"{each.__qualname__}.{name}", item)
        elif isinstance(value, FunctionType) and self._is_users(value.__module__):
            self._visit_definition(value, value.__qualname__)
            if _has_no_file(value):
                self.texts.add(f"{value.__qualname__}: {_code(value.__code__)} {value.__defaults__!r}")
            for item in _named_by(value):
                self._visit_member(value.__qualname__, item)

    def _visit_member(self, name: str, item: Any) -> None:
        if isinstance(item, (bool, int, float, complex, str, tuple)) and not name.endswith("__"):
            self.texts.add(f"{name} = {item!r}")
        elif callable(item) or isinstance(item, (ModuleType, property, classmethod, staticmethod)):
            self.visit(item)

    def _visit_module(self, module: ModuleType) -> None:
        file = getattr(module, "__file__", None)
        if file is not None and self._is_users(module.__name__):
            self.files.add(Path(file))

    def _visit_definition(self, value: type | FunctionType, name: str) -> None:
        if not _has_no_file(value):
            self._visit_module(sys.modules[value.__module__])

    def _is_users(self, module: str | None) -> bool:
        """Whether a module is not simcore's, Python's or an installed package's (but that of the class itself)."""
        top = (module or "").partition(".")[0]
        if top in ("__main__", self._package):
            return True
        found = sys.modules.get(module or "")
        file = getattr(found, "__file__", None)
        if file is None:
            return False
        place = Path(file).resolve()
        return not any(place.is_relative_to(directory) for directory in (*_INSTALLED, _SIMCORE))


def _has_no_file(value: type | FunctionType) -> bool:
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    return value.__module__ == "__main__" or "<locals>" in value.__qualname__ or not file or not file.endswith(".py")


def _plain(value: Any) -> Any:
    """The function in a method, property or compiled function."""
    if isinstance(value, property):
        value = value.fget
    if isinstance(value, (classmethod, staticmethod, MethodType)):
        value = value.__func__
    return getattr(value, "py_func", value)


def _named_by(function: FunctionType) -> Iterator[Any]:
    """What a function takes from outside itself: globals that it names, and what it closes over."""
    names = set(_names(function.__code__))
    yield from (function.__globals__[name] for name in sorted(names & function.__globals__.keys()))
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not yet filled
            continue


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _code(code: CodeType) -> str:
    """What a function does, without where it stands."""
    documented = code.co_flags & _HAS_DOCSTRING if _HAS_DOCSTRING else bool(code.co_consts)
    constants = [_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    if documented and code.co_consts and isinstance(code.co_consts[0], str):
        constants = constants[1:]  # the docstring
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars} {constants}"
