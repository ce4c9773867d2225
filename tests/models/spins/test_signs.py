"""Which components of the magnetisation are proved to have the mean 0, and what a run that saw one sign says."""

from __future__ import annotations

from typing import Any

import pytest

from simcore.cli import estimates as table
from simcore.runs import run
from simcore.runs.experiment import resolve

SQUARE = {"type": "square", "shape": [8, 8]}
STATES = {"states": [-1, 1]}
R = {"fields": {"r": {"random": {"normal": [0, 1]}}}}
J = {"couplings": {"J": {"random": {"normal": [0, 1]}}}}
NONE, ALL = frozenset(), frozenset(["x", "y", "z"])

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], frozenset[str]]] = {
    "ising": (STATES, {"bonds": "-a*b", "sites": "-h*a"}, ALL),
    "ising in a field": (STATES, {"bonds": "-a*b", "sites": "-(h + 0.1)*a"}, NONE),
    "random field": (STATES, {"bonds": "-a*b", "sites": "-r*a", **R}, NONE),
    "random bonds": (STATES, {"bonds": "-J*a*b", **J}, ALL),
    "three spins": (STATES, {"plaquettes": "-a*b*c"}, NONE),
    "four spins": (STATES, {"plaquettes": "-a*b*c*d"}, ALL),
    "states without a sign": ({"states": [0, 1]}, {"bonds": "-(a - 0.5)*(b - 0.5)"}, NONE),
    "even formula of states without a sign": ({"states": [0, 1]}, {"bonds": "-a**2*b**2"}, NONE),
    "even by its values": ({"states": [-1, 0, 1]}, {"bonds": "-a*b", "sites": "-exp(a) - 1/exp(a)"}, ALL),
    "states by equality": (STATES, {"bonds": "-equal(a, b)"}, ALL),
    "heisenberg": ({"vector": 3}, {"bonds": "-dot(a, b)"}, ALL),
    "heisenberg in a field": ({"vector": 3}, {"bonds": "-dot(a, b)", "sites": "-a[2]"}, frozenset("xy")),
    "field in the plane": ({"vector": 3}, {"bonds": "-dot(a, b)", "sites": "-a[2] - a[0]"}, frozenset("y")),
    "spiral in a field": ({"vector": 3}, {"bonds": "-(a[0]*b[1] - a[1]*b[0])", "sites": "-a[2]"}, NONE),
    "xy": ({"angle": True}, {"bonds": "-cos(a - b)"}, ALL),
    "xy in a field": ({"angle": True}, {"bonds": "-cos(a - b)", "sites": "-cos(a)"}, frozenset("y")),
    "xy in the other field": ({"angle": True}, {"bonds": "-cos(a - b)", "sites": "-sin(a)"}, frozenset("x")),
    "real": ({"real": True}, {"bonds": "(a - b)**2", "sites": "a**4 - h*a"}, ALL),
    "real in a field": ({"real": True}, {"bonds": "(a - b)**2", "sites": "a**4 - a"}, NONE),
}


def document(spin: dict[str, Any], hamiltonian: dict[str, Any], **keys: Any) -> dict[str, Any]:
    model = {"type": "spins", "lattice": SQUARE, "parameters": {"temperature": 1.0, "h": 0.0}, "spin": spin}
    return {"model": {**model, "hamiltonian": hamiltonian, **keys}, "run": {"seed": 1, "sweeps": 4}}


def odd(keys: dict[str, Any]) -> set[str]:
    return {one.name for one in resolve(keys).model.observables() if one.odd}


@pytest.mark.parametrize("case", CASES)
def test_a_component_is_odd_if_a_change_of_its_sign_is_a_symmetry(case):
    spin, hamiltonian, axes = CASES[case]
    expected = {f"magnetization_{axis}" for axis in axes}
    if "angle" in spin:
        expected -= {"magnetization_z"}
    elif "vector" not in spin:
        expected = {"magnetization"} if axes else set()
    assert odd(document(spin, hamiltonian)) == expected


def test_values_decide_and_not_the_structure_that_models_share():
    keys = document(*CASES["ising"][:2])
    assert odd(keys) == {"magnetization"}
    keys["model"]["parameters"] = {"temperature": 1.0, "h": 0.1}
    assert odd(keys) == set()
    keys["model"]["parameters"] = {"temperature": 1.0, "h": 0.0}
    assert odd(keys) == {"magnetization"}


def test_what_is_only_exchanged_keeps_its_sign():
    assert odd(document(STATES, {"bonds": "-a*b"}, algorithm="kawasaki", initial="random")) == set()


