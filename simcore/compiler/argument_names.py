"""What the argument names of a model's functions stand for."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function

CELL_INDICES = ("i", "j", "k", "i3", "i4", "i5", "i6", "i7")
BUILT_IN = (*CELL_INDICES, "step", "time", "random")


def argument_names(function: Function) -> list[str]:
    """The names of the arguments of a function of the model, in order."""
    if isinstance(function, CellFunction):
        definition = ast.parse(function.source).body[0]
        assert isinstance(definition, ast.FunctionDef)
        return [argument.arg for argument in definition.args.args]
    return list(inspect.signature(getattr(function, "py_func", function)).parameters)


def title(function: Function) -> str:
    """What a function is called in messages."""
    if isinstance(function, CellFunction):
        return ast.parse(function.source).body[0].name  # type: ignore[attr-defined]
    return getattr(function, "__qualname__", repr(function))


class TakenName(InvalidValueError):
    """A name that cannot be given to something of a model."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("model", message)
        self.name = name


@dataclass(frozen=True)
class Names:
    """The names that the functions of one model may take."""

    arrays: tuple[str, ...]
    values: tuple[str, ...]
    tables: tuple[str, ...]
    reductions: tuple[str, ...]
    dimensions: int
    tuned: tuple[str, ...] = ()
    tallies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        every = self.every
        for name in every:
            if name in BUILT_IN:
                raise TakenName(name, f"the name '{name}' belongs to the engine; {', '.join(BUILT_IN)} are taken")
            if name.startswith("_") or not name.isidentifier():
                raise TakenName(name, f"'{name}' cannot name an array, parameter or constant: use a plain word")
            if every.count(name) > 1:
                raise TakenName(name, f"the name '{name}' is given to two things; each needs a name of its own")

    @property
    def every(self) -> tuple[str, ...]:
        """All names that a model gives."""
        return (*self.arrays, *self.values, *self.tables, *self.reductions, *self.tuned, *self.tallies)

    @property
    def indices(self) -> tuple[str, ...]:
        return CELL_INDICES[: self.dimensions]

    @property
    def clock(self) -> tuple[str, ...]:
        """`step`, and `time` where there is a time step."""
        return ("step", "time") if "dt" in self.values else ("step",)

    def arguments(
        self, function: Function, *, random: bool = False, reductions: Sequence[str] = (), reads: Sequence[str] = ()
    ) -> list[str]:
        """The argument names of `function`, each checked; raises InvalidValueError with the nearest name.

        reductions: those whose values are known where the function is called. reads: what stands for a value of an
        array; with them, no whole array is known.
        """
        arrays = reads or self.arrays
        known = (*arrays, *self.values, *self.tables, *self.tuned, *reductions, *self.indices, *self.clock)
        allowed = (*known, "random") if random else known
        names = argument_names(function)
        for name in names:
            if name not in allowed:
                missing = "only a phase that declares draws has it" if name == "random" else hint(name, allowed)
                raise InvalidValueError("model", f"{title(function)} asks for '{name}'; {missing}")
        return names

    def tuning_arguments(self, function: Function) -> list[str]:
        """The same for what changes a tuned number, which sees numbers only."""
        return _checked(function, (*self.values, *self.tuned, *self.tallies, "step"))

    def scheduling_arguments(self, function: Function) -> list[str]:
        """The same for what gives a scheduled number its value."""
        return _checked(function, (*self.values, *self.tables, "step"))

    def wall_arguments(self, function: Function) -> list[str]:
        """The same for a coefficient of a wall, which sees no array of the state and no step."""
        return _checked(function, (*self.values, *self.tables, *self.indices, *self.clock[1:]))


def _checked(function: Function, allowed: Sequence[str]) -> list[str]:
    """The argument names of a function, all of which must be allowed; raises InvalidValueError otherwise."""
    names = argument_names(function)
    for name in names:
        if name not in allowed:
            raise InvalidValueError("model", f"{title(function)} asks for '{name}'; {hint(name, allowed)}")
    return names
