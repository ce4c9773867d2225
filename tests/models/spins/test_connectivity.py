"""Coordination numbers and connected parts, against graphs that are written out site by site."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from simcore.cli.outcome import forecast
from simcore.cli.sweep_plan import sweep_forecast
from simcore.models.spins import connectivity
from simcore.models.spins.connectivity import connected_parts, coordination_numbers
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.spins import Spins
from simcore.runs.plan import plan
from simcore.runs.run import run
from simcore.sweeps.planning import plan_sweep

BCC = [[x, y, z] for x in (0, -1) for y in (0, -1) for z in (0, -1)]


def written_out(geometry: Geometry, joined: list[Any]) -> int:
    """The parts of the graph, by another program."""
    shape = geometry.shape
    ends: list[tuple[int, int]] = []
    for cell in np.ndindex(*shape):
        for source, target, offset in joined:
            there = np.add(cell, offset)
            out = [w == "open" and not 0 <= t < n for t, n, w in zip(there, shape, geometry.wrap, strict=True)]
            if not any(out):
                a = np.ravel_multi_index(cell, shape) * geometry.basis + source
                b = np.ravel_multi_index(tuple(there % shape), shape) * geometry.basis + target
                ends.append((int(a), int(b)))
    one, other = np.array(ends).reshape(-1, 2).T
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(geometry.sites, geometry.sites))
    return int(connected_components(graph, directed=False)[0])


@pytest.mark.parametrize("wrap", ["periodic", "antiperiodic", "open", "mixed"])
def test_parts_are_those_of_the_graph(wrap):
    generator = np.random.default_rng(7)
    seen = set()
    for _ in range(150):
        axes, basis = int(generator.integers(1, 4)), int(generator.integers(1, 5))
        shape = tuple(generator.integers(1, {1: 13, 2: 7, 3: 5}[axes], axes).tolist())
        ends = ("open", "periodic", "antiperiodic")[:axes] if wrap == "mixed" else (wrap,) * axes
        geometry = Geometry(shape, ends, tuple(map(tuple, np.eye(axes))), ((0.0,) * axes,) * basis, (), ())
        joined = [
            (*generator.integers(0, basis, 2).tolist(), tuple(generator.integers(-3, 4, axes).tolist()))
            for _ in range(int(generator.integers(1, basis + 3)))
        ]
        expected = written_out(geometry, joined)
        assert connected_parts(geometry, joined) == expected
        seen.add(expected == 1)
    assert seen == {True, False}


def spins(lattice: dict[str, Any], **hamiltonian: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "spins",
            "lattice": lattice,
            "parameters": {"temperature": 1.0},
            "spin": {"states": [-1, 1]},
            "hamiltonian": hamiltonian or {"bonds": "-a*b"},
        },
        "run": {"seed": 1, "thermalization": 2, "sweeps": 4},
    }


def told(lattice: dict[str, Any], **hamiltonian: Any) -> list[tuple[str, str, bool]]:
    model = Spins.model_validate({k: v for k, v in spins(lattice, **hamiltonian)["model"].items() if k != "type"})
    return list(model.remarks())


def bcc(bonds: list[list[int]]) -> dict[str, Any]:
    return {"type": "custom", "basis": 2, "shape": [6, 6, 6], "neighbours": {"nn": [[0, 1, d] for d in bonds]}}


def test_one_of_the_eight_bonds_of_bcc_is_a_lattice_of_dimers():
    neighbours, parts = told(bcc(BCC[:1]))
    assert neighbours == ("neighbours", "1 nn of every site", False)
    assert parts[1].startswith("216: ")
    assert parts[2]
    assert told(bcc(BCC)) == [("neighbours", "8 nn of every site", False), ("connected parts", "1", False)]
    assert told(bcc(BCC[:2]))[1][1].startswith("36: ")  # chains


def test_sides_decide_whether_next_neighbours_divide_a_square_lattice():
    for shape, parts in (([8, 8], 2), ([8, 7], 1), ([7, 7], 1)):
        (_, text, _) = told({"type": "square", "shape": shape}, bonds={"nnn": "-a*b"})[1]
        assert text.split(":")[0] == str(parts)
    (_, text, _) = told({"type": "square", "shape": [7, 7], "boundary": "open"}, bonds={"nnn": "-a*b"})[1]
    assert text.startswith("2: ")


def test_plaquettes_join_sites_and_formulas_that_are_zero_do_not():
    square = {"type": "square", "shape": [4, 4]}
    assert told(square, plaquettes="-a*b*c*d") == [("connected parts", "1", False)]
    assert told(square, bonds="0", sites="-a") == []
    assert told(square, bonds={"nn": "0", "nnn": "-a*b"})[1][2]


def test_basis_sites_of_different_coordination_are_told_apart():
    lieb = {"type": "custom", "basis": 3, "shape": [4, 4]}
    bonds = [[0, 1, [0, 0]], [1, 0, [1, 0]], [0, 2, [0, 0]], [2, 0, [0, 1]]]
    assert told({**lieb, "neighbours": {"nn": bonds}}) == [
        ("neighbours", "4 nn of basis site 0; 2 nn of basis site 1, 2", False),
        ("connected parts", "1", False),
    ]


@pytest.mark.parametrize(
    ("lattice", "nn", "nnn"), [("square", 4, 4), ("honeycomb", 3, 6), ("kagome", 4, 4), ("triangular", 6, 6)]
)
def test_coordination_numbers_are_those_of_the_page(lattice, nn, nnn):
    keys = spins({"type": lattice, "shape": [6, 6]}, bonds={"nn": "-a*b", "nnn": "-a*b"})["model"]
    model = Spins.model_validate({k: v for k, v in keys.items() if k != "type"})
    numbers = coordination_numbers(model.system.interactions)
    assert set(numbers["nn"]) == {nn}
    assert set(numbers["nnn"]) == {nnn}


def test_a_large_lattice_with_open_ends_is_not_counted(monkeypatch):
    monkeypatch.setattr(connectivity, "MOST_OPEN_SITES", 15)
    open_ends = {"type": "square", "shape": [4, 4], "boundary": "open"}
    assert told(open_ends, bonds="-1.0*a*b") == [("neighbours", "4 nn of every site", False)]
    assert ("connected parts", "1", False) in told({"type": "square", "shape": [4000, 4000]})


class Hearing:
    """A watch that keeps what is said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return self.heard.append if name == "said" else lambda *_, **__: None


def test_plan_and_run_warn_of_several_parts(tmp_path):
    document = spins({**bcc(BCC[:1]), "shape": [3, 3, 3]})
    text = forecast(plan(document, workers=1))
    assert "# neighbours" in text
    assert "# WARNING: connected parts" in text
    assert all(line.startswith("#") for line in text.splitlines())
    watch = Hearing()
    run(document, out=tmp_path / "run", workers=1, watch=watch)
    assert [line.split(":")[0] for line in watch.heard] == ["connected parts"]


def test_the_plan_of_a_sweep_warns_of_the_points_that_it_tried(tmp_path):
    document = {
        **spins({**bcc(BCC[:1]), "shape": [3, 3, 3]}),
        "sweep": {"grid": {"model.parameters.temperature": [1, 2]}},
    }
    text = sweep_forecast(plan_sweep(document, out=tmp_path / "s", workers=1))
    assert "WARNING: connected parts" in text
    assert "27: the energy divides the 54 sites" in text
