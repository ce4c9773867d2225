"""The same experiment with other values of its parameters, without reading, checking and writing code again.

Overrides of parameters that are numbers, of `run.seed` and of `run.replica` go this way if the model knows it
(`Model.revalued`). The first time that a set of keys is overridden, the experiment is made anew as well, and only if
both ways lead to the same program, numbers, initial values and random key to the last bit is the short way taken for
these keys from then on. Whatever is refused is made anew, so that the words are those of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simcore.compiler.program import Program
from simcore.compiler.revaluing import revalued
from simcore.config import Document, override, validate
from simcore.errors import SimcoreError
from simcore.runs.experiment import Experiment
from simcore.runs.initial_values import start_values
from simcore.runs.resolution import is_stable
from simcore.runs.run import Overrides
from simcore.runs.sections import TimeRun
from simcore.runs.user_observables import holds_values
from simcore.spec.description import Description
from simcore.spec.observables import Derived, Observable
from simcore.spec.parameters import PARAMETERS

Compiled = tuple[Experiment, Program]
OF_RUN = ("run.seed", "run.replica")
MOST_SETS = 64
"""Sets of keys of which it is remembered whether they may go the short way."""


class Revaluation:
    """Makes an experiment and its program with overrides. made_anew: the long way."""

    def __init__(
        self,
        document: Document,
        experiment: Experiment,
        program: Program,
        made_anew: Callable[[Overrides], Compiled],
    ) -> None:
        self._document, self._experiment, self._program = document, experiment, program
        self._made_anew = made_anew
        self._parameters = dict(experiment.model.parameters.model_dump(mode="json", by_alias=True))
        self._proved: dict[frozenset[str], bool] = {}
        made_of: list[Observable | Derived] = [*(o for o in experiment.observables if o.of), *experiment.derived]
        model = experiment.model
        self._possible = (
            not experiment.source  # the formulas of a class of a user's own may depend on values
            and not any(holds_values(one.value, self._parameters) for one in made_of)
            and model.revalued(model.parameters) is not None
        )

    def of(self, overrides: Overrides) -> Compiled:
        """The experiment with overrides, and its program. Raises ExperimentError with all problems at once."""
        if not isinstance(overrides, Mapping) or not self._possible or not all(map(self._is_number, overrides.items())):
            return self._made_anew(overrides)
        keys = frozenset(overrides)
        proved = self._proved.get(keys)
        short = None if proved is False else self._shortened(overrides)
        if short is None:
            return self._made_anew(overrides)
        if proved is None:
            made = self._made_anew(overrides)
            if self._all_differ(overrides):
                if len(self._proved) >= MOST_SETS:
                    self._proved.clear()
                self._proved[keys] = _are_same(short, made)
            return made
        return short

    def _is_number(self, one: tuple[str, Any]) -> bool:
        key, value = one
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
            return False
        return key in OF_RUN or (key.startswith(PARAMETERS) and key.removeprefix(PARAMETERS) in self._parameters)

    def _all_differ(self, overrides: Mapping[str, Any]) -> bool:
        """Whether every parameter has another value than in the experiment: else the comparison shows nothing."""
        return all(
            key in OF_RUN or value != self._parameters[key.removeprefix(PARAMETERS)] for key, value in overrides.items()
        )

    def _shortened(self, overrides: Mapping[str, Any]) -> Compiled | None:
        known = self._experiment
        try:
            document = override(self._document, overrides)
            parameters, problems = validate(document, type(known.model.parameters), ("model", "parameters"))
            run: Any = known.run
            if any(key in OF_RUN for key in overrides):
                run, more = validate(document, type(known.run), ("run",))
                problems = [*problems, *more]
            model = None if problems else known.model.revalued(parameters)
            if model is None:
                return None
            if isinstance(run, TimeRun) and not run.allow_unstable and not is_stable(run.dt, model.stability_limit()):
                return None
            description = Description(model)
            program = revalued(self._program, description, known.dt)
            return None if program is None else (known.revalued(description, run, document), program)
        except (SimcoreError, ArithmeticError, ValueError):
            return None


def _are_same(short: Compiled, made: Compiled) -> bool:
    (mine, program), (theirs, anew) = short, made
    code, other = program.code, anew.code
    same = (
        (code.name, code.copies, code.swaps, code.layout, code.levels, code.dt)
        == (other.name, other.copies, other.swaps, other.layout, other.levels, other.dt)
        and (mine.key, mine.run) == (theirs.key, theirs.run)
        and mine.identity() == theirs.identity()
        and (program.kept, program.observables, program.sums) == (anew.kept, anew.observables, anew.sums)
        and _bits(code.values) == _bits(other.values)
        and len(code.tables) == len(other.tables)
        and all(map(np.array_equal, code.tables, other.tables))
        and [one.name for one in mine.observables] == [one.name for one in theirs.observables]
        and (program.adaptive is None) == (anew.adaptive is None)
        and (program.adaptive is None or program.adaptive.stops == anew.adaptive.stops)  # type: ignore[union-attr]
    )
    if not same:
        return False
    described = (one.description for one in (mine, theirs))
    starts = (start_values(one, one.initial_values(), code.layout.shape, mine.key) for one in described)
    return all(
        name == other_name and np.array(values).tobytes() == np.array(others).tobytes()
        for (name, values), (other_name, others) in zip(*starts, strict=True)
    )


def _bits(values: Any) -> list[tuple[type, bytes]]:
    return [(type(value), np.array(value).tobytes()) for value in values]
