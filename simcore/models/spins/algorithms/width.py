"""The width of proposals, tuned while the system settles."""

from __future__ import annotations

import math
from collections.abc import Mapping

from simcore.models.spins.algorithms.algorithm import ATTEMPTS, Options
from simcore.models.spins.algorithms.proposals import WIDTH
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem
from simcore.spec.phases import Tuned

GAIN = 8.0
HEAD_START = 7.0
FOLLOWING = 0.1
"""The least gain where parameters change from step to step: the width follows them within about thirty sweeps."""


def tuned_width(width, step, accepted, attempts, target_acceptance, largest_width):
    """The width after a step: log w grows by GAIN (share accepted - target)/(step + HEAD_START).

    H. Robbins and S. Monro, Ann. Math. Stat. 22, 400 (1951). The share falls by about 0.3 for each unit of log w, so
    that a GAIN of 8 forgets the start faster than 1/step, and its own noise falls as fast as it can.
    """
    rise = GAIN * (accepted / attempts - target_acceptance) / (step + HEAD_START)
    return min(width * math.exp(rise), largest_width)


def following_width(width, step, accepted, attempts, target_acceptance, largest_width):
    """The same with a gain of at least FOLLOWING."""
    gain = max(GAIN / (step + HEAD_START), FOLLOWING)
    return min(width * math.exp(gain * (accepted / attempts - target_acceptance)), largest_width)


def width_of(system: SpinSystem, options: Options) -> Tuned:
    """The tuned number; it is adjusted in all steps if a parameter changes from step to step."""
    changing = bool(system.scheduled)
    return Tuned(WIDTH, options.width, following_width if changing else tuned_width, always=changing)


def width_constants(system: SpinSystem, options: Options) -> Mapping[str, float]:
    """What `tuned_width` names. An angle moves by pi at most, which is anywhere."""
    return {
        "attempts": ATTEMPTS * system.geometry.sites,
        "target_acceptance": options.acceptance,
        "largest_width": math.pi if isinstance(system.spin, Angle) else 1e100,
    }
