"""The section `algorithm`: a name, or a name with options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from simcore.config import Section, hint
from simcore.models.spins.algorithms import ALGORITHMS, Algorithm, Options, OverRelaxed
from simcore.models.spins.system import SpinSystem

MOST_SWEEPS = 1000


def _known(name: str) -> str:
    if name == "over_relaxation":
        raise ValueError("over_relaxation keeps the energy: mix it in, {type: metropolis, over_relaxation: 4}")
    if name not in ALGORITHMS:
        raise ValueError(f"unknown algorithm '{name:.60}'; {hint(name, ALGORITHMS)}")
    return name


Name = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": list(ALGORITHMS)})]


class AlgorithmSection(Section):
    """How a sweep is made. The width is that of the proposals for continuous spins."""

    type: Name = "metropolis"
    width: float = Field(default=1.0, gt=0.0, le=1e100, description="of proposals, when the thermalization begins")
    acceptance: float = Field(default=0.5, gt=0.0, lt=1.0, description="share of the moves that the width is tuned to")
    over_relaxation: int = Field(default=0, ge=0, le=MOST_SWEEPS, description="sweeps of it that follow each sweep")

    @model_validator(mode="after")
    def _check_options(self) -> AlgorithmSection:
        takes = ALGORITHMS[self.type].takes
        for key in sorted(self.model_fields_set - {"type"}):
            if key not in takes:
                raise ValueError(f"{self.type} takes no '{key}'; it takes {', '.join(takes) or 'no options'}")
        return self

    def algorithm(self, system: SpinSystem) -> Algorithm:
        """The algorithm for a system."""
        options = Options(self.width, self.acceptance)
        base = ALGORITHMS[self.type](system, options)
        return OverRelaxed(system, options, base, self.over_relaxation) if self.over_relaxation else base

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        return {key: getattr(self, key) for key in ("type", *ALGORITHMS[self.type].takes)}


def _from_name(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


AlgorithmKey = Annotated[
    AlgorithmSection, BeforeValidator(_from_name, json_schema_input_type=Any), PlainSerializer(AlgorithmSection.keys)
]
"""The `algorithm` key of a model."""
