"""Start a child process that shares nothing with its parent but what it is handed.

The start methods of `multiprocessing` import the user's `__main__` in the child, which runs a script without a guard
again. They learn of it from `sys.modules` (`multiprocessing.spawn.get_preparation_data`): a blank module stands there
while a process is started. What is defined in `__main__` travels by value (cloudpickle).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import sys
import threading
import types
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterator
from io import BytesIO
from multiprocessing import forkserver, resource_tracker, spawn, util
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, ClassVar

from simcore.errors import UsageError, WorkerError
from simcore.parallel import terminal
from simcore.parallel.descriptors import occupy_standard
from simcore.parallel.limits import processes, refusal
from simcore.parallel.reaping import reap_all
from simcore.parallel.server_socket import nameless

# Forking a process that has met the frameworks of macOS is not safe.
_METHOD = "spawn" if sys.platform == "darwin" else "forkserver"
_PRELOAD = "simcore.parallel.preload"

_masking = threading.RLock()
_started: weakref.WeakSet[BaseProcess] = weakref.WeakSet()


def warm_up(*modules: str) -> None:
    """Start the fork server, and do not wait: it imports numba and h5py while the caller goes on with other things.

    It imports `modules`, too, for every child to have. A server that runs already is left as it is.
    """
    if _METHOD != "forkserver":
        return
    with _limits_in_words():
        start_tracker()
        with _ready_to_start(), terminal.signals_for_servers(), nameless():
            forkserver.set_forkserver_preload([_PRELOAD, *modules])
            forkserver.ensure_running()


@contextlib.contextmanager
def _limits_in_words() -> Iterator[None]:
    """Raises WorkerError for what a limit of the system refuses."""
    try:
        yield
    except (OSError, MemoryError) as error:
        if not (words := refusal(error)):
            raise
        raise WorkerError(words) from error


def may_have_children() -> bool:
    """Whether this process may start others: a daemonic one, as a worker of multiprocessing.Pool is, may not."""
    return not multiprocessing.current_process().daemon


def require_children() -> None:
    """Raise UsageError in a process that may start no others."""
    if not may_have_children():
        raise UsageError(
            "simcore starts processes, which a worker of a multiprocessing.Pool may not: use concurrent.futures"
        )


def start_tracker() -> None:
    """Start the resource tracker of multiprocessing, which shared memory needs, unless it runs."""
    occupy_standard()
    # By itself: its start unblocks SIGINT and SIGTERM in this thread (CPython 3.11 to 3.13).
    with _ready_to_start(), terminal.signals_for_servers():
        resource_tracker.ensure_running()


def start(target: Callable[..., object], *args: Any, name: str, parental: bool = False) -> BaseProcess:
    """Start `target(*args)` in a new process called `name`; one that is `parental` may start processes itself.

    `target` is a function of an importable module; what `args` holds from `__main__` must be in a `Parcel`. The child
    ignores `terminal.SIGNALS`, and is killed when this process ends in an orderly way. Raises UsageError on Windows,
    inside a daemonic process and for a parcel that cannot be pickled; WorkerError if the fork server is gone.
    """
    warm_up()
    require_children()
    context: Any = multiprocessing.get_context(_METHOD)
    process: BaseProcess = context.Process(target=target, args=args, name=name, daemon=not parental)
    try:
        with _limits_in_words(), _ready_to_start():
            process.start()
    except (EOFError, ConnectionError) as error:
        reason = f"the fork server died: killed, out of memory, or {processes()}"
        raise WorkerError(f"{name} could not be started: {reason}") from error
    _started.add(process)
    return process


class Parcel:
    """An object on its way to a child, which unpacks it by `open()`: so that its errors can be caught and reported."""

    def __init__(self, content: Any) -> None:
        self._content = content

    def __reduce__(self) -> tuple[type[_Sealed], tuple[bytes]]:
        try:
            return _Sealed, (bytes(ForkingPickler.dumps(self._content)),)
        except (pickle.PicklingError, AttributeError, TypeError):
            return _Sealed, (_by_value(self._content),)

    def open(self) -> Any:
        """Return the content."""
        return self._content


class _Sealed:
    """A parcel that has arrived."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self) -> Any:
        return pickle.loads(self._data)


def _by_value(content: Any) -> bytes:
    """Pickle what `__main__` or a notebook defines, with shared memory and pipes as a starting process takes them."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        dispatch_table: ClassVar = ChainMap(vars(ForkingPickler)["_extra_reducers"], cloudpickle.Pickler.dispatch_table)

    stream = BytesIO()
    try:
        Pickler(stream).dump(content)
    except Exception as error:
        raise UsageError(f"{type(content).__name__} cannot be sent to a worker process: {error}") from error
    return stream.getvalue()


@contextlib.contextmanager
def _ready_to_start() -> Iterator[None]:
    """A blank `__main__`, and flags for the programs that are started, which are `python -c ...`."""
    # Other threads see the blank module, too: for milliseconds, but for the first start, which waits for the imports.
    with _masking:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        named, spawn.get_start_method = spawn.get_start_method, _known_method
        flags, util._args_from_interpreter_flags = util._args_from_interpreter_flags, _flags_of_servers
        try:
            yield
        finally:
            sys.modules["__main__"], spawn.get_start_method = main, named
            util._args_from_interpreter_flags = flags


_flags_of_this_process = util._args_from_interpreter_flags


def _flags_of_servers() -> list[str]:
    """Those of this interpreter, and -P: the current folder, first on the path of `python -c`, may hold a random.py.

    Children get the path of this process with what they are to do.
    """
    return [*_flags_of_this_process(), "-P"]


def _known_method(allow_none: bool = False) -> str | None:
    """The start method that is passed to a child: a worker of joblib has one that no other process knows."""
    method = multiprocessing.get_start_method(allow_none)
    return method if method in (None, *multiprocessing.get_all_start_methods()) else _METHOD


def _kill_started() -> None:
    reap_all(list(_started))


def _watch_the_exit() -> None:
    # multiprocessing ends its daemons by SIGTERM, which ours ignore, and would then join them for ever.
    _started.clear()
    util.Finalize(None, _kill_started, exitpriority=0)


def _begin_anew() -> None:
    """In a forked child: fork server and children are its parent's, so multiprocessing would wait forever."""
    forkserver._forkserver.__init__()  # type: ignore[misc]
    _watch_the_exit()


_watch_the_exit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
