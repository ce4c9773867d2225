"""What the Python of a `HostPhase` may not do, as far as its signature and its source show it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from simcore.compiler.argument_usage import foreign_numbers
from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.spec.phases import HostPhase


def check_host(phase: HostPhase, arrays: Sequence[str]) -> None:
    """Raise InvalidValueError in one sentence. arrays: the names of the state's arrays."""
    called, takes = called_by(phase), ", ".join(phase.takes)
    if not callable(phase.call):
        raise InvalidValueError("model", f"a {type(phase).__name__} calls {phase.call!r:.60}, which is no function")
    try:
        inspect.signature(phase.call).bind(*phase.takes)
    except TypeError:
        found = ", ".join(inspect.signature(phase.call).parameters)
        kind = type(phase).__name__
        raise InvalidValueError("model", f"{called} takes ({found}): a {kind} is called with ({takes})") from None
    except ValueError:
        pass  # a function without a signature, of an extension
    for part, names in (("reads", phase.reads), ("writes", phase.writes)):
        for name in names:
            if name not in arrays:
                raise InvalidValueError("model", f"{called} {part} '{name}'; {hint(name, arrays)}")
    if not phase.writes:
        raise InvalidValueError(
            "model", f"the phase of {called} writes nothing: name the arrays that it changes, writes=..."
        )
    plain = plain_call(phase)
    for name, place in foreign_numbers(plain) if isinstance(plain, FunctionType) else ():
        raise InvalidValueError(
            "model",
            f"{place} uses {name}, whose numbers follow from no seed and step: take random.uniform(shape), "
            "random.normal(shape) or random.integers(low, high, shape)",
        )


def called_by(phase: HostPhase) -> str:
    """What a phase calls, in messages."""
    return getattr(phase.call, "__qualname__", type(phase.call).__name__)


def source_of_call(phase: HostPhase) -> str:
    """The source of what a phase calls, or if Python has none, its code."""
    plain = plain_call(phase)
    plain = plain if isinstance(plain, FunctionType) else type(plain)
    try:
        return inspect.getsource(plain)
    except (OSError, TypeError):
        return repr(plain.__code__.co_code) if isinstance(plain, FunctionType) else repr(plain)


def plain_call(phase: HostPhase) -> Any:
    """The function behind a method or a partial, as far as it can be seen."""
    call: Any = phase.call
    while hasattr(call, "func"):
        call = call.func
    return getattr(call, "__func__", call)
