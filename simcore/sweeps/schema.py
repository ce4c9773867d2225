"""JSON Schema of all that an experiment file may hold."""

from __future__ import annotations

from typing import Any

from simcore.runs.schema import define
from simcore.runs.schema import schema as schema_of_a_run
from simcore.sweeps.sections import SweepSection


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of experiment files.

    Returns:
        The schema; `model.type` selects the keys of `model` and `run`.

    Example:
        >>> sorted(simcore.schema()["properties"])[:3]
        ['annealing', 'checkpoint', 'formulas']
    """
    found = schema_of_a_run()
    section = define(found["$defs"], "sweep", SweepSection)
    blocks = {"type": "array", "items": {"$ref": "#/$defs/sweep.Block"}, "minItems": 1}
    found["properties"]["sweep"] = {"anyOf": [section, blocks], "description": "many points in place of one run"}
    return found
