"""How many points a sweep may have."""

from __future__ import annotations

MOST_POINTS = 1_000_000


def too_many(points: int) -> str:
    """What to say of more."""
    return f"{points:,} points are too many; a sweep has at most {MOST_POINTS:,}, replicas counted"
