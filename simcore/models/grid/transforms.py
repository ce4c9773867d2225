"""The transforms in which a second difference is diagonal, by the walls of an axis, and linear solves by them.

On cell centres an even stencil turns waves of the right symmetry at both sides into themselves: cos for a side with an
outward derivative, sin for one with a value (homogeneous), of the angles theta = pi k/n (DCT-II), pi (k + 1)/n
(DST-II), pi (k + 1/2)/n (types IV, a side of each kind): G. Strang, SIAM Review 41, 135 (1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simcore.models.grid.linear_system import LinearSystem
from simcore.spec.arrays import Periodic, Side

Kind = Literal["none", "fft", "dct2", "dst2", "dct4", "dst4"]
KINDS: Mapping[tuple[int, int], Kind] = {(1, 1): "dct2", (-1, -1): "dst2", (1, -1): "dct4", (-1, 1): "dst4"}
"""By the scales of the ghost cells at the lower and at the upper end."""
NUMBERS = (int, float, complex)


def kind_of(lower: Side, upper: Side) -> Kind:
    """The transform of an axis with these sides; that of the nearest scale, 1 or -1, if it is another number."""
    if isinstance(lower, Periodic) or isinstance(upper, Periodic):
        return "fft"
    low, high = (-1 if isinstance(s.scale, NUMBERS) and s.scale.real < 0.0 else 1 for s in (lower, upper))
    return KINDS[low, high]


@dataclass(frozen=True)
class Transform:
    """Along each axis the transform of its kind, one-threaded; real: of real numbers."""

    kinds: tuple[Kind, ...]
    shape: tuple[int, ...]
    real: bool

    @property
    def periodic(self) -> tuple[int, ...]:
        """The axes whose ends meet."""
        return tuple(axis for axis, kind in enumerate(self.kinds) if kind == "fft")

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Of the last axes of an array."""
        from scipy import fft

        extra = values.ndim - len(self.shape)
        for axis, kind in enumerate(self.kinds):
            if kind in KINDS.values():
                function = fft.dct if kind[1] == "c" else fft.dst
                values = function(values, int(kind[-1]), axis=axis + extra, norm="ortho", workers=1)
        if not self.periodic:
            return values
        return (fft.rfftn if self.real else fft.fftn)(values, axes=[a + extra for a in self.periodic], workers=1)

    def backward(self, values: np.ndarray) -> np.ndarray:
        """The inverse of `forward`."""
        from scipy import fft

        extra = values.ndim - len(self.shape)
        if axes := [a + extra for a in self.periodic]:
            if self.real:
                lengths = [self.shape[a] for a in self.periodic]
                values = fft.irfftn(values, s=lengths, axes=axes, workers=1)
            else:
                values = fft.ifftn(values, axes=axes, workers=1)
        for axis, kind in enumerate(self.kinds):
            if kind in KINDS.values():
                function = fft.idct if kind[1] == "c" else fft.idst
                values = function(values, int(kind[-1]), axis=axis + extra, norm="ortho", workers=1)
        return values

    def angles(self, axis: int) -> np.ndarray:
        """theta of the modes along an axis, shaped to broadcast."""
        n, kind = self.shape[axis], self.kinds[axis]
        if kind == "none":
            theta: np.ndarray = np.zeros(1)
        elif kind == "fft":
            halved = self.real and axis == self.periodic[-1]
            theta = 2.0 * np.pi * (np.fft.rfftfreq(n) if halved else np.fft.fftfreq(n))
        else:
            begin = {"dct2": 0.0, "dst2": 1.0, "dct4": 0.5, "dst4": 0.5}[kind]
            theta = np.pi * (np.arange(n) + begin) / n
        return theta.reshape([-1 if k == axis else 1 for k in range(len(self.shape))])

    def along(self, axis: int, cells: int) -> np.ndarray:
        """For `linear.symbol`. At walls the even part of a stencil: what an odd one does is no multiple of a mode."""
        theta = self.angles(axis)
        return np.exp(1j * cells * theta) if self.kinds[axis] == "fft" else np.cos(cells * theta)


class Spectral:
    """1/(1 - step L), mode by mode: for each mode the inverse of a small matrix of the variables `names`.

    nbytes: taken while it is made, more than what is held then.
    """

    def __init__(self, linear: LinearSystem, names: Sequence[str], transform: Transform, step: float) -> None:
        self.transform = transform
        symbols = {
            pair: _real(np.asarray(value))
            for pair, value in linear.symbols(transform.along).items()
            if {*pair} <= {*names}
        }
        self.inverse: dict[tuple[int, int], Any] = {}
        if len(names) == 1:
            self.inverse[0, 0] = 1.0 / (1.0 - step * symbols.get((names[0], names[0]), np.zeros(())))
            self.nbytes = 2 * self.inverse[0, 0].nbytes
            return
        modes = np.broadcast_shapes(*(value.shape for value in symbols.values()))
        matrix = np.zeros((*modes, len(names), len(names)), np.result_type(float, *symbols.values()))
        matrix[...] = np.eye(len(names))
        place = {name: number for number, name in enumerate(names)}
        for (row, column), value in symbols.items():
            matrix[..., place[row], place[column]] -= step * value
        inverted = np.linalg.inv(matrix)
        for i in range(len(names)):
            for j in range(len(names)):
                if inverted[..., i, j].any():
                    self.inverse[i, j] = np.ascontiguousarray(inverted[..., i, j])
        self.nbytes = 2 * matrix.nbytes + sum(value.nbytes for value in self.inverse.values())

    def solve(self, right: np.ndarray) -> np.ndarray:
        """right: the variables, then the cells."""
        modes = self.transform.forward(right)
        if len(right) == 1:
            modes = modes * self.inverse[0, 0]
            return self.transform.backward(modes)
        solved = np.zeros(modes.shape, np.result_type(modes, *self.inverse.values()))
        for (row, column), inverse in self.inverse.items():
            solved[row] += inverse * modes[column]
        return self.transform.backward(solved)


def _real(values: np.ndarray) -> np.ndarray:
    """Without its imaginary part if that is 0, or rounding."""
    if values.dtype.kind == "c" and np.abs(values.imag).max(initial=0.0) <= 1e-15 * np.abs(values).max(initial=0.0):
        return np.ascontiguousarray(values.real)
    return values
