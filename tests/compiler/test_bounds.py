"""The checked build names kernel and array at an index beyond the array, whatever the end."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.compiler import bounds_check
from simcore.compiler.build import build
from simcore.errors import WorkerError
from simcore.runs import run
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase
from tests.compiler.conftest import model

RING = (Periodic(), Periodic())


def upper(u, i, j):
    return u[i + 0, j] + u[i, 3 * (j - 1)]


def lower(u, i, j):
    return u[i, j] + u[i, j - 2 * j]


def below(values, at):
    return values[at, 0]


def by_another(u, i, j):
    return u[i, j] + below(u, i - 2 * j - 6)


def local(u, i, j):
    kept = np.zeros(3)
    return u[i, j] + kept[i + j]


def fine(u, i, j):
    return u[i - 1, j + 1]


def value(u, i, j):
    return u[i, j]


def of(kernel):
    state = [StateArray("u", (4, 3), np.float64, np.ones((4, 3)), (RING, RING), halo=1)]
    return model(state=state, phases=[Phase(kernel, "u")], observables=[Observable("m", value)])


@pytest.fixture
def checked(monkeypatch):
    monkeypatch.setenv("SIMCORE_BOUNDS", "1")


@pytest.fixture
def untried(monkeypatch):
    """The trial of the first step, which looks at some cells in plain Python, would find these first."""
    monkeypatch.setattr("simcore.runs.first_step_check.has_passed", lambda program: True)


def test_the_text_of_a_checked_program_is_another_one(monkeypatch):
    """So that the cache keeps both."""
    monkeypatch.delenv("SIMCORE_BOUNDS", raising=False)
    plain = build(Description(of(fine)(parameters={}))).code
    monkeypatch.setenv("SIMCORE_BOUNDS", "1")
    tested = build(Description(of(fine)(parameters={})), remember=True).code
    assert tested.name != plain.name
    assert bounds_check.is_checked(tested.text)
    assert not bounds_check.is_checked(plain.text)
    monkeypatch.setenv("SIMCORE_BOUNDS", "0")
    assert build(Description(of(fine)(parameters={})), remember=True).code.name == plain.name


@pytest.mark.parametrize(
    ("kernel", "wanted"),
    [
        (upper, "upper has an index beyond the array 'u', along axis 1"),
        (lower, "lower has an index beyond the array 'u', along axis 1"),
        (by_another, "below has an index beyond the array 'values', along axis 0"),
        (local, "an index beyond the array, in a function of this program"),
    ],
)
@pytest.mark.usefixtures("checked", "untried", "nothing_left")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_index_beyond_the_array_is_an_error(kernel, wanted, workers, tmp_path):
    experiment = {"model": {"type": of(kernel), "parameters": {}}, "run": {"seed": 1, "sweeps": 2}}
    with pytest.raises(WorkerError, match="SIMCORE_BOUNDS: ") as failed:
        run(experiment, workers=workers, out=tmp_path / "out")
    assert wanted in str(failed.value)


@pytest.mark.usefixtures("checked")
def test_a_program_without_a_fault_computes_the_same(computed, monkeypatch):
    tested = computed(of(fine), 3, workers=2)
    monkeypatch.delenv("SIMCORE_BOUNDS")
    for one, other in zip(tested, computed(of(fine), 3, workers=2), strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)
