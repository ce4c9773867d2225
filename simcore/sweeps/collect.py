"""All estimates of a sweep as one labelled array: what estimates.h5 is made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from simcore.errors import StorageError
from simcore.statistics.cautions import ORDER, as_mask
from simcore.storage import Group, Result, Variable, write_result
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.files import ALIKE, CAUTION, ESTIMATES, LEDGER, POINT_DONE, POINT_ID, POINT_STEP
from simcore.sweeps.ledger import Done, PartialResult, Records

_PARTS = (("", "{}"), ("_error", "standard error of {}"), ("_tau", "integrated autocorrelation time of {}, in steps"))
_COUNT = ("_ess", "effective sample size of {}")


def write_estimates(directory: Path, sweep: Sweep, records: Records) -> None:
    """Write estimates.h5 of the points that have a result. Raises StorageError. Equal results give equal bytes."""
    write_result(directory / ESTIMATES, consolidated(sweep, records))


def consolidated(sweep: Sweep, records: Records) -> Result:
    """`/estimates`: every estimate over the dimensions of the sweep, NaN if a point is missing.

    Beside the swept values it has the coordinates `point_id`, empty where `where` left a hole, `point_done`, and
    `point_step`, that of the result. The attribute `alike` of the root names the groups whose arrays have one shape in
    all points that are done.
    """
    ids = np.zeros(sweep.shape, dtype="U20")
    places: list[tuple[int, ...]] = []
    reached: list[PartialResult] = []
    for point in sweep.points:
        ids[point.index] = point.id
        result = records.result(point.id)
        if result is not None:
            places.append(point.index)
            reached.append(result)
    done, steps = np.zeros(sweep.shape, dtype=bool), np.zeros(sweep.shape, dtype=np.int64)
    index = tuple(np.array(places, dtype=np.int64).reshape(len(places), len(sweep.shape)).T)
    done[index] = [isinstance(each, Done) for each in reached]
    steps[index] = [each.step for each in reached]
    variables: dict[str, Variable] = {}
    for name in _in_order(reached):
        if name not in records.variables:  # someone removed its line
            raise StorageError(f"{LEDGER} has no unit and no meaning of {name}; --overwrite begins the sweep anew")
        variables |= _estimate(name, sweep, records.variables[name], reached, index)
        variables |= _cautions(name, sweep, reached, index)
    coordinates = {name: Variable(dims, np.asarray(values), "1", name) for name, (dims, values) in sweep.coords.items()}
    coordinates[POINT_ID] = Variable(sweep.dims, ids, "1", "directory of the point, in points/")
    coordinates[POINT_DONE] = Variable(sweep.dims, done, "1", "whether the point is done")
    coordinates[POINT_STEP] = Variable(sweep.dims, steps, "1", "step of the result, 0 where there is none")
    attributes = {"sweep": sweep.name or "", ALIKE: " ".join(_alike(reached))}
    return Result({"estimates": Group(variables, coordinates)}, attributes)


def _in_order(reached: list[PartialResult]) -> list[str]:
    """The names of all estimates: in the model's order, or the alphabet's if points have different ones."""
    orders = {tuple(each.estimates) for each in reached}
    return list(orders.pop()) if len(orders) == 1 else sorted({name for order in orders for name in order})


def _estimate(
    name: str, sweep: Sweep, described: list[str], reached: list[PartialResult], index: tuple[np.ndarray, ...]
) -> dict[str, Variable]:
    unit, text = described
    columns = np.array([each.estimates.get(name, [np.nan] * 4) for each in reached], dtype=np.float64)
    found = {}
    for column, (suffix, meaning) in enumerate((*_PARTS, _COUNT)):
        array = np.full(sweep.shape, np.nan)
        array[index] = columns[:, column]
        of = unit if suffix in ("", "_error") else "1"
        found[f"{name}{suffix}"] = Variable(sweep.dims, array, of, meaning.format(text if not suffix else name))
    return found


def _cautions(
    name: str, sweep: Sweep, reached: list[PartialResult], index: tuple[np.ndarray, ...]
) -> dict[str, Variable]:
    """`x_caution`: a sum of powers of 2, one for each word of `simcore.statistics.cautions`."""
    masks = np.zeros(sweep.shape, dtype=np.int16)
    masks[index] = [as_mask(each.cautions.get(name, ())) for each in reached]
    text = f"cautions of {name}: " + ", ".join(f"{1 << bit} {word}" for bit, word in enumerate(ORDER))
    return {f"{name}{CAUTION}": Variable(sweep.dims, masks, "1", text)}


def _alike(reached: list[PartialResult]) -> list[str]:
    """The groups whose arrays, of the points that are done, can be put beside each other."""
    shapes = [each.shapes for each in reached if isinstance(each, Done)]
    return [group for group in ("series", "fields") if _one_shape(group, shapes)]


def _one_shape(group: str, shapes: list[Mapping[str, str]]) -> bool:
    return len({each.get(group) for each in shapes}) == 1 and group in shapes[0]
