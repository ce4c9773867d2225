"""The JSON Schema says what the sections say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simcore.models import registry
from simcore.runs.schema import schema

FOUND = schema()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_it_is_json_and_every_reference_leads_somewhere() -> None:
    assert json.loads(json.dumps(FOUND)) == FOUND
    assert FOUND["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    found = set(references(FOUND))
    assert len(found) > 5
    assert {reference.removeprefix("#/$defs/") for reference in found} <= FOUND["$defs"].keys()


def test_every_model_has_a_branch_that_allows_its_keys_and_no_others() -> None:
    branches = {b["if"]["properties"]["model"]["properties"]["type"]["const"]: b["then"] for b in FOUND["allOf"]}
    assert tuple(branches) == registry.names()
    for name, then in branches.items():
        model = registry.find(name)
        body = FOUND["$defs"][then["properties"]["model"]["$ref"].removeprefix("#/$defs/")]
        assert set(body["properties"]) == {"type", *model.model_fields}
        assert body["additionalProperties"] is False
        needed = {key for key, field in model.model_fields.items() if field.is_required()}
        assert set(body["required"]) == {"type", *needed}
        assert then["properties"]["run"] == {"$ref": f"#/$defs/run.{model.clock}"}


def test_parameters_carry_their_units_and_ranges() -> None:
    diffusivity = FOUND["$defs"]["heat.HeatParameters"]["properties"]["D"]
    assert diffusivity["type"] == ["number", "object", "string"]  # a schedule or a table, a formula
    assert (diffusivity["minimum"], diffusivity["unit"]) == (0.0, "length^2/time")


def test_models_of_ones_own_are_allowed() -> None:
    assert any(option.get("pattern") == ":" for option in FOUND["properties"]["model"]["properties"]["type"]["anyOf"])


def test_intervals_may_be_numbers_or_text() -> None:
    every = FOUND["$defs"]["checkpoint"]["properties"]["every"]
    assert [option["type"] for option in every["anyOf"]] == ["integer", "string"]
    assert every["default"] == "60 s"
