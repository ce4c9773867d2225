"""Unit vectors with the weight exp(stiffness cos), cos that of the angle to an axis, from a fixed number of draws.

On the circle and in four or more dimensions a few points are tried: uniform ones, moved towards the axis by the map of
the sphere that divides tan(angle/2) by the square root of S; of these the first to be accepted is taken. With S and the
acceptance below this is, on the circle, D. J. Best and N. I. Fisher, Appl. Stat. 28, 152 (1979), in other words (the
wrapped Cauchy distribution is the image of the uniform one); in n dimensions, G. Ulrich, Appl. Stat. 33, 158 (1984) and
A. T. A. Wood, Commun. Stat. Simul. Comput. 23, 157 (1994). Written so, nothing cancels: it holds for every stiffness.

If all `TRIALS` points are refused, the spin stays as it was: at most 4.1 % of the updates, none if the stiffness
is 0. Detailed balance holds exactly: whether all are refused depends on the stiffness, hence on the neighbours, and not
on the old spin; so the update leaves the spin with a fixed probability, and else takes it from the right distribution.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.formulas.vector_functions import vector_cos, vector_exp, vector_log, vector_normals, vector_sin
from simcore.models.spins.algorithms.local_field import sum_of_squares
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import Angle, Spin

TRIALS = 3
ALMOST_NONE = 1e-290
NEVER = 710.0
"""`vector_exp` of less than minus this is 0."""


def narrowing(stiffness, order):
    """S: from 1 (uniform) to about 4 stiffness/order. order: the dimensions of the sphere, n - 1."""
    ratio = 2.0 * stiffness / order
    return ratio + np.sqrt(1.0 + ratio * ratio)


def accepted(half, stiffness, order, spread, chance):
    """Whether a point with sin(angle/2)^2 = half is accepted; `spread` is S."""
    excess = 0.5 + 0.5 / spread + 2.0 * stiffness / order * half
    below = 1.0 - excess if excess < NEVER else -NEVER
    return chance < (excess * vector_exp(below)) ** order


def circle_point(stiffness, spread, place, chance):
    """Cosine and sine of the angle to the axis, from two uniform numbers, and whether the point is accepted.

    By half the angle of the uniform point, so that nothing cancels and the squares add up to 1.
    """
    sine, cosine = vector_sin(3.141592653589793 * place), vector_cos(3.141592653589793 * place)
    far, near = sine * sine, spread * cosine * cosine
    scale = 1.0 / (near + far)
    found = accepted(far * scale, stiffness, 1, spread, chance)
    return (near - far) * scale, 2.0 * np.sqrt(spread) * sine * cosine * scale, found


def sphere_point(stiffness, order, spread, radius, place, chance):
    """sin(angle/2)^2 from three uniform numbers, and whether the point is accepted; for n = order + 1 >= 4.

    The first two components of a uniform point lie at the distance sqrt(1 - radius^(2/(n - 2))) from 0.
    """
    cosine = np.sqrt(1.0 - radius ** (2.0 / (order - 1))) * vector_cos(6.283185307179586 * place)
    half = (1.0 - cosine) / (spread * (1.0 + cosine) + (1.0 - cosine))
    return half, accepted(half, stiffness, order, spread, chance)


def fisher(stiffness, draw):
    """1 - cos of the angle in three dimensions, by inversion of its distribution function; from 0 to 2.

    -log1p(draw expm1(-2 k))/k, both by W. Kahan's formulas, in which the errors of small differences cancel.
    """
    at_least = stiffness if stiffness > ALMOST_NONE else ALMOST_NONE
    weight = vector_exp(-2.0 * at_least if at_least < NEVER else -NEVER)
    log = vector_log(weight) if weight < 1.0 else -1.0
    part = weight - 1.0 if weight < 0.5 else (weight - 1.0) * (-2.0 * at_least) / log
    drawn = draw * (part if weight < 1.0 else -2.0 * at_least)
    rest = 1.0 + drawn
    lost = rest - 1.0 if rest < 1.0 else -1.0
    found = -vector_log(rest) * (drawn / lost) / at_least if rest < 1.0 else -drawn / at_least
    return found if found < 2.0 else 2.0


def across(x, y, z):
    """Two unit vectors at right angles to (x, y, z) and to each other.

    T. Duff et al., J. Comput. Graph. Tech. 6, 1 (2017): without a branch, exact to rounding for every direction.
    """
    side = np.copysign(1.0, z)
    a = -1.0 / (side + z)
    b = x * y * a
    return 1.0 + side * x * x * a, side * b, -side * x, b, side + y * y * a, -y


def aligned(
    function: KernelWriter, spin: Spin, axis: Sequence[str], stiffness: str, old: Sequence[str]
) -> tuple[list[str], int]:
    """Lines that draw a spin: the texts of its components, and how many draws it took."""
    if len(axis) == 2:
        return _on_circle(function, spin, axis, stiffness, old)
    if len(axis) == 3:
        return _on_sphere(function, axis, stiffness)
    return _in_more_dimensions(function, axis, stiffness, old)


def _on_circle(
    function: KernelWriter, spin: Spin, axis: Sequence[str], stiffness: str, old: Sequence[str]
) -> tuple[list[str], int]:
    spread = function.let("spread", f"{function.use(narrowing)}({stiffness}, 1)")
    point = function.use(circle_point)
    trials = [(f"{stiffness}, {spread}, random[{2 * trial}], random[{2 * trial + 1}]") for trial in range(TRIALS)]
    (cosine, sine), found = _first_accepted(function, point, trials, ("cosine", "sine"))
    turned = [f"{cosine} * {axis[0]} - {sine} * {axis[1]}", f"{cosine} * {axis[1]} + {sine} * {axis[0]}"]
    if isinstance(spin, Angle):
        turned = [f"np.arctan2({turned[1]}, {turned[0]})"]
    new = [function.let(f"new{c}", text) for c, text in enumerate(turned)]
    return _kept_unless(found, new, old), 2 * TRIALS


def _on_sphere(function: KernelWriter, axis: Sequence[str], stiffness: str) -> tuple[list[str], int]:
    depth = function.let("depth", f"{function.use(fisher)}({stiffness}, random[0])")
    radius = function.let("radius", f"np.sqrt({depth} * (2.0 - {depth}))")
    angle = function.let("angle", "6.283185307179586 * random[1]")
    circle = (("cos", vector_cos), ("sin", vector_sin))
    first, second = (function.let(name, f"{radius} * {function.use(turn)}({angle})") for name, turn in circle)
    sides = [function.local(f"side{c}") for c in range(6)]
    function.line(f"{', '.join(sides)} = {function.use(across)}({', '.join(axis)})")
    return [f"(1.0 - {depth}) * {axis[c]} + {first} * {sides[c]} + {second} * {sides[c + 3]}" for c in range(3)], 2


def _in_more_dimensions(
    function: KernelWriter, axis: Sequence[str], stiffness: str, old: Sequence[str]
) -> tuple[list[str], int]:
    n = len(axis)
    spread = function.let("spread", f"{function.use(narrowing)}({stiffness}, {n - 1})")
    point = function.use(sphere_point)
    trials = [
        f"{stiffness}, {n - 1}, {spread}, {', '.join(f'random[{3 * trial + draw}]' for draw in range(3))}"
        for trial in range(TRIALS)
    ]
    (half,), found = _first_accepted(function, point, trials, ("half",))
    side, draws = _side(function, axis, 3 * TRIALS)
    radius = function.let("radius", f"2.0 * np.sqrt({half} * (1.0 - {half}))")
    new = [function.let("new", f"(1.0 - 2.0 * {half}) * {a} + {radius} * {b}") for a, b in zip(axis, side, strict=True)]
    return _kept_unless(found, new, old), draws


def _side(function: KernelWriter, axis: Sequence[str], draws: int) -> tuple[list[str], int]:
    """A uniform unit vector at right angles to the axis, made of the draws from number `draws` on."""
    pair = function.use(vector_normals)
    normals: list[str] = []
    for place in range(0, len(axis), 2):
        two = [function.local(f"normal{place + 1}"), function.local(f"normal{place + 2}")]
        function.line(f"{', '.join(two)} = {pair}(random[{draws}], random[{draws + 1}])")
        normals, draws = normals + two, draws + 2
    part = function.let("part", " + ".join(f"{a} * {g}" for a, g in zip(axis, normals, strict=False)))
    rest = [function.let(f"rest{c}", f"{normals[c]} - {part} * {a}") for c, a in enumerate(axis)]
    inverse = function.let("inverse_rest", f"1.0 / np.sqrt(max({sum_of_squares(rest)}, 1e-300))")
    return [f"{name} * {inverse}" for name in rest], draws


def _first_accepted(
    function: KernelWriter, point: str, trials: Sequence[str], names: Sequence[str]
) -> tuple[list[str], str]:
    """Lines that try all and choose without a branch: the names of what the first gives, and whether there is one."""
    tried = []
    for count, trial in enumerate(trials, 1):
        results = [function.local(f"{name}{count}") for name in (*names, "found")]
        function.line(f"{', '.join(results)} = {point}({trial})")
        tried.append(results)
    *rest, last = tried
    chosen = []
    for number, name in enumerate(names):
        text = " else ".join([f"{results[number]} if {results[-1]}" for results in rest] + [last[number]])
        chosen.append(function.let(name, text))
    return chosen, function.let("found", " | ".join(results[-1] for results in tried))


def _kept_unless(found: str, new: Sequence[str], old: Sequence[str]) -> list[str]:
    return [f"{b} if {found} else {a}" for a, b in zip(old, new, strict=True)]
