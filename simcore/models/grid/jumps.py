"""The times at which conditions on `t` in formulas change, so that no step of an adaptive scheme passes over them.

A step whose rates are smooth knows its error; a pulse that begins and ends within one step is between its stages, and
none of them sees it (E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations I, section II.6).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Binary, Call, Name, Node, postorder
from simcore.formulas.vocabulary import FUNCTIONS

COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
ULPS = 8


def around_jumps(trees: Sequence[Node], numbers: Mapping[str, Any]) -> tuple[float, ...]:
    """Times just before and just after each jump, ascending: steps end there, and a tiny one crosses the jump.

    Found are conditions such as `t > 5` or `2*t <= a + b`: comparisons of two formulas of `t` and numbers whose
    difference is linear in `t`. Others need `run.max_dt`.
    """
    times = {root for node in postorder(trees) if (root := _root(node, numbers)) is not None and root > 0.0}
    margin = {time: ULPS * math.ulp(time) for time in times}
    return tuple(sorted({edge for time in times for edge in (time - margin[time], time + margin[time])}))


def _root(node: Node, numbers: Mapping[str, Any]) -> float | None:
    if not isinstance(node, Binary) or node.operator not in COMPARISONS:
        return None
    nodes = list(postorder([node]))
    if any(isinstance(below, Call) and below.function not in FUNCTIONS for below in nodes):
        return None  # an operator or a number over the whole field
    names = {below.name for below in nodes if isinstance(below, Name)}
    if "t" not in names or not names <= {"t", *numbers}:
        return None
    difference = Binary("-", node.left, node.right)
    with np.errstate(all="ignore"):
        at = [float(np.real(evaluate(difference, {**numbers, "t": t}))) for t in (0.0, 1.0, 2.0)]
    slope = at[1] - at[0]
    linear = math.isfinite(slope) and slope != 0.0 and abs(at[2] - at[1] - slope) <= 1e-12 * max(map(abs, at))
    return -at[0] / slope if linear else None
