"""Models in words: the list of all, and one with its equation, parameters, observables and an example."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from simcore.cli.table import columns
from simcore.config import Section
from simcore.config.syntax import parse
from simcore.errors import InvalidValueError
from simcore.models import registry

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from simcore.spec.model import Model
    from simcore.spec.observables import Derived, Observable

BOUNDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
TYPES: dict[Any, str] = {
    float: "number",
    int: "whole number",
    bool: "true or false",
    str: "text",
    complex: "complex number",
}


def catalogue() -> str:
    """One line for each registered model."""
    return columns([(name, _title(name)) for name in registry.all_names()])


def _title(name: str) -> str:
    """The first line of a model's docstring; of one that a package adds and cannot be imported, why."""
    try:
        return _docstring(registry.find(name, Path())).partition("\n")[0]
    except InvalidValueError as error:
        return error.message


def describe(name: str) -> str:
    """All that a user needs to write an experiment with the model `name` (any that `model.type` accepts)."""
    model = registry.find(name, Path())
    parts = [f"{name}: {_docstring(model)}", _section("keys of `model`", _keys(model))]
    parts.append(_section("parameters", _parameters(model)))
    if model.reference:
        parts.append(f"reference\n  {model.reference}")
    if model.example:
        example = example_of(model)
        parts.append(_section("observables", _measured(example.observables())))
        parts.append(_section("derived", _measured(example.derived())))
        parts.append("example\n" + _indented(model.example.strip("\n")))
    return "\n\n".join(filter(None, parts))


def example_of(model: type[Model]) -> Model:
    """The model as its `example` sets it."""
    node, _ = parse(model.example, lambda line, column: f"{model.__name__}.example:{line + 1}:{column + 1}")
    section = node.plain()["model"] if node else {}
    # As JSON, in which a list stands for a tuple also if types are strict.
    return model.model_validate_json(json.dumps({key: section[key] for key in section if key in model.model_fields}))


def _keys(model: type[Model]) -> list[tuple[str, ...]]:
    fields = {name: field for name, field in model.model_fields.items() if name not in ("type", "parameters")}
    return [(name, _default(model, name), field.description or _inside(field)) for name, field in fields.items()]


def _inside(field: FieldInfo) -> str:
    """The keys of a section, which say more than the name of its class."""
    keys = getattr(field.annotation, "model_fields", ())
    return f"with the keys {', '.join(keys)}" if keys else ""


def _parameters(model: type[Model]) -> list[tuple[str, ...]]:
    declared: Any = model.model_fields["parameters"].annotation
    return [
        (name, _type(field), _unit(field), _range(field), _default(declared, name), field.description or "")
        for name, field in getattr(declared, "model_fields", {}).items()
    ]


def _measured(quantities: Iterable[Observable | Derived]) -> list[tuple[str, ...]]:
    shown = (quantity for quantity in quantities if not getattr(quantity, "hidden", False))
    return [(quantity.name, _unit_text(quantity.unit), quantity.doc) for quantity in shown]


def _type(field: FieldInfo) -> str:
    choices = [repr(choice) for choice in get_args(field.annotation) if not isinstance(choice, type)]
    return " | ".join(choices) or TYPES.get(field.annotation, str(getattr(field.annotation, "__name__", "any")))


def _unit(field: FieldInfo) -> str:
    extra: Any = field.json_schema_extra
    return _unit_text(extra.get("unit", "1") if isinstance(extra, dict) else "1")


def _unit_text(unit: str) -> str:
    return "" if unit == "1" else f"[{unit}]"


def _range(field: FieldInfo) -> str:
    bounds = ((sign, getattr(bound, name, None)) for bound in field.metadata for name, sign in BOUNDS.items())
    return ", ".join(f"{sign} {limit:g}" for sign, limit in bounds if limit is not None)


def _default(section: type[Section], name: str) -> str:
    """The default of a key, in the syntax of an experiment."""
    if section.model_fields[name].is_required():
        return "required"
    dumped = section.model_construct().model_dump(mode="json", include={name}, exclude_none=True, by_alias=True)
    default = dumped.get(name)
    return f"default {default if isinstance(default, str) else json.dumps(default)}"


def _section(title: str, rows: list[tuple[str, ...]]) -> str:
    """The title above its indented rows without their empty columns; nothing if there are no rows."""
    if not rows:
        return ""
    used = [column for column in zip(*rows, strict=True) if any(column)]
    return f"{title}\n{_indented(columns(list(zip(*used, strict=True))))}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def _docstring(model: type[Model]) -> str:
    return inspect.cleandoc(model.__doc__ or "(no description)")
