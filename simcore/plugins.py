"""What installed packages add to simcore, by their entry points.

A package says in its metadata what it adds, `[project.entry-points."simcore.schemes"] heun = "package.module:Heun"`,
and is imported when that name is first used. A package that cannot be imported is reported when one of its names is
used, and stops nothing else.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simcore.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")
PREFIX = "simcore."


REGISTRIES: list[Registry[Any]] = []
"""Every registry of this process."""


class PluginError(UsageError, ValueError):
    """A name that an installed package adds cannot be used. It is a ValueError for those who validate a file."""


@lru_cache(maxsize=8)
def _entry_points(path: tuple[str, ...]) -> Mapping[str, Mapping[str, tuple[EntryPoint, ...]]]:
    """By group and name what the packages in these directories add; only metadata that names simcore is parsed."""
    found: dict[str, dict[str, list[EntryPoint]]] = {}
    seen: set[str] = set()
    for place in (place for directory in path for place in _metadata(directory or ".")):
        from importlib.metadata import PathDistribution  # 10 ms, and seldom needed
        from pathlib import Path

        try:
            distribution = PathDistribution(Path(place))
            name = distribution.metadata["Name"]
            if name not in seen:
                seen.add(name)
                for point in distribution.entry_points:
                    if point.group.startswith(PREFIX):
                        found.setdefault(point.group, {}).setdefault(point.name, []).append(point)
        except Exception as error:  # a damaged package must stop nobody
            warnings.warn(f"{place}: cannot be read, so nothing of it is used ({error})", stacklevel=2)
    return {group: {name: tuple(points) for name, points in names.items()} for group, names in found.items()}


def _metadata(directory: str) -> Iterator[str]:
    """The metadata in a directory of packages that adds something to simcore."""
    try:
        names = sorted(entry for entry in os.listdir(directory) if entry.endswith("-info"))
    except OSError:
        return
    for name in names:
        try:
            with open(os.path.join(directory, name, "entry_points.txt"), "rb") as file:
                if f"[{PREFIX}".encode() in file.read():
                    yield os.path.join(directory, name)
        except OSError:
            continue


def added(group: str) -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points of one group by name."""
    return _entry_points(tuple(sys.path)).get(group, {})


def installed() -> bool:
    """Whether any package adds anything."""
    return bool(_entry_points(tuple(sys.path)))


class Registry(Mapping[str, T], Generic[T]):
    """Things of one kind by name: those of simcore, and those that installed packages add.

    A name of simcore's own cannot be taken by a package. Iteration gives all names and imports nothing.

    Args:
        group: of entry points, `simcore.schemes` say.
        own: those of simcore itself, the visible list.
        base: the class that each must be, or be derived from; None: they are not looked at.
        by_text: whether an entry is the text `module:name`, and not what that stands for.
    """

    def __init__(self, group: str, own: Mapping[str, T], base: type | None = None, *, by_text: bool = False) -> None:
        self.group, self.own, self._base, self._by_text = group, own, base, by_text
        self._loaded: dict[str, T] = {}
        REGISTRIES.append(self)

    def __getitem__(self, name: str) -> T:
        if name in self.own:
            return self.own[name]
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from (name for name in added(self.group) if name not in self.own)

    def __len__(self) -> int:
        return len(self.own.keys() | added(self.group).keys())

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in added(self.group)

    def named_in(self, text: str) -> list[str]:
        """The names that packages add and that occur in a text as words."""
        names = [name for name in added(self.group) if name not in self.own]
        return [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]

    def package_of(self, name: str) -> str:
        """The package that adds a name."""
        distribution = added(self.group)[name][0].dist
        return distribution.name if distribution else "?"

    def module_of(self, name: str) -> str:
        """The module that a package names for what it adds."""
        return added(self.group)[name][0].value.partition(":")[0]

    def usable(self) -> dict[str, T]:
        """All that can be imported."""
        found: dict[str, T] = {}
        for name in self:
            try:
                found[name] = self[name]
            except PluginError:
                continue
        return found

    def _load(self, name: str) -> T:
        points = added(self.group)[name]
        packages = sorted({point.dist.name if point.dist else "?" for point in points})
        if len(points) > 1:
            raise PluginError(f"'{name}' is added by several packages, {', '.join(packages)}; uninstall all but one")
        if self._by_text:
            return points[0].value  # type: ignore[return-value]
        try:
            thing: Any = points[0].load()
        except Exception as error:
            raise PluginError(failure(name, packages[0], error)) from error
        if self._base is not None and not _is(thing, self._base):
            wanted = f"derived from {self._base.__module__}.{self._base.__name__}"
            raise PluginError(f"'{name}' comes from the package {packages[0]}, and is not {wanted}")
        return thing


def failure(name: str, package: str, error: Exception) -> str:
    """What is said of a name whose package cannot be imported."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return f"'{name}' comes from the package {package}, which fails: {reason}"


def _is(thing: Any, base: type) -> bool:
    return isinstance(thing, base) or (isinstance(thing, type) and issubclass(thing, base))
