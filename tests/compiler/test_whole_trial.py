"""What the source of a function of whole arrays does not show is found by the trial of the first step."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.compiler.reference import whole
from simcore.errors import ExperimentError
from simcore.random import next_normal
from simcore.runs import run
from simcore.spec.arrays import StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import Reduction, RowPhase, SystemPhase
from tests.compiler.conftest import model

pytestmark = pytest.mark.usefixtures("nothing_left", "plain_python")

SHAPE = (5, 7)


@pytest.fixture(autouse=True)
def no_marks(tmp_path, monkeypatch):
    """What has passed before, by another state of this code perhaps, is not remembered."""
    monkeypatch.setenv("SIMCORE_CACHE_DIR", str(tmp_path / "cache"))


def array(name, **more):
    return StateArray(name, SHAPE, "float64", np.arange(35.0).reshape(SHAPE), **more)


def experiment(*phases):
    made = model(
        state=[array("u"), array("v"), array("stack", work=True)],
        phases=phases,
        observables=[Observable("mean_u", value)],
        constants={"far": 2, "table": np.arange(35.0)},
    )
    return {"model": {"type": made, "parameters": {}}, "run": {"seed": 1, "sweeps": 2}}


def value(u, i, j):
    return u[i, j]


def too_far(u, far):
    u[2 * far + 1, 0] = 1.0


def kept_stack(u, stack):
    stack[0, 0] = stack[0, 0] + 1.0
    u[0, 0] = stack[0, 0]


def in_place(u, first, last):
    """Each row takes what the row above has become: the first of a range reads what another range writes."""
    for i in range(first, last):
        u[i, 0] = u[i - 1, 0] + 1.0


def everyone(u, first, last):
    for i in range(first, last):
        u[0, 0] = i


def by_range(u, first, last):
    for i in range(first, last):
        u[i, 0] = last - first


WRONG = {
    "an index beyond": (
        SystemPhase(too_far, "u"),
        r"too_far has an index 5 beyond the array 'u', which has 5",
    ),
    "scratch that is kept": (
        SystemPhase(kept_stack, ("u", "stack")),
        r"kept_stack reads 'stack' at \[0, 0\], a work array, before it writes it",
    ),
    "a read of other rows": (
        RowPhase(in_place, "u"),
        r"in_place reads 'u' at .* in one range of rows, and wri",
    ),
    "two ranges, one place": (
        RowPhase(everyone, "u"),
        r"everyone writes 'u' at \[0, 0\] in one range of rows, and wri",
    ),
    "the length of a range": (RowPhase(by_range, "u"), r"'u' at cell .* after a step is .* by compiled code and "),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_the_source_does_not_show_is_found_before_the_first_step(case, tmp_path):
    phase, words = WRONG[case]
    with pytest.raises(ExperimentError, match=words) as caught:
        run(experiment(phase), workers=1, out=tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def renewed(u, stack):
    for i in range(u.shape[0]):
        stack[i, 0] = u[i, 0]
    u[0, 0] = stack[3, 0]


def noisy(u, v, total, table, random):
    v[2, 2] = total + table[34] + next_normal(random)
    u[0, 0] = u.sum() if u.shape[0] > 5 else v[2, 2]


def sums(u, v, first, last):
    for i in range(first, last):
        v[i, 0] = u[0, 0] + u[i - 1, 1]


def copied(u, v, first, last):
    again = False
    for i in range(first, last):
        again = again or u[i, 0] != v[i, 0]
        u[i, 0] = v[i, 0] if i > 0 else u[i, 0]
    return again and u[first, 0] < 0


RIGHT = [
    SystemPhase(renewed, ("u", "stack")),
    Reduction("total", value, "sum"),
    SystemPhase(noisy, ("u", "v")),
    RowPhase((sums, copied), ("u", "v"), repeat=True),
]


def test_what_is_right_passes_and_has_been_compared_to_its_end(tmp_path, monkeypatch):
    compared = []
    monkeypatch.setattr(whole, "_check_apart", lambda calls: compared.append(len(calls)))
    run(experiment(*RIGHT), workers=1, out=tmp_path / "out")
    assert compared == [3, 3]


def endless(u, random):
    total = 0.0
    for _ in range(40):
        for i in range(u.shape[0]):
            total += u[i, 0] * next_normal(random)
    u[0, 0] = total


def test_what_takes_too_long_in_plain_python_is_not_compared(tmp_path, monkeypatch):
    """The time is over at the first access to an array."""
    monkeypatch.setattr("simcore.compiler.reference.trial.SECONDS", -1.0)
    run(experiment(SystemPhase(endless, "u")), workers=1, out=tmp_path / "out")
