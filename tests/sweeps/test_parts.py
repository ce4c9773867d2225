"""What is validated as one, and what apart."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from simcore import Model, Parameters
from simcore.config import Section
from simcore.models.spins.presets.ising import Ising
from simcore.runs.sections import SweepRun, TimeRun
from simcore.sweeps.validation_units import parts


def split(model: type[Model], run: type[Section], *paths: str) -> dict[str, tuple[str, ...]]:
    """Path of each part -> the swept keys in it."""
    return {".".join(map(str, part.at)): part.paths for part in parts({"model": model, "run": run}, paths)}


def test_numbers_of_a_plain_section_stand_alone_and_a_lattice_is_one():
    swept = ("model.parameters.temperature", "model.parameters.h", "model.lattice.size", "run.thermalization")
    assert split(Ising, SweepRun, *swept, "model.lattice.type") == {
        "model.parameters.temperature": ("model.parameters.temperature",),
        "model.parameters.h": ("model.parameters.h",),
        "model.lattice": ("model.lattice.size", "model.lattice.type"),
        "run.thermalization": ("run.thermalization",),
    }


def test_a_run_in_time_is_one_but_for_its_seed():
    assert split(Ising, TimeRun, "run.dt", "run.seed", "run.steps") == {
        "run": ("run.dt", "run.steps"),
        "run.seed": ("run.seed",),
    }


class Two(Parameters):
    a: float = 1.0
    b: float = 2.0


class Ordered(Two):
    @model_validator(mode="after")
    def _ascending(self):
        assert self.a < self.b
        return self


class Plain(Model):
    clock: ClassVar = "sweep"
    parameters: Two = Two()
    sides: Ordered = Ordered()
    many: dict[str, float] = Field(default_factory=dict)


class Watched(Plain):
    @field_validator("parameters")
    @classmethod
    def _looked_at(cls, value):
        return value


def test_a_validator_of_a_section_keeps_its_fields_together():
    swept = ("model.parameters.a", "model.parameters.b", "model.sides.a", "model.sides.b", "model.many.x")
    assert split(Plain, SweepRun, *swept) == {
        "model.parameters.a": ("model.parameters.a",),
        "model.parameters.b": ("model.parameters.b",),
        "model.sides": ("model.sides.a", "model.sides.b"),
        "model.many": ("model.many.x",),
    }
    assert split(Watched, SweepRun, *swept) == {"model": swept}


def test_a_key_that_no_section_has_is_looked_at_with_all_others():
    assert split(Ising, SweepRun, "model.nothing", "model.parameters.h") == {
        "model": ("model.nothing", "model.parameters.h")
    }
