"""The published and enumerated values in tests/data."""

from __future__ import annotations

import csv
from pathlib import Path

DATA = Path(__file__).parents[2] / "data"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table in tests/data, less its comments."""
    lines = [line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def kaufman(side: int) -> dict[float, tuple[float, float]]:
    """Energy per site and specific heat of the periodic side x side Ising lattice, by temperature."""
    return {
        float(row["T"]): (float(row["e"]), float(row["C_or_m"]))
        for row in rows("ising2d_exact.csv")
        if row["L"] == str(side)
    }


def onsager_yang() -> dict[float, tuple[float, float]]:
    """Energy per site and spontaneous magnetisation of the infinite Ising lattice, by temperature."""
    return {
        float(row["T"]): (float(row["e"]), float(row["C_or_m"].removeprefix("m=")))
        for row in rows("ising2d_exact.csv")
        if row["L"] == "inf"
    }


def potts(states: int) -> tuple[float, float]:
    """Critical temperature and energy per site there of the square Potts model."""
    (row,) = [row for row in rows("potts2d_exact.csv") if row["q"] == str(states)]
    return float(row["T_c"]), float(row["e_at_Tc"])


def small_lattice(system: str) -> tuple[float, float, float]:
    """x, a and b of the one row for `system`; tests/data/small_lattices_exact.csv says what they are."""
    (row,) = small_lattices(system)
    return row


def small_lattices(system: str) -> list[tuple[float, float, float]]:
    """x, a and b of each row for `system`."""
    found = [row for row in rows("small_lattices_exact.csv") if row["system"] == system]
    return [(float(row["x"]), float(row["a"]), float(row["b"])) for row in found]
