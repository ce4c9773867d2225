"""Why numba does not compile a kernel, in one line instead of a page."""

from __future__ import annotations

import re

from simcore.errors import InvalidValueError

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # numba's, if colorama is installed
_CHATTER = re.compile(r"Failed in |During: |File \"|\s*$|\s*[-*] |There are \d+ candidate")
_SIGNATURE = re.compile(r"^ *>>> (.*)$", re.MULTILINE)
_EXCERPT = re.compile(r"^File \"[^\n]*:\n((?:.+\n)*?) *\^", re.MULTILINE)
_CALLEE = re.compile(r"<function (\w+) at ")


def rejection(error: Exception) -> InvalidValueError:
    """The refusal of a model whose kernel numba does not compile: the function, its line, and numba's reason."""
    text = _COLOURS.sub("", str(error))
    function, line = _place(text)
    where = f" '{function}'" if function else " a kernel of this model"
    return InvalidValueError(
        "model",
        f"numba cannot compile{where}{f', at `{line}`' if line else ''}: {_reason(text) or type(error).__name__:.300}",
    )


def _reason(text: str) -> str:
    """The innermost complaint, which numba puts first, behind the stages that failed; empty if there is none."""
    reason = next((line.strip() for line in text.splitlines() if not _CHATTER.match(line)), "")
    signature = _SIGNATURE.search(text)
    if reason.startswith("No implementation of") and signature:
        return f"there is no {signature[1]}"
    return re.sub(r", defined at .*|\.*( Raised from None)?$", "", reason)


def _place(text: str) -> tuple[str, str]:
    """The innermost function and line that numba shows; if Python has no source, the name alone."""
    excerpt = _EXCERPT.search(text)
    if excerpt is None:
        callee = _CALLEE.search(text)
        return (callee[1] if callee else ""), ""
    lines = excerpt[1].splitlines()
    name = re.match(r"\s*def (\w+)", lines[0])
    return (name[1] if name and not name[1].startswith("_") else ""), lines[-1].strip()
