"""Schemes by NumPy alone, from their tables. Each takes rates(state, t) and gives one step."""

from __future__ import annotations

import numpy as np

C = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
A = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
HATS = (5179 / 57600, 0.0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)


def moved(state, dt, slopes, weights):
    return {u: a + dt * sum(w * k[u] for w, k in zip(weights, slopes, strict=False)) for u, a in state.items()}


def euler(rates, state, t, dt):
    return moved(state, dt, [rates(state, t)], [1.0])


def rk2(rates, state, t, dt):
    half = moved(state, dt, [rates(state, t)], [0.5])
    return moved(state, dt, [rates(half, t + dt / 2)], [1.0])


def rk4(rates, state, t, dt):
    k1 = rates(state, t)
    k2 = rates(moved(state, dt, [k1], [0.5]), t + dt / 2)
    k3 = rates(moved(state, dt, [k2], [0.5]), t + dt / 2)
    k4 = rates(moved(state, dt, [k3], [1.0]), t + dt)
    return moved(state, dt, [k1, k2, k3, k4], [1 / 6, 1 / 3, 1 / 3, 1 / 6])


def leapfrog(rates, state, t, dt):
    """Velocities, `u_t`, lie half a step behind; they begin at t = 0."""
    share = 0.5 if t == 0.0 else 1.0
    slopes = rates(state, t)
    new = {u: a + share * dt * slopes[u] for u, a in state.items() if u.endswith("_t")}
    return new | {u: a + dt * new[f"{u}_t"] for u, a in state.items() if not u.endswith("_t")}


class RK45:
    """With the PI controller of Hairer and Wanner, section IV.2. It keeps what it remembers from step to step."""

    def __init__(self, relative, absolute, dt):
        self.relative, self.absolute, self.length, self.before = relative, absolute, dt, 1.0
        self.stops = ()  # times at which a step ends

    def __call__(self, rates, state, t):
        """The new state and its time."""
        longest = min((stop for stop in self.stops if stop > t), default=np.inf) - t
        while True:
            dt, slopes = min(self.length, longest), []
            for c, weights in zip(C, A, strict=True):
                stage = moved(state, dt, slopes, weights) if weights else state
                slopes.append(rates(stage, t + c * dt))
            other = moved(state, dt, slopes, HATS)
            error = max(
                np.max(
                    np.abs(stage[u] - other[u])
                    / (self.absolute + self.relative * np.maximum(np.abs(state[u]), np.abs(stage[u])))
                )
                for u in state
            )
            if error <= 1.0:
                kept = max(error, 1e-4)
                factor = 0.9 * kept**-0.14 * self.before**0.08
                proposed = dt * min(5.0, max(0.2, factor))
                self.length, self.before = max(self.length, proposed) if dt < self.length else proposed, kept
                return stage, t + dt
            self.length = dt * max(0.2, 0.9 * error**-0.2)


STEPS = {"euler": euler, "euler_maruyama": euler, "rk2": rk2, "rk4": rk4, "leapfrog": leapfrog}
