"""What every model of spins on a lattice shares: from its sections to arrays, phases and observables."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, ValidationError
from pydantic import Field as Key

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Shifted, walk
from simcore.models.spins import thermodynamics
from simcore.models.spins.algorithm_section import AlgorithmKey, AlgorithmSection, algorithm_of
from simcore.models.spins.algorithms import Algorithm
from simcore.models.spins.connectivity import Remark
from simcore.models.spins.formula_syntax import Sample
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.graphs.system import system_of
from simcore.models.spins.hamiltonian import Hamiltonian
from simcore.models.spins.in_steps import ParametersInSteps
from simcore.models.spins.interactions import INDICES
from simcore.models.spins.lattice_section import Lattice, square_by_default
from simcore.models.spins.observables import expressed
from simcore.models.spins.observables.arrays import array_observable
from simcore.models.spins.parameters import SpinParameters
from simcore.models.spins.quenched import Quenched, quenched
from simcore.models.spins.shared_structure import Structure, structure_of
from simcore.models.spins.signs import odd_components
from simcore.models.spins.spin import LARGEST, Spin
from simcore.models.spins.start import Start, refuse_uniform, start_spins
from simcore.models.spins.system import SpinSystem
from simcore.models.spins.term_checks import faults
from simcore.spec.arrays import AXES, StateArray
from simcore.spec.check import Check
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable, ResultGroup
from simcore.spec.phases import AnyPhase, Refilled, Scheduled, Tuned

CHANGES = "are means over the whole run, in which a parameter changes from sweep to sweep"
WALK = "are means over a walk through all energies, not at the temperature; see reweighting.canonical"


class SpinModel(Model):
    """Spins with an energy, in contact with a heat bath. A subclass says which spins and which energy."""

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    axes: ClassVar[tuple[str, ...]] = AXES

    lattice: Annotated[Lattice, BeforeValidator(square_by_default, json_schema_input_type=Any)]
    parameters: SpinParameters
    algorithm: AlgorithmKey = Key(
        default=AlgorithmSection(), description="name, {type: name, width: ..., ...}, or a list of these"
    )
    initial: Start = Key(default="ordered", description="ordered, random, a value, {composition: ...} or {file: ...}")

    @abstractmethod
    def spin_kind(self) -> Spin:
        """What a site holds."""

    @abstractmethod
    def energy_terms(self) -> Hamiltonian:
        """The energy."""

    def place_of(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Where a fault at a path below `model` is reported."""
        return path

    # -- what the sections say -------------------------------------------------------------------------------------

    @cached_property
    def _structure(self) -> Structure:
        terms = self.energy_terms()
        return structure_of(self.lattice, self.spin_kind(), terms, self.algorithm, tuple(self._values), self._changing)

    @cached_property
    def in_steps(self) -> ParametersInSteps:
        """The parameters that change from step to step."""
        return ParametersInSteps(self.parameters.in_time, dict(self.parameters))

    @property
    def _changing(self) -> frozenset[str]:
        return frozenset(self.parameters.in_time)

    @property
    def _values(self) -> dict[str, float]:
        """The parameters; NaN stands for the values of those that change."""
        return {**dict(self.parameters), **dict.fromkeys(self.parameters.in_time, math.nan)}

    @property
    def geometry(self) -> Geometry:
        """The lattice with the bonds and plaquettes that the energy names."""
        return self._structure.geometry

    @cached_property
    def system(self) -> SpinSystem:
        """Spins, lattice and energy."""
        return system_of(self._structure.interactions, self._values, self._changing)

    @cached_property
    def sweeper(self) -> Algorithm:
        """The algorithm, for this system."""
        return algorithm_of(self.algorithm, self.system)

    @cached_property
    def problems(self) -> list[tuple[tuple[str, ...], str]]:
        """(path below `model`, message) of all that is wrong with the energy on this lattice."""
        found = [*self.in_steps.problems(), *self._fixed_disorder()] if self._changing else []
        return found or self._structure.problems or faults(self.system.interactions, self.system.fixed)

    def _fixed_disorder(self) -> Iterator[tuple[tuple[str, ...], str]]:
        hamiltonian = self.energy_terms()
        for section, sources in (("couplings", hamiltonian.couplings), ("fields", hamiltonian.fields)):
            for name, source in sources.items():
                if isinstance(source, Expression) and (found := sorted(source.names & self._changing)):
                    reason = f"is worked out once, and '{found[0]}' changes from step to step; name it in the energy"
                    yield ("hamiltonian", section, name), reason

    # -- what the contract asks ------------------------------------------------------------------------------------

    def state(self) -> Sequence[StateArray]:
        """The spins, the disorder, and the arrays of the algorithm."""
        start = start_spins(self.initial, self.system.spin, self.geometry)
        spins = self.system.arrays.state(start, self.system.halo)
        return [*spins, *self.system.disorder(), *self.sweeper.state()]

    def result_fields(self) -> Sequence[Field]:
        """The values of the spins."""
        return [self.system.arrays.field()]

    def quenched(self) -> Mapping[str, Quenched]:
        """Couplings and fields that have a number for each bond or site."""
        return quenched(self.system.interactions, self.system.parameters)

    def remarks(self) -> Sequence[Remark]:
        """Coordination numbers, and the connected parts of the lattice."""
        if self.equilibrium:
            return self._structure.remarks
        return [*self._structure.remarks, ("estimates", CHANGES if self._changing else WALK, True)]

    def constants(self) -> Mapping[str, Any]:
        """Of the system, and of the algorithm."""
        changing = self.in_steps.constants(self.geometry.dimensions)
        return {**self.system.constants(), **changing, **self.sweeper.constants()}

    def phases(self) -> Sequence[AnyPhase]:
        """One sweep."""
        return self.sweeper.phases() if self.sweeper.of_values else self._structure.phases

    def tuned(self) -> Sequence[Tuned]:
        """The widths of proposals."""
        return self.sweeper.tuned()

    def scheduled(self) -> Sequence[Scheduled | Refilled]:
        """The parameters that change from step to step, and tables of the algorithm that follow them."""
        return [*self.in_steps.scheduled(), *self.sweeper.refilled()]

    def given_at(self, step: int) -> Mapping[str, Any]:
        """Their values."""
        numbers = self._numbers_at(step)
        return {**numbers, **self.sweeper.tables_at({**dict(self.parameters), **numbers})} if numbers else {}

    def _numbers_at(self, step: int) -> dict[str, float]:
        return {name: float(value) for name, value in self.in_steps.at(max(step, 1)).items()}

    def observables(self) -> Sequence[Observable]:
        """Energy and magnetisation per site, and what the algorithm measures of itself."""
        return self._observables

    @cached_property
    def _observables(self) -> tuple[Observable, ...]:
        """With what the values of the parameters say of the mean spin, which the structure does not know."""
        if self.sweeper.conserves:
            return self._structure.observables
        names = thermodynamics.magnetization_names(self.system)
        odd = odd_components(self.system.interactions, self.system.fixed, len(names))
        return self._structure.observables_with(
            frozenset(name for name, is_odd in zip(names, odd, strict=True) if is_odd)
        )

    def derived(self) -> Sequence[Derived]:
        """What fluctuations give."""
        return thermodynamics.derived(self.system) if self.sweeper.canonical else ()

    def expressed(self, name: str, text: str) -> Sequence[Observable | ArrayObservable | Derived]:
        """An observable from a formula; see `observables`. Raises InvalidValueError."""
        measured = self.observables()
        path = f"output.observables.{name}"
        if any(name == observable.name for observable in measured):
            raise InvalidValueError(path, f"'{name}' is measured already; choose another name")
        try:
            for array in (self.sweeper.array_observable(name, text), array_observable(name, text, self.system)):
                if array is not None:
                    return [array]
            names = [one.name for one in measured if not one.hidden]
            found = expressed(name, text, self.system, self._every_kind, names)
            return [self._of_run(one) for one in found]
        except ExpressionError as error:
            raise InvalidValueError(path, str(error)) from None

    def _of_run(self, observable: Observable | Derived) -> Observable | Derived:
        """Spins that are only exchanged do not change their signs."""
        odd = isinstance(observable, Observable) and observable.odd
        return replace(observable, odd=False) if odd and self.sweeper.conserves else observable

    @cached_property
    def _every_kind(self) -> Geometry:
        """The lattice with bonds and plaquettes of all kinds, with an energy or without."""
        return self.lattice.geometry((*self.lattice.bond_kinds, *self.lattice.plaquette_kinds))

    def audit(self, state: Mapping[str, np.ndarray], given: Mapping[str, Any], moves: int, key: int) -> str:
        """Whether random moves are decided by the energy as it is written; see `guard`."""
        return self._structure.guard.fault(state, given, moves, key)

    def checks(self) -> Iterable[Check]:
        """Energies against a recomputation of all terms, and detailed balance, stationarity and ergodicity."""
        from simcore.models.spins.checking.spins import spin_checks  # for this question only

        return spin_checks(self.at_step(1) if self._changing else self)

    def at_step(self, step: int) -> SpinModel:
        """With the values of a step in place of schedules and tables."""
        keys = self.model_dump(mode="json", by_alias=True)
        return type(self).model_validate({**keys, "parameters": {**keys["parameters"], **self._numbers_at(step)}})

    @property
    def equilibrium(self) -> bool:
        """Whether the parameters stay, and the algorithm samples Boltzmann's distribution."""
        return not self._changing and self.sweeper.canonical

    def result_groups(self, states: Sequence[Mapping[str, np.ndarray]]) -> Mapping[str, ResultGroup]:
        """Those of the algorithm."""
        return self.sweeper.result_groups(states)

    def sites_of_energy(self) -> int | None:
        """The sites of the lattice."""
        return self.geometry.sites if self.sweeper.canonical else None

    def log_of_states(self) -> float:
        """Of a random start."""
        if self.initial != "random":
            reason = "must be random: a population begins at infinite temperature, with all states equally likely"
            raise InvalidValueError("model.initial", reason)
        if (states := self.system.spin.number) is None:
            raise InvalidValueError("model", "real spins run away at infinite temperature, where a population begins")
        return self.geometry.sites * math.log(states)

    def smaller(self) -> SpinModel:
        """On a lattice of a few sites."""
        from simcore.models.spins.checking.smaller import small

        return small(self)

    def check(self, dt: float | None) -> None:
        """Refuse numbers whose squares are no numbers, starts that do not fit, and algorithms that do not apply."""
        for name, value in self.parameters:
            if abs(value) > LARGEST and name != "temperature":
                raise InvalidValueError(f"model.parameters.{name}", f"must lie between {-LARGEST:g} and {LARGEST:g}")
        if dict(self.parameters).get("temperature", 1.0) < 1.0 / LARGEST:
            reason = f"must be at least {1.0 / LARGEST:g}, below which squares of energies vanish; take larger units"
            raise InvalidValueError("model.parameters.temperature", reason)
        for path, message in self.problems:
            raise InvalidValueError(".".join(("model", *self.place_of(path))), message)
        self.sweeper.refuse()
        if self.sweeper.unreached:
            raise self.sweeper.refusal(self.sweeper.unreached)
        start_spins(self.initial, self.system.spin, self.geometry)
        if self.sweeper.conserves:
            refuse_uniform(self.initial)
        self._check_fields()
        self._check_sites()

    def check_steps(self, last: int) -> None:
        """Refuse tables that end before the run, and values that the parameters must not have."""
        for name, words in self.in_steps.uncovered(last):
            raise InvalidValueError(f"model.parameters.{name}", words)
        for steps, values in self.in_steps.blocks(last):
            for name, found in values.items():
                self._check_values(name, steps, found)

    def _check_values(self, name: str, steps: np.ndarray, values: np.ndarray) -> None:
        least = 1.0 / LARGEST if name == "temperature" else -LARGEST
        fine = np.isreal(values) & (values >= least) & (values <= LARGEST)
        if not fine.all():
            at = int(np.argmin(fine))
            reason = f"it must be a number from {least:g} to {LARGEST:g}"
            raise InvalidValueError(f"model.parameters.{name}", f"is {values[at]:g} at step {steps[at]}; {reason}")
        for at in {int(values.argmin()), int(values.argmax())}:
            numbers = {**self._numbers_at(int(steps[at])), **dict(self.parameters)}
            try:
                type(self.parameters).model_validate(numbers)
            except ValidationError as error:
                reason = error.errors()[0]["msg"].replace("Input should be", "it must be")
                words = f"is {values[at]:g} at step {steps[at]}; {reason}"
                raise InvalidValueError(f"model.parameters.{name}", words) from None

    def _check_fields(self) -> None:
        try:
            self.system.interactions.check_fields(self.system.parameters)
        except InvalidValueError as refusal:
            path = tuple(refusal.path.split("."))[1:]
            raise InvalidValueError(".".join(("model", *self.place_of(path))), refusal.message) from None

    def _check_sites(self) -> None:
        """Refuse an energy of the sites that is not finite at some place."""
        cells = dict(zip(INDICES, np.indices(self.geometry.shape, sparse=True), strict=False))
        for term in self.system.interactions.terms:
            if term.path == ("sites",) and not any(isinstance(node, Shifted) for node in walk(term.tree)):
                spins = Sample(self.system.spin, 1, ()).first()
                numbers = {**self.system.numbers, **(self._numbers_at(1) if self._changing else {})}
                values = np.asarray(evaluate(term.tree, {**numbers, **cells, **spins}))
                if not np.isfinite(values).all():
                    place = np.argwhere(~np.isfinite(np.broadcast_to(values, self.geometry.shape)))[0].tolist()
                    path = ".".join(("model", *self.place_of(("hamiltonian", *term.path))))
                    raise InvalidValueError(path, f"is not finite at cell {place}; the energy must be finite")
