"""Complex series are refused: a mean with one error, and an order of samples, are of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


class ComplexValueError(ValueError):
    """A complex number where a real one is needed."""


def check_real(x: Any, name: str = "x") -> None:
    """ValueError if x, of any shape, is complex. name: what it is called in the message."""
    if np.asarray(x).dtype.kind == "c":
        raise ComplexValueError(
            f"{name} is complex: a value and its error are of real numbers; give its parts one by one, x.real and"
            " x.imag (or abs(x)), and to a function of means both of them as two series"
        )
