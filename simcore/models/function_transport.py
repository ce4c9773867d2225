"""The functions of a user's model in other processes: their modules are made known there before they are unpickled.

A function travels by the name of its module. That of a model file is known to the process that loaded it only, and that
of a module beside the experiment may be found by no other one.

The writer imports this module while the run waits for its result: it imports no model and no pydantic. Which modules a
model needs is found in `needed_modules`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from simcore.models import module_file


@dataclass(frozen=True)
class UserModule:
    """A module of a user's: where it is unpickled, it can be imported by its name."""

    name: str
    file: str
    content: bytes | None

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self.name, self.file, self.content)


@dataclass(frozen=True)
class FromModules:
    """A function that needs the modules; they come before it, and so does what unpickles them."""

    modules: tuple[UserModule, ...]
    function: Callable[..., Any]

    def __call__(self, *values: Any) -> Any:
        return self.function(*values)


def _arrived(name: str, file: str, content: bytes | None) -> UserModule:
    if name not in sys.modules:
        if content is not None:
            module_file.execute(Path(file), content, name)
        else:
            levels = name.count(".") + (Path(file).name == "__init__.py")
            with module_file.searching(Path(file).parents[levels]):
                import_module(name)
    return UserModule(name, file, content)
