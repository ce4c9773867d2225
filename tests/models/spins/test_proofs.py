"""Energies whose properties samples misjudge: what must be refused is, and what is accepted is right."""

from __future__ import annotations

from typing import Any

import pytest

from simcore.errors import ExperimentError
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.spin import States
from simcore.runs.experiment import resolve

V, A = {"vector": 3}, {"angle": True}
OVER = {"type": "metropolis", "over_relaxation": 1}
R = {"fields": {"r": {"random": {"uniform": [0, 1]}, "seed": 2}}}
J = {"couplings": {"J": {"random": {"uniform": [0, 1]}, "seed": 2}}}
OPEN = {"type": "chain", "shape": [2], "boundary": "open"}


def experiment(
    spin: dict,
    bonds: str,
    sites: str = "0",
    algorithm: Any = "metropolis",
    lattice: dict = OPEN,
    parameters: dict | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "model": {
            "type": "spins",
            "lattice": lattice,
            "parameters": {"temperature": 0.5, **(parameters or {})},
            "spin": spin,
            "hamiltonian": {"bonds": bonds, "sites": sites, **more},
            "algorithm": algorithm,
        },
        "run": {"seed": 1, "thermalization": 10, "sweeps": 10},
    }


NONLINEAR = {
    "film": ({"spin": V, "bonds": "-dot(a, b)", "sites": "where(i < 0.5, -2.0*a[2]**2, 0)"}, "sites"),
    "drawn field": ({"spin": V, "bonds": "-dot(a, b)", "sites": "where(r < 0.3, -3*a[2]**2, 0)", **R}, "sites"),
    "max": (
        {"spin": V, "bonds": "-dot(a, b)", "sites": "-max(D - 2, 0)*a[2]**2", "parameters": {"D": 4.0}},
        "sites",
    ),
    "parity": ({"spin": V, "bonds": "-dot(a, b)", "sites": "where(i - 2*floor(i/2) == 1, -2*a[2]**2, 0)"}, "sites"),
    "drawn bond": ({"spin": V, "bonds": "-dot(a, b) - where(J < 0.3, 2*dot(a, b)**2, 0)", **J}, "bonds.nn"),
    "angles": ({"spin": A, "bonds": "-cos(a - b)", "sites": "where(i == 0, -2*cos(a)**2, 0)"}, "sites"),
    "joule": (
        {
            "spin": V,
            "bonds": "-4e-22*dot(a, b)",
            "sites": "-6e-22*a[2]**2",
            "parameters": {"temperature": 2e-22},
        },
        "sites",
    ),
    "own condition": ({"spin": V, "bonds": "-dot(a, b)", "sites": "where(a[2] > 0, a[0], 0)"}, "sites"),
    "tiny beside large": ({"spin": V, "bonds": "-1e9*dot(a, b)", "sites": "-1e-3*a[2]**2"}, "sites"),
    "real jump": ({"spin": {"real": True}, "bonds": "(a - b)**2", "sites": "where(a > 0, a**2, a**2 + 1)"}, "sites"),
}


@pytest.mark.parametrize("name", NONLINEAR)
@pytest.mark.parametrize("algorithm", ["heat_bath", OVER], ids=["heat_bath", "over_relaxation"])
def test_algorithms_that_need_a_field_refuse_what_has_none_and_name_the_term(name, algorithm):
    keys, term = NONLINEAR[name]
    resolve(experiment(**keys))  # metropolis takes it
    if algorithm == OVER and keys["spin"] == {"real": True}:
        return
    with pytest.raises(ExperimentError, match=f"model.hamiltonian.{term} is not"):
        resolve(experiment(**keys, algorithm=algorithm))


