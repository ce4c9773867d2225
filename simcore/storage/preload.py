"""What the fork server does once, so that no writer does it while a run waits: importing this module does it.

It imports what makes files, and makes one of each kind in memory: HDF5 fills its tables of types at first use.
"""

from __future__ import annotations

import contextlib

with contextlib.suppress(Exception):  # what is broken here fails again in the writer, where it can be reported
    import numpy as np

    from simcore.storage import image, netcdf, writer  # noqa: F401
    from simcore.storage.dataset import Group, Result, Variable

    _number = Variable((), np.zeros(()))
    _series = Group({"u": Variable(("step",), np.zeros(2))}, {"step": Variable(("step",), np.arange(2))})
    netcdf.pack(Result({"series": _series, "estimates": Group({"u": _number})}, {"experiment": "", "steps": 1}))
    image.pack({"state/u": np.zeros(2)}, {"experiment": "", "steps": 1, "seconds": 0.0}, 512)
