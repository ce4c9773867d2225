"""What a named set of equations is made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

from simcore.models.grid.equation import Formulas, read_equation, read_formula, read_named
from simcore.models.grid.equations import GridEquations
from simcore.models.grid.field import FieldSection


class ComplexField(FieldSection):
    """A field of complex numbers."""

    dtype: Literal["complex128", "complex64"] = "complex128"  # type: ignore[assignment]


def starting(initial: Any) -> FieldSection:
    """The default of a field."""
    return FieldSection.model_validate({"initial": initial})


class Preset(GridEquations):
    """Equations with a name, written as an experiment of type `pde` would write them."""

    equations: ClassVar[Mapping[str, Any]]
    expressions: ClassVar[Mapping[str, Any]] = {}
    noise: ClassVar[Mapping[str, Any]] = {}

    @cached_property
    def _formulas(self) -> Formulas:
        return Formulas(
            {name: read_equation(value) for name, value in self.texts().items()},
            {name: read_named(value) for name, value in self.expressions.items()},
            {name: read_formula(value) for name, value in self.noise.items()},
        )

    def texts(self) -> Mapping[str, Any]:
        """The equations; those that depend on the number of axes override it."""
        return self.equations

    def formulas(self) -> Formulas:
        """The equations, parsed."""
        return self._formulas
