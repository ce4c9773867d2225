"""What a result says of itself: its experiment, and which versions of simcore and of the model made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray

from simcore.config.syntax import parse
from simcore.errors import UsageError
from simcore.runs.experiment import UNCOUNTED

_OF_A_REALISATION = {"seed", "replica"}
_OF_THE_MEASUREMENT = {"thermalization", "measure_every"}  # replicas may be watched for different times
_MISSING = object()


@dataclass(frozen=True)
class Origin:
    """A tree with the directory that it comes from. provenance: the attributes of a result file of it."""

    path: Path
    tree: xarray.DataTree
    provenance: Mapping[str, Any]

    @cached_property
    def experiment(self) -> Mapping[str, Any]:
        """The resolved experiment; of a sweep, as it was written."""
        node, _ = parse(str(self.tree.attrs.get("experiment", "")), lambda line, column: f"{self.path}:{line}:{column}")
        return node.plain() if node is not None else {}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What replicas of one system share, by dotted path: `model`, and `run` but seed, length, measurement."""
        run = self.experiment.get("run", {})
        left_out = UNCOUNTED | _OF_A_REALISATION | _OF_THE_MEASUREMENT
        kept = {"model": self.experiment.get("model", {}), "run": {k: v for k, v in run.items() if k not in left_out}}
        found = dict(_leaves(kept, ""))
        if "model.type" in found:
            found["model.type"] = str(found["model.type"]).rpartition("/")[2]
        return found


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def differences(origins: Sequence[Origin]) -> list[str]:
    """The dotted paths of the settings that are not the same in all."""
    paths = dict.fromkeys(path for origin in origins for path in origin.settings)
    first = origins[0].settings
    return [path for path in paths if any(o.settings.get(path, _MISSING) != first.get(path, _MISSING) for o in origins)]


def refuse_to_mix(origins: Sequence[Origin]) -> None:
    """Raises UsageError if two were made by different versions of simcore, or of the file of their model."""
    for key, what in (("simcore_version", "simcore"), ("model_source", "the model's file")):
        known = [(origin, version) for origin in origins if (version := origin.provenance.get(key))]
        for origin, version in known:
            before, other = known[0]
            if version != other:
                raise UsageError(
                    f"{before.path} and {origin.path} were made by different versions of {what} ({other:.12} and "
                    f"{version:.12}); mixed=True takes them together all the same"
                )
