"""Annealing: a parameter that takes one value after the other, each for a number of sweeps.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Science 220, 671 (1983). The section is a short form: the values become
those of the parameter, `{values: [...], sweeps_each: 100, after: 1000}` (`models.spins.stairs`).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from simcore.config import Count, Document, Section, hint, put
from simcore.config.generated import LISTED
from simcore.errors import Problem
from simcore.models.spins.stairs import listed
from simcore.runs.tempering import PARAMETER
from simcore.spec.parameters import PARAMETERS

HOTTEST = 1e100
"""The temperature that stands for an infinite one."""

Values = Annotated[tuple[float, ...], BeforeValidator(listed, json_schema_input_type=Any)]


class Annealing(Section):
    """A parameter that takes one value after the other; the first one holds during the thermalization, too."""

    key: ClassVar[str] = "annealing"

    parameter: str = Field(default=PARAMETER, description="what changes")
    values: Values = Field(description=f"one after the other: {LISTED}")
    sweeps_each: Count = Field(default=1, description="sweeps with each of the values")

    @property
    def steps(self) -> tuple[float, ...]:
        """The values that the parameter takes."""
        return self.values


class PopulationAnnealing(Section):
    """A population of replicas that is cooled, and resampled by its weights between two temperatures."""

    key: ClassVar[str] = "population_annealing"
    parameter: ClassVar[str] = PARAMETER

    values: Annotated[Values, Field(min_length=2)] = Field(description=f"temperatures that fall: {LISTED}")
    sweeps_each: Count = Field(default=10, description="sweeps at each temperature")

    @property
    def steps(self) -> tuple[float, ...]:
        """The temperatures, an infinite one before them."""
        return (HOTTEST, *self.values)


def put_values(document: Document, section: Annealing | PopulationAnnealing, after: int) -> Document:
    """The document in which the parameter takes the values. Raises ExperimentError."""
    stairs = {"values": list(section.steps), "sweeps_each": section.sweeps_each, "after": after}
    return put(document, section.parameter, stairs, section.key)


def parameter_problem(document: Document, parameter: str, model: type[Section]) -> Problem | None:
    """What is wrong with the name of the parameter of an annealing."""
    name = parameter.removeprefix(PARAMETERS)
    node = document.find(("model", "parameters"))
    known = dict.fromkeys(node.value if node is not None and isinstance(node.value, dict) else ())
    fields = model.model_fields["parameters"].annotation
    known |= dict.fromkeys(getattr(fields, "model_fields", ()))
    if parameter.startswith(PARAMETERS) and name in known:
        return None
    near = hint(parameter, [f"{PARAMETERS}{one}" for one in known])
    return document.problem(("annealing", "parameter"), f"must be a parameter of the model; {near}")
