"""Which keys of an experiment can be swept, and what is wrong with the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from simcore.config import Document, Section, hint, nearest
from simcore.config.fields import declared_paths
from simcore.models import registry
from simcore.runs.sections import SweepRun, TimeRun

REFUSED = {
    "run.replica": "replicas are asked for by 'replicas' of the block",
    "run.replicas": "replicas are asked for by 'replicas' of the block",
    "run.workers": "the number of workers changes no result; set sweep.workers_per_point",
    "run.max_walltime": "it is the same for all points",
}


def known_paths(document: Document) -> tuple[str, ...]:
    """The dotted paths below `model` and `run` that the experiment writes or its sections have."""
    data = document.data
    written = {section: data.get(section) for section in ("model", "run")}
    found = [path for section, value in written.items() for path in _written(section, value)]
    classes = _classes(data, document)
    declared = [path for root, section in classes for path in declared_paths(section, root)]
    return tuple(dict.fromkeys([*found, *declared]))


def whole_path(name: str, known: Collection[str]) -> str:
    """The path that a column of a table means: itself, or the one path that ends so. Raises ValueError."""
    if name.startswith(("model.", "run.")):
        return name
    ending = [path for path in known if path.endswith(f".{name}")]
    if len(ending) > 1:
        raise ValueError(f"'{name}' may be {' or '.join(ending)}; write the whole path")
    if not ending:
        raise ValueError(f"no key of the experiment is called '{name}'; {_near(name, known)}")
    return ending[0]


def refusal(path: str, known: Collection[str]) -> str | None:
    """Why a key cannot be swept; None if it can, as far as is known without values."""
    if not all(path.split(".")):
        return "must be a dotted path, such as model.parameters.temperature"
    if path in REFUSED:
        return REFUSED[path]
    if path.partition(".")[0] in ("model", "run") and "." in path:
        return None
    if path.partition(".")[0] in ("name", "checkpoint", "output", "sweep"):
        return "is the same for all points; only keys of model and run can be swept"
    return f"unknown path; {_near(path, known)}"


def clashes(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(path, path above it) if one swept key holds another."""
    every = set(paths)
    for path in every:
        parts = path.split(".")
        for depth in range(1, len(parts)):
            if (above := ".".join(parts[:depth])) in every:
                yield path, above


def _near(name: str, known: Collection[str]) -> str:
    last: dict[str, list[str]] = defaultdict(list)
    for path in known:
        last[path.rpartition(".")[2]].append(path)
    near = nearest(name, known)
    same = nearest(name.rpartition(".")[2], last)
    if near is None and same is not None:
        near = last[same][0]
    return f"did you mean '{near}'?" if near else hint(name, ["model....", "run...."])


def _classes(data: Mapping[str, Any], document: Document) -> list[tuple[str, type[Section]]]:
    try:
        model = registry.find(data["model"]["type"], document.directory)
    except Exception:  # errors of the model are reported when it is resolved
        return []
    return [("model", model), ("run", TimeRun if model.clock == "time" else SweepRun)]


def _written(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f"{path}.{key}"
            yield from _written(f"{path}.{key}", item)
