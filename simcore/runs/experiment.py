"""The resolved experiment: checked as a whole, every default spelled out, ready to run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import Document, Section, put, to_text
from simcore.config.overrides import without
from simcore.errors import InvalidValueError
from simcore.plugins import installed
from simcore.runs.annealing import Annealing, PopulationAnnealing
from simcore.runs.array_names import check_arrays, names_of_dims
from simcore.runs.identity import by_contents, digest
from simcore.runs.model_source import plugin_parts, source_digest, source_parts
from simcore.runs.number_formulas import NumberFormulas
from simcore.runs.resolution import Resolution
from simcore.runs.result_names import check_measured
from simcore.runs.sections import LONGEST, Checkpoint, Output, SweepRun, TimeRun, UntilSteady
from simcore.runs.tempering import TEMPERATURE, Tempering, axis_of
from simcore.runs.user_observables import Expressed
from simcore.spec.description import Description
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable
from simcore.spec.parameters import PARAMETERS
from simcore.spec.phases import Phase
from simcore.storage.dataset import REPLICA, Variable

OTHER_DIMS = ("step", "time", "basis", "component", "pair", "walker", "point", REPLICA)
UNCOUNTED = {"sweeps", "steps", "t_end", "until", "workers", "max_walltime", "allow_unstable"}
"""The keys of `run` that say how far and how, not what: they do not count for an identity."""

WITHOUT_EFFECT: Mapping[str, Any] = {"replicas": 1, "operations": ()}
"""Keys that count for an identity only if they hold something else: older files lack them."""


def counted_keys(run: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a resolved section `run` that count for an identity."""
    return {
        key: value
        for key, value in run.items()
        if key not in UNCOUNTED and not (key in WITHOUT_EFFECT and (not value or value == WITHOUT_EFFECT[key]))
    }


_OF_NO_VALUE = ("observables", "derived", "fields", "deterministic", "rate_of_change", "source", "end_time")


