"""The keys of an experiment file that do not depend on the model, from the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import simcore

RUNS = {"Monte Carlo": "run.sweep", "Equations": "run.time"}
WORDS = {"integer": "whole number", "object": "section", "array": "list", "string": "text", "boolean": "true or false"}
PARTS = ("checkpoint", "output", "tempering", "sweep")


def page() -> str:
    """The page, Markdown."""
    schema = simcore.schema()
    lines = [
        "# Keys of an experiment file",
        "",
        "Made from the JSON Schema (`simcore schema`), by which editors complete and check experiment files.",
        "The keys of `model` are those of its type: see [models](models.md).",
        "How values are written: [parameters](../parameters.md).",
        "",
        "`name`: " + schema["properties"]["name"]["description"] + ".",
        "",
    ]
    for title, name in RUNS.items():
        lines += [f"## run: {title}", "", *_table(schema["$defs"][name], schema), ""]
    for name in PARTS:
        section = _resolved(schema["properties"][name], schema)
        lines += [f"## {name}", "", *_table(section, schema), ""]
    return "\n".join(lines)


def _table(section: dict[str, Any], schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    if not prefix:
        yield "| key | value | default | meaning |"
        yield "|---|---|---|---|"
    for key, given in section.get("properties", {}).items():
        value = _resolved(given, schema)
        default = given.get("default", value.get("default"))
        shown = "" if default is None or isinstance(default, dict | list) else f"`{default}`"
        meaning = given.get("description") or value.get("description") or ""
        unit = f" [{given['unit']}]" if given.get("unit") else ""
        yield f"| `{prefix}{key}` | {_kind(given, schema)}{unit} | {shown} | {meaning.replace('|', chr(92) + '|')} |"
        if value.get("properties") and prefix.count(".") < 2:
            yield from _table(value, schema, f"{prefix}{key}.")


def _resolved(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The section that a value may be, or the value itself."""
    if "$ref" in value:
        return schema["$defs"][value["$ref"].rpartition("/")[2]]
    for choice in value.get("anyOf", value.get("allOf", ())):
        resolved = _resolved(choice, schema)
        if resolved.get("properties"):
            return resolved
    return value


def _kind(value: dict[str, Any], schema: dict[str, Any]) -> str:
    """The type in words."""
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if "anyOf" in value:
        kinds = dict.fromkeys(_kind(choice, schema) for choice in value["anyOf"] if choice.get("type") != "null")
        return " or ".join(filter(None, kinds))
    if "$ref" in value:
        return _kind(_resolved(value, schema), schema)
    kinds = value.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    number = {"integer", "number"} & set(kinds)
    return " or ".join(
        "formula" if number and kind == "string" else WORDS.get(kind, kind) for kind in kinds if kind != "null"
    )
