"""Store a small run, result and checkpoint, in the format of today: `python tests/data/store_run.py FOLDER`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import simcore

EXPERIMENT = {
    "name": "stored",
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.5}},
    "run": {"seed": 11, "sweeps": 40, "measure_every": 4, "thermalization": 8},
    "checkpoint": {"every": "24 steps", "keep": 1},
    "output": {"fields": {"every": "24 steps"}},
}

if __name__ == "__main__":
    socket.gethostname = lambda: "somewhere"  # whoever makes it
    place = Path(sys.argv[1])
    run = simcore.run(EXPERIMENT, out=place, workers=1)
    (place / "run.log").unlink()
    print({name: float(value) for name, value in run.estimates.data_vars.items()})
