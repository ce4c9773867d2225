"""Make docs/images/ising-2d.png: the two-dimensional Ising model through its transition, against Onsager and Yang.

python docs/images/make.py        a minute on two cores; needs matplotlib
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import simcore

CRITICAL = 2 / np.log(1 + np.sqrt(2))
TEMPERATURES = (1.6, 1.8, 1.95, 2.05, 2.12, 2.18, 2.22, 2.25, 2.3, 2.36, 2.44, 2.55, 2.7, 2.9)
BLUE, ORANGE, GREY = "#1f4e79", "#d9711c", "0.35"


def ising(side: int, temperature: float, **run: object) -> dict:
    """A square lattice of side x side sites; hot starts above the transition, cold ones below."""
    return {
        "model": {
            "type": "ising",
            "lattice": {"type": "square", "size": side},
            "parameters": {"temperature": float(temperature), "J": 1.0, "h": 0.0},
            "initial": "ordered" if temperature < CRITICAL else "random",
        },
        "run": {"seed": 1, **run},
    }


def snapshot(place: Path) -> np.ndarray:
    """Spins of a lattice of 256 x 256 sites at the critical temperature, from a random start."""
    run = simcore.run(ising(256, CRITICAL, sweeps=20_000, measure_every=1000), out=place / "snapshot")
    return run.fields["s"][-1].values


def magnetisations(place: Path, side: int) -> tuple[np.ndarray, np.ndarray]:
    """<|m|> and its standard error at each temperature."""
    means, errors = [], []
    for temperature in TEMPERATURES:
        experiment = ising(side, temperature, thermalization=4000, sweeps=40_000, measure_every=5)
        estimates = simcore.run(experiment, out=place / f"{temperature}").estimates
        means.append(estimates["abs_magnetization"].item())
        errors.append(estimates["abs_magnetization_error"].item())
    return np.array(means), np.array(errors)


def exact(temperature: np.ndarray) -> np.ndarray:
    """The spontaneous magnetisation of the infinite lattice, C. N. Yang, Phys. Rev. 85, 808 (1952)."""
    below = np.minimum(temperature, CRITICAL)
    return np.maximum(0.0, 1 - np.sinh(2 / below) ** -4) ** (1 / 8)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        spins = snapshot(Path(folder))
        means, errors = magnetisations(Path(folder), 64)
    plt.rcParams.update({"font.size": 13, "axes.spines.top": False, "axes.spines.right": False})
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.9), layout="constrained", width_ratios=(1, 1.2))
    left.imshow(spins.T, cmap="cividis", origin="lower", interpolation="nearest", extent=(0, 256, 0, 256))
    left.spines[:].set_visible(True)
    left.set(xlabel="x (sites)", ylabel="y (sites)", xticks=range(0, 257, 64), yticks=range(0, 257, 64))
    left.set_title("Spins at the critical temperature")
    fine = np.unique(np.concatenate([np.linspace(1.5, 3.0, 1501), CRITICAL - np.geomspace(1e-9, 0.1, 400)]))
    right.plot(fine, exact(fine), color=ORANGE, lw=2.5, label="exact, infinite\nlattice (Yang 1952)")
    right.errorbar(
        TEMPERATURES,
        means,
        errors,
        fmt="o",
        color=BLUE,
        ms=6,
        capsize=3,
        label="simcore, 64 × 64,\nwith standard errors",
    )
    right.axvline(CRITICAL, color=GREY, lw=1, ls=":")
    right.annotate("$T_c$", (CRITICAL, 0.04), (6, 0), textcoords="offset points", color=GREY)
    right.set(xlabel="temperature $k_B T / J$", ylabel="magnetisation per site $\\langle |m| \\rangle$")
    right.set(xlim=(1.55, 2.95), ylim=(0, 1.02))
    right.set_title("From order to disorder")
    right.legend(frameon=False, loc="upper right", bbox_to_anchor=(1.02, 1.0), labelspacing=0.9)
    figure.savefig(Path(__file__).with_name("ising-2d.png"), dpi=110)


if __name__ == "__main__":
    main()
