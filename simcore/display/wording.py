"""Numbers as a person reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping

PREFIXES = ("", "k", "M", "G", "T", "P")
BINARY_PREFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi")


def _prefixed(value: float, prefixes: tuple[str, ...], base: int) -> tuple[str, str]:
    """Three digits of a non-negative value and the prefix they go with."""
    power = 0
    # 999.5 rounds to 1000, which belongs to the next prefix.
    while value >= 999.5 and power < len(prefixes) - 1:
        value /= base
        power += 1
    decimals = 0 if value >= 99.95 or power == 0 else 1 if value >= 9.995 else 2
    return f"{value:.{decimals}f}", prefixes[power]


def rate(sites_per_second: float) -> str:
    """`35.2 Msite/s`."""
    digits, prefix = _prefixed(sites_per_second, PREFIXES, 1000)
    return f"{digits} {prefix}site/s"


def memory(count: int) -> str:
    """`12.5 MiB` for a number of bytes."""
    digits, prefix = _prefixed(float(count), BINARY_PREFIXES, 1024)
    return f"{digits} {prefix}B"


def duration(seconds: float) -> str:
    """`0.35 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 9.95:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for large, small, size in (("d", "h", 3600), ("h", "min", 60), ("min", "s", 1)):
        step = 24 if large == "d" else 60
        count, rest = divmod(whole // size, step)
        if count:
            return f"{count} {large} {rest} {small}" if rest else f"{count} {large}"
    return f"{whole} s"


def share(step: int, total: int) -> str:
    """`44 %`, rounded down, so that only the end is 100 %."""
    return f"{100 * step // total if total else 100} %"


def values(latest: Mapping[str, float]) -> list[str]:
    """`energy -1.4341` for each observable."""
    return [f"{name} {value:.5g}" for name, value in latest.items()]
