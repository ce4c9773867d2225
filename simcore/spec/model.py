"""The whole contract between a model and the engine.

A model is a class whose annotated fields are the keys of the `model` section, and which answers four
questions: which arrays make up its state, what one step does to them, what is measured, and what follows from the
means. It knows no process, no file and no random-number state.

The functions that it hands over are plain functions of one cell or site, compiled by numba. Their *argument names* say
what they are given:

====================  ==================================================================================
a state array's name  the whole array; index it with `i`, `j`, `k` and neighbours (`u[i - 1, j]`): around the
                      walls lie `halo` ghost cells, which the engine fills from the boundary
`i`, `j`, `k`         indices of this cell along axes 0, 1, 2 (of the array with its ghost cells: cell n is index
                      n + halo); then `i3`, `i4`, ...
a parameter's name    its value, a number
a constant's name     its value, a number or an array that no kernel writes (`Model.constants`); along axes that are
                      indexed by `i`, `j`, `k` an array has the same ghost cells, so `map[i, j]` is this cell's
`step`                the step being made, from 1
`time`                the time at the beginning of the step; if something is measured, the time of the measurement
a reduction's name    its value, once its place in the list of phases has passed
a tuned number's name its present value (`Model.tuned`)
`random`              a tuple of `Phase.draws` independent uniform numbers in [0, 1), this cell's own in this step
====================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from simcore.config import Section
from simcore.errors import InvalidValueError
from simcore.spec.arrays import AXES, StateArray
from simcore.spec.check import Check
from simcore.spec.observables import ArrayObservable, Derived, Field, Observable, ResultGroup
from simcore.spec.parameters import Parameters
from simcore.spec.phases import Adaptive, AnyPhase, Measurement, Refilled, Scheduled, Tuned


class Model(Section):
    """The base class of models: subclass it and define `parameters`, `state`, `phases` and `observables`.

    Args:
        clock: "sweep" for Monte Carlo (`run.sweeps`, `run.thermalization`), "time" for a model with a time step
            (`run.dt`, `run.steps` or `run.t_end`; kernels may take `dt` and `time`).
        axes: names of the axes of arrays, in files and figures.
        reference, example: a paper and an experiment, shown by `simcore models`.
        parameters: a section of the class `Parameters`.

    Example:
        >>> class DecayParameters(simcore.Parameters):
        ...     rate: float = simcore.parameter(0.1, doc="decay rate", at_least=0.0)
        >>> def decay(u, i, dt, rate):
        ...     return u[i] * (1.0 - dt * rate)
        >>> def value(u, i):
        ...     return u[i]
        >>> class Decay(Model):
        ...     clock = "time"
        ...     size: int = simcore.parameter(8, doc="number of cells", at_least=1)
        ...     parameters: DecayParameters
        ...     def state(self):
        ...         return [simcore.StateArray("u", (self.size,), "float64", np.ones(self.size))]
        ...     def phases(self):
        ...         return [simcore.Phase(decay, writes="u", own_cell=True)]
        ...     def observables(self):
        ...         return [simcore.Observable("mean_u", value)]
        >>> run = simcore.prepare({"model": {"type": Decay, "size": 4}, "run": {"dt": 0.5, "steps": 10}})()
        >>> bool(np.isclose(run.final("u")[0], 0.95**10))
        True
    """

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    axes: ClassVar[tuple[str, ...]] = AXES
    reference: ClassVar[str] = ""
    example: ClassVar[str] = ""

    parameters: Parameters

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """The section `parameters` may be left out if every parameter has a default."""
        field, section = cls.model_fields["parameters"], cls.model_fields["parameters"].annotation
        known = field.is_required() and isinstance(section, type) and issubclass(section, Section)
        if known and not any(key.is_required() for key in section.model_fields.values()):
            field.default = section()
            cls.model_rebuild(force=True, raise_errors=False)

    def state(self) -> Sequence[StateArray]:
        """The arrays of the state."""
        raise TypeError(f"{type(self).__name__} must define state()")

    def phases(self) -> Sequence[AnyPhase]:
        """What one step does, in order."""
        raise TypeError(f"{type(self).__name__} must define phases()")

    def observables(self) -> Sequence[Observable]:
        """What is measured."""
        raise TypeError(f"{type(self).__name__} must define observables()")

    def array_observables(self) -> Sequence[ArrayObservable]:
        """The arrays that are measured: profiles, spectra, histograms."""
        return ()

    def derived(self) -> Sequence[Derived]:
        """What follows from the means."""
        return ()

    def tuned(self) -> Sequence[Tuned]:
        """The numbers that the thermalisation adjusts."""
        return ()

    def scheduled(self) -> Sequence[Scheduled | Refilled]:
        """Constants that have another value in each step, the numbers before the tables."""
        return ()

    def given_at(self, step: int) -> Mapping[str, Any]:
        """The values of the `scheduled` constants in a step, for what Python works out."""
        return {}

    def check_steps(self, last: int) -> None:
        """Refuse a schedule that does not do for the steps 1 to `last`: raise InvalidValueError."""

    def result_fields(self) -> Sequence[Field] | None:
        """The fields of the result; None: every array that is neither hidden nor work."""
        return None

    def asked(self, observables: Mapping[str, str], fields: Sequence[str] = (), *, steady: bool = False) -> Model:
        """This model, ready to measure these formulas and fields of `output`; what is wrong `expressed` refuses."""
        return self

    def measurement(self) -> Measurement:
        """What is worked out before anything is measured, of what `asked` has named."""
        return Measurement()

    def optional_fields(self) -> Sequence[Field]:
        """Fields of the result that are made for `output.fields.names` only, of arrays that `measurement` writes."""
        return ()

    def quenched(self) -> Mapping[str, tuple[np.ndarray, tuple[str, ...], str]]:
        """By name, numbers drawn or read before the run, for the group `/disorder` of a result, axes, and description.

        They have the shape of the state, and beyond it one axis for each name in the axes; or the latter axes alone.
        """
        return {}

    def remarks(self) -> Sequence[tuple[str, str, bool]]:
        """(name, text, whether a run warns of it, too): lines about the model for `simcore plan`."""
        return ()

    def adaptive(self) -> Adaptive | None:
        """How the length of a step is chosen; None if it is `run.dt`, always."""
        return None

    def constants(self) -> Mapping[str, Any]:
        """Numbers, or arrays nobody writes, that kernels may name beside the parameters."""
        return {}

    def coordinates(self) -> Mapping[str, np.ndarray]:
        """Where the cells lie along the axes `x`, `y`, `z`, one float64 array each; cell numbers if not given."""
        return {}

    def expressed(self, name: str, text: str) -> Sequence[Observable | ArrayObservable | Derived]:
        """The observables behind `output.observables: {name: text}`, the last one called `name`, others hidden.

        The last one may be a Derived or an ArrayObservable. Raises InvalidValueError("output.observables.NAME", "...").
        """
        raise InvalidValueError(
            f"output.observables.{name}", f"{type(self).__name__} takes no observables from the experiment"
        )

    def rate_of_change(self) -> Observable | None:
        """The largest rate of change of any field, for `run.until: {steady: ...}`; None if there is none."""
        return None

    def known_times(self) -> Mapping[str, tuple[float, float]]:
        """By the dotted path of a key the first and the last time of its table: a run stays between them."""
        return {}

    def stability_limit(self) -> float | None:
        """The largest stable time step; None if none is known."""
        return None

    def audit(self, state: Mapping[str, np.ndarray], given: Mapping[str, Any], moves: int, key: int) -> str:
        """What is wrong with what the functions work out in this state, "" if nothing is found.

        Asked at the beginning and at the end of a run; it must take less than 1 % of a second and change nothing.
        state: the arrays without ghost cells. given: the numbers and tables that kernels are given, by name. moves: how
        many places are looked at, about. key: of random numbers.
        """
        return ""

    def checks(self) -> Iterable[Check]:
        """What `simcore models --check` finds out about the physics, one for each thing that is looked at."""
        return [
            Check("energy, detailed balance, stationarity", f"not checked: {type(self).__name__} names no Hamiltonian")
        ]

    def smaller(self) -> Model:
        """A model of the same kind that is small enough for a step in plain Python, for the same command."""
        return self

    def sites_of_energy(self) -> int | None:
        """By how many sites the observable `energy` is divided; None: there is no ladder of it (`tempering`).

        Who says it promises that exp(-energy sites/temperature) is the weight of a state.
        """
        return None

    @property
    def equilibrium(self) -> bool:
        """Whether all samples are of one distribution, which the parameters say."""
        return not self.scheduled()

    def result_groups(self, states: Sequence[Mapping[str, np.ndarray]]) -> Mapping[str, ResultGroup]:
        """Groups of the result beside series, estimates and fields, from the arrays of each replica at the end."""
        return {}

    def log_of_states(self) -> float:
        """ln of the number of states, if the initial state is drawn evenly from all of them.

        Of continuous ones 0, with the share of all of them that they take up. Raises InvalidValueError if it is not.
        """
        raise InvalidValueError("model", f"a {type(self).__name__} has no state of infinite temperature")

    def revalued(self, parameters: Any) -> Model | None:
        """This model with other values of its parameters, quickly, for many runs in a row; None: make it anew.

        parameters: checked, and with the same names. What is returned must have the functions, arrays and observables
        of this model; constants, initial values, boundaries and the stability limit must be those of the new values.
        The engine compares it with a model made anew before it trusts it.
        """
        return None

    def check(self, dt: float | None) -> None:
        """Refuse what no type can: raise `simcore.errors.InvalidValueError("run.dt", "...")`.

        dt: None for Monte Carlo.
        """
