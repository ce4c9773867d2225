"""A least-recently-used cache with a fixed size, for long-lived processes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by keys, at most `most` of them: the one that was used longest ago makes room. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most, self._values, self._lock = most, OrderedDict[Hashable, V](), threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """The value of a key, if it is kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Hashable, value: V) -> list[Hashable]:
        """Keep a value; returns the keys that made room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            over = max(0, len(self._values) - self._most)
            return [self._values.popitem(last=False)[0] for _ in range(over)]

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values
