"""What a model refuses, or fails at, as a problem of the experiment that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simcore.config import Document
from simcore.errors import ExperimentError, InvalidValueError, Problem, SimcoreError


def problem_of(error: Exception, document: Document) -> Problem:
    """A refusal at its own key; any other fault of the model's code at `model`."""
    if isinstance(error, InvalidValueError):
        return document.problem(document.keys(error.path), error.message)
    reason = (str(error).splitlines() or [""])[0]
    return document.problem(("model",), f"the model's own code failed: {type(error).__name__}: {reason}")


@contextmanager
def asking_model(document: Document) -> Iterator[None]:
    """Within it the model's code runs: raises ExperimentError for what that raises."""
    try:
        yield
    except Exception as error:
        if isinstance(error, SimcoreError) and not isinstance(error, InvalidValueError):
            raise
        raise ExperimentError([problem_of(error, document)]) from error
