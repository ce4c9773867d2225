"""What checking a model has found, one line for each thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """ok: whether `found` lies within what is `allowed`; None if the thing could not be checked, or is a remark."""

    what: str
    found: str
    allowed: str = ""
    ok: bool | None = None

    @property
    def verdict(self) -> str:
        """ok, FAILED, or a dash."""
        return "-" if self.ok is None else "ok" if self.ok else "FAILED"


def within(what: str, found: float, most: float, unit: str = "") -> Check:
    """A number that must not be larger than `most`; one that is not finite is."""
    return Check(what, f"{found:.3g} {unit}".rstrip(), f"at most {most:.3g}", bool(found <= most))
