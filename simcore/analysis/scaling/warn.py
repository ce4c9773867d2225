"""When the numbers of finite-size scaling are not to be trusted."""

from __future__ import annotations

import warnings


class ScalingWarning(UserWarning):
    """Some of the numbers, or their errors, are not to be trusted; the message says which."""


def warn(message: str) -> None:
    """From a public function."""
    warnings.warn(message, ScalingWarning, stacklevel=3)
