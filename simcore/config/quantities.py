"""Intervals and durations, as an experiment writes them: `400 steps`, `60 s`, `5 min`, `2 h`, `1h30m`, `1:30:00`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NAMES = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
# As batch systems write it: 1:30:00, 2-12:00:00 (days before the hours).
_CLOCK = re.compile(r"\s*(?:(\d{1,6})-)?(\d{1,9}):([0-5]?\d):([0-5]?\d(?:\.\d*)?)\s*", re.ASCII)
_PARTS = re.compile(
    r"\s*(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+(?:\.\d*)?)\s*s)?\s*", re.ASCII
)
_TEXT = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,3})?)\s*([A-Za-z]+)\s*", re.ASCII)
_LONGEST = 10**15
TIME = "time"
"""The unit of an interval in the time of the simulation."""
PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9}
_SHORTENED = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([kMG])(?:\s*(?:steps?|sweeps?))?\s*", re.ASCII)
_POWER = re.compile(r"\s*10\s*(?:\^|\*\*)\s*([0-9]{1,2})\s*(?:[a-z]+)?\s*", re.ASCII)
_COMMA = re.compile(r"\s*([0-9]+),([0-9]+.*)", re.ASCII)
_OTHER_UNITS = {
    **dict.fromkeys(("k", "K", "M", "G"), "write the number in full, as in '10000 steps' or '1e4 steps'"),
    **dict.fromkeys(("m", "mins"), "write '{number} min'"),
    **dict.fromkeys(("hr", "hrs"), "write '{number} h'"),
    **dict.fromkeys(("secs",), "write '{number} s'"),
    **dict.fromkeys(("sweep", "sweeps", "mcs", "iterations", "it"), "a sweep is a step: write '{number} steps'"),
    **dict.fromkeys(("ms", "us", "ns"), "write seconds, as in '0.1 s'"),
}


def _parse(value: Any) -> tuple[int | None, float | None, float | None]:
    """(steps, seconds, time of the simulation), two of them None. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(_EXPECTED)
    if isinstance(value, str):
        if (seconds := _several(value)) is not None:
            if not 0 < seconds <= _LONGEST:
                raise ValueError(f"must be above 0 and at most 1e15 s, not {value:.40}")
            return None, seconds, None
        if not (match := _TEXT.fullmatch(value)):
            raise ValueError(f"{_EXPECTED}, not the string '{value:.40}'{_instead(value)}")
        number, unit = float(match[1]), match[2]
    else:
        number, unit = value, "steps"
    if not 0 < number <= _LONGEST:
        raise ValueError(f"must be above 0 and at most 1e15, not {value}")
    if unit in _NAMES:
        return None, number * _SECONDS[_NAMES[unit]], None
    if unit == TIME:
        return None, None, float(number)
    if unit not in ("step", "steps"):
        meant = _OTHER_UNITS.get(unit, "allowed: steps, s, min, h, d").format(number=f"{number:.15g}")
        raise ValueError(f"unknown unit '{unit:.40}'; {meant}")
    if number != int(number):
        raise ValueError(f"must be a whole number of steps, not {value}")
    return int(number), None, None


def _instead(text: str) -> str:
    """What to write in place of a text that is no quantity, after a semicolon; '' if that is not known."""
    if text.strip().casefold() in ("never", "none", "no", "off", "null", ""):
        return "; leave the key out, or write a long time, such as '30 d'"
    if (short := _SHORTENED.fullmatch(text)) is not None:
        return f"; write '{float(short[1]) * PREFIXES[short[2]]:.15g} steps'"
    if (power := _POWER.fullmatch(text)) is not None:
        return f"; write '1e{int(power[1])} steps'"
    if (comma := _COMMA.fullmatch(text)) is not None:
        return f"; a decimal point is a point: '{comma[1]}.{comma[2]}'"
    return ""


def _several(text: str) -> float | None:
    """The seconds of `1:30:00` or `1h30m`; None for another text."""
    if (clock := _CLOCK.fullmatch(text)) is not None:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    parts = _PARTS.fullmatch(text)
    if parts is None or sum(part is not None for part in parts.groups()) < 2:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


_EXPECTED = "must be a number of steps, or a text such as '400 steps', '60 s', '5 min', '2 h', '1h30m', '1:30:00'"
_PATTERN = (
    r"^\s*([0-9.eE+-]+ *(s|sec|seconds?|min|minutes?|h|hours?|d|days?)"
    r"|([0-9]+-)?[0-9]+:[0-9]+:[0-9.]+|([0-9]+ *d)? *([0-9]+ *h)? *([0-9]+ *m(in)?)? *([0-9.]+ *s)?)\s*$"
)


def _seconds_text(seconds: float) -> str:
    for unit, least in (("h", 1), ("min", 2)):
        count = seconds / _SECONDS[unit]
        if count >= least and count == int(count) and count * _SECONDS[unit] == seconds:
            return f"{int(count)} {unit}"
    return f"{int(seconds) if seconds == int(seconds) else seconds} s"


class _Quantity(ABC):
    """Validated from a number or text, written as text."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    @classmethod
    @abstractmethod
    def parse(cls, value: Any) -> Any:
        """The quantity in a number or text. Raises ValueError."""


@dataclass(frozen=True)
class Interval(_Quantity):
    """A number of steps, a wall time in seconds, or a time of the simulation: the others are None."""

    steps: int | None = None
    seconds: float | None = None
    time: float | None = None

    @classmethod
    def parse(cls, value: int | float | str) -> Interval:
        """From `400`, `400 steps`, `60 s`, `5 min`, `2 h`, `1h30m`, `1:30:00`, `0.5 time`; a bare number counts steps.

        Raises ValueError.
        """
        return cls(*_parse(value))

    def __str__(self) -> str:
        if self.time is not None:
            return f"{self.time!r} {TIME}"
        return f"{self.steps} steps" if self.steps is not None else _seconds_text(self.seconds or 0.0)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": _PATTERN.replace("(s|", "(steps?|time|s|")},
            ],
            "description": "a number of steps, or a text such as '400 steps', '60 s', '5 min', '2 h', '1:30:00'",
        }


@dataclass(frozen=True)
class Duration(_Quantity):
    """A wall time."""

    seconds: float

    @classmethod
    def parse(cls, value: int | float | str) -> Duration:
        """From `60 s`, `5 min`, `2 h`, `1h30m`, `1:30:00`, `2-12:00:00`. Raises ValueError."""
        if isinstance(value, str):
            _, seconds, _ = _parse(value)
            if seconds is not None:
                return cls(seconds)
        raise ValueError(f"must be a time with its unit, such as '60 s', '5 min', '2 h', '1:30:00', not {value!r:.40}")

    def __str__(self) -> str:
        return _seconds_text(self.seconds)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": _PATTERN,
            "description": "a time such as '60 s', '5 min', '2 h', '1:30:00'",
        }
