"""Symmetric proposals for continuous spins: from a to a' as likely as from a' to a."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.vector_functions import vector_normals
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import Angle, Spin, Vector

WIDTH = "width"


def turned(angle, step):
    """The angle plus a step of at most pi, from -pi to pi."""
    moved = angle + step
    moved = moved - 6.283185307179586 if moved >= 3.141592653589793 else moved
    return moved + 6.283185307179586 if moved < -3.141592653589793 else moved


def propose(function: KernelWriter, spin: Spin, old: Sequence[str]) -> tuple[list[str], int]:
    """Lines that make a proposal from the components `old`: the names of its components, and how many draws it took.

    An angle and a real number move by a uniform step from -width to width. A vector becomes
    (a + width g)/|a + width g|, g a vector of standard normal numbers: since g has no preferred direction, how
    likely a' is depends on the angle between a and a' alone.
    """
    width = function.argument(WIDTH)
    if isinstance(spin, Vector):
        return _vector(function, spin, old, width)
    step = f"{width} * (2.0 * random[0] - 1.0)"
    if isinstance(spin, Angle):
        return [function.let("new", f"{function.use(turned)}({old[0]}, {step})")], 1
    return [function.let("new", f"{old[0]} + {step}")], 1


def _vector(function: KernelWriter, spin: Vector, old: Sequence[str], width: str) -> tuple[list[str], int]:
    pair = function.use(vector_normals)
    normals: list[str] = []
    for draw in range(0, spin.n, 2):
        two = [function.local(f"normal{draw + 1}"), function.local(f"normal{draw + 2}")]
        function.line(f"{', '.join(two)} = {pair}(random[{draw}], random[{draw + 1}])")
        normals += two
    moved = [
        function.let(f"moved{suffix}", f"{component} + {width} * {normal}")
        for suffix, component, normal in zip(spin.suffixes, old, normals, strict=False)
    ]
    length = function.let("length", f"np.sqrt({' + '.join(f'{name} * {name}' for name in moved)})")
    new = [
        function.let(f"new{suffix}", f"{name} / {length}") for suffix, name in zip(spin.suffixes, moved, strict=True)
    ]
    return new, len(normals)
