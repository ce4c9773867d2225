"""Complex series are refused: an error and an order of samples are defined for real numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class ComplexValueError(ValueError):
    """A complex number if a real one is needed."""


def check_real(x: ArrayLike, name: str = "x") -> None:
    """ValueError if x, of any shape, is complex. name: of x in the message."""
    if np.asarray(x).dtype.kind == "c":
        raise ComplexValueError(
            f"{name} is complex: a value and its error must be real; give x.real and x.imag (or abs(x)) separately,"
            " or both as two series to a function of means"
        )
