"""Formulas of observables that use each other, in long chains."""

from __future__ import annotations

import time

import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.runs.prepared import Prepared, document_of
from simcore.runs.result_contents import estimates

SECONDS = 0.5


def experiment(observables, **parameters):
    return {
        "model": {
            "type": "heat",
            "grid": {"shape": [8]},
            "parameters": {"D": 0.1, **parameters},
            "fields": {"u": {"initial": "x"}},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 40},
        "output": {"observables": observables},
    }


def chain(length):
    """Each the half of the one before and a third of that before it."""
    texts = {"x0": "mean(u)", "x1": "mean(u**2)"}
    return texts | {f"x{n}": f"x{n - 1}/2 + x{n - 2}/3" for n in range(2, length)}


@pytest.mark.parametrize("length", [18, 100])
def test_a_chain_is_read_in_a_moment(length):
    resolve(experiment(chain(2)))  # what is imported once
    began = time.process_time()
    resolve(experiment(chain(length)))
    assert time.process_time() - began < SECONDS


def test_the_values_are_those_of_the_means_put_in(tmp_path):
    length = 18
    made = Prepared(document_of(experiment(chain(length))))()
    began = time.process_time()
    found = estimates(made.experiment, made.series, made.before)
    assert time.process_time() - began < SECONDS
    wanted = [found["x0"].value, found["x1"].value]
    for n in range(2, length):
        wanted.append(wanted[-1] / 2 + wanted[-2] / 3)
        assert found[f"x{n}"].value == pytest.approx(wanted[n], rel=1e-12)
    shares = [(1.0, 0.0), (0.0, 1.0)]  # of the two means in each: functions of means that are linear in them
    for _ in range(2, length):
        shares.append(tuple(a / 2 + b / 3 for a, b in zip(shares[-1], shares[-2], strict=True)))
    texts = {f"y{n}": f"{a!r}*x0 + {b!r}*x1" for n, (a, b) in enumerate(shares)}
    other = Prepared(document_of(experiment({**chain(2), **texts})))()
    direct = estimates(other.experiment, other.series, other.before)
    for n in range(2, length):
        assert found[f"x{n}"].error == pytest.approx(direct[f"y{n}"].error, rel=1e-9)
        assert set(made.experiment.derived[n - 2].moments) == {("x0", 1), ("x1", 1)}


def test_a_part_that_several_formulas_share_is_worked_out_once():
    texts = {"m": "mean(u)", "square": "m**2 + 1", "left": "square + 1", "right": "square - 1", "both": "left*right"}
    made = resolve(experiment(texts))
    both = next(one for one in made.derived if one.name == "both")
    assert len(both.value.steps) == 4
    assert both.moments == (("m", 1),)
    assert both.value(2.0) == (2.0**2 + 1 + 1) * (2.0**2 + 1 - 1)


def test_a_circle_at_the_end_of_a_chain_is_refused():
    texts = {**chain(18), "x0": "x17 + mean_u"}
    with pytest.raises(ExperimentError, match=r"is made of 'x\d+' itself"):
        resolve(experiment(texts))


def test_a_fault_in_a_chain_stands_where_it_is():
    texts = {**chain(18), "x1": "mean(v)"}
    with pytest.raises(ExperimentError) as refused:
        resolve(experiment(texts))
    assert {problem.path for problem in refused.value.problems} == {"output.observables.x1"}
