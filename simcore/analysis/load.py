"""The results of a run or a sweep, complete or in progress, as an xarray tree."""

from __future__ import annotations

import io
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.errors import CheckpointError, StorageError, UsageError
from simcore.storage import Checkpoint, checkpoint_steps, latest_checkpoint, read_result
from simcore.storage.dataset import CAUTIONS, CAUTIONS_OF
from simcore.storage.result import UNREADABLE, Group, Result, open_result
from simcore.storage.sealed_text import read_sealed
from simcore.sweeps.files import ALIKE, ESTIMATES, EXPERIMENT, POINT_ID
from simcore.sweeps.status import holds_sweep

if TYPE_CHECKING:
    import xarray

    from simcore.analysis.origin import Origin


def load(path: Path | str | Sequence[Path | str], *, mixed: bool = False) -> xarray.DataTree:
    """The results of a run or a sweep: `/series`, `/estimates`, `/fields`, with coordinates, units and long names.

    Args:
        path: the directory of a run or a sweep, or a `result.h5`; or a list of them, which are merged into one tree.
        mixed: whether to merge results of different versions of simcore or of a user's model.

    Returns:
        A tree; arrays are read when they are used. A run in progress, or extended since it wrote its result, is read
        from its newest checkpoint and its snapshots. For a sweep, `/estimates` has its dimensions, with NaN for missing
        points; `/series` and `/fields` are present if their shapes agree. A list gives replicas (other seeds of the
        same settings) along `replica`, runs with other settings along `point`, sweeps over the union of their values,
        and `/pooled`, the pooled estimates of all replicas. An estimate that may be unreliable has an attribute
        `cautions`; in a sweep a variable `x_caution`, for `simcore.statistics.cautions.of_mask`.

    Raises:
        UsageError: there is no run, it has written nothing yet, or the results cannot be merged.
        StorageError: a file cannot be read, or is damaged. A damaged checkpoint is skipped with a warning.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> heat_run = simcore.run(heat, workers=1, out="results/heat")
        >>> tree = simcore.load("results/heat")
        >>> dict(tree["fields"]["u"].sizes)
        {'time': 1, 'x': 8}
    """
    if isinstance(path, (str, os.PathLike)):
        return _one(Path(path))
    from simcore.analysis.merge import merged

    return merged([_origin(Path(each)) for each in path], mixed=mixed)


def _one(path: Path) -> xarray.DataTree:
    if path.is_file():
        return _open(path)
    _check(path)
    if holds_sweep(path):
        return _sweep_tree(path)
    result = path / "result.h5"
    checkpoint = _newest_checkpoint(path / "checkpoints", result)
    if checkpoint is not None:
        return _tree(path, checkpoint)
    if not result.exists():
        raise UsageError(f"{path}: the run has written neither a checkpoint nor a result yet")
    return _open(result)


def _origin(path: Path) -> Origin:
    from simcore.analysis.origin import Origin

    tree = _one(path)
    if ALIKE not in tree.attrs:
        return Origin(path, tree, tree.attrs)
    from simcore.analysis.points import files_of

    files = files_of(path, tree["estimates"].to_dataset())
    done = files[files != ""]
    return Origin(path, tree, read_result(Path(done[0]), ()).attributes if done.size else {})


def _check(path: Path) -> None:
    """Refuse what is not the directory of a run or a sweep."""
    if not path.exists():
        from simcore.config import nearest

        near = nearest(path.name, [place.name for place in path.parent.glob("*/")])
        hint = f"; did you mean '{path.with_name(near)}'?" if near else ""
        raise UsageError(f"{path}: no such file or directory{hint}")
    if holds_sweep(path):
        return
    if (path / "experiment.yaml").exists() or (path / "result.h5").exists() or (path / "checkpoints").exists():
        return
    inside = sorted(place.parent.name for place in path.glob("*/experiment.yaml"))
    hint = f"; the runs in it: {', '.join(inside)}" if inside else ""
    raise UsageError(f"{path}: no run in this directory (no experiment.yaml, no result.h5){hint}")


def _newest_checkpoint(checkpoints: Path, result: Path) -> Checkpoint | None:
    """The newest good checkpoint, if it is ahead of the result."""
    written = int(read_result(result, ()).attributes.get("steps", -1)) if result.exists() else -1
    if max(checkpoint_steps(checkpoints), default=-1) <= written:
        return None
    try:
        checkpoint = latest_checkpoint(checkpoints, _warn, set_aside=False)
    except CheckpointError as error:
        if not result.exists():
            raise
        _warn(f"{error}; result.h5 is read, which is older")
        return None
    return checkpoint if checkpoint is not None and checkpoint.step > written else None


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=2)


def _open(path: Path) -> xarray.DataTree:
    import xarray

    try:
        tree = _cautioned(xarray.open_datatree(open_result(path), engine="h5netcdf"))
    except UNREADABLE as error:
        raise StorageError(f"{path}: cannot be read as a result file ({error})") from error
    _refuse_other_estimates(path, tree)
    for node in tree.subtree:
        node.encoding["source"] = os.path.abspath(path)
    return tree


def _refuse_other_estimates(path: Path, tree: xarray.DataTree) -> None:
    """The file is what was written; that it was written by simcore its checksums do not tell. Raises StorageError."""
    if "estimates" not in tree.children:
        raise StorageError(f"{path}: holds no group /estimates; no result of simcore is without")
    if ALIKE in tree.attrs:
        return
    for name, variable in tree["estimates"].data_vars.items():
        if variable.dtype.kind not in "fiub" or not {"units", "long_name"} <= set(variable.attrs):
            raise StorageError(
                f"{path}: /estimates/{name} is no number with units and long_name, as simcore writes them"
            )


def _cautioned(tree: xarray.DataTree) -> xarray.DataTree:
    """The tree with the cautions of each estimate in its attribute `cautions`: `few samples; not thermalised`."""
    for group, attribute in CAUTIONS_OF.items():
        for name, words in json.loads(str(tree.attrs.pop(attribute, "{}"))).items():
            tree[group][name].attrs[CAUTIONS] = "; ".join(words)
    return tree


def _sweep_tree(path: Path) -> xarray.DataTree:
    import xarray

    if not (path / ESTIMATES).exists():
        raise UsageError(f"{path}: the sweep has written no estimates yet; they come every few seconds")
    tree = _open(path / ESTIMATES)
    tree.attrs["experiment"] = read_sealed(path / EXPERIMENT)
    if tree.attrs[ALIKE]:
        from simcore.analysis.points import files_of, points_group

        estimates = tree["estimates"].to_dataset()
        dims, files = estimates[POINT_ID].dims, files_of(path, estimates)
        for name in str(tree.attrs[ALIKE]).split():
            tree[name] = xarray.DataTree(points_group(files, name, dims, estimates.coords))
    return tree


def _tree(path: Path, checkpoint: Checkpoint) -> xarray.DataTree:
    """The tree that this run would have if it ended at this checkpoint: through the same bytes as a result file."""
    import xarray

    from simcore.analysis.going import fields_group
    from simcore.runs.partial_result import at_checkpoint
    from simcore.storage.netcdf import pack

    run = at_checkpoint(path, checkpoint)
    kept = run.fields.kept()
    places = Group({}, run.fields.coordinates([moment for _, moment in kept]))
    image = io.BytesIO(pack(Result({**run.result.groups, "fields": places}, run.result.attributes)))
    with xarray.open_datatree(image, engine="h5netcdf") as opened:
        tree = _cautioned(opened.load())
    tree["fields"] = xarray.DataTree(fields_group(run, [file for file, _ in kept], tree["fields"].to_dataset()))
    return tree
