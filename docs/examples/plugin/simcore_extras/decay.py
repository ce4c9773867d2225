"""A model: see docs/models.md."""

from simcore import CellPhase, Model, Observable, Parameters, StateArray, parameter


def fade(u, rate, dt, i):
    return u[i] * (1.0 - rate * dt)


def value(u, i):
    return u[i]


class DecayParameters(Parameters):
    rate: float = parameter(0.1, doc="share that decays in a unit of time", at_least=0.0)


class Decay(Model):
    """Amounts that decay, each by itself."""

    clock = "time"
    parameters: DecayParameters

    def state(self):
        return [StateArray("u", (16,), "float64", 1.0)]

    def phases(self):
        return [CellPhase(fade, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean_u", value)]
