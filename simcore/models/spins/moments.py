"""What the fluctuations of energy and magnetisation give (k_B = 1; e, m per site; means over samples)."""

from __future__ import annotations


def specific_heat(mean_e: float, mean_e2: float, *, sites: int, temperature: float) -> float:
    """Var(E)/(N T^2) = N (<e^2> - <e>^2)/T^2."""
    return sites * (mean_e2 - mean_e**2) / temperature / temperature


def susceptibility(mean_abs_m: float, mean_m2: float, *, sites: int, temperature: float) -> float:
    """N (<m^2> - <|m|>^2)/T."""
    return sites * (mean_m2 - mean_abs_m**2) / temperature


def binder(mean_m2: float, mean_m4: float) -> float:
    """1 - <m^4>/(3 <m^2>^2): 2/3 in the ordered phase, 0 for Gaussian m (K. Binder, Z. Phys. B 43, 119 (1981))."""
    return 1.0 - mean_m4 / (3.0 * mean_m2**2)
