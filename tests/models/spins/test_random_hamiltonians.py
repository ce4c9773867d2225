"""Random Hamiltonians: each algorithm decides as the energy asks, or the model is refused, and it is known which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simcore.errors import InvalidValueError
from simcore.models.spins.spins import Spins
from tests.models.spins.decisions import Decisions
from tests.models.spins.randomhamiltonians import TRIED, Case, cases

FAST, ALL = 200, 5000
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def right(case: Case, key: int) -> None:
    """Refused where it must be; else what kernels decide is what the energy asks for.

    And the guard agrees, which is looked at for some keys only, to save time.
    """
    model, refusal = None, ""
    try:
        model = Spins.model_validate(case.keys)
        model.check(None)
    except (InvalidValueError, ValidationError) as error:
        refusal = str(error)
    assert bool(refusal) == bool(case.refused), f"refused: {refusal or 'no'}; known: {case.refused or 'accepted'}"
    assert case.refused in refusal
    if model is None or refusal:
        return
    decisions = Decisions(model, key)
    assert decisions.wrong(np.random.Generator(np.random.Philox(key))) == []
    if key % 4:
        return
    arrays = {**decisions.moves.plain.state({}), **decisions.held}
    shape = model.geometry.shape
    state = {a.name: np.array(arrays[a.name], a.dtype).reshape(shape) for a in model.state() if not a.work}
    assert model.audit(state, {**dict(model.parameters), **model.constants()}, 8, key) == ""


def many(kind: str, algorithm: Any, examples: int) -> None:
    """So many of one kind of spins and one algorithm."""

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET)
    @given(cases(kind, algorithm), st.integers(0, 2**16))
    def tried(case: Case, key: int) -> None:
        right(case, key)

    tried()


def _name(tried: object) -> str:
    return tried if isinstance(tried, str) else "over_relaxation"


@pytest.mark.parametrize(("kind", "algorithm"), TRIED, ids=_name)
def test_each_algorithm_decides_as_the_energy_asks_or_refuses(kind, algorithm):
    many(kind, algorithm, FAST // len(TRIED) + 1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "algorithm"), TRIED, ids=_name)
def test_each_algorithm_decides_as_the_energy_asks_or_refuses_many_times(kind, algorithm):
    many(kind, algorithm, ALL // len(TRIED) + 1)
