"""JSON Schema of an experiment over all registered models, for editors."""

from __future__ import annotations

from typing import Any

from simcore.config import Section
from simcore.models import registry
from simcore.runs.annealing import Annealing, PopulationAnnealing
from simcore.runs.resolution import Title
from simcore.runs.sections import Checkpoint, Output, SweepRun, TimeRun
from simcore.runs.tempering import Tempering
from simcore.spec.model import Model

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FORMULA = r"^[\w\s.+\-*/(),<>=!&|]+$"
_FORMULAS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "of a resolved experiment: the formulas of numbers, by dotted path",
}
_INCLUDE = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "description": "a file, or several, whose sections are merged below those of this file",
}
_USERS_MODEL = {
    "type": "string",
    "pattern": ":",
    "description": "a model of your own: path/to/file.py:Class or package.module:Class",
}


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12): `model.type` decides what the rest of `model` and `run` may hold."""
    definitions: dict[str, Any] = {}
    models = {name: registry.find(name) for name in registry.names()}
    runs = {"sweep": define(definitions, "run.sweep", SweepRun), "time": define(definitions, "run.time", TimeRun)}
    branches = [_branch(definitions, name, model, runs[model.clock]) for name, model in models.items()]
    for definition in definitions.values():
        _allow_formulas(definition)
    return {
        "$schema": _DRAFT,
        "title": "simcore experiment",
        "type": "object",
        "properties": {
            "name": Title.model_json_schema()["properties"]["name"],
            "model": {
                "type": "object",
                "properties": {"type": {"anyOf": [{"enum": list(models), "description": _list(models)}, _USERS_MODEL]}},
                "required": ["type"],
            },
            "run": {"anyOf": list(runs.values())},
            "checkpoint": define(definitions, "checkpoint", Checkpoint),
            "output": define(definitions, "output", Output),
            "tempering": define(definitions, "tempering", Tempering),
            "annealing": define(definitions, "annealing", Annealing),
            "population_annealing": define(definitions, "population_annealing", PopulationAnnealing),
            "formulas": _FORMULAS,
            "include": _INCLUDE,
        },
        "required": ["model", "run"],
        "additionalProperties": False,
        "allOf": branches,
        "$defs": definitions,
    }


def _allow_formulas(definition: Any) -> None:
    """A text stands where a number does: limits are for numbers alone."""
    if isinstance(definition, list):
        for item in definition:
            _allow_formulas(item)
    elif isinstance(definition, dict):
        kinds = definition.get("type")
        listed = kinds if isinstance(kinds, list) else [kinds]
        if {"number", "integer"} & set(map(str, listed)) and "string" not in listed:
            definition |= {"type": [*listed, "string"], "pattern": _FORMULA}
        for item in definition.values():
            _allow_formulas(item)


def _branch(definitions: dict[str, Any], name: str, model: type[Model], run: dict[str, Any]) -> dict[str, Any]:
    """What holds for an experiment with `model.type: name`."""
    reference = define(definitions, name, model)
    body = definitions[name]
    body["properties"] = {"type": {"const": name}, **body["properties"]}
    body["required"] = ["type", *body.get("required", [])]
    chosen = {"properties": {"model": {"properties": {"type": {"const": name}}, "required": ["type"]}}}
    return {"if": {**chosen, "required": ["model"]}, "then": {"properties": {"model": reference, "run": run}}}


def define(definitions: dict[str, Any], name: str, section: type[Section]) -> dict[str, Any]:
    """Enters a section under `name`, and what it refers to under `name.*`: two models may use the same class names."""
    body = section.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    for inner, definition in body.pop("$defs", {}).items():
        definitions[f"{name}.{inner}"] = definition
    definitions[name] = body
    return {"$ref": f"#/$defs/{name}"}


def _list(models: dict[str, type[Model]]) -> str:
    lines = (f"{name}: {(model.__doc__ or '').strip().splitlines()[0]}" for name, model in models.items())
    return "; ".join(lines)
