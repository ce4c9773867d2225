"""A program with other numbers: the text is that of before, and nothing is read or checked anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcore.compiler.boundary_fill import wall_values
from simcore.compiler.model_checks import values_of
from simcore.compiler.program import Program
from simcore.compiler.program_key import of_array
from simcore.spec.description import Description


def revalued(program: Program, description: Description, dt: float | None) -> Program | None:
    """The program of a model that differs from that of `program` in the values of parameters alone.

    None if more than numbers and initial values differ, or if it has tables, which may depend on values.
    Raises InvalidValueError if a value is not a number.
    """
    constants, arrays = description.constants, description.arrays
    if any(isinstance(value, np.ndarray) for value in constants.values()):
        return None
    values = values_of(description, dt, constants)
    if program.layout.halo:
        values |= wall_values(arrays)
    names = list(program.given)[: len(program.code.values)]
    kinds = [type(value) for value in program.code.values]
    if list(values) != names or [type(value) for value in values.values()] != kinds:
        return None
    if [of_array(array) for array in arrays] != [of_array(array) for array in program.arrays]:
        return None
    adaptive = program.adaptive
    if adaptive is not None:
        control = description.adaptive
        adaptive = replace(adaptive, stops=() if control is None else control.stops)
    code = replace(program.code, values=tuple(values.values()))
    return replace(program, code=code, arrays=arrays, given={**program.given, **values}, adaptive=adaptive)
