"""The names of swept keys: the last part of their paths, or the whole path if that is ambiguous."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

RESERVED = ("point", "replica")


def short_names(paths: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """path -> name, for each path; no name is among `taken`, nor `point` or `replica`."""
    paths = list(paths)
    last = {path: path.rpartition(".")[2] for path in paths}
    count = Counter(last.values())
    clear = {path: count[name] == 1 and name.isidentifier() for path, name in last.items()}
    return {path: last[path] if clear[path] and last[path] not in (*RESERVED, *taken) else path for path in paths}


def label(value: Any) -> Any:
    """A value as a coordinate: a scalar as it is, a list as `16x16`, a section as `{value: 0.0}`."""
    if isinstance(value, (list, tuple)):
        return "x".join(str(label(item)) for item in value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {label(item)}" for key, item in value.items()) + "}"
    return value


def coordinate(values: Sequence[Any]) -> list[Any]:
    """Labels that make one array: numbers, or else all of them text; NaN if there is none."""
    if {*map(type, values)} <= {int, float}:
        return list(values)
    labels = [label(value) for value in values]
    if all(isinstance(value, bool) for value in labels):
        return labels
    if all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in labels):
        return [float("nan") if value is None else value for value in labels]
    return [text(value) for value in labels]


def text(value: Any) -> str:
    """A label as an experiment writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value is not None else ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
