"""The fields that an experiment may ask for."""

from __future__ import annotations

from simcore.spec.model import Model
from simcore.spec.observables import Field


def possible_fields(model: Model) -> dict[str, Field]:
    """By name: those of the result, every other array of the state that is not work, and what is made on demand."""
    arrays = [array for array in model.state() if not array.work]
    every = [Field(array.name, (array.name,), unit=array.unit, doc=array.doc) for array in arrays]
    return {field.name: field for field in (*every, *model.optional_fields(), *model.result_fields())}
