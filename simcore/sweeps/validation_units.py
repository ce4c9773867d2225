"""The parts of an experiment that are validated apart from each other.

If no validator looks across the fields of a section, a value of one field is good or bad, and resolves, whatever the
others are. So of 1,000 temperatures times 100 sizes, 1,100 parts are validated and not 100,000 experiments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import PlainSerializer, WrapSerializer, create_model
from pydantic.fields import FieldInfo

from simcore.config import Keys, Section
from simcore.runs.experiment import counted_keys
from simcore.runs.identity import by_contents, canonical
from simcore.runs.sections import Run

_SCALARS = (int, float, bool)
_ALONE = ("seed", "replica")  # of `run`: no validator looks at them together with others
_HARMLESS = {"json_schema_extra", "title"}


@dataclass(frozen=True)
class Part:
    """What is validated as one: all of a section, or one field of it.

    at: its path in the experiment. paths: the swept keys that lie at or below it. section: validates it, under `key`
    where it is one field.
    """

    at: Keys
    paths: tuple[str, ...]
    section: type[Section]
    key: str | None
    scalar: bool = False

    @property
    def whole(self) -> bool:
        """Whether the only swept key is the field itself."""
        return self.paths == (".".join(map(str, self.at)),)

    def resolved(self, text: str, context: Mapping[str, Any]) -> str:
        """Canonical JSON of the resolved part, from JSON of what is written. Raises pydantic's ValidationError."""
        section = self.section.model_validate_json(text, context=dict(context))
        if self.scalar and isinstance(value := getattr(section, next(iter(self.section.model_fields))), _SCALARS):
            return canonical(value)
        found = by_contents(section)
        if self.key is not None:
            return canonical(found.get(self.key))
        if self.at == ("run",):
            found = {key: item for key, item in counted_keys(found).items() if key not in _ALONE}
        return canonical(found)

    def resolved_scalars(self, written: Sequence[Any]) -> list[str | None] | None:
        """The same for many values of a number, at once and without a section each; None if one is refused."""
        from pydantic import ConfigDict, TypeAdapter

        (info,) = self.section.model_fields.values()
        number: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        adapter = TypeAdapter(list[number], config=ConfigDict(**self.section.model_config))
        try:
            return list(canonical(adapter.validate_json(json.dumps(list(written))))[1:-1].split(","))
        except Exception:  # a user's validator may raise anything; what it is comes out when the points are looked at
            return None


def parts(roots: Mapping[str, type[Section]], paths: Iterable[str]) -> list[Part]:
    """The parts in which the swept `paths` lie. roots: the classes of `model` and `run`."""
    found: dict[Keys, list[str]] = {}
    for path in paths:
        keys = tuple(path.split("."))
        found.setdefault(_part_of(roots[keys[0]], keys), []).append(path)
    for root in roots:
        if (root,) in found:  # what needs all of a section takes the others with it
            inside = [at for at in found if at[0] == root and not _alone(at)]
            found[(root,)] = [path for at in inside for path in found[at]]
            found = {at: listed for at, listed in found.items() if at == (root,) or at not in inside}
    return [_made(roots, at, tuple(listed)) for at, listed in found.items()]


def _alone(at: Keys) -> bool:
    return at[0] == "run" and at[1:2] in [(key,) for key in _ALONE]


def _part_of(root: type[Section], keys: tuple[str, ...]) -> Keys:
    """The path of the smallest part that holds a key."""
    if _alone(keys):
        return keys[:2]
    section, depth = root, 1
    while _separable(section) and depth < len(keys):
        field = _field(section, keys[depth])
        if field is None:
            break
        below = field[1].annotation
        if not _is_section(below) or not _separable(below) or depth + 1 == len(keys):
            return keys[: depth + 1]
        section, depth = below, depth + 1
    return keys[:1]


def _made(roots: Mapping[str, type[Section]], at: Keys, paths: tuple[str, ...]) -> Part:
    if len(at) == 1:
        return Part(at, paths, roots[str(at[0])], None)
    section: Any = Run if _alone(at) else roots[str(at[0])]
    for key in at[1:-1]:
        section = _field(section, str(key))[1].annotation  # type: ignore[index]
    name, info = _field(section, str(at[-1]))  # type: ignore[misc]
    alone = _only(section, name)
    written = any(isinstance(item, PlainSerializer | WrapSerializer) for item in info.metadata)
    return Part(at, paths, alone, str(at[-1]), scalar=info.annotation in _SCALARS and not written)


def _field(section: type[Section], key: str) -> tuple[str, FieldInfo] | None:
    return next(((name, info) for name, info in section.model_fields.items() if (info.alias or name) == key), None)


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)


@lru_cache
def _only(section: type[Section], name: str) -> type[Section]:
    """A section with one field of another."""
    info = section.model_fields[name]
    return create_model(section.__name__, __base__=_base(section), **{name: (info.annotation, info)})  # type: ignore[call-overload]


@lru_cache
def _separable(section: type[Section]) -> bool:
    """Whether no code of the class looks at several fields together, so far as pydantic knows."""
    base = _base(section)
    config = {key: value for key, value in section.model_config.items() if key not in _HARMLESS}
    return (
        _code(section) == _code(base)
        and config == base.model_config
        and section.model_post_init is base.model_post_init
        and "__get_pydantic_core_schema__" not in _own_names(section)
        and not any(info.default_factory_takes_validated_data for info in section.model_fields.values())
    )


def _base(section: type[Section]) -> type[Section]:
    """The class above all fields; its own code looks at one field at a time, as it says by `fields_apart`."""
    above = (each for each in section.__mro__[1:] if issubclass(each, Section))
    return next((each for each in above if each.fields_apart and not each.model_fields), Section)


def _code(section: type[Section]) -> set[str]:
    """The names of the functions of a class that read or write fields."""
    found = section.__pydantic_decorators__
    read = (found.validators, found.field_validators, found.root_validators, found.model_validators)
    written = (found.field_serializers, found.model_serializers, found.computed_fields)
    return {name for kind in (*read, *written) for name in kind}


def _own_names(section: type[Section]) -> set[str]:
    return {name for above in section.__mro__[: section.__mro__.index(_base(section))] for name in vars(above)}
