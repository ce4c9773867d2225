"""Whatever is done to an experiment, it resolves or is refused in printable lines."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import ExperimentError, Problem
from simcore.runs.experiment import resolve

ISING = {
    "name": "x",
    "model": {
        "type": "ising",
        "lattice": {"type": "square", "shape": [8, 8]},
        "parameters": {"temperature": 2.2, "J": 1.0, "h": 0.0},
        "algorithm": "metropolis",
        "initial": "ordered",
    },
    "run": {"seed": 1, "workers": "auto", "thermalization": 10, "sweeps": 100, "measure_every": 10},
    "checkpoint": {"every": "60 s", "keep": 3},
    "output": {"fields": {"every": 10}},  # no names: to check them makes the state, of any size here
}
HEAT = {
    "model": {
        "type": "heat",
        "grid": {"shape": [8, 8], "spacing": 1.0, "origin": [0, 0], "boundary": {"x": {"value": 0.0}, "y": "periodic"}},
        "parameters": {"D": 1.0},
        "fields": {"u": {"initial": "sin(pi*x/8)", "boundary": {"mixed": [1, 2]}, "dtype": "float32"}},
    },
    "run": {"seed": 1, "dt": 0.1, "t_end": 5, "max_walltime": "2 h"},
    "output": {"fields": {"times": [1, 2]}},
}
KEYS = st.sampled_from(
    [
        "type",
        "shape",
        "size",
        "model",
        "run",
        "dt",
        "steps",
        "t_end",
        "sweeps",
        "every",
        "times",
        "value",
        "x",
        "u",
        "initial",
    ]
) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["ising", "heat", "auto", "1 s", "5 steps", "periodic", "x/0", "nothere.py:X", "os:path", "1e400", "exp(800)"]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)


def containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, (dict, list)) and value else []
    return own + [found for item in inner for found in containers(item)]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    experiment = copy.deepcopy(draw(st.sampled_from([ISING, HEAT])))
    for _ in range(draw(st.integers(1, 3))):
        target = draw(st.sampled_from(containers(experiment) or [experiment]))
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        how = draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "add" or not keys:
            target.update({draw(KEYS): draw(VALUES)}) if isinstance(target, dict) else target.append(draw(VALUES))
        elif how == "remove":
            del target[draw(st.sampled_from(keys))]
        else:
            target[draw(st.sampled_from(keys))] = draw(VALUES)
    return experiment


def problems_of(experiment: Any, overrides: Any = ()) -> tuple[Problem, ...]:
    """What keeps it from resolving; where nothing does, what it resolves to must resolve to itself."""
    try:
        found = resolve(experiment, overrides)
    except ExperimentError as error:
        return error.problems or (Problem("nowhere", "", "\n"),)
    assert resolve(found.resolved).resolved == found.resolved
    return ()


def resolves_or_is_refused(experiment: Any, overrides: Any = ()) -> bool:
    return all(str(problem).isprintable() for problem in problems_of(experiment, overrides))


def test_the_unchanged_experiments_resolve() -> None:
    assert problems_of(ISING) == ()
    assert problems_of(HEAT) == ()


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_mutated_experiment_resolves_or_is_refused(experiment: dict[str, Any]) -> None:
    assert resolves_or_is_refused(experiment)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(max_size=20)
        | st.builds("{}={}".format, st.sampled_from(["run.dt", "model.grid.shape.0", "name"]), st.text(max_size=8)),
        max_size=3,
    )
)
def test_any_overrides_resolve_or_are_refused(overrides: list[str]) -> None:
    assert resolves_or_is_refused(HEAT, overrides)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_dict_resolves_or_is_refused(experiment: dict[str, Any]) -> None:
    assert resolves_or_is_refused(experiment)
