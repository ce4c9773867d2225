"""Where the command begins and ends: the worker processes on their way before anything heavy, one exit code after."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from simcore.cli import streams
from simcore.errors import SimcoreError, UsageError, WorkerError
from simcore.parallel.limits import refusal

BROKEN_PIPE = 128 + 13
INTERRUPTED = 128 + 2


def main() -> NoReturn:
    """Run the command of `sys.argv` and leave with its exit code."""
    with streams.prepared():
        try:
            code = _command()
            sys.stdout.flush()
        except streams.OutputLostError as lost:
            streams.give_up_output()
            if not lost.broken_pipe:
                _complain(lost)
            code = BROKEN_PIPE if lost.broken_pipe else 1
        except KeyboardInterrupt:  # before there was a run that could stop in order
            code = INTERRUPTED
    sys.exit(code)


def _command() -> int | str | None:
    # Of its threads, which nothing here needs, OpenBLAS ends the process by SIGINT if it cannot start them.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        _refuse_to_stand_nowhere()
        if sys.argv[1:2] in (["run"], ["resume"], ["sweep"]) and "--help" not in sys.argv:
            from simcore.compiler.fork_server import warm_up

            warm_up()
        from simcore.cli.commands import app

        app(prog_name="simcore")
    except SystemExit as leave:
        return leave.code
    except SimcoreError as error:
        _complain(error)
        return error.exit_code
    except Exception as error:
        if not (words := refusal(error)):
            raise
        _complain(WorkerError(words))
        return 1
    return 0


def _refuse_to_stand_nowhere() -> None:
    try:
        os.getcwd()
    except OSError as error:
        raise UsageError(f"the current folder cannot be used ({error.strerror}); change to another one") from None


def _complain(error: Exception) -> None:
    with suppress(OSError):  # the terminal is gone: the exit code tells
        print(error, file=sys.stderr, flush=True)
