"""Diffusion with noise, exact in time for each Fourier mode: a `HostPhase`. Run it from the top of the repository:

simcore run docs/examples/noisy-diffusion.yaml
"""

import numpy as np

from simcore import HostPhase, Model, Observable, Parameters, StateArray, parameter


def square(u, i, j):
    return u[i, j] ** 2


def value(u, i, j):
    return u[i, j]


class NoisyDiffusionParameters(Parameters):
    D: float = parameter(1.0, doc="diffusion coefficient", above=0.0)
    noise: float = parameter(1.0, doc="variance that a cell gains in unit time", at_least=0.0)


class NoisyDiffusion(Model):
    """du = D laplace(u) dt + sqrt(noise) dW on a periodic square; each mode is an Ornstein-Uhlenbeck process."""

    clock = "time"
    reference = "D. T. Gillespie, Phys. Rev. E 54, 2084 (1996)"

    size: int = parameter(64, doc="cells along a side", at_least=2)
    amplitude: float = parameter(1.0, doc="of the mode that the field begins with")
    parameters: NoisyDiffusionParameters

    def state(self):
        x = np.arange(self.size)[:, None]
        start = np.broadcast_to(self.amplitude * np.cos(2 * np.pi * x / self.size), (self.size, self.size))
        return [StateArray("u", (self.size, self.size), "float64", start)]

    def phases(self):
        return [HostPhase(self.diffuse, reads="u", writes="u")]

    def diffuse(self, arrays, clock, random):
        u, n = arrays["u"], self.size
        kx, ky = np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)
        rate = self.parameters.D * (2 * np.pi) ** 2 * (kx**2 + ky**2)
        gained = -np.expm1(-2 * rate * clock.dt) / np.where(rate > 0, 2 * rate, 1.0)
        gained[0, 0] = clock.dt
        modes = np.exp(-rate * clock.dt) * np.fft.rfft2(u)
        modes += np.sqrt(self.parameters.noise * gained) * np.fft.rfft2(random.normal(u.shape))
        u[...] = np.fft.irfft2(modes, u.shape)

    def observables(self):
        return [Observable("mean_u", value), Observable("mean_square", square)]
