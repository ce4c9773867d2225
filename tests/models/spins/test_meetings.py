"""`mean_over` and `sum_over`: against the energies of the same formulas, and states whose vortices are known."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.errors import InvalidValueError
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.lattices import AXES_OF, unit_cell
from tests.models.spins.measuring import Measuring, model_of, random_state

STATES, ANGLE, VECTOR, REAL = {"states": [-1, 0, 1]}, {"angle": True}, {"vector": 3}, {"real": True}
DM = "a[0]*b[1] - a[1]*b[0] + D*dot(a, b)**2"
CASES = [
    ("square", STATES, "bonds", "nn", "J*a*b"),
    ("square", STATES, "bonds", "nnn", "equal(a, b)"),
    ("square", STATES, "plaquettes", "square", "a*b*c*d"),
    ("square", ANGLE, "bonds", "nnn", "sin(a - b)"),
    ("kagome", VECTOR, "bonds", "nn", DM),
    ("honeycomb", REAL, "plaquettes", "hexagon", "a*b + d*e - c*f"),
    ("ladder", REAL, "bonds", "rung", "(a - b)**2"),
]
WRAPS = ["periodic", "antiperiodic", "open", {"x": "open"}]
DISTANCE = "atan2(sin({1} - {0}), cos({1} - {0}))"
VORTICITY = "(" + " + ".join(DISTANCE.format(*pair) for pair in ("ab", "bc", "cd", "da")) + ")/(2*pi)"
TRIPLE = "(a[0]*(b[1]*c[2] - b[2]*c[1]) + a[1]*(b[2]*c[0] - b[0]*c[2]) + a[2]*(b[0]*c[1] - b[1]*c[0]))"
SKYRMIONS = f"atan2({TRIPLE}, 1 + dot(a, b) + dot(b, c) + dot(c, a))/(2*pi)"


@pytest.mark.parametrize("wrap", WRAPS, ids=str)
@pytest.mark.parametrize(("lattice", "spin", "key", "kind", "formula"), CASES)
def test_a_sum_is_the_energy_of_the_same_formula(lattice, spin, key, kind, formula, wrap):
    shape = [4, 3][: AXES_OF[lattice][0]]
    if isinstance(wrap, dict):
        wrap = {"x": "open"} if len(shape) == 1 else {"x": "open", "y": "antiperiodic"}
    # its own energy does not reach as far: the bonds of another kind, or none
    model = model_of(lattice, shape, spin, {"bonds": "0", "sites": "cos(a)" if spin == ANGLE else "0"}, wrap)
    same = model_of(lattice, shape, spin, {key: {kind: formula}}, wrap)
    members = same.geometry.bonds if key == "bonds" else same.geometry.plaquettes
    ones = model_of(lattice, shape, spin, {key: {kind: "1"}}, wrap)
    measure = Measuring(model, f"sum_over({kind}, {formula})"), Measuring(model, f"mean_over({kind}, {formula})")
    generator = np.random.default_rng(3)
    for _ in range(3):
        state = random_state(model, generator)
        energy = DirectEnergy(same.system)(state[np.newaxis])[0]
        count = DirectEnergy(ones.system)(state[np.newaxis])[0]
        assert measure[0].samples(state)["q"] == pytest.approx(energy, rel=1e-12, abs=1e-12)
        assert measure[1].samples(state)["q"] == pytest.approx(energy / count, rel=1e-12, abs=1e-12)
    assert members


def test_fields_may_stand_in_it():
    keys = {"bonds": "a*b", "fields": {"n": "x + 1"}}
    model = model_of("square", [3, 4], {"states": [-1, 1]}, keys)
    state = random_state(model, np.random.default_rng(1))
    spins = state[..., 0, 0] * (np.arange(3) + 1.0)[:, np.newaxis]
    expected = (spins * np.roll(spins, -1, 0) + spins * np.roll(spins, -1, 1)).sum()
    assert Measuring(model, "sum_over(nn, n_a*n_b*a*b)").samples(state)["q"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "sense"), [("square", 1), ("triangular", 1), ("kagome", 1), ("honeycomb", -1), ("checkerboard", 1)]
)
def test_corners_of_planar_plaquettes_go_around_as_the_page_says(name, sense):
    cell = unit_cell(name, 2)
    for plaquette in cell.plaquettes:
        places = [
            (np.array(cell.positions[site]) + offset) @ np.array(cell.vectors) for site, offset in plaquette.corners
        ]
        x, y = np.array(places).T
        assert sense * (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() > 0.1


def test_vortices_are_counted_with_their_signs():
    model = model_of("square", [6, 6], ANGLE, {"bonds": "-cos(a - b)"}, "open")
    x, y = np.meshgrid(np.arange(6) - 2.5, np.arange(6) - 2.5, indexing="ij")
    net, number = (
        Measuring(model, f"sum_over(square, {VORTICITY})"),
        Measuring(model, f"sum_over(square, abs({VORTICITY}))"),
    )
    for sign in (1, -1):
        state = (sign * np.arctan2(y, x))[..., np.newaxis, np.newaxis]
        assert net.samples(state)["q"] == pytest.approx(sign, abs=1e-12)
        assert number.samples(state)["q"] == pytest.approx(1.0, abs=1e-12)
    torus = model_of("square", [6, 6], ANGLE, {"bonds": "-cos(a - b)"})
    assert Measuring(torus, f"sum_over(square, {VORTICITY})").samples(state)["q"] == pytest.approx(0.0, abs=1e-12)


def test_a_skyrmion_has_the_charge_one():
    """B. Berg, M. Lüscher, Nucl. Phys. B 190, 412 (1981): solid angles of triangles, a whole number on a torus."""
    model = model_of("triangular", [12, 12], VECTOR, {"bonds": "-dot(a, b)"})
    places = model.geometry.site_positions()[:, :, 0] - model.geometry.site_positions()[6, 6, 0]
    radius, phi = np.hypot(*np.moveaxis(places, -1, 0)), np.arctan2(places[..., 1], places[..., 0])
    theta = np.pi * np.maximum(0.0, 1.0 - radius / 4.5)  # down in the middle, up beyond 4.5
    spins = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    charge = Measuring(model, f"sum_over(triangle, {SKYRMIONS})")
    assert abs(charge.samples(spins[:, :, np.newaxis])["q"]) == pytest.approx(1.0, abs=1e-9)
    up = np.zeros_like(spins)
    up[..., 2] = 1.0
    assert charge.samples(up[:, :, np.newaxis])["q"] == 0.0


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("mean_over(nm, a*b)", 11, "finds no bonds or plaquettes of the kind 'nm'; allowed: nn, nnn, x, y, square"),
        ("mean_over(nn, a*c)", 17, "unknown name 'c'"),
        ("mean_over(nn)", 1, "mean_over takes 2 arguments, not 1"),
        ("sum_over(square, x*a)", 18, "unknown name 'x'"),
        ("mean(a*b)", 8, "unknown name 'b'"),
        ("mean_over(nn, mean(a))", 15, "mean stands inside of mean_over"),
    ],
)
def test_what_it_cannot_be_is_said_in_one_line(text, column, words):
    model = model_of("square", [4, 4], {"states": [-1, 1]}, {"bonds": "a*b"})
    with pytest.raises(InvalidValueError) as caught:
        model.expressed("q", text)
    assert words in caught.value.message
    assert f"column {column}" in caught.value.message
