"""Bonds by distance, kinds by direction, and the lattices whose bonds are not shells."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.models.spins.connectivity import coordination_numbers
from simcore.models.spins.lattices import unit_cell
from simcore.models.spins.shells import shell_bonds
from simcore.models.spins.spins import Spins
from simcore.runs.experiment import resolve
from tests.models.spins.plainkernels import PlainModel
from tests.models.spins.test_energy import measured
from tests.models.spins.test_lattices import lattice as lattice_of
from tests.models.spins.test_lattices import one_way, shells


def document(lattice: dict[str, Any], algorithm: str = "metropolis", **hamiltonian: Any) -> dict[str, Any]:
    model = {"type": "spins", "lattice": lattice, "parameters": {"temperature": 1.0}, "spin": {"states": [-1, 1]}}
    keys = {"hamiltonian": hamiltonian or {"bonds": "-a*b"}, "algorithm": algorithm, "initial": "random"}
    return {"model": {**model, **keys}, "run": {"seed": 1, "sweeps": 4}}


def model_of(lattice: dict[str, Any], algorithm: str = "metropolis", **hamiltonian: Any) -> Spins:
    model = resolve(document(lattice, algorithm, **hamiltonian)).model
    assert isinstance(model, Spins)
    return model


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("chain", [2, 2, 2, 2, 2]),
        ("square", [4, 4, 4, 8, 4]),
        ("triangular", [6, 6, 6, 12, 6]),
        ("honeycomb", [3, 6, 3, 6, 6]),
        ("kagome", [4, 4, 6, 8, 4]),
        ("cubic", [6, 12, 8, 6, 24]),
        ("bcc", [8, 6, 12, 24, 8]),
        ("fcc", [12, 6, 24, 12, 24]),
        ("diamond", [4, 12, 12, 6, 12]),
        ("hcp", [12, 6, 2, 18, 12]),
    ],
)
def test_shells_have_the_numbers_of_neighbours_of_the_tables(name, numbers):
    """C. Kittel, and N. W. Ashcroft and N. D. Mermin, list those of the cubic lattices and of hcp."""
    axes = len(unit_cell(name, 2 if name == "square" else 3 if name == "cubic" else 1).vectors)
    lattice = {"type": name, "shape": [9] * axes, "shells": 5}
    model = model_of(lattice, bonds={f"shell{n}": "-a*b" for n in range(1, 6)})
    found = coordination_numbers(model.system.interactions)
    assert [set(found[f"shell{n}"]) for n in range(1, 6)] == [{number} for number in numbers]


@pytest.mark.parametrize("name", ["honeycomb", "pyrochlore", "hcp"])
def test_shells_are_those_that_a_wide_search_finds(name):
    geometry = lattice_of(name, (9,) * (2 if name == "honeycomb" else 3))
    expected = shells(geometry, 4)
    bonds = shell_bonds(geometry.vectors, geometry.positions, 4)
    for number, shell in enumerate(expected, 1):
        found = [one_way(b.source, b.target, b.offset) for b in bonds if b.kind == f"shell{number}"]
        assert len(set(found)) == len(found)
        assert set(found) == shell


def test_a_flat_or_slanted_cell_is_searched_far_enough():
    vectors = ((1.0, 0.0), (7.3, 0.9))
    found = {one_way(0, 0, b.offset): b.kind for b in shell_bonds(vectors, ((0.0, 0.0),), 8)}
    every = {
        one_way(0, 0, d): np.linalg.norm(np.array(d) @ vectors) for d in product(range(-40, 41), repeat=2) if any(d)
    }
    ordered = sorted({round(float(length), 9) for length in every.values()})[:8]
    assert found == {
        d: f"shell{ordered.index(round(float(length), 9)) + 1}"
        for d, length in every.items()
        if round(float(length), 9) in ordered
    }


def test_energies_of_an_ordered_state_count_the_shells():
    couplings = {"J": {"shell1": 1.0, "shell2": 0.5, "shell3": 0.25}}
    model = model_of({"type": "square", "shape": [6, 6], "shells": 3}, bonds="-J*a*b", couplings=couplings)
    assert measured(PlainModel(model), np.ones((6, 6, 1, 1))) == pytest.approx(-36 * (2 * 1.0 + 2 * 0.5 + 2 * 0.25))


def test_kinds_by_direction_together_are_the_nearest_neighbours():
    couplings = {"J": {"x": 1.0, "y": 0.5}}
    model = model_of({"type": "square", "shape": [3, 4]}, bonds="-J*a*b", couplings=couplings)
    state = np.ones((3, 4, 1, 1))
    assert measured(PlainModel(model), state) == pytest.approx(-12 * 1.5)
    state[:, ::2] = -1.0  # alternating along y
    assert measured(PlainModel(model), state) == pytest.approx(-12 * 0.5)
    for name, axes in (("square", 2), ("cubic", 3), ("hypercubic", 5)):
        cell = unit_cell(name, axes)
        along = {(b.source, b.target, b.offset) for b in cell.bonds if b.kind in ("x", "y", "z", "x3", "x4")}
        assert along == {(b.source, b.target, b.offset) for b in cell.bonds if b.kind == "nn"}


def test_kawasaki_exchanges_along_all_bonds_if_one_kind_does_not_join_the_lattice():
    by_direction = {"bonds": "-J*a*b", "couplings": {"J": {"x": 1.0, "y": 0.5}}}
    square = {"type": "square", "shape": [4, 4]}
    assert {bond.kind for bond in model_of(square, "kawasaki", **by_direction).sweeper._bonds} == {"x", "y"}
    both = {"bonds": {"nn": "-a*b", "nnn": "-0.5*a*b"}}
    assert {bond.kind for bond in model_of(square, "kawasaki", **both).sweeper._bonds} == {"nn"}


def test_the_ground_states_of_a_ladder_and_of_a_checkerboard():
    ladder = {"type": "ladder", "shape": [4]}
    state = np.ones((4, 2, 1))
    assert measured(PlainModel(model_of(ladder)), state) == -12.0
    rungs = model_of(ladder, bonds="-J*a*b", couplings={"J": {"leg": 1.0, "rung": 3.0}})
    assert measured(PlainModel(rungs), state) == -(8 * 1.0 + 4 * 3.0)
    state[:, 1] = -1.0
    assert measured(PlainModel(rungs), state) == -(8 * 1.0 - 4 * 3.0)
    # square ice: the sum of a b over a crossed square is (S**2 - 4)/2, at least -2
    board = model_of({"type": "checkerboard", "shape": [2, 2]}, bonds="a*b")
    crossed = model_of({"type": "checkerboard", "shape": [2, 2]}, plaquettes="((a + b + c + d)**2 - 4)/2")
    plain = [PlainModel(board), PlainModel(crossed)]
    energies = []
    for spins in product((-1.0, 1.0), repeat=8):
        state = np.array(spins).reshape(2, 2, 2, 1)
        one, other = (measured(model, state) for model in plain)
        assert one == pytest.approx(other)
        energies.append(one)
    assert min(energies) == -8.0
    assert sum(energy == -8.0 for energy in energies) == 18  # ice states of the six-vertex model on a 2 x 2 torus


REFUSED = {
    "no positions": ({"type": "custom", "basis": 2, "vectors": [[1.0]], "shape": [4], "shells": 2}, "needs positions"),
    "ladder": ({"type": "ladder", "shape": [4], "shells": 2}, "needs positions"),
    "taken": (
        {"type": "custom", "neighbours": {"shell1": [[1, 0]]}, "shape": [4, 4], "shells": 1},
        "'shell1' is a kind already",
    ),
    "too many": ({"type": "square", "shape": [4, 4], "shells": 21}, "20"),
    "none": ({"type": "square", "shape": [4, 4], "shells": 0}, "1"),
    "far": ({"type": "hypercubic", "shape": [2] * 8, "shells": 20}, "list the bonds"),
    "antiperiodic": (
        {"type": "chain", "shape": [3], "shells": 5, "boundary": "antiperiodic"},
        "cannot be antiperiodic: it has 3 cells",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_one_line(case):
    lattice, words = REFUSED[case]
    with pytest.raises(ExperimentError) as caught:
        resolve(document(lattice))
    assert words in caught.value.problems[0].message


def test_a_lattice_without_shells_is_the_experiment_that_it_was():
    """The random numbers of a run are a hash of its resolved model."""
    assert "shells" not in model_of({"type": "square", "shape": [4, 4]}).model_dump_json()
    assert '"shells":2' in model_of({"type": "square", "shape": [4, 4], "shells": 2}).model_dump_json()