@pytest.mark.parametrize(("temperature", "h", "marked"), [(1.8, 0.0, True), (1.8, 0.1, False), (6.0, 0.0, False)])
def test_a_run_below_the_critical_temperature_says_that_it_saw_one_sign(temperature, h, marked, tmp_path):
    lattice = {"type": "square", "shape": [16, 16]}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": temperature, "h": h}}
    clock = {"seed": 4, "thermalization": 200, "sweeps": 2000}
    outcome = run({"model": model, "run": clock}, out=tmp_path / "r", workers=1)
    words = {row.name: row.cautions for row in table.from_memory(outcome.estimates)}
    for name in ("magnetization", "susceptibility"):
        assert ("no sign change" in words[name]) is marked
    assert "no sign change" not in words["energy"]
    if not marked:
        assert "few sign changes" not in words["magnetization"]


# -- formulas ----------------------------------------------------------------------------------------------------------


BONDS = {"bonds": "-a*b"}
HEISENBERG = {"bonds": "-dot(a, b)"}
FORMULAS = [
    (STATES, BONDS, "mean(a)", True),
    (STATES, BONDS, "2*mean(a)**3 - mean(a)*energy/3", True),
    (STATES, BONDS, "mean((-1)**i*a)", True),
    (STATES, BONDS, "magnetization*correlation(1, 0)", True),
    (STATES, BONDS, "mean_on(0, a)*sum(a**3)*mean_over(nn, a)", True),
    (STATES, BONDS, "mean_over(nn, a*b)*sum_over(square, a*b*c + a)", True),
    (STATES, BONDS, "mean(a)**2", False),
    (STATES, BONDS, "abs(mean(a))", False),
    (STATES, BONDS, "mean(a) + 1", False),
    (STATES, BONDS, "mean(a) + mean(a)**2", False),
    (STATES, BONDS, "mean(equal(a, 1))", False),
    (STATES, BONDS, "max(a)", False),
    (STATES, BONDS, "mean_over(square, a*b*c*d)", False),
    (STATES, {"bonds": "-a*b", "sites": "-0.1*a"}, "mean(a)", False),
    (STATES, {"bonds": "-J*a*b", "sites": "-h*a", **J}, "mean(h*a)", True),
    ({"vector": 3}, HEISENBERG, "mean(a[0])*mean(a[1])*mean(a[2])", True),
    ({"vector": 3}, HEISENBERG, "mean(a[0])*mean(a[1])", False),
    ({"vector": 3}, {"bonds": "-dot(a, b)", "sites": "-a[2]"}, "mean(a[0])*mean(a[2])", True),
    ({"vector": 3}, {"bonds": "-dot(a, b)", "sites": "-a[2]"}, "mean(a[2])", False),
    ({"angle": True}, {"bonds": "-cos(a - b)"}, "mean(cos(a) + sin(a))", True),
    ({"angle": True}, {"bonds": "-cos(a - b)"}, "mean(cos(2*a))", False),
    ({"real": True}, {"bonds": "(a - b)**2", "sites": "a**4"}, "mean(a**3 - sin(a))", True),
]


@pytest.mark.parametrize(("spin", "hamiltonian", "formula", "expected"), FORMULAS)
def test_a_formula_is_odd_if_that_is_proved_of_it(spin, hamiltonian, formula, expected):
    keys = document(spin, hamiltonian) | {"output": {"observables": {"q": formula}}}
    (found,) = (one for one in resolve(keys).observables if one.name == "q")
    assert found.odd is expected


def test_a_formula_of_what_is_only_exchanged_is_not_odd():
    keys = document(STATES, {"bonds": "-a*b"}, algorithm="kawasaki", initial="random")
    keys["output"] = {"observables": {"q": "mean((-1)**(i + j)*a)"}}
    assert not any(one.odd for one in resolve(keys).observables)


def test_a_formula_of_a_run_below_the_critical_temperature_is_marked(tmp_path):
    lattice = {"type": "square", "shape": [16, 16]}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 1.8}}
    output = {"observables": {"m": "mean(a)", "m3": "m**3", "cube": "mean(a)**3", "m2": "mean(a)**2"}}
    outcome = run({"model": model, "run": {"seed": 4, "sweeps": 500}, "output": output}, out=tmp_path / "r", workers=1)
    words = {row.name: row.cautions for row in table.from_memory(outcome.estimates)}
    assert {name for name in output["observables"] if "no sign change" in words[name]} == {"m", "m3", "cube"}
