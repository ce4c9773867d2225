"""A smooth curve through points with known errors; its length scale is inferred from the points.

The curve is a Gaussian process (C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning (2006)): a
straight line that nothing restricts, and cosines whose amplitudes have normal priors of variance exp(-length times
frequency) (A. Solin, S. Särkkä, Stat. Comput. 30, 419 (2020)). That is the spectrum of a function without
singularities within `length` of the real axis, as the scaling functions of a finite system are. The coordinate is the
temperature, or arcsinh of it around the steepest place, so that a curve may bend at one place and be flat elsewhere.

Length, amplitude and coordinate are averaged over, each with its evidence (the probability of the points, D. J. C.
MacKay, Neural Comput. 4, 415 (1992)): a stiff curve that misses the points has little, and so has a soft one that could
have followed any points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

MODES = 40
"""Columns of the design matrix: one, the coordinate, and cosines."""

COMPRESSIONS = (math.inf, 0.3, 0.1, 0.03)
"""Widths of the coordinates that are tried, in halves of the range of the points."""

_MARGIN = 1.3  # the cosines' interval by that of the points: they have zero slope at its ends, the curve need not
_FLAT = 30.0  # prior standard deviation of the straight line, in spreads of the points
_LENGTHS = np.geomspace(0.06, 2.0, 8)  # in halves of the range
_AMPLITUDES = np.geomspace(0.2, 10.0, 4)  # in spreads of the points

STIFF = 6 * len(_AMPLITUDES) + 1
"""Which of the priors a fit far from its end begins with: length 1.2, amplitude 0.7."""

SOFT = len(_AMPLITUDES) - 1
"""The prior of the shortest length and the largest amplitude."""

_LEAST_WEIGHT = 1e-3  # of a curve in the average, relative to the likeliest
_FREQUENCIES = np.pi / (2.0 * _MARGIN) * np.arange(-1, MODES - 1)  # of the first two columns none is used


@dataclass(frozen=True)
class Coordinate:
    """u of x: x itself about a centre, or arcsinh((x - centre) / width); -1 to 1 in the range of the points."""

    centre: float
    width: float
    middle: float = 0.0
    half: float = 1.0

    @classmethod
    def over(cls, low: float, high: float, centre: float, width: float) -> Coordinate:
        """The one that is -1 and 1 at the ends. width: infinite for x itself."""
        raw = cls(centre, width)
        a, b = raw.at(np.array([low, high]))[0]
        return replace(raw, middle=0.5 * (a + b), half=0.5 * (b - a))

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """u and du/dx, in the shape of x."""
        if math.isinf(self.width):
            return (x - self.centre - self.middle) / self.half, np.full(np.shape(x), 1.0 / self.half)
        t = (x - self.centre) / self.width
        return (np.arcsinh(t) - self.middle) / self.half, 1.0 / (np.sqrt(1.0 + t * t) * self.width * self.half)


def design(u: np.ndarray) -> np.ndarray:
    """The columns at u, (..., MODES): 1, u, and cosines."""
    found = np.cos(_phases(u))
    found[..., 0], found[..., 1] = 1.0, u
    return found


def design_slope(u: np.ndarray) -> np.ndarray:
    """The derivatives of the columns by u, (..., MODES)."""
    found = -_FREQUENCIES * np.sin(_phases(u))
    found[..., 0], found[..., 1] = 0.0, 1.0
    return found


def _phases(u: np.ndarray) -> np.ndarray:
    return (u + _MARGIN)[..., None] * _FREQUENCIES


def priors(spread: float, size: float) -> np.ndarray:
    """Prior standard deviations of the coefficients for every length and amplitude, (lengths * amplitudes, MODES).

    spread: of the points. size: of the straight line, that of their largest deviation from the offset of the curves.
    """
    spectrum = np.exp(-0.5 * _LENGTHS[:, None] * _FREQUENCIES[2:])
    spectrum *= np.sqrt(2.0 / np.sum(spectrum**2, axis=1, keepdims=True))
    wide = np.full((len(_LENGTHS), len(_AMPLITUDES), MODES), _FLAT * size)
    wide[:, :, 2:] = spread * _AMPLITUDES[None, :, None] * spectrum[:, None, :]
    return wide.reshape(-1, MODES)


@dataclass(frozen=True)
class Evidence:
    """Of the curves of one coordinate, for each of c priors. log: (c,), ln of the probability of the points.

    squares: (c,), those of the whitened residuals and coefficients, which log holds as -squares/2. coefficients:
    (c, MODES), of the best curve. factors: (c, MODES, MODES), Cholesky factors of the precision of coefficient / prior.
    """

    log: np.ndarray
    squares: np.ndarray
    coefficients: np.ndarray
    factors: np.ndarray


def evidence(columns: np.ndarray, y: np.ndarray, prior: np.ndarray) -> Evidence:
    """columns: (n, MODES), y: (n,), both over the errors. prior: (c, MODES) standard deviations."""
    gram, right = columns.T @ columns, columns.T @ y
    precision = prior[:, :, None] * gram * prior[:, None, :]
    diagonal = np.arange(prior.shape[1])
    precision[:, diagonal, diagonal] += 1.0
    factors = np.linalg.cholesky(precision)
    coefficients = prior * np.linalg.solve(precision, (prior * right)[:, :, None])[:, :, 0]
    residuals = y - coefficients @ columns.T
    squares = np.sum(residuals**2, axis=1) + np.sum((coefficients / prior) ** 2, axis=1)
    determinants = np.log(factors[:, diagonal, diagonal]).sum(axis=1)
    return Evidence(-0.5 * squares - determinants, squares, coefficients, factors)


@dataclass(frozen=True)
class Curve:
    """What one coordinate and prior make of the points, and its share in the average."""

    coordinate: Coordinate
    prior: np.ndarray
    coefficients: np.ndarray
    factor: np.ndarray
    share: float


@dataclass(frozen=True)
class Smooth:
    """The average curve. offset: of all curves. scatter: by how much the points scatter more than their errors say.

    chi2: of the points about the average. freedom: n less the number of coefficients that the points determine.
    """

    curves: tuple[Curve, ...]
    offset: float
    scatter: float
    chi2: float
    freedom: float

    def mean(self, x: np.ndarray) -> np.ndarray:
        """The average at x, (n,)."""
        coefficients: dict[Coordinate, np.ndarray] = {}
        for one in self.curves:
            coefficients[one.coordinate] = coefficients.get(one.coordinate, 0.0) + one.share * one.coefficients
        return self.offset + sum(design(one.at(x)[0]) @ row for one, row in coefficients.items())

    def draws(self, x: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """So many curves at x, (count, n), each as probable as the points make it."""
        counts = rng.multinomial(count, [one.share for one in self.curves])
        coefficients: dict[Coordinate, list[np.ndarray]] = {}
        for one, number in zip(self.curves, counts.tolist(), strict=True):
            normal = np.linalg.solve(one.factor.T, rng.standard_normal((MODES, number))).T
            coefficients.setdefault(one.coordinate, []).append(one.coefficients + self.scatter * one.prior * normal)
        parts = [np.concatenate(rows) @ design(one.at(x)[0]).T for one, rows in coefficients.items()]
        return self.offset + np.concatenate(parts)[rng.permutation(count)]


_WORTH = 6.0  # ln of how much likelier larger errors must be before the given ones are doubted: e^6 = 400


def smooth(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> Smooth:
    """The curve through points y (n,) at x (n,), ascending, with independent normal errors (n,)."""
    n, half = len(x), 0.5 * (x[-1] - x[0])
    offset = float(np.average(y, weights=errors**-2.0))
    spread = float(np.sqrt(np.mean((y - offset) ** 2))) or float(errors.mean())
    prior = priors(spread, spread)
    centre = _steepest(x, y)
    coordinates = [Coordinate.over(x[0], x[-1], centre, width * half) for width in COMPRESSIONS]
    white = (y - offset) / errors
    columns = [design(one.at(x)[0]) / errors[:, None] for one in coordinates]
    found = [evidence(each, white, prior) for each in columns]
    log = np.array([one.log for one in found])
    squares = np.array([one.squares for one in found])
    scaled = log + 0.5 * squares - 0.5 * n * (1.0 + np.log(np.maximum(squares, 1e-300) / n))
    scatter = 1.0
    place = np.unravel_index(np.argmax(scaled), scaled.shape)
    if squares[place] > n and scaled[place] > log.max() + _WORTH:
        scatter = math.sqrt(squares[place] / n)
        log = log + 0.5 * squares * (1.0 - scatter**-2)
    shares = np.exp(log - log.max())
    shares[shares < _LEAST_WEIGHT] = 0.0
    shares /= shares.sum()
    curves, fitted, taken = [], np.zeros(n), 0.0
    for a, c in np.argwhere(shares > 0.0):
        one, share = found[a], float(shares[a, c])
        curves.append(Curve(coordinates[a], prior[c], one.coefficients[c], one.factors[c], share))
        fitted += share * (columns[a] @ one.coefficients[c])
        inverse = np.linalg.inv(one.factors[c])
        taken += share * (MODES - float(np.sum(inverse**2)))
    return Smooth(tuple(curves), offset, scatter, float(np.sum((white - fitted) ** 2)), n - taken)


def _steepest(x: np.ndarray, y: np.ndarray) -> float:
    """Where the points rise or fall most, over a sixth of them."""
    apart = max(1, len(x) // 6)
    steps = x[apart:] - x[:-apart]
    slopes = np.abs(y[apart:] - y[:-apart]) / np.where(steps > 0.0, steps, np.inf)
    place = int(np.argmax(slopes))
    return float(0.5 * (x[place] + x[place + apart]))
