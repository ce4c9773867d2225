"""What a run notes in its log, `run.log`: each kind of event with its keys.

A class is an event and its fields are the keys of its line; `docs/log.md` lists them, and a test compares the two.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import NoneType
from typing import Any, ClassVar

_TYPES = {
    "int": int,
    "int | None": (int, NoneType),
    "float": (int, float),
    "float | None": (int, float, NoneType),
    "bool": bool,
    "str": str,
    "Mapping[str, float | None]": dict,
}
"""What JSON holds of a key, by the type of its field."""


@dataclass(frozen=True)
class Event(ABC):
    """One event. kind: its name in the log. is_warning: whether a reader has to know of it."""

    kind: ClassVar[str]
    is_warning: ClassVar[bool] = False

    def keys(self) -> dict[str, Any]:
        """The keys and values of its line."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, keys: Mapping[str, Any]) -> Event:
        """The event with these keys; further keys are passed over. Raises KeyError or TypeError if they do not fit."""
        for one in fields(cls):
            if not isinstance(keys[one.name], _TYPES[str(one.type)]):
                raise TypeError(f"{cls.kind}: {one.name} is {keys[one.name]!r:.60}")
        return cls(**{one.name: keys[one.name] for one in fields(cls)})

    def words(self) -> str:
        """The event in one line for people."""
        return " ".join(self._text().splitlines())

    @abstractmethod
    def _text(self) -> str: ...


@dataclass(frozen=True)
class Started(Event):
    """The run begins, or goes on. step: the one that it begins at. pid, host: of the supervising process."""

    kind = "started"
    step: int
    total: int
    workers: int
    pid: int
    host: str

    def _text(self) -> str:
        return f"started at step {self.step} of {self.total}, workers {self.workers}, process {self.pid} on {self.host}"


@dataclass(frozen=True)
class Progress(Event):
    """How far the run is: after one second, then every ten. latest: the newest value of each observable."""

    kind = "progress"
    step: int
    total: int
    sites_per_second: float
    seconds_left: float | None
    latest: Mapping[str, float | None] = field(default_factory=dict)

    def _text(self) -> str:
        parts = [f"step {self.step} of {self.total}", f"{self.sites_per_second:.4g} sites/s"]
        if self.seconds_left is not None:
            parts.append(f"{self.seconds_left:.0f} s left")
        parts += [f"{name} {'nan' if value is None else f'{value:.9g}'}" for name, value in self.latest.items()]
        return ", ".join(parts)


@dataclass(frozen=True)
class CheckpointWritten(Event):
    """A checkpoint is on the disk. seconds: that writing it took."""

    kind = "checkpoint"
    step: int
    bytes: int
    seconds: float

    def _text(self) -> str:
        return f"checkpoint of step {self.step}: {self.bytes} bytes in {self.seconds:.3f} s"


@dataclass(frozen=True)
class Thermalized(Event):
    """`run.thermalization: auto` has found the last step of the thermalisation."""

    kind = "thermalized"
    step: int

    def _text(self) -> str:
        return f"thermalised after {self.step} steps"


@dataclass(frozen=True)
class Warned(Event):
    """A warning: a checkpoint that could not be written, a damaged one that was set aside, a source that changed."""

    kind = "warning"
    is_warning = True
    message: str

    def _text(self) -> str:
        return self.message


@dataclass(frozen=True)
class Done(Event):
    """The run is at its end and its result is written. met: whether `run.until` ended it."""

    kind = "done"
    step: int
    total: int
    met: bool

    def _text(self) -> str:
        return f"done at step {self.step} of {self.total}{', run.until is met' if self.met else ''}"


@dataclass(frozen=True)
class Paused(Event):
    """`run.max_walltime` ended the run before its end; its result so far is written."""

    kind = "paused"
    step: int
    total: int

    def _text(self) -> str:
        return f"paused at step {self.step} of {self.total}: the end of run.max_walltime"


@dataclass(frozen=True)
class Stopped(Event):
    """A signal ended the run. signal: its number. step, total: null if it came before the first step."""

    kind = "stopped"
    signal: int
    step: int | None
    total: int | None
    message: str

    def _text(self) -> str:
        return self.message


@dataclass(frozen=True)
class Failed(Event):
    """An error ended the run. error: its class."""

    kind = "failed"
    is_warning = True
    error: str
    message: str

    @classmethod
    def by(cls, error: BaseException) -> Failed:
        """The event of an exception."""
        return cls(type(error).__name__, str(error) or type(error).__name__)

    def _text(self) -> str:
        return self.message


EVENTS: tuple[type[Event], ...] = (
    Started,
    Progress,
    CheckpointWritten,
    Thermalized,
    Warned,
    Done,
    Paused,
    Stopped,
    Failed,
)
"""Every event that a log can hold."""


def _plain(value: Any) -> Any:
    """A value as JSON holds it: a number that is not finite becomes null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
