"""What is seen to read around its cell only, and what is not."""

from __future__ import annotations

import pytest

from simcore.compiler.dependence import reads_near

NEAR = [
    "return u[i, j] + v[i - 1, j + 5] * u[i + 2, j]",
    "return u[i] - 2 * u[i - 2]",
    "a = u[i, j]\n    return (a, table[7, n])",
]
FAR = [
    "return u[i + 3, j]",
    "return u[0, j]",
    "return u[n - i, j]",
    "return u[i + n, j]",
    "return u[j, i]",
    "return u[i, j] + other(u, i, j)",
    "w = u\n    return w[0, j]",
    "return u.mean()",
    "i = 3\n    return u[i, j]",
    "i += 3\n    return u[i, j]",
    "return sum([u[i, j] for i in range(n)])",
    "u[i, j] = 1.0\n    return u[i, j]",
    "return u[..., j]",
]


@pytest.mark.parametrize("body", NEAR)
def test_reads_at_fixed_offsets_from_the_row_are_near(body):
    assert reads_near(f"def f(u, v, i, j, n):\n    {body}\n", ["u", "v"], 2)


@pytest.mark.parametrize("body", FAR)
def test_what_reads_elsewhere_or_cannot_be_seen_through_is_not_near(body):
    assert not reads_near(f"def f(u, v, i, j, n):\n    {body}\n", ["u", "v"], 2)


def test_a_function_without_source_is_not_near():
    assert not reads_near("", ["u"], 1)
