"""Experiments and callbacks for tests, which a command of its own imports too."""

from __future__ import annotations

from typing import Any

import numpy as np


def heat(**run: Any) -> dict[str, Any]:
    """A wave that decays, measured every 5 of 60 steps."""
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": [12, 7]},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": "1 + sin(2*pi*x/12)"}},
            "equations": {"u": "D*laplace(u)"},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 60, "measure_every": 5, **run},
        "checkpoint": {"every": 15},
    }


def ising(**run: Any) -> dict[str, Any]:
    """64 spins, measured every second sweep."""
    return {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.5}},
        "run": {"seed": 3, "sweeps": 400, "thermalization": 100, "measure_every": 2, **run},
        "checkpoint": {"every": 50},
    }


def spread(view: Any) -> dict[str, Any]:
    return {"spread": np.ptp(view.arrays["u"]), "hottest": int(view.arrays["u"].argmax())}


def walls(view: Any) -> dict[str, float]:
    """The share of unlike bonds: of a square lattice it is (2 + energy)/4, exactly."""
    s = view.arrays["s"]
    return {"walls": np.mean([s != np.roll(s, 1, axis) for axis in (0, 1)])}
