"""What the result of several replicas holds: everything over the dimension `replica`, and the pooled estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from simcore.statistics.cautions import Caution, in_order
from simcore.statistics.pool import ENOUGH, pool
from simcore.storage.dataset import REPLICA
from simcore.storage.result import Group, Variable

PARTS = ("", "_error", "_tau", "_ess")
LARGEST_R_HAT = 1.05
_OF_ONE_ERROR = {Caution.FEW_SAMPLES, Caution.FEW_CHANGES}


def over_systems(members: Sequence[Group], axis: tuple[str, Mapping[str, Variable]]) -> Group:
    """Groups that differ in their numbers only as one, with the dimension of the systems before all others.

    axis: its name and its coordinates. Others are those of the first group, which all share.
    """
    name, coordinates = axis
    found = {key: _stacked([member.variables[key] for member in members], name) for key in members[0].variables}
    return Group(found, {**coordinates, **members[0].coordinates})


def _stacked(each: Sequence[Variable], name: str) -> Variable:
    words = in_order(word for one in each for word in one.cautions)
    data = np.stack([np.asarray(one.data) for one in each])
    return replace(each[0], dims=(name, *each[0].dims), data=data, cautions=tuple(map(str, words)))


def pooled_group(estimates: Group) -> Group:
    """The estimates of all replicas together: `x`, `x_error`, `x_tau`, `x_ess`, `x_chi2` and `x_r_hat` of each `x`.

    estimates: over `replica`. See `simcore.statistics.pool`.
    """
    found: dict[str, Variable] = {}
    given = estimates.variables
    for name in given:
        if f"{name}_error" in given:
            found |= _pooled(name, given)
    own = {name: x for name, x in estimates.coordinates.items() if REPLICA not in x.dims}
    used = {dim for variable in found.values() for dim in variable.dims}
    return Group(found, {name: x for name, x in own.items() if set(x.dims) <= used})


def _pooled(name: str, given: Mapping[str, Variable]) -> dict[str, Variable]:
    parts = [given[f"{name}{part}"] for part in PARTS]
    numbers = [np.moveaxis(np.asarray(part.data, np.float64), 0, -1) for part in parts]
    *together, chi_square, r_hat = map(np.asarray, pool(*numbers))
    dims, replicas = parts[0].dims[1:], len(parts[0].data)
    words = {Caution(word) for word in parts[0].cautions}
    if replicas >= ENOUGH:
        words -= _OF_ONE_ERROR
    if np.any(r_hat > LARGEST_R_HAT):
        words.add(Caution.REPLICAS_DISAGREE)
    found = {
        f"{name}{part}": replace(like, dims=dims, data=data, cautions=())
        for part, like, data in zip(PARTS, parts, together, strict=True)
    }
    found[name] = replace(found[name], cautions=tuple(map(str, in_order(words))))
    text = f"chi-square per degree of freedom of the replicas of {name}"
    own = given[name].own_dims
    found[f"{name}_chi2"] = Variable(dims, chi_square, "1", text, own_dims=own)
    found[f"{name}_r_hat"] = Variable(dims, r_hat, "1", f"R-hat of the replicas of {name}", own_dims=own)
    return found
