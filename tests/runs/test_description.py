"""A run asks a model each question once, and keeps no initial values."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

import simcore
from simcore import CellPhase, Model, Observable, Parameters, StateArray
from simcore.runs.experiment import resolve
from simcore.spec.description import Description

QUESTIONS = (
    "state",
    "phases",
    "observables",
    "derived",
    "tuned",
    "measurement",
    "constants",
    "coordinates",
    "adaptive",
)
ASKED: Counter[str] = Counter()


def tenth(u, i):
    return 0.9 * u[i]


def value(u, i):
    return u[i]


class Decay(Model):
    """Decays by a tenth in each step."""

    clock = "time"

    class Rates(Parameters):
        pass

    parameters: Rates

    def state(self):
        def made(stream):
            ASKED["initial values"] += 1
            return np.ones(8)

        return [StateArray("u", (8,), "float64", made)]

    def phases(self):
        return [CellPhase(tenth, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean", value)]


def counted(name):
    asked = getattr(Decay, name)

    def answer(self, *arguments):
        ASKED[name] += 1
        return asked(self, *arguments)

    return answer


class Counting(Decay):
    """Counts how often it is asked."""


for each in QUESTIONS:
    setattr(Counting, each, counted(each))


EXPERIMENT = {
    "model": {"type": Counting, "parameters": {}},
    "run": {"seed": 1, "dt": 1.0, "steps": 3, "measure_every": 1},
}


def test_each_question_is_asked_once_in_a_run(tmp_path):
    ASKED.clear()
    run = simcore.run(EXPERIMENT, workers=1, out=tmp_path / "run")
    assert run.series["mean"].values == pytest.approx([0.9, 0.81, 0.729], rel=1e-15)
    here = dict(ASKED)
    # Whatever else is asked, the values at the start are made once, and a question is put once by each process.
    assert here == dict.fromkeys((*QUESTIONS, "initial values"), 1)


def test_a_description_holds_no_initial_values():
    description = resolve(EXPERIMENT).description
    assert [array.initial for array in description.arrays] == [None]
    ASKED.clear()
    first = description.initial_values()
    assert ASKED["state"] == 0
    assert callable(first["u"])
    second = description.initial_values()
    assert ASKED["state"] == 1
    assert callable(second["u"])


def test_a_description_travels_without_its_answers():
    description = Description(Decay(parameters={}))
    assert [array.name for array in description.arrays] == ["u"]
    again = pickle.loads(pickle.dumps(description))
    assert vars(again).keys() == {"model", "_initial"}
    assert again.available_fields == description.available_fields
