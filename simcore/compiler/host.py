"""One call of a `HostPhase` in the worker that makes it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

import numpy as np

from simcore.compiler.host_rules import called_by
from simcore.errors import InvalidValueError, SimcoreError, WorkerError
from simcore.random import PhaseStream
from simcore.spec.phases import Clock, HostPhase


def call_host(
    phase: HostPhase, arrays: Mapping[str, np.ndarray], step: int, dt: float | None, random: PhaseStream
) -> None:
    """Let a phase change its arrays. arrays: views without ghost cells. step: the one being made, from 1.

    Raises InvalidValueError if it writes to an array that it only reads, WorkerError for whatever else it raises.
    """
    given = {name: arrays[name] for name in (*phase.reads, *phase.writes)}
    for name in set(phase.reads) - set(phase.writes):
        given[name] = given[name].view()
        given[name].flags.writeable = False
    clock = Clock(step) if dt is None else Clock(step, (step - 1) * dt, dt)
    try:
        phase.run(given, clock, random)
    except SimcoreError:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename.rpartition('/')[2]}:{where.lineno}"
        if isinstance(error, ValueError) and "read-only" in str(error):
            raise InvalidValueError(
                "model",
                f"{called_by(phase)} ({place}) changes an array that it only reads: name it in writes=, beside "
                f"{', '.join(phase.writes)}",
            ) from None
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise WorkerError(f"{called_by(phase)} ({place}) failed in step {step}: {reason}") from error