LINEAR = {
    "off by a condition": ("where(D > 2, -a[2]**2, a[0])", {"D": 1.0}),
    "off by max": ("-max(D - 2, 0)*a[2]**2", {"D": 1.0}),
    "off by zero": ("where(i < 0.5, -D*abs(a[2]), 0)", {"D": 0.0}),
    "a place": ("where(i < 0.5, -D*a[2], D*a[0])", {"D": 2.0}),
    "off, without a derivative": ("where(D > 2, max(a[0], 0.1), a[1]) + (D - 1)*floor(a[2])", {"D": 1.0}),
    "a power": ("a[1]**D", {"D": 1.0}),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("algorithm", ["heat_bath", OVER], ids=["heat_bath", "over_relaxation"])
def test_the_values_of_the_parameters_decide(name, algorithm):
    sites, parameters = LINEAR[name]
    resolve(experiment(V, "-dot(a, b)", sites, algorithm, parameters=parameters))


@pytest.mark.parametrize(("lam", "refused"), [(0.0, False), (1e-30, True), (0.1, True)])
def test_phi4_has_a_heat_bath_where_the_quartic_coupling_is_zero(lam, refused):
    keys = {"type": "phi4", "lattice": {"shape": [4, 4]}, "algorithm": "heat_bath", "parameters": {"lam": lam}}
    document = {"model": keys, "run": {"seed": 1, "sweeps": 10}}
    if not refused:
        resolve(document)
        return
    with pytest.raises(ExperimentError, match=r"hamiltonian\.sites is not"):
        resolve(document)


@pytest.mark.parametrize(
    ("bonds", "more"),
    [
        ("1e-22*(a - b)**2", {}),
        ("cos(D*(a - b))", {"parameters": {"D": 1.5}}),
        ("cos(J*(a - b))", J),
        ("cos(J*(a - b))", {"couplings": {"J": {"nn": 1.0, "nnn": 0.5}}, "lattice": {"shape": [4, 4]}}),
        ("where(J < 0.3, (a - b)**2, cos(a - b))", J),
    ],
    ids=["joule", "a parameter", "drawn", "second kind", "a branch"],
)
def test_angles_without_a_proved_period_are_refused(bonds, more):
    with pytest.raises(ExperimentError, match=r"grows by 2\*pi"):
        resolve(experiment(A, bonds, **more))


def test_a_period_is_judged_by_the_value_of_a_parameter():
    resolve(experiment(A, "cos(D*(a - b))", parameters={"D": 3.0}))


RING = {"type": "chain", "shape": [4], "boundary": "antiperiodic"}


@pytest.mark.parametrize(
    ("spin", "bonds", "more"),
    [
        ({"states": [-1, 1]}, "-1e-22*a*b - 1e-22*a*a*b", {}),
        ({"states": [-1, 0, 1]}, "where(J < 0.3, a**2*b, a*b)", J),
        (V, "dot(a, b) + 1e-12*a[0]", {}),
        (A, "cos(a - b) + 1e-12*cos(2*a - b)", {}),
    ],
)
def test_antiperiodic_ends_need_a_proof_that_signs_do_not_matter(spin, bonds, more):
    with pytest.raises(ExperimentError, match="change sign"):
        resolve(experiment(spin, bonds, lattice=RING, **more))


@pytest.mark.parametrize("bonds", ["max(a, b) - min(-a, -b) - a - b", "where(a > b, 1, 0) + where(a < b, 1, 0)"])
def test_states_may_be_listed_where_a_formula_proves_nothing(bonds):
    """max(a, b) + max(a, b) - a - b = |a - b|, which the normal form does not know."""
    resolve(experiment({"states": [-1, 1]}, bonds, lattice=RING))


def test_neighbours_share_a_digit_of_a_table_only_where_the_bond_is_proved_symmetric():
    def groups(bonds: str) -> int:
        model = resolve(experiment({"states": [-1, 1]}, bonds, lattice={"type": "chain", "shape": [4]})).model
        return len(EnergyTable(model.system, model.system.local(0)).groups)

    assert groups("-a*b") == 1
    assert groups("-1e-22*a*b") == 1
    assert groups("-a*b + 1e-12*a") == 2
    assert groups("-1e-22*a*b + 1e-22*a") == 2


def test_a_helicity_modulus_needs_a_proved_symmetry_and_no_jumps():
    def with_modulus(bonds: str) -> dict[str, Any]:
        document = experiment(A, bonds, lattice={"shape": [4, 4]})
        return {**document, "output": {"observables": {"y": "helicity_modulus(x)"}}}

    resolve(with_modulus("-1e-22*cos(a - b)"))
    with pytest.raises(ExperimentError, match="when all spins turn"):
        resolve(with_modulus("-cos(a - b) - 1e-12*cos(a)"))
    with pytest.raises(ExperimentError, match="its condition depends on the directions"):
        resolve(with_modulus("where(cos(a - b) > 0, -cos(a - b), 0)"))


def test_states_are_evenly_spaced_only_where_each_comes_out_to_the_last_bit():
    assert States((-1.0, 0.0, 1.0)).spacing == 1.0
    assert States((0.1, 0.2, 0.3)).spacing is None


def test_a_temperature_whose_square_vanishes_is_refused():
    with pytest.raises(ExperimentError, match="must be at least 1e-100"):
        resolve(experiment(V, "-dot(a, b)", parameters={"temperature": 1e-120}))
