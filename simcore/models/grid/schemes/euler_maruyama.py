"""The scheme of Euler and Maruyama, for noise."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.formulas.tree import Name
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.noise import face_array, increments, into_cells, is_conserved, through_faces
from simcore.models.grid.schemes.scheme import Scheme
from simcore.models.grid.system import DT, System, add, times


class EulerMaruyama(Scheme):
    """u(t + dt) = u + dt f(u, t) + g(u, t) sqrt(dt/V) N(0, 1), in the sense of Ito.

    Strong order 1/2 (1 if g is constant), weak order 1: P. E. Kloeden and E. Platen, Numerical Solution of
    Stochastic Differential Equations, Springer (1992), chapters 10 and 14.
    """

    growth = (1.0, 1.0)
    stages = False
    takes_seconds = False
    noisy = True
    conserving = True

    def work(self, system: System) -> Sequence[Work]:
        conserved = [name for name, amplitude in system.noise.items() if is_conserved(amplitude)]
        return [Work(face_array(name, axis), name, faces=True) for name in conserved for axis in system.axes]

    def phases(self, kernels: Kernels) -> Sequence[Step]:
        axes, complexes = kernels.system.axes, kernels.system.complex_names
        stage = kernels.stage(0, 0.0)
        conserved = {name: amplitude for name, amplitude in stage.noise.items() if is_conserved(amplitude)}
        faces, drawn = through_faces(conserved, axes, complexes)
        plain = {name: amplitude for name, amplitude in stage.noise.items() if name not in conserved}
        noise, normals = increments(plain, complexes)
        new = {name: add(Name(name), times(DT, rate)) for name, rate in stage.rates.items()}
        new |= {name: add(new[name], jump) for name, jump in noise.items()}
        new |= {name: add(new[name], into_cells(name, axes)) for name in conserved}
        before = [*stage.before, *([kernels.phase("through_faces", faces, normals=drawn)] if faces else [])]
        return [*before, kernels.phase("euler_maruyama", new, normals=normals)]
