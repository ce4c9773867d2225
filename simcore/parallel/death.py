"""What a process died of, in words."""

from __future__ import annotations

import signal

from simcore.parallel.limits import cpu_seconds

# What multiprocessing reports when the fork server, which alone would have learned the exit code, is gone.
UNKNOWN = 255

_CAUSES = {
    "SIGKILL": "killed, most likely out of memory (or by hand)",
    "SIGSEGV": "a kernel read or wrote outside its arrays",
    "SIGBUS": "the shared memory could not be backed: is /dev/shm or the memory of the container full?",
    "SIGFPE": "a whole number was divided by zero in a kernel",
    "SIGILL": "compiled code for another kind of CPU: is the numba cache shared between machines?",
    "SIGABRT": "a library gave up; its message should stand above",
    "SIGXCPU": "the limit on CPU time was reached",
}


def likely_cause(exit_code: int | None) -> str:
    """Explain the exit code of a process (-n: ended by signal n), None if it lives but has closed its pipe."""
    if exit_code is None:
        return "closed its pipe without a message and hangs"
    if exit_code == UNKNOWN:
        return "the fork server, which watches the workers, died: killed, most likely out of memory (or by hand)"
    if exit_code >= 0:
        return f"left with exit code {exit_code}: did the model call exit()? An error of its own would stand above"
    name = _signal_name(-exit_code)
    if name == "SIGKILL" and (seconds := cpu_seconds()) is not None:
        limit = f"the limit of {seconds} s of CPU time (ulimit -t)"
        return f"died of SIGKILL: killed by {limit}, or out of memory (or by hand)"
    return f"died of {name}: {_CAUSES[name]}" if name in _CAUSES else f"died of {name}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
