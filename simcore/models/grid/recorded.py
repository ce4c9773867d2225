"""Starts and parameters from another run: which of its fields, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simcore.errors import InvalidValueError
from simcore.models.array_file import ArrayFile, UnnamedField
from simcore.models.grid.field import FieldSection
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.schemes import SCHEMES

_VELOCITY = "_t"


def name_fields(
    sections: Mapping[str, FieldSection], velocities: Mapping[str, str], parameters: EquationParameters
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Let each file of another run that names no field have the one of the name of its key.

    Yields what is wrong: the path below `model` and a message, each. velocities: their names by field.
    """
    for name, section in sections.items():
        for key, called in (("initial", name), ("velocity", velocities[name])):
            given = getattr(section, key)
            if isinstance(given, UnnamedField):
                try:
                    object.__setattr__(section, key, given.called(called))  # part of reading the frozen section
                except ValueError as error:
                    yield ("fields", name, key), str(error)
    for name, given in parameters.unnamed.items():
        try:
            parameters.name_field(name, given.called(name))
        except ValueError as error:
            yield ("parameters", name), str(error)


def require_one_time(file: ArrayFile, path: str) -> None:
    """Raise InvalidValueError for the velocity of a run by `leapfrog`, say: its array lies behind the field."""
    if not file.is_of_a_run or file.field is None or not file.field.endswith(_VELOCITY):
        return
    model = _model(file.snapshot(path).experiment)
    name = str(model.get("scheme", ""))
    scheme = SCHEMES.usable().get(name)
    if scheme is not None and scheme.lag and file.field.removesuffix(_VELOCITY) in model.get("fields", ()):
        reason = f"{file.file}: by scheme: {name} {file.field} lies half a step behind the field"
        raise InvalidValueError(path, f"{reason}; run it by rk4, which keeps both at one time")


def _model(experiment: str) -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    found = YAML(typ="safe", pure=True).load(experiment) if experiment else None
    model = found.get("model") if isinstance(found, Mapping) else None
    return model if isinstance(model, Mapping) else {}
