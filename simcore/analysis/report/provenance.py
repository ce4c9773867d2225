"""Where a result comes from, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ROWS = (
    ("simcore_version", "simcore"),
    ("python_version", "Python"),
    ("numpy_version", "NumPy"),
    ("numba_version", "Numba"),
    ("h5py_version", "h5py"),
    ("seed", "seed"),
    ("started", "started"),
    ("workers", "workers"),
    ("cpu", "CPU"),
    ("host", "host"),
)


def provenance(attributes: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Names and values of what the root of a result tells; what it does not tell is left out."""
    rows: list[tuple[str, object]] = [(title, attributes[key]) for key, title in _ROWS if key in attributes]
    if "wall_time" in attributes:
        rows.append(("wall time", f"{float(attributes['wall_time']):.3g} s"))
    if commit := str(attributes.get("git_commit", "")):
        changed = ", with changes that were not committed" if attributes.get("git_dirty") else ""
        rows.append(("git commit", f"{commit}{changed}"))
    return rows
