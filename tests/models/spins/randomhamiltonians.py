"""Random Hamiltonians on two to six sites, of which it is known what must accept them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

# (formula, linear or quadratic in each spin, periodic in angles, unchanged when both spins change sign)
BONDS = {
    "states": [
        ("a*b", True, True, True),
        ("abs(a - b)", True, True, True),
        ("equal(a, b)", True, True, True),
        ("a**2*b", True, True, False),
        ("max(a, b)", True, True, False),
        ("where(a > b, 1, 0.5)", True, True, False),
    ],
    "angle": [
        ("cos(a - b)", True, True, True),
        ("sin(a - b)", True, True, True),
        ("cos(a)*cos(b)", True, True, True),
        ("cos(2*(a - b))", False, True, True),
        ("cos(a - b)**3", False, True, True),
        ("where(cos(a) > 0.2, cos(a - b), 0)", False, True, False),
        ("cos(2*a - b)", False, True, False),
        ("(a - b)**2", False, False, True),
        ("cos((a - b)/2)", False, False, True),
    ],
    "vector": [
        ("dot(a, b)", True, True, True),
        ("a[0]*b[1]", True, True, True),
        ("dot(a, b)**2", False, True, True),
        ("abs(dot(a, b))", False, True, True),
        ("where(a[0] > 0.2, b[1], 0)", False, True, False),
        ("dot(a, b)*a[0]", False, True, False),
    ],
    "real": [
        ("(a - b)**2", True, True, True),
        ("a*b", True, True, True),
        ("(a - b)**4", False, True, True),
        ("cos(a - b)", False, True, True),
        ("a**2*b**2", False, True, True),
        ("where(a > b, a**2, a**2 + 1)", False, True, False),
        ("a**2*b", False, True, False),
    ],
}
SITES = {
    "states": [("a", True, True), ("a**2", True, True), ("abs(a - 0.5)", True, True)],
    "angle": [
        ("cos(a)", True, True),
        ("sin(a - 0.3)", True, True),
        ("2*cos(a/2)**2", True, True),
        ("cos(a)**3 + sin(a)**2*cos(a)", True, True),
        ("cos(a)**2", False, True),
        ("abs(sin(a/2))", False, True),
        ("a**2", False, False),
        ("sin(1.5*a)", False, False),
    ],
    "vector": [
        ("a[0]", True, True),
        ("a[1] - 2*a[0]", True, True),
        ("a[1]**2", False, True),
        ("abs(a[0])", False, True),
        ("max(a[0], 0.1)", False, True),
    ],
    "real": [("a", True, True), ("a**2", True, True), ("a**4", False, True), ("abs(a)", False, True)],
}
SPINS: dict[str, list[dict[str, Any]]] = {
    "states": [{"states": [-1, 1]}, {"states": [-1, 0, 1]}, {"states": [0, 1, 2]}, {"states": [-0.7, 1.1]}],
    "angle": [{"angle": True}],
    "vector": [{"vector": 2}, {"vector": 3}],
    "real": [{"real": True}],
}
OVER = {"type": "metropolis", "over_relaxation": 1}
TRIED: list[tuple[str, Any]] = [
    *((kind, algorithm) for kind in SPINS for algorithm in ("metropolis", "heat_bath", "kawasaki")),
    *((kind, OVER) for kind in ("angle", "vector", "real")),
]
"""Kinds of spins, and algorithms for them."""

LATTICES = [
    ("chain", [2]),
    ("chain", [3]),
    ("chain", [5]),
    ("square", [2, 2]),
    ("square", [2, 3]),
    ("honeycomb", [1, 2]),
]
PLACES = ["where(i < 0.5, {}, 0)", "where(i - 2*floor(i/2) == 1, {}, 0)", "where(r < 0.4, {}, 0)", "r*({})"]
DRAWN = ["where(J < 0.4, {}, 0)", "J*({})"]
DECIDED = ["where({p} > 2, {t}, 0)", "max({p} - 2, 0)*({t})", "({p} - 1)*({t})", "where({p} < 2, 0, {t})"]


@dataclass(frozen=True)
class Case:
    """The section `model`, and why it must be refused: "" or a part of the message."""

    keys: dict[str, Any]
    refused: str


@dataclass
class _Writer:
    """Writes terms, and keeps what their names stand for. size: of the energy of a term."""

    draw: Any
    size: float
    parameters: dict[str, float]

    def number(self, value: float) -> str:
        """As a literal, or as a parameter."""
        if self.draw(st.booleans()):
            return repr(value)
        name = f"K{len(self.parameters)}"
        self.parameters[name] = value
        return name

    def term(self, formula: str, wrappers: list[str], least: float = 0.1, largest: float = 2.0) -> tuple[str, bool]:
        """The text, and whether it is there at all."""
        share = self.draw(st.floats(least, largest)) * self.draw(st.sampled_from([1.0, -1.0]))
        text, there = f"{self.number(share * self.size)}*({formula})", True
        which = self.draw(st.sampled_from(["plain", "wrapped", "decided"]))
        if which == "wrapped":
            text = self.draw(st.sampled_from(wrappers)).format(text)
        elif which == "decided":
            there, name = self.draw(st.booleans()), f"P{len(self.parameters)}"
            self.parameters[name] = 3.0 if there else 1.0
            text = self.draw(st.sampled_from(DECIDED)).format(p=name, t=text)
        return text, there


@st.composite
def cases(draw: Any, kind: str, algorithm: Any) -> Case:
    """Random models of type `spins`, of a kind of spins and an algorithm."""
    spin = draw(st.sampled_from(SPINS[kind]))
    lattice, shape = draw(st.sampled_from(LATTICES))
    tame = draw(st.sampled_from([True, True, False]))  # such that all algorithms take it, if nothing else is wrong
    boundary = draw(st.sampled_from(["periodic", "open"] if tame else ["antiperiodic", "periodic", "open"]))
    if boundary == "antiperiodic" and 1 in shape:
        boundary = "open"
    size = 10.0 ** draw(st.integers(-30, 30))
    writer = _Writer(draw, size, {"temperature": size * draw(st.floats(0.2, 3.0))})
    largest = 0.1 if kind == "real" else 2.0
    bonds_known, sites_known = ([f for f in known[kind] if all(f[1:]) or not tame] for known in (BONDS, SITES))
    bonds = draw(st.lists(st.sampled_from(bonds_known), min_size=1, max_size=2, unique=True))
    sites = draw(st.lists(st.sampled_from(sites_known), max_size=2, unique=True))
    bond_texts = [writer.term(bond[0], DRAWN, 0.05, largest) for bond in bonds]
    site_texts = [writer.term(site[0], PLACES, 0.05, largest) for site in sites]
    if kind == "real":
        site_texts.append((f"{writer.number(4.0 * size)}*a**2", True))
        sites.append(("a**2", True, True))
    on_bonds = [bond for bond, (_, there) in zip(bonds, bond_texts, strict=True) if there]
    active = [*(bond[:3] for bond in on_bonds), *(s for s, (_, t) in zip(sites, site_texts, strict=True) if t)]
    keys = {
        "lattice": {"type": lattice, "shape": shape, "boundary": boundary},
        "parameters": writer.parameters,
        "spin": spin,
        "hamiltonian": {
            "bonds": " + ".join(text for text, _ in bond_texts),
            "couplings": {"J": {"random": {"uniform": [0.1, 1.0]}, "seed": 3}},
            "fields": {"r": {"random": {"uniform": [0.1, 1.0]}, "seed": 4}},
        },
        "algorithm": algorithm,
        "initial": "random",
    }
    if site_texts:
        keys["hamiltonian"]["sites"] = " + ".join(text for text, _ in site_texts)
    return Case(keys, _refused(spin, boundary, algorithm, active, on_bonds))


def _refused(spin: dict, boundary: str, algorithm: Any, active: list, bonds: list) -> str:
    kind = next(iter(spin))
    if boundary == "antiperiodic" and kind == "states" and spin["states"] != [-s for s in spin["states"][::-1]]:
        return "antiperiodic axis turns"
    if kind == "angle" and not all(periodic for _, _, periodic in active):
        return "grows by 2*pi"
    if boundary == "antiperiodic" and not all(bond[3] for bond in bonds):
        return "change sign"
    if algorithm == "kawasaki":
        return "across an antiperiodic end" if boundary == "antiperiodic" else ""
    if algorithm == "metropolis" or (algorithm == "heat_bath" and kind == "states"):
        return ""
    if kind in ("states", "real") and algorithm != "heat_bath":
        return "has no direction"
    name = "quadratic" if kind == "real" else "linear"
    return "" if all(linear for _, linear, _ in active) else name
