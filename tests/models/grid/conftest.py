"""Programs of equations without compilation."""

from __future__ import annotations

from types import ModuleType

import pytest

from simcore.compiler import build, worker
from simcore.compiler.recent import Recent


@pytest.fixture
def in_plain_python(monkeypatch):
    """Generated modules run as they stand, in memory: most of the time would go into compilation."""
    from numba import config

    import simcore.parallel.barrier  # noqa: F401 (compiled, whatever comes later)

    def load(name, text, compile_module, place=None):
        module = ModuleType(name)
        exec(compile(text, name, "exec"), vars(module))
        compile_module(module)
        return module

    monkeypatch.setattr(config, "DISABLE_JIT", True)
    monkeypatch.setattr(worker, "load", load)
    monkeypatch.setattr(worker, "_LOADED", Recent(8))
    monkeypatch.setattr(build, "_REMEMBERED", Recent(8))
    return monkeypatch
