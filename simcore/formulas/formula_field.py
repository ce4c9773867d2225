"""An expression as a value of an experiment file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.formulas.expression import Expression
from simcore.formulas.parse import parse


def _read(value: object) -> object:
    return parse(value) if isinstance(value, str) else value


ExpressionText = Annotated[
    Expression,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "description": "a formula such as sin(pi*x/128)"}),
]
"""A key of a section whose text is parsed when the file is read; a bad formula is one problem of the experiment."""
