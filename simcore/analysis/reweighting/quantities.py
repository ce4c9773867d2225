"""What follows from averages over the samples of a lattice, at any temperature T and field h (k_B = 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from simcore.models.spins.moments import binder, specific_heat, susceptibility

Rows = Sequence[np.ndarray]


@dataclass(frozen=True)
class Quantity:
    """function(*averages), of the names `of`; its unit and long name."""

    function: Callable[..., np.ndarray]
    of: tuple[str, ...]
    unit: str
    doc: str


def energy_moments(e: Rows) -> dict[str, list[np.ndarray]]:
    """Of energies per site, one series (n_k,) for each simulation."""
    return {"<e>": list(e), "<e^2>": [x * x for x in e]}


def magnetic_moments(m: Rows) -> dict[str, list[np.ndarray]]:
    """Of magnetisations per site."""
    squares = [x * x for x in m]
    return {"<m>": list(m), "<|m|>": [np.abs(x) for x in m], "<m^2>": squares, "<m^4>": [x * x for x in squares]}


def mixed_moments(e: Rows, m: Rows) -> dict[str, list[np.ndarray]]:
    """What the energy in another field takes."""
    return {"<e m>": [x * y for x, y in zip(e, m, strict=True)]}


def energies(sites: int, temperature: np.ndarray) -> dict[str, Quantity]:
    """Energy and specific heat at temperatures (T,), where no field is varied."""
    heat = partial(specific_heat, sites=sites, temperature=temperature)
    return {
        "energy": Quantity(_itself, ("<e>",), "energy", "energy per site"),
        "specific_heat": Quantity(heat, ("<e>", "<e^2>"), "k_B", "Var(E)/(N T^2)"),
    }


def energies_in_field(sites: int, temperature: np.ndarray, h: np.ndarray) -> dict[str, Quantity]:
    """The same of e - h m, where the moments of e are those without field."""

    def energy(e: np.ndarray, m: np.ndarray) -> np.ndarray:
        return e - h * m

    def heat(e: np.ndarray, m: np.ndarray, e2: np.ndarray, em: np.ndarray, m2: np.ndarray) -> np.ndarray:
        return specific_heat(e - h * m, e2 - 2.0 * h * em + h * h * m2, sites=sites, temperature=temperature)

    return {
        "energy": Quantity(energy, ("<e>", "<m>"), "energy", "energy per site"),
        "specific_heat": Quantity(heat, ("<e>", "<m>", "<e^2>", "<e m>", "<m^2>"), "k_B", "Var(E)/(N T^2)"),
    }


def magnetic(sites: int, temperature: np.ndarray) -> dict[str, Quantity]:
    """Magnetisation, its modulus, susceptibility and cumulant."""
    chi = partial(susceptibility, sites=sites, temperature=temperature)
    return {
        "magnetization": Quantity(_itself, ("<m>",), "1", "magnetisation per site"),
        "abs_magnetization": Quantity(_itself, ("<|m|>",), "1", "|magnetisation| per site"),
        "susceptibility": Quantity(chi, ("<|m|>", "<m^2>"), "1/energy", "N (<m^2> - <|m|>^2)/T"),
        "binder": Quantity(binder, ("<m^2>", "<m^4>"), "1", "1 - <m^4>/(3 <m^2>^2)"),
    }


def averages(described: dict[str, tuple[str, str]]) -> dict[str, Quantity]:
    """Plain averages of observables with (unit, long name)."""
    return {name: Quantity(_itself, (name,), unit, doc) for name, (unit, doc) in described.items()}


def _itself(mean: np.ndarray) -> np.ndarray:
    return mean
