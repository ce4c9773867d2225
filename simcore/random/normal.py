"""Normal numbers from uniform ones, for kernels."""

from __future__ import annotations

from typing import Any

import numpy as np


def normal_pair(first: Any, second: Any) -> tuple[Any, Any]:
    """Two independent standard normal numbers from two uniform ones in [0, 1).

    G. E. P. Box and M. E. Muller, Ann. Math. Stat. 29, 610 (1958): one root and one logarithm for both.
    """
    radius = np.sqrt(-2.0 * np.log1p(-first))
    angle = 6.283185307179586 * second
    return radius * np.cos(angle), radius * np.sin(angle)
