"""What the argument names of a model's functions stand for."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simcore.errors import Refusal

CELL_INDICES = ("i", "j", "k")
BUILT_IN = (*CELL_INDICES, "step", "random")


@dataclass(frozen=True)
class Names:
    """The names that the functions of one model may take."""

    arrays: tuple[str, ...]
    values: tuple[str, ...]
    tables: tuple[str, ...]
    dimensions: int

    def __post_init__(self) -> None:
        every = (*self.arrays, *self.values, *self.tables)
        for name in every:
            if name in BUILT_IN:
                raise Refusal("model", f"the name '{name}' belongs to the engine; {', '.join(BUILT_IN)} are taken")
            if name.startswith("_") or not name.isidentifier():
                raise Refusal("model", f"'{name}' cannot name an array, parameter or constant: use a plain word")
            if every.count(name) > 1:
                raise Refusal("model", f"the name '{name}' is given to two things; each needs a name of its own")

    @property
    def indices(self) -> tuple[str, ...]:
        return CELL_INDICES[: self.dimensions]

    def arguments(self, function: Callable[..., Any], *, random: bool = False) -> list[str]:
        """The argument names of `function`, each checked; raises Refusal with the nearest name."""
        allowed = [*self.arrays, *self.values, *self.tables, *self.indices, "step", *(["random"] if random else [])]
        names = list(inspect.signature(getattr(function, "py_func", function)).parameters)
        for name in names:
            if name not in allowed:
                raise Refusal("model", f"{function.__qualname__} asks for '{name}'; {_allowed(name, allowed)}")
        return names


def _allowed(name: str, allowed: Iterable[str]) -> str:
    if name == "random":
        return "only a phase that declares draws has it"
    near = difflib.get_close_matches(name, list(allowed), 1)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(allowed)}"