@dataclass(frozen=True)
class Experiment:
    """One experiment without an open question.

    name: of its directory, None for a dict without a name. type: what `model.type` says, a file as an absolute path.
    file: the user's model file, None for other models. run: with its seed. document: what was read, with numbers in
    place of the formulas of numbers; formulas: these.
    """

    name: str | None
    description: Description
    model_class: type[Model]
    type: str
    file: Path | None
    run: SweepRun | TimeRun
    checkpoint: Checkpoint
    output: Output
    tempering: Tempering | None
    document: Document
    formulas: NumberFormulas
    annealing: Annealing | None = None
    population: PopulationAnnealing | None = None

    @property
    def model(self) -> Model:
        """The model that `description` describes."""
        return self.description.model

    @property
    def total_steps(self) -> int:
        """Steps from the start to the end, thermalisation included.

        More than are made where `end_time`, `until` or an automatic thermalisation decides.
        """
        if self.end_time is not None and isinstance(self.run, TimeRun):
            return self.run.steps or LONGEST
        return self.run.total_steps

    @cached_property
    def end_time(self) -> float | None:
        """Where steps are adaptive, the time at which the run ends; infinite if only `run.steps` ends it."""
        if not isinstance(self.run, TimeRun) or self.description.adaptive is None:
            return None
        return math.inf if self.run.t_end is None else self.run.t_end

    @property
    def longest_step(self) -> float:
        """The longest step that an adaptive scheme may take; infinite if `run.max_dt` does not limit it."""
        return math.inf if not isinstance(self.run, TimeRun) or self.run.max_dt is None else self.run.max_dt

    @property
    def ends_by_itself(self) -> bool:
        """Whether the run finds out by itself how many steps it makes."""
        automatic = isinstance(self.run, SweepRun) and self.run.thermalization == "auto"
        return automatic or self.run.until is not None or self.end_time is not None

    @property
    def longest_thermalization(self) -> int:
        """The most steps before the averages begin; if the experiment fixes them, just so many."""
        return self.run.longest_thermalization

    @property
    def dt(self) -> float | None:
        """The time step; None if a step is a sweep."""
        return self.run.dt if isinstance(self.run, TimeRun) else None

    @cached_property
    def observables(self) -> tuple[Observable, ...]:
        """What is measured: the model's own, those under `output.observables`, and the hidden one for `until`."""
        written = (found for found in self._expressed if isinstance(found, Observable))
        return (
            *self.description.observables,
            *written,
            *([] if self.rate_of_change is None else [self.rate_of_change]),
        )

    @cached_property
    def array_observables(self) -> tuple[ArrayObservable, ...]:
        """The arrays that are measured: of the model, and by `output.observables`."""
        written = (found for found in self._expressed if isinstance(found, ArrayObservable))
        wanted = self.output.covariance
        every = (*self.description.array_observables, *written)
        return tuple(replace(one, covariance=True) if one.name in wanted else one for one in every)

    @cached_property
    def array_dims(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the dimensions of each of them in the result."""
        return names_of_dims(self.array_observables)

    @cached_property
    def derived(self) -> tuple[Derived, ...]:
        """What follows from means: for the model, and by `output.observables`."""
        return (*self.description.derived, *(found for found in self._expressed if isinstance(found, Derived)))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the result."""
        names = self.output.fields.names
        if names is None:
            return self.description.result_fields
        return tuple(field for name, field in self.description.available_fields.items() if name in names)

    @cached_property
    def deterministic(self) -> bool:
        """Whether a step draws no random numbers, so that a number which never changes is known exactly."""
        return not any(isinstance(phase, Phase) and phase.draws for phase in self.description.phases)

    @cached_property
    def _expressed(self) -> list[Observable | ArrayObservable | Derived]:
        texts = self.output.observables
        formulas = Expressed(self.description, texts) if texts else None
        return [found for name in texts if formulas is not None for found in formulas.behind(name)]

    @cached_property
    def rate_of_change(self) -> Observable | None:
        """The hidden observable that tells a steady state, where the run is to end in one."""
        return self.description.rate_of_change if isinstance(self.run.until, UntilSteady) else None

    def check_names(self) -> None:
        """Whether all that is measured has a name of its own in the result. Raises InvalidValueError."""
        if self.model_class.observables is not Model.observables:  # else it measures nothing yet
            check_measured(self.model, self.observables, self.derived, self.output.observables)
        if self.array_observables and self.tempering is not None:
            reason = "arrays are not measured with tempering; take numbers, such as structure_factor(1, 0), or a sweep"
            raise InvalidValueError("output.observables", f"'{self.array_observables[0].name}': {reason}")
        if self.array_observables:
            numbers = [*(one.name for one in self.observables), *(one.name for one in self.derived)]
            samples = 0 if self.end_time is not None else self.total_steps // self.run.measure_every
            check_arrays(self.array_observables, numbers, self.output, self.run, samples * self.systems)
        elif self.output.covariance:
            raise InvalidValueError("output.covariance", "no observable of this experiment is an array")

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The experiment as plain data, with all defaults and absolute paths: it resolves to itself, anywhere."""
        sections: dict[str, Section] = {"run": self.run, "checkpoint": self.checkpoint, "output": self.output}
        if self.tempering is not None:
            sections["tempering"] = self.tempering
        sections |= {one.key: one for one in (self.annealing, self.population) if one is not None}
        found = {
            **({} if self.name is None else {"name": self.name}),
            "model": {"type": self.type, **self.model.model_dump(mode="json", by_alias=True)},
            **{key: section.model_dump(mode="json", exclude_none=True) for key, section in sections.items()},
        }
        formulas = self.formulas.written(found)
        return {**found, "formulas": formulas} if formulas else found

    def to_yaml(self) -> str:
        """`resolved` as the text of a file."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return to_text(self.resolved)

    @cached_property
    def key(self) -> int:
        """64 bits: the key of all random numbers, a hash of seed, replica and the resolved model section.

        A file counts by its contents; the source of a user's model does not count.
        """
        return self._key_of(self.run.replica)

    @property
    def on_ladder(self) -> bool:
        """Whether its systems are the places of a ladder, which exchange their states."""
        return self.tempering is not None

    @property
    def temperatures(self) -> list[float]:
        """Of each place of a ladder."""
        return [float(member.description.parameters[TEMPERATURE]) for member in self.members]

    @property
    def ladder_values(self) -> np.ndarray:
        """The values of the parameters at each place of a ladder, float64, (places, parameters); else empty."""
        return np.empty((0, 0)) if self.tempering is None else np.array(list(self.tempering.ladder.values())).T

    def adapted(self, values: np.ndarray) -> Experiment:
        """The same with values of the ladder that the thermalisation has found; text and identity stay.

        values: float64, (places, parameters).
        """
        assert self.tempering is not None
        made = replace(self, tempering=self.tempering.with_values(values))
        vars(made).update({name: getattr(self, name) for name in ("resolved", "_text", "_identity", "asked")})
        return made

    @property
    def systems(self) -> int:
        """How many systems the run has: replicas, or the places of a ladder."""
        return self.run.replicas if self.tempering is None else self.tempering.places

    @cached_property
    def members(self) -> tuple[Experiment, ...]:
        """The experiment of each system: of replicas this one, of a ladder that with the value of the place."""
        if self.tempering is None:
            return (self,) * self.systems
        plain = without(self.document, "tempering")
        made = []
        for place in self.tempering.steps:
            document = plain
            for path, value in place.items():
                document = put(document, path, value, "tempering")
            made.append(resolved(document))
        return tuple(made)

    @property
    def system_axis(self) -> tuple[str, Mapping[str, Variable]]:
        """The dimension along which the systems lie, and its coordinates."""
        if self.tempering is None:
            first = self.run.replica
            labels = np.arange(first, first + self.run.replicas)
            return REPLICA, {REPLICA: Variable((REPLICA,), labels, "1", REPLICA)}
        dim, coordinates = axis_of(self.tempering, (*self.description.axes, *OTHER_DIMS))
        return dim, {name: Variable((dim,), x, self._unit(name), name) for name, x in coordinates.items()}

    def _unit(self, name: str) -> str:
        """Of a parameter; "1" if its model does not say it."""
        field = type(self.model.parameters).model_fields.get(name.removeprefix(PARAMETERS))
        extra = None if field is None else field.json_schema_extra
        return str(extra.get("unit", "1")) if isinstance(extra, Mapping) else "1"

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """The key of each replica of the run: that of the run alone with its number as `run.replica`."""
        first = self.run.replica
        return tuple(map(self._key_of, range(first, first + self.systems)))

    @cached_property
    def exchange_key(self) -> int:
        """The key of the random numbers that decide on exchanges; no system has it."""
        return int.from_bytes(digest({"exchange": self.key}, 8), "little")

    def _key_of(self, replica: int) -> int:
        counted = {"seed": self.run.seed, "replica": replica, "model": self.model_by_contents}
        return int.from_bytes(digest(counted, 8), "little")

    @cached_property
    def _packages(self) -> dict[str, str]:
        """A digest of each package whose names it uses."""
        return plugin_parts(self._text) if installed() else {}

    @cached_property
    def source(self) -> str:
        """A hash of the source of a user's model, wherever it lies, and of the packages that it uses.

        Empty if all of it is simcore's own.
        """
        own = source_digest(self.model_class)
        return digest({"model": own, **self._packages}, 16).hex() if self._packages else own

    @property
    def source_parts(self) -> Mapping[str, str]:
        """A digest of each file of a user's model, and of each package; empty if all of it is simcore's own."""
        return {**source_parts(self.model_class), **self._packages}

    @cached_property
    def _identity(self) -> str:
        return self._counted(self.source or None)

    @cached_property
    def asked(self) -> str:
        """`identity` without the source of a user's model: what the experiment itself asks for."""
        return self._counted(None)

    def _counted(self, source: str | None) -> str:
        run = counted_keys(self.run.model_dump(mode="json"))
        counted: dict[str, Any] = {"model": self.model_by_contents, "source": source, "run": run}
        if self.tempering is not None:
            counted["tempering"] = self.tempering.model_dump(mode="json", exclude_none=True)
        if self.population is not None:
            counted[self.population.key] = self.population.model_dump(mode="json")
        return digest(counted, 16).hex()

    def identity(self) -> str:
        """32 hexadecimal digits that tell whether a checkpoint belongs to this experiment.

        All that changes results counts, the source of a user's model too; totals, workers, `max_walltime`, `checkpoint`
        and `output` do not.
        """
        return self._identity

    def revalued(self, description: Description, run: SweepRun | TimeRun, document: Document) -> Experiment:
        """The same with other values of parameters, seed and replica, if the functions of the model are the same ones.

        What is known of this one and follows from no value is taken over.
        """
        made = replace(self, description=description, run=run, document=document)
        known = {name: vars(self)[name] for name in _OF_NO_VALUE if name in vars(self)}
        if not self.array_observables:  # else their functions and coordinates may hold values
            known["array_observables"] = ()
        parameters = {"parameters": by_contents(description.model.parameters)}
        vars(made).update(known, model_by_contents={**self.model_by_contents, **parameters})
        return made

    @cached_property
    def model_by_contents(self) -> dict[str, Any]:
        """The resolved model section, in which files count by their contents and not by where they lie."""
        kind = self.type if self.file is None else f"{self.file.name}:{self.model_class.__qualname__}"
        return {"type": kind, **by_contents(self.model)}


def resolve(source: str | Path | Mapping[str, Any], overrides: Mapping[str, Any] | Sequence[str] = ()) -> Experiment:
    """The experiment in a file or dict, with overrides. Raises ExperimentError with all of its problems at once."""
    return resolved(Resolution.of(source, overrides).document)


def resolved(document: Document) -> Experiment:
    """The experiment in a document. Raises ExperimentError with all of its problems at once."""
    resolution = Resolution(document)
    experiment = Experiment(**resolution.parts())
    resolution.attempt(experiment.check_names)
    # these run the model's own code and read its files: what is wrong there is a problem like any other
    resolution.attempt(lambda: (experiment.resolved, experiment.key, experiment.identity()))
    resolution.report()
    return experiment
