"""Where the command begins and ends: the worker processes on their way before anything heavy, one exit code after."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from simcore.errors import SimcoreError

BROKEN_PIPE = 128 + 13
INTERRUPTED = 128 + 2


def main() -> NoReturn:
    """Run the command of `sys.argv` and leave with its exit code."""
    try:
        code = _command()
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit: give it something that is still open.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except KeyboardInterrupt:  # before there was a run that could stop in order
        code = INTERRUPTED
    sys.exit(code)


def _command() -> int | str | None:
    try:
        if sys.argv[1:2] in (["run"], ["resume"], ["sweep"]) and "--help" not in sys.argv:
            from simcore.parallel.process import warm_up

            warm_up()
        from simcore.cli.commands import app

        app(prog_name="simcore")
    except SystemExit as leave:
        return leave.code
    except SimcoreError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0
