"""Strict YAML, overrides, quantities: knows no model."""

from simcore.config.document import Document, Keys, dotted, from_dict
from simcore.config.fields import number_at
from simcore.config.nearest import hint, nearest
from simcore.config.overrides import override, put
from simcore.config.quantities import Duration, Interval
from simcore.config.reader import read
from simcore.config.section import Section, parameter
from simcore.config.types import Count, InputFile, Shape
from simcore.config.validation import validate
from simcore.config.writer import to_text

__all__ = [
    "Count",
    "Document",
    "Duration",
    "InputFile",
    "Interval",
    "Keys",
    "Section",
    "Shape",
    "dotted",
    "from_dict",
    "hint",
    "nearest",
    "number_at",
    "override",
    "parameter",
    "put",
    "read",
    "to_text",
    "validate",
]
