"""What numba says of a kernel that it does not compile, in one line."""

from __future__ import annotations

from simcore.compiler.numba_errors import rejection

SAID = """Failed in nopython mode pipeline (step: nopython frontend)
Unknown attribute 'mean' of type float64

File "mine.py", line 7:
def f(u, i):
    return u[i].mean()
    ^
"""


def test_colours_change_nothing():
    """numba marks its message with them if colorama is installed, as many packages see to."""
    plain = rejection(Exception(SAID)).message
    assert plain == "numba cannot compile 'f', at `return u[i].mean()`: Unknown attribute 'mean' of type float64"
    bold = "\n".join(f"\x1b[1m\x1b[1m{line}\x1b[0m" if line.strip() else line for line in SAID.splitlines())
    assert rejection(Exception(bold)).message == plain
