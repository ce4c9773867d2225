"""The width of proposals, tuned while the system settles."""

from __future__ import annotations

import math
from collections.abc import Mapping

from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Options
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem

GAIN = 8.0
HEAD_START = 7.0


def tuned_width(width, step, accepted, attempts, target_acceptance, largest_width):
    """The width after a step: log w grows by GAIN (share accepted - target)/(step + HEAD_START).

    H. Robbins and S. Monro, Ann. Math. Stat. 22, 400 (1951). The share falls by about 0.3 for each unit of log w, so
    that a GAIN of 8 forgets the start faster than 1/step, and its own noise falls as fast as it can.
    """
    rise = GAIN * (accepted / attempts - target_acceptance) / (step + HEAD_START)
    return min(width * math.exp(rise), largest_width)


def width_constants(system: SpinSystem, options: Options) -> Mapping[str, float]:
    """What `tuned_width` names. An angle moves by pi at most, which is anywhere."""
    return {
        "attempts": ATTEMPTS * system.geometry.sites,
        "target_acceptance": options.acceptance,
        "largest_width": math.pi if isinstance(system.spin, Angle) else 1e100,
    }
