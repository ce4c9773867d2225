"""The section `algorithm`: a name, or a name with options."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from simcore.config import Section, hint
from simcore.models.spins.algorithms import ALGORITHMS, Algorithm, InTurn, Options, OverRelaxation, Packed, fits
from simcore.models.spins.system import SpinSystem

MOST_SWEEPS = 1000
MOST_CLUSTERS = 10**9
MOST_IN_TURN = 16
LONGEST_TIME = 1e30


def _known(name: str) -> str:
    if name not in ALGORITHMS:
        raise ValueError(f"unknown algorithm '{name:.60}'; {hint(name, ALGORITHMS)}")
    _ = ALGORITHMS[name]  # one that a package adds, and that cannot be imported, is refused here
    return name


Name = Annotated[str, AfterValidator(_known), WithJsonSchema({"enum": list(ALGORITHMS.own)})]
Clusters = Annotated[int, Field(ge=1, le=MOST_CLUSTERS)] | Literal["auto"]


class AlgorithmSection(Section):
    """How a sweep is made. The width is that of the proposals for continuous spins."""

    type: Name = "metropolis"
    width: float = Field(default=1.0, gt=0.0, le=1e100, description="of proposals, when the thermalization begins")
    acceptance: float = Field(default=0.5, gt=0.0, lt=1.0, description="share of the moves that the width is tuned to")
    clusters: Clusters = Field(
        default=1, description="turned in a sweep; auto: so many that they visit every site once"
    )
    sweeps: int = Field(default=1, ge=1, le=MOST_SWEEPS, description="of over_relaxation, in a list")
    time: float = Field(
        default=1.0, gt=0.0, le=LONGEST_TIME, description="that a sweep of n_fold takes, in attempts of each site"
    )
    measure: bool = Field(default=False, description="sizes and wrapping of clusters, improved estimators, each sweep")
    learning: int = Field(
        default=0, ge=0, le=10**15, description="sweeps after which the weights of wang_landau stay; 0: they never do"
    )
    packed: bool = Field(default=True, description="64 spins in a word if the model allows it")
    over_relaxation: int = Field(default=0, ge=0, le=MOST_SWEEPS, description="sweeps of it that follow each sweep")

    @model_validator(mode="after")
    def _check_options(self) -> AlgorithmSection:
        takes = ALGORITHMS[self.type].takes
        for key in sorted(self.model_fields_set - {"type"}):
            if key not in takes:
                raise ValueError(f"{self.type} takes no '{key}'; it takes {', '.join(takes) or 'no options'}")
        return self

    def members(self, system: SpinSystem, *, alone: bool = True) -> list[Algorithm]:
        """The algorithm for a system, and what is mixed into it. alone: whether it is all of a list."""
        shared = self.width, self.acceptance, self.clusters, self.sweeps, self.time
        options = Options(*shared, alone, self.measure, self.learning, self.packed)
        found = [ALGORITHMS[self.type](system, options)]
        if self.over_relaxation:
            found.append(OverRelaxation(system, replace(options, sweeps=self.over_relaxation)))
        return found

    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""
        takes = [key for key in ALGORITHMS[self.type].takes if key != "packed" or not self.packed]
        return {key: getattr(self, key) for key in ("type", *takes)}


def _from_name(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


def _in_turn(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_Single = Annotated[AlgorithmSection, BeforeValidator(_from_name, json_schema_input_type=Any)]
Algorithms = AlgorithmSection | tuple[AlgorithmSection, ...]


def algorithm_of(given: Algorithms, system: SpinSystem) -> Algorithm:
    """The algorithm for a system; of a list, one that makes a sweep of each member in turn."""
    listed = given if isinstance(given, tuple) else (given,)
    members = tuple(member for section in listed for member in section.members(system, alone=len(listed) == 1))
    if fits(system, members):
        return Packed(system, members[0].options, members)
    return members[0] if len(members) == 1 else InTurn(system, members[0].options, members)


def _written(given: Algorithms) -> Any:
    return [section.keys() for section in given] if isinstance(given, tuple) else given.keys()


AlgorithmKey = Annotated[
    _Single | Annotated[tuple[_Single, ...], Field(min_length=1, max_length=MOST_IN_TURN), BeforeValidator(_in_turn)],
    PlainSerializer(_written),
]
"""The `algorithm` key of a model: one, or a list of which a sweep makes one of each in turn."""
