"""From a document to an experiment: every section is looked at, every problem kept, then all are reported."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from simcore.config import Document, Keys, Section, from_dict, hint, override, read, validate
from simcore.config.fields import declared_paths
from simcore.config.nearest import nearest
from simcore.config.validation import in_order
from simcore.config.words import described
from simcore.errors import ExperimentError, Problem
from simcore.models import registry
from simcore.plugins import PluginError
from simcore.runs.added_operations import ADDED
from simcore.runs.annealing import Annealing, PopulationAnnealing, parameter_problem, put_values
from simcore.runs.model_errors import problem_of
from simcore.runs.number_formulas import NumberFormulas, put_back, takes_schedules, work_out
from simcore.runs.sections import (
    MOST_SNAPSHOTS,
    Checkpoint,
    Output,
    SweepRun,
    TimeRun,
    UntilErrors,
    UntilPassed,
    UntilSteady,
    step_at,
)
from simcore.runs.tempering import ROUNDS, TEMPERATURE, Tempering
from simcore.runs.user_observables import Expressed
from simcore.spec.description import Description
from simcore.spec.model import Model
from simcore.spec.parameters import PARAMETERS

T = TypeVar("T")
S = TypeVar("S", bound=Section)
SECTIONS = ("name", "model", "run", "checkpoint", "output", "tempering", "annealing", "population_annealing")
ROUNDING = 1e-12
MOST_STREAMS = 2**63
_MANY_POINTS = "a sweep stands for many points, and a run is one: simcore sweep FILE, or leave out 'sweep'"
FIELDS: Keys = ("output", "fields")
AXES_OF_VTK = 3


def _directory_name(name: str) -> str:
    if name != name.strip() or name in ("", ".", "..") or "/" in name or not name.isprintable():
        raise ValueError(f"must do as the name of a directory, without '/', not {name!r:.80}")
    if len(name.encode()) > 200:
        raise ValueError("must have at most 200 bytes: it names a directory")
    return name


class Title(Section):
    """What stands at the top of an experiment beside its sections."""

    name: Annotated[str, AfterValidator(_directory_name)] | None = Field(
        None, description="results go to results/NAME; by default the name of the file"
    )


class Resolution:
    """One pass over a document; `problems` grows, nothing is raised before the end."""

    def __init__(self, document: Document) -> None:
        self.document = put_back(document)
        self.problems: list[Problem] = list(self.document.problems)
        self.formulas = NumberFormulas(self.document)
        self.sections: dict[str, type[Section] | None] = {}

    @classmethod
    def of(cls, source: str | Path | Mapping[str, Any], overrides: Mapping[str, Any] | Sequence[str]) -> Resolution:
        """Of a file or dict, with overrides on top. Raises ExperimentError."""
        document = from_dict(source) if isinstance(source, Mapping) else read(source)
        return cls(override(document, overrides))

    def parts(self) -> dict[str, Any]:
        """The fields of an experiment. Raises ExperimentError with all problems, in the order of the file."""
        name = self._name()
        model_class = self._model_class()
        clock = self._clock(model_class)
        self.sections = {"model": model_class, "run": clock, "checkpoint": Checkpoint, "output": Output}
        self._unknown_sections()
        annealing, population = self._cooling(model_class)
        self.formulas = work_out(self.document, {"model": model_class, "run": clock})
        self.document = self.formulas.document
        run = self._section(clock, "run")
        for one in (annealing, population):
            if one is not None and isinstance(run, SweepRun):
                self.document = put_values(self.document, one, run.longest_thermalization)
        model = self._model(model_class)
        checkpoint = self._section(Checkpoint, "checkpoint")
        output = self._section(Output, "output")
        tempering = self._section(Tempering, "tempering") if "tempering" in self.document.data else None
        if tempering is not None and run is not None:
            tempering = tempering.measured(run.measure_every)
        if output is not None and model is not None:
            model = self._asked(model, run, output)
        description = None if model is None else Description(model)
        if output is not None and description is not None:
            self._snapshot_names(output, description)
            self._observables(output, description)
            if output.vtk:
                self._axes_of_vtk(description)
        for number, name in enumerate(() if run is None else run.operations):
            self._operation(number, name)
        if description is not None and run is not None:
            self._model_and_run(description, run, output or Output())
            if tempering is not None:
                self._tempering(description, run, output or Output(), tempering)
            if population is not None:
                self._population(description, run, population)
            if run.replicas > 1:
                self._replicas(description, run, output or Output())
        self.report()
        assert model_class is not None
        assert run is not None
        if run.seed is None:
            run = run.model_copy(update={"seed": drawn_seed()})
        spec, file = self._type(model_class)
        return {
            "name": name,
            "description": description,
            "model_class": model_class,
            "type": spec,
            "file": file,
            "run": run,
            "checkpoint": checkpoint,
            "output": output,
            "tempering": tempering,
            "document": self.document,
            "formulas": self.formulas,
            "annealing": annealing,
            "population": population,
        }

    def report(self) -> None:
        """Raises ExperimentError if there are problems."""
        read = self.document.problems  # what is wrong in a text is not told once more of the value that it lacks
        unread = {(one.path, one.place.rpartition(":")[0]) for one in read}
        kept = [one for one in self.problems if one in read or (one.path, one.place.rpartition(":")[0]) not in unread]
        if kept:
            raise ExperimentError(in_order(kept))

    def attempt(self, call: Callable[[], T]) -> T | None:
        """The call's result; a model's refusal, and any fault in its code, becomes a problem."""
        try:
            return call()
        except Exception as error:
            self.problems.append(problem_of(error, self.document))
        return None

    def _unknown_sections(self) -> None:
        for key in self.document.data:
            if key == "sweep":
                self._problem((key,), _MANY_POINTS)
            elif key not in SECTIONS:
                self._problem((key,), f"unknown key; {self._meant(key)}")

    def _meant(self, key: str) -> str:
        """What a key at the top was meant to be: one that stands in a section, or the name of a section."""
        within = self._elsewhere(key)
        if within and (within[0].endswith(f".{key}") or not nearest(key, SECTIONS)):
            paths = " or ".join(f"'{path}'" for path in within[:3])
            return f"did you mean {paths}?"
        return hint(key, SECTIONS)

    def _elsewhere(self, name: str) -> list[str]:
        """The dotted paths at which a key of this name, or what it is called here, stands."""
        every = [p for at, section in self.sections.items() if section is not None for p in declared_paths(section, at)]
        last = [path.rpartition(".")[2] for path in every]
        meant = name if name in last else nearest(name, last)
        return list(dict.fromkeys(path for path, key in zip(every, last, strict=True) if key == meant))

    def _name(self) -> str | None:
        others = [key for key in self.document.data if key != "name"]
        title, problems = validate(self.document, Title, without=others)
        self.problems += problems
        if title is not None and title.name is None and self.document.source is not None:
            try:
                return _directory_name(self.document.source.stem)
            except ValueError as error:
                self._problem(("name",), f"the name of the file will not do: {error}")
        return title.name if title is not None else None

    def _model_class(self) -> type[Model] | None:
        node = self.document.find(("model",))
        allowed = f"{', '.join(registry.all_names())}, file.py:Class or package.module:Class"
        if node is None:
            self._problem(("model",), f"missing; a section with 'type' is required, one of {allowed}")
        elif not isinstance(node.value, dict):
            self._problem(("model",), f"must be a section with 'type', not {described(node.plain())}")
        elif "type" not in node.value:
            self._problem(("model", "type"), f"missing; one of {allowed} is required")
        else:
            return self.attempt(lambda: registry.find(node.value["type"].plain(), self.document.directory))
        return None

    def _model(self, model_class: type[Model] | None) -> Model | None:
        if model_class is None:
            return None
        found = self.attempt(lambda: validate(self.document, model_class, ("model",), ("type",), self._elsewhere))
        model, problems = found if found is not None else (None, [])
        self.problems += map(self.formulas.explained, problems)
        return model

    def _type(self, model_class: type[Model]) -> tuple[str, Path | None]:
        """The text of `model.type`, and the user's model file."""
        spec = self.document.data["model"]["type"]
        file = registry.file_of(spec, self.document.directory)
        if file is not None:
            return f"{file}:{spec.rpartition(':')[2]}", file
        return registry.name_of(model_class) or f"{model_class.__module__}:{model_class.__qualname__}", None

    def _clock(self, model_class: type[Model] | None) -> type[SweepRun] | type[TimeRun]:
        if model_class is not None:
            return TimeRun if model_class.clock == "time" else SweepRun
        node = self.document.find(("run",))
        given = node.value if node is not None and isinstance(node.value, dict) else {}
        return TimeRun if {"dt", "steps", "t_end"} & given.keys() else SweepRun

    def _section(self, section_type: type[S], key: str) -> S | None:
        section, problems = validate(self.document, section_type, (key,), elsewhere=self._elsewhere)
        self.problems += map(self.formulas.explained, problems)
        return section

    def _asked(self, model: Model, run: SweepRun | TimeRun | None, output: Output) -> Model:
        """The model, ready to measure what the experiment asks for."""
        steady = isinstance(run, TimeRun) and isinstance(run.until, UntilSteady)
        names = output.fields.names or ()
        return self.attempt(lambda: model.asked(output.observables, names, steady=steady)) or model

    def _observables(self, output: Output, description: Description) -> None:
        formulas = self.attempt(lambda: Expressed(description, output.observables)) if output.observables else None
        if formulas is not None:
            for name in output.observables:
                self.attempt(partial(formulas.behind, name))

    def _model_and_run(self, description: Description, run: SweepRun | TimeRun, output: Output) -> None:
        """What the model says to the time step and to the end of the run."""
        problems = len(self.problems)
        self.attempt(lambda: description.model.check(run.dt if isinstance(run, TimeRun) else None))
        if len(self.problems) > problems:
            return
        if not isinstance(run, TimeRun):
            if output.fields.times:
                self._problem((*FIELDS, "times"), "a model that counts sweeps has no times; give 'every' or 'steps'")
            if output.fields.every is not None and output.fields.every.time is not None:
                self._problem((*FIELDS, "every"), "a model that counts sweeps has no time; write '100 steps', say")
            self._error_targets(description, run, output)
            self._schedules(description, run)
            return
        adaptive = self.attempt(lambda: description.adaptive or False)
        if adaptive is False and run.t_end is not None:
            self._whole_steps(("run", "t_end"), run.t_end, run.dt)
        if adaptive is False and run.max_dt is not None:
            self._problem(("run", "max_dt"), "is for adaptive steps; take scheme: rk45, or a smaller run.dt")
        self._snapshot_times(output, run, adaptive=bool(adaptive))
        self._known_times(description, run, adaptive=bool(adaptive))
        limit = None if run.allow_unstable else self.attempt(lambda: description.stability_limit)
        if not is_stable(run.dt, limit):
            reason = f"{run.dt:g} is unstable; it must be at most {limit:.12g}"
            if limit == 0.0:
                reason = "no step is stable: this scheme makes waves grow that do not fade; take rk4 or rk45"
            self._problem(("run", "dt"), f"{reason} (run.allow_unstable: true overrides)")
        self._thresholds(description, run, output)
        steady = isinstance(run.until, UntilSteady)
        if steady and self.attempt(lambda: description.rate_of_change or False) is False:
            self._problem(("run", "until"), f"a {description.name} knows no rate of change")

    def _replicas(self, description: Description, run: SweepRun | TimeRun, output: Output) -> None:
        """Refuse what would let replicas of one run make different steps, and what shows one system only."""
        sweep = f"give a sweep with sweep: {{replicas: {run.replicas}}}"
        self._at_one_step(run, output, f"{run.replicas} replicas", f", or {sweep}")
        if self.attempt(lambda: description.adaptive or False):
            reason = f"adaptive steps would be of other lengths in each of the {run.replicas} replicas"
            self._problem(("run", "replicas"), f"{reason}; take a scheme of fixed steps, or {sweep}")
        if run.replica + run.replicas > MOST_STREAMS:
            self._problem(("run", "replicas"), "the last replica, replica + replicas - 1, must be below 2**63")

    def _at_one_step(self, run: SweepRun | TimeRun, output: Output, systems: str, instead: str) -> None:
        """Refuse what would let the systems of one run make different steps, and what shows one system only."""
        if run.until is not None:
            self._problem(
                ("run", "until"), f"would end each of the {systems} at a step of its own; leave it out{instead}"
            )
        if isinstance(run, SweepRun) and run.thermalization == "auto":
            reason = f"auto would find a number of sweeps for each of the {systems}"
            self._problem(("run", "thermalization"), f"{reason}; give one number for all{instead}")
        if output.vtk:
            self._problem(("output", "vtk"), f"VTK shows one system, not {systems}; leave it out{instead}")

    def _cooling(self, model_class: type[Model] | None) -> tuple[Annealing | None, PopulationAnnealing | None]:
        """The sections that let a parameter take one value after the other, which then stand in its place."""
        given = [key for key in (Annealing.key, PopulationAnnealing.key) if key in self.document.data]
        if len(given) > 1:
            self._problem((given[0],), f"{given[1]} changes the temperature itself; leave one of them out")
        if len(given) != 1 or model_class is None:
            return None, None
        if model_class.clock == "time" or not takes_schedules(model_class):
            self._problem((given[0],), "is for models of spins, whose parameters may change from sweep to sweep")
            return None, None
        annealing = self._section(Annealing, given[0]) if given[0] == Annealing.key else None
        population = self._section(PopulationAnnealing, given[0]) if given[0] == PopulationAnnealing.key else None
        section = annealing or population
        if section is None:
            return None, None
        if (problem := parameter_problem(self.document, section.parameter, model_class)) is not None:
            self.problems.append(problem)
            return None, None
        self.document = put_values(self.document, section, 0)
        return annealing, population

    def _population(self, description: Description, run: SweepRun | TimeRun, population: PopulationAnnealing) -> None:
        where, values = population.key, population.values
        if any(second >= first for first, second in pairwise(values)) or values[-1] <= 0.0:
            self._problem((where, "values"), "must fall, each temperature once, and stay above 0")
        if population.sweeps_each % run.measure_every:
            reason = f"must be a multiple of run.measure_every = {run.measure_every}: weights need the energies"
            self._problem((where, "sweeps_each"), reason)
        if run.replicas < 2:
            self._problem(("run", "replicas"), "a population has several replicas; give a thousand, say")
        if run.longest_thermalization:
            self._problem(("run", "thermalization"), f"a population has none, but {where}.sweeps_each; leave it out")
        if self.attempt(lambda: description.model.sites_of_energy()) is None:
            self._problem((where,), f"is for models with an energy and a temperature; a {description.name} is none")
        self.attempt(lambda: description.model.log_of_states())

    def _tempering(
        self, description: Description, run: SweepRun | TimeRun, output: Output, tempering: Tempering
    ) -> None:
        """Refuse a ladder whose systems could not exchange their states."""
        if self.attempt(lambda: description.scheduled):
            reason = "is for states of equilibrium, and a parameter changes from step to step; leave one of them out"
            self._problem(("tempering",), reason)
            return
        sites = self.attempt(description.model.sites_of_energy)
        parameters = dict(description.model.parameters)
        if not isinstance(run, SweepRun) or sites is None or TEMPERATURE not in parameters:
            self._problem(
                ("tempering",), f"is for models with an energy and a temperature; a {description.name} is none"
            )
            return
        self._ladder(tempering, parameters, run.longest_thermalization)
        if tempering.every % run.measure_every:
            reason = f"must be a multiple of run.measure_every = {run.measure_every}: exchanges need the energies"
            self._problem(("tempering", "every"), f"{reason}; set run.measure_every: {tempering.every}, say")
        if run.replicas > 1:
            self._problem(("run", "replicas"), "a ladder is one ensemble; take a sweep with replicas of it")
        self._at_one_step(run, output, f"{tempering.places} systems of the ladder", "")
        if run.replica + tempering.places > MOST_STREAMS:
            self._problem(("run", "replica"), "that of the last place, replica + places - 1, must be below 2**63")

    def _ladder(self, tempering: Tempering, parameters: Mapping[str, Any], thermalization: int) -> None:
        """Refuse values that the parameters of the model do not take, and places that do not differ."""
        for path, values in tempering.ladder.items():
            name = path.removeprefix(PARAMETERS)
            if not path.startswith(PARAMETERS) or not isinstance(parameters.get(name), int | float):
                numbers = [f"{PARAMETERS}{one}" for one, value in parameters.items() if isinstance(value, int | float)]
                key = ("parameter",) if tempering.parameters is None else ("parameters", path)
                self._problem(("tempering", *key), f"'{path:.80}' is no parameter of the model; {hint(path, numbers)}")
            elif name == TEMPERATURE and min(values) <= 0.0:
                self._problem(("tempering", *tempering.key_of_values(path)), "temperatures must be above 0")
            elif tempering.parameters is None and any(second <= first for first, second in pairwise(values)):
                self._problem(("tempering", "values"), "must ascend, each value once")
        if tempering.adapt and len(tempering.adaptations(thermalization)) < ROUNDS:
            least = 8 * tempering.every
            reason = (
                f"must be at least {least}, eight exchanges, for tempering.adapt; a few hundred exchanges are better"
            )
            self._problem(("run", "thermalization"), reason)
        if any(one == two for one, two in pairwise(tempering.steps)):
            self._problem(("tempering", "parameters"), "neighbours must differ in some parameter")

    def _schedules(self, description: Description, run: SweepRun) -> None:
        """Refuse values that the parameters must not have, and what needs a state of equilibrium."""
        if not self.attempt(lambda: description.scheduled):
            return
        changing = "a parameter changes from step to step"
        if run.thermalization == "auto":
            reason = f"auto waits until nothing drifts, and {changing}; give a number of sweeps"
            self._problem(("run", "thermalization"), reason)
            return
        if isinstance(run.until, UntilErrors):
            self._problem(("run", "until"), f"errors are of means over one state of equilibrium, and {changing}")
        self.attempt(lambda: description.model.check_steps(run.total_steps))

    def _operation(self, number: int, name: str) -> None:
        """Refuse an operation that no package adds, or that cannot be imported."""
        path = ("run", "operations", number)
        if name not in ADDED:
            known = hint(name, ADDED) if ADDED else "no installed package adds one"
            self._problem(path, f"unknown operation '{name:.60}'; {known}")
            return
        try:
            _ = ADDED[name]
        except PluginError as error:
            self._problem(path, str(error))

    def _known_times(self, description: Description, run: TimeRun, *, adaptive: bool) -> None:
        """Refuse a run that leaves a table in time."""
        end = run.t_end if run.t_end is not None else math.inf if adaptive else (run.steps or 0) * run.dt
        for path, (first, last) in (self.attempt(lambda: description.known_times) or {}).items():
            covers = f"the table covers the times {first:.12g} to {last:.12g}"
            if first > 0.0:
                self._problem(self.document.keys(path), f"{covers}, and a run begins at 0")
            elif end > last * (1.0 + ROUNDING):
                beyond = f"the run goes to {end:.12g}" if end < math.inf else "adaptive steps have no end without t_end"
                self._problem(self.document.keys(path), f"{covers}, and {beyond}")

    def _thresholds(self, description: Description, run: SweepRun | TimeRun, output: Output) -> None:
        if not isinstance(run.until, UntilPassed):
            return
        names = self.attempt(lambda: [*(o.name for o in description.observables if not o.hidden)])
        for key, thresholds in (("below", run.until.below), ("above", run.until.above)):
            for name in thresholds:
                if names is not None and name not in (*names, *output.observables):
                    known = [*names, *output.observables]
                    self._problem(("run", "until", key, name), f"unknown observable; {hint(name, known)}")

    def _error_targets(self, description: Description, run: SweepRun, output: Output) -> None:
        self._thresholds(description, run, output)
        if not isinstance(run.until, UntilErrors):
            return
        names = self.attempt(
            lambda: [*(o.name for o in description.observables), *(d.name for d in description.derived)]
        )
        for name in run.until.error:
            if names is not None and name not in (*names, *output.observables):
                self._problem(("run", "until", "error", name), f"unknown observable; {hint(name, names)}")

    def _snapshot_times(self, output: Output, run: TimeRun, *, adaptive: bool) -> None:
        end = run.t_end if run.t_end is not None else math.inf if adaptive else (run.steps or 0) * run.dt
        fields = output.fields
        for i, time in enumerate(fields.moments):
            path: Keys = (*FIELDS, "times") if fields.rule else (*FIELDS, "times", i)
            if time > end * (1.0 + ROUNDING):
                message = f"must be at most {end:.12g}, the end of the run, not {time:.12g}"
                self._problem(path, message)
            elif not adaptive and not fields.rule and time > 0.0:
                self._whole_steps(path, time, run.dt)
        if fields.every is None or fields.every.time is None:
            return
        if not adaptive:
            self._whole_steps((*FIELDS, "every"), fields.every.time, run.dt)
        elif end == math.inf:
            self._problem((*FIELDS, "every"), "adaptive steps have no end without run.t_end; give that, or steps")
        elif end / fields.every.time > MOST_SNAPSHOTS:
            self._problem((*FIELDS, "every"), f"at most {MOST_SNAPSHOTS:,} snapshots can be asked for")

    def _whole_steps(self, path: Keys, time: float, dt: float) -> None:
        try:
            step_at(time, dt)
        except ValueError as error:
            self._problem(path, str(error))

    def _snapshot_names(self, output: Output, description: Description) -> None:
        if output.fields.names is None:
            return  # to know the arrays, the model must make them
        fields = self.attempt(lambda: list(description.available_fields))
        for i, name in enumerate(output.fields.names):
            if fields is not None and name not in fields:
                self._problem((*FIELDS, "names", i), f"unknown field '{name:.80}'; {hint(name, fields)}")

    def _axes_of_vtk(self, description: Description) -> None:
        axes = self.attempt(lambda: max(len(array.shape) for array in description.arrays))
        if axes is not None and axes > AXES_OF_VTK:
            self._problem(("output", "vtk"), f"VTK shows at most {AXES_OF_VTK} axes, and this state has {axes}")

    def _problem(self, path: Keys, message: str) -> None:
        self.problems.append(self.document.problem(path, message))


def is_stable(dt: float, limit: float | None) -> bool:
    """Whether a time step is at most the stability limit of a model; None: it has none."""
    return limit is None or dt <= limit * (1.0 + ROUNDING)


def drawn_seed() -> int:
    """A seed from the operating system, below 2**48 so that it stays easy to copy."""
    return int.from_bytes(os.urandom(6), "little")
