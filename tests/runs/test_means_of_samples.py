"""`mean(tot**2)` of observables is the mean of the squares; `tot**2` is the square of the mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs import run
from simcore.runs.experiment import resolve
from simcore.storage.result import read_result

FERRI = {
    "square_of_mean": "tot**2",
    "mean_of_square": "mean(tot**2)",
    "tot": "mean_on(0, a) + mean_on(1, a)/2",
    "variance": "mean(tot**2) - tot**2",
    "cumulant": "1 - mean(tot**4)/(3*mean(tot**2)**2)",
    "scaled": "K*mean((tot - energy)**2) + variance",
    "of_site_and_sample": "mean(a)**2",
}


def document(observables: dict[str, str]) -> dict[str, Any]:
    model = {
        "type": "spins",
        "lattice": {"type": "honeycomb", "shape": [4, 4]},
        "parameters": {"temperature": 2.0, "K": 0.5},
        "spin": {"states": [-1, 1]},
        "hamiltonian": {"bonds": "-a*b"},
    }
    return {
        "model": model,
        "run": {"seed": 1, "thermalization": 20, "sweeps": 300},
        "output": {"observables": observables},
    }


def test_a_mean_of_observables_is_taken_over_samples_and_a_name_alone_is_a_mean(tmp_path):
    result = read_result(run(document(FERRI), out=tmp_path / "r", workers=1).path / "result.h5")
    series = {name: x.data[20:] for name, x in result.groups["series"].variables.items()}
    found = {name: x.data.item() for name, x in result.groups["estimates"].variables.items()}
    tot, energy = series["tot"], series["energy"]
    assert set(series) == {
        "energy", "magnetization", "abs_magnetization", "acceptance", "tot", "mean_of_square", "of_site_and_sample"
    }  # fmt: skip
    np.testing.assert_array_equal(series["mean_of_square"], tot**2)
    assert found["mean_of_square"] == pytest.approx((tot**2).mean(), rel=1e-12)
    assert found["mean_of_square_error"] > 0.0
    # functions of means have the bias of the jackknife removed: of the order of the square of an error
    square = found["square_of_mean"], tot.mean() ** 2
    assert square[0] == pytest.approx(square[1], abs=3.0 * found["tot_error"] ** 2)
    assert abs(found["mean_of_square"] - found["square_of_mean"]) > 0.01  # so that the difference matters here
    assert found["variance"] == pytest.approx(tot.var(), abs=3.0 * found["tot_error"] ** 2)
    cumulant = 1 - (tot**4).mean() / (3 * (tot**2).mean() ** 2)
    assert found["cumulant"] == pytest.approx(cumulant, abs=found["cumulant_error"])
    scaled = 0.5 * ((tot - energy) ** 2).mean() + tot.var()
    assert found["scaled"] == pytest.approx(scaled, abs=found["scaled_error"])


def test_an_observable_may_stand_before_those_that_it_is_made_of_and_bits_stay(tmp_path):
    documents = [document(dict(items)) for items in (FERRI.items(), reversed(FERRI.items()))]
    results = [
        read_result(run(keys, out=tmp_path / f"r{number}", workers=number + 1).path / "result.h5")
        for number, keys in enumerate(documents)
    ]
    for name in FERRI:
        one, other = (result.groups["estimates"].variables[name].data.tobytes() for result in results)
        assert one == other


def test_a_partial_differential_equation_has_it_too():
    equations = {
        "model": {
            "type": "pde",
            "grid": {"shape": [8]},
            "fields": {"u": {"initial": 1}},
            "equations": {"u": "laplace(u)"},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 10},
        "output": {"observables": {"total": "mean(u**2)", "square": "mean(total**2)"}},
    }
    (square,) = [one for one in resolve(equations).observables if one.name == "square"]
    assert square.of == ("total",)
    assert square.value(np.array([2.0, 3.0])).tolist() == [4.0, 9.0]


WRONG = {
    "a function of means": ({"f": "tot**2", "tot": "mean(a)", "g": "mean(f)"}, "g", "'f' is a function of means"),
    "itself": ({"g": "mean(g**2)"}, "g", "unknown name 'g'"),
    "a circle": ({"g": "mean(f)", "f": "mean(g)"}, "g", "is made of"),
    "unknown": ({"tot": "mean(a)", "g": "mean(tto**2)"}, "g", "unknown name 'tto'"),
    "spin and observable": ({"tot": "mean(a)", "g": "mean(a*tot)"}, "g", "unknown name 'tot'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_it_is_refused_in_one_line(case):
    observables, name, words = WRONG[case]
    with pytest.raises(ExperimentError) as caught:
        resolve(document(observables))
    problems = {problem.path: problem.message for problem in caught.value.problems}
    assert words in problems[f"output.observables.{name}"]
