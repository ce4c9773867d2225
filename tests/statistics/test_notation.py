"""The usual short form of a value with its error."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.statistics import notation

CASES = [
    (1.4337, 0.0012, "1.4337(12)"),
    (-1.4337, 0.0012, "-1.4337(12)"),
    (1.43374, 0.0996, "1.43(10)"),
    (1.0, 0.996, "1.0(1.0)"),
    (0.5, 0.12, "0.50(12)"),
    (12.3, 4.5, "12.3(4.5)"),
    (99.96, 9.96, "100(10)"),
    (12345, 67, "12345(67)"),
    (12345, 678, "1.234(68)e+04"),
    (100.4, 99.6, "1.0(1.0)e+02"),
    (1e6, 10, "1.000000(10)e+06"),
    (3.2e200, 1e198, "3.200(10)e+200"),
    (1e-7, 3e-9, "1.000(30)e-07"),
    (1e-310, 1e-312, "1.000(10)e-310"),
    (0.0, 0.01, "0.000(10)"),
    (0.0, 1e-9, "0.0(1.0)e-09"),
    (-0.001, 5.2, "0.0(5.2)"),
    (1e-9, 2.0, "0.0(2.0)"),
    (0.25, 0.0, "0.25(0)"),
    (1.0, 1e-17, "1(1e-17)"),
    (0.25, math.nan, "0.25(nan)"),
    (0.25, math.inf, "0.25(inf)"),
    (math.nan, 1.0, "nan"),
    (math.nan, math.nan, "nan"),
    (-math.inf, 1.0, "-inf"),
]


@pytest.mark.parametrize(("value", "error", "text"), CASES)
def test_a_value_is_written_with_its_error(value, error, text):
    assert notation(value, error) == text


def test_numbers_of_numpy_are_numbers():
    assert notation(np.float64(1.4337), np.float64(0.0012)) == notation(np.float32(1.4337), np.float32(0.0012))


def test_a_negative_error_is_refused():
    with pytest.raises(ValueError, match=r"not negative: -1\.0"):
        notation(1.0, -1.0)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(min_value=0.0, allow_infinity=False))
def test_what_is_written_is_what_was_meant(value, error):
    """Value and error are read back to half a unit of the last of the error's two digits."""
    text = notation(value, error)
    parts = re.fullmatch(r"(-?\d+)(?:\.(\d+))?\((\d+)(\.\d+)?\)(?:e([+-]\d+))?", text)
    if error <= abs(value) * 1e-16:
        assert text.endswith(f"({error:g})")
        return
    assert parts, text
    whole, fraction, error_digits, error_fraction, exponent = parts.groups()
    decimals = len(fraction or "")
    scale = Decimal(10) ** int(exponent or 0)
    unit = scale / Decimal(10) ** decimals
    read_value = Decimal(f"{whole}.{fraction or 0}") * scale
    read_error = Decimal(error_digits + error_fraction) * scale if error_fraction else Decimal(error_digits) * unit
    half = unit * Decimal("0.5000000001")
    assert abs(read_value - Decimal(value)) <= half
    assert abs(read_error - Decimal(error)) <= half
    assert 10 <= read_error / unit <= 100
