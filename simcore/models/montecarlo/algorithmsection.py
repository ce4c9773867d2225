"""The section `algorithm`: a name, or a name with options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from simcore.config import Section, hint
from simcore.models.montecarlo.algorithms import ALGORITHMS, Algorithm, Options
from simcore.models.montecarlo.system import SpinSystem


def _known(name: str) -> str:
    if name not in ALGORITHMS:
        raise ValueError(f"unknown algorithm '{name:.60}'; {hint(name, ALGORITHMS)}")
    return name


Name = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": list(ALGORITHMS)})]


class AlgorithmSection(Section):
    """How a sweep is made. The options of proposals are those of continuous spins."""

    type: Name = "metropolis"
    width: float = Field(default=1.0, gt=0.0, le=1e100, description="of proposals, when the thermalization begins")
    acceptance: float = Field(default=0.5, gt=0.0, lt=1.0, description="share of the moves that the width is tuned to")

    def algorithm(self, system: SpinSystem) -> Algorithm:
        """The algorithm for a system."""
        return ALGORITHMS[self.type](system, Options(self.width, self.acceptance))


def _from_name(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


AlgorithmKey = Annotated[
    AlgorithmSection,
    BeforeValidator(_from_name, json_schema_input_type=Any),
    PlainSerializer(lambda section: section.model_dump(mode="json")),
]
"""The `algorithm` key of a model."""
