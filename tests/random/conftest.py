"""The functions of simcore.random compiled by numba, as the program generator compiles them."""

from __future__ import annotations

from types import FunctionType, SimpleNamespace

import numba
import pytest

from simcore.random import fill_uniforms, philox4x32, uniform53


def _compile(function, names, **options):
    return numba.njit(**options)(FunctionType(function.__code__, {**function.__globals__, **names}))


@pytest.fixture(scope="session")
def compiled():
    """philox4x32, uniform53 and fill_uniforms in machine code (plain Python again with NUMBA_DISABLE_JIT=1)."""
    inlined = {f.__name__: _compile(f, {}, forceinline=True) for f in (philox4x32, uniform53)}
    return SimpleNamespace(**inlined, fill_uniforms=_compile(fill_uniforms, inlined, error_model="numpy"))
