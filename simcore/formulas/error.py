"""What is wrong with an expression, and if in its text."""

from __future__ import annotations

from simcore.errors import SimcoreError

SHOWN = 60


class ExpressionError(SimcoreError, ValueError):
    """A formula that cannot be used: `reason` says why, `column` (from 1) if in `text`.

    It is a ValueError so that pydantic turns it into one problem of the experiment.
    """

    exit_code = 2

    def __init__(self, text: str, column: int, reason: str) -> None:
        self.text, self.column, self.reason = text, column, reason
        shown = text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
        super().__init__(f"expression {shown!r}, column {column}: {reason}")

    def __reduce__(self) -> tuple:
        return type(self), (self.text, self.column, self.reason)
