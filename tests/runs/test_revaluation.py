"""Other values of parameters by the short way: the same bits as by the long one, or not taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcore.config import override
from simcore.errors import SimcoreError
from simcore.models.grid.equation import Equation, Formulas, formula
from simcore.models.grid.equations import GridEquations
from simcore.models.grid.pde import Pde
from simcore.models.grid.schemes import SCHEMES
from simcore.runs.prepared import Prepared, document_of
from tests.runs.test_prepared import ADAPTIVE, GLASS, IMEX, LOGISTIC, NOISE, OWN, STEADY, TUNED, WAVE

PLAIN_WAVE = {**WAVE, "output": {"observables": {"u2": "mean(u**2)", "ratio": "mean_u/(1 + u2)"}}}
CASES = {
    "logistic": (LOGISTIC, {"D": (0.01, 2.0), "r": (-1.0, 1.0), "K": (0.5, 3.0), "a": (0.0, 0.1)}),
    "wave": (PLAIN_WAVE, {"c": (0.1, 2.0), "b": (-1.0, 1.0)}),
    "adaptive": (ADAPTIVE, {"D": (0.1, 2.0), "k": (0.0, 1.0), "t0": (-0.5, 1.5)}),
    "noise": (NOISE, {"D": (0.1, 3.0), "g": (0.0, 1.0)}),
    "steady": (STEADY, {"D": (0.2, 4.0)}),
}


@pytest.fixture(scope="module")
def prepared():
    made = {}

    def prepared(name):
        source = CASES[name][0]
        if name not in made:
            made[name] = Prepared(document_of(source))
        return made[name]

    return prepared


def outcome(call, *arguments):
    """All numbers, or the error, of a call."""
    try:
        found = call(*arguments)
    except SimcoreError as error:
        return type(error), str(error)
    arrays = [found.series.values, found.series.steps, *(array for _, array in sorted(found.final.items()))]
    arrays += [array for _, arrays in found.snapshots for _, array in sorted(arrays.items())]
    return found.step, found.time, [moment for moment, _ in found.snapshots], [a.tobytes() for a in arrays]


def anew(f, overrides):
    """The same by the long way."""
    return Prepared(override(f.document, overrides))()


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_short_way_leads_to_the_same_bits(prepared, name, data):
    f, ranges = prepared(name), CASES[name][1]
    names = data.draw(st.sets(st.sampled_from(sorted(ranges)), min_size=1))
    values = {f"model.parameters.{n}": data.draw(st.floats(*ranges[n])) for n in sorted(names)}
    if data.draw(st.booleans()):
        values |= {"run.seed": data.draw(st.integers(0, 2**40)), "run.replica": data.draw(st.integers(0, 9))}
    middle = {key: sum(ranges[key.rpartition(".")[2]]) / 2 * 0.9 for key in values if key.startswith("model")}
    outcome(f, {**values, **middle})  # the first call with these keys goes both ways
    found = outcome(f, values)
    assert found == outcome(anew, f, values)


def test_the_short_way_is_taken(monkeypatch):
    for source, ranges in CASES.values():
        # of its own: if its program were no longer remembered, one made anew would count as another
        f = Prepared(document_of(source))
        lower, middle, upper = (
            {f"model.parameters.{key}": least + share * (most - least) for key, (least, most) in ranges.items()}
            for share in (0.17, 0.28, 0.36)
        )
        before = outcome(f, upper)
        f(lower)
        with monkeypatch.context() as patched:
            patched.setattr(f._revaluation, "_made_anew", None)
            f(middle)
            assert outcome(f, upper) == before


class Jumping(Pde):
    """Equations of a user's own that depend on the value of a parameter."""

    def formulas(self):
        text = "D*laplace(u)" if self.parameters.numbers["D"] < 0.5 else "-D*u"
        return Formulas({"u": Equation(formula(text))})


JUMPING = {**LOGISTIC, "model": {**LOGISTIC["model"], "type": Jumping}}
ANEW = {"imex": IMEX, "glass": GLASS, "tuned": TUNED, "own": OWN, "captured": WAVE, "jumping": JUMPING}


@pytest.mark.parametrize("source", ANEW.values(), ids=ANEW)
def test_what_more_than_numbers_depends_on_is_made_anew(source):
    f = Prepared(document_of(source))
    assert not f._revaluation._possible


def test_a_model_that_keeps_an_old_value_is_found_out(monkeypatch):
    honest = GridEquations.revalued

    def revalued(self, parameters):
        made = honest(self, parameters)
        made.__dict__["numbers"] = self.numbers  # the walls and the stability limit are those of the old values
        return made

    monkeypatch.setattr(GridEquations, "revalued", revalued)
    source = {**LOGISTIC, "model": {**LOGISTIC["model"], "grid": {"shape": [16], "boundary": {"value": "K"}}}}
    f = Prepared(document_of(source))
    for value in (1.5, 1.7):
        overrides = {"model.parameters.K": value}
        assert outcome(f, overrides) == outcome(anew, f, overrides)
    assert f._revaluation._proved == {frozenset(overrides): False}


def test_a_value_that_is_that_of_the_experiment_proves_nothing():
    f = Prepared(document_of(LOGISTIC))
    f({"model.parameters.r": LOGISTIC["model"]["parameters"]["r"]})
    assert f._revaluation._proved == {}


def test_the_sets_of_keys_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr("simcore.runs.revaluation.MOST_SETS", 2)
    f = Prepared(document_of(LOGISTIC))
    for key in ("D", "r", "K", "a"):
        f({f"model.parameters.{key}": 0.07})
    assert len(f._revaluation._proved) <= 2


@pytest.mark.parametrize("name", [name for name in SCHEMES if SCHEMES[name].growth])
def test_the_end_of_a_ray_is_that_among_many(name):
    scheme = SCHEMES[name]()
    rays = np.exp(1j * np.linspace(0.5, 1.0, 7) * np.pi)
    many = scheme.reach(rays)
    alone = [scheme.reach(np.array([ray])) for ray in rays]
    assert many == pytest.approx(min(alone), rel=1e-15)
