"""A combination of a sweep as the experiment that a user would have written for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

import numpy as np

from simcore.config import Document, put
from simcore.config.document import one_line
from simcore.config.validation import in_order
from simcore.errors import ExperimentError, Problem
from simcore.runs.experiment import Experiment, resolved
from simcore.sweeps.layout import Layout
from simcore.sweeps.names import label, short_names, text

REPORTED = 20


class Written:
    """The combinations of a layout on top of a document (the experiment without `sweep`)."""

    def __init__(self, document: Document, layout: Layout) -> None:
        self.document, self.layout = document, layout
        self._listed = [values.listed() for values in layout.values]
        self._before = np.cumsum(layout.replicas) - layout.replicas
        self._names = short_names(values.path for values in layout.values)

    def experiment(self, combination: int) -> Experiment:
        """The experiment of a combination (its first replica).

        Raises ExperimentError: what is wrong has the place that the value has in the sweep, and names the point.
        """
        heads: dict[str, str] = {}
        document = self.document
        try:
            for values, listed in zip(self.layout.values, self._listed, strict=True):
                code = int(values.codes[combination])
                if code >= 0:
                    heads[values.path] = values.head
                    document = put(document, values.path, listed[code], values.place(code))
            return resolved(document)
        except ExperimentError as error:
            problems = [self._of_point(problem, heads, combination) for problem in error.problems]
            raise ExperimentError(problems) from None

    def _of_point(self, problem: Problem, heads: Mapping[str, str], combination: int) -> Problem:
        """What is wrong with a swept key names the point; an unknown key is wrong in all, and shown where it stands."""
        place, path, message = problem.place, problem.path, problem.message
        swept = [one for one in heads if one == path or one.startswith(f"{path}.")]
        if not swept:
            return problem
        if message.startswith("unknown key"):
            return Problem(heads[swept[0]], path, message)
        return Problem(place, path, f"{message} ({self.point(combination)})")

    def point(self, combination: int) -> str:
        """In words, counting from 1: `point 731: temperature = -1, size = 16`."""
        values = (
            f"{self._names[one.path]} = {text(label(listed[one.codes[combination]]))}"
            for one, listed in zip(self.layout.values, self._listed, strict=True)
            if one.codes[combination] >= 0
        )
        return one_line(f"point {self._before[combination] + 1}: {', '.join(values)}"[:300])

    def refuse(self, bad: Sequence[int]) -> None:
        """Raise ExperimentError with all that is wrong with these combinations; of many, with the first ones."""
        problems: list[Problem] = []
        for combination in sorted(set(bad))[:REPORTED]:
            try:
                self.experiment(combination)
            except ExperimentError as error:
                problems += error.problems
        if problems:
            self._raise(problems, len(set(bad)) - REPORTED)

    def _raise(self, problems: Sequence[Problem], more: int) -> NoReturn:
        others = [Problem(self.document.place(()), "sweep", f"{more} more points are refused")] if more > 0 else []
        raise ExperimentError([*in_order(problems), *others])
