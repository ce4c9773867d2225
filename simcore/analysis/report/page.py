"""The page: what it says of a run or a sweep, in a template."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import xarray

import simcore
from simcore.analysis.arrays import numbers
from simcore.analysis.load import load
from simcore.analysis.plots.fitting import fitting
from simcore.analysis.plots.source import of_a_run, whole_estimates
from simcore.analysis.pooling import REPLICA
from simcore.analysis.recorded import recorded
from simcore.analysis.report.cautions import run_cautions
from simcore.analysis.report.figures import figures
from simcore.analysis.report.markup import bullets, definitions, paragraph, section, table, text
from simcore.analysis.report.provenance import provenance
from simcore.analysis.report.sweep_cautions import failed_points, sweep_cautions
from simcore.analysis.report.tables import array_table, run_table, sweep_table
from simcore.config import read
from simcore.errors import StorageError
from simcore.runs import status
from simcore.storage import read_result
from simcore.storage.atomic import write_file
from simcore.storage.sealed_text import read_sealed
from simcore.sweeps.files import EXPERIMENT, POINT_DONE, POINT_ID, POINTS
from simcore.sweeps.status import holds_sweep, sweep_status

REPORT = "report.html"
_NOTATION = "Mean and standard error, 1.4337(12) = 1.4337 ± 0.0012; the error counts autocorrelation. "
_RUN_NOTE = (
    f"{_NOTATION}The autocorrelation time is 1/2 + the sum of the autocorrelation function; "
    "independent samples: their number / (2 × autocorrelation time)."
)
_SWEEP_NOTE = f"{_NOTATION}Replicas are taken together."


@dataclass(frozen=True)
class _Content:
    """What the page says. cautions: sentences. sections: HTML by title, in order; empty ones are left out."""

    title: str
    summary: str
    cautions: list[str]
    sections: Mapping[str, str]


def write_report(directory: Path) -> Path:
    """Write `report.html` into the directory of a run or a sweep, whole or not at all, and return its path.

    Raises what `simcore.load` raises, and StorageError if the page cannot be written.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        with load(directory) as tree:
            content = _sweep(directory, tree) if holds_sweep(directory) else _run(directory, tree)
    also = [str(warning.message) for warning in said if warning.category is UserWarning]
    write_file(directory / REPORT, _html(content, [*content.cautions, *dict.fromkeys(also)]).encode())
    return directory / REPORT


def _run(directory: Path, tree: xarray.DataTree) -> _Content:
    if "series" not in tree.children:
        raise StorageError(f"{directory}: its result holds no group /series; no result of simcore is without")
    experiment, state = recorded(tree), status(directory)
    estimates = of_a_run(tree)
    arrays = array_table(whole_estimates(tree))
    facts = [str(experiment["model"]["type"]), f"{int(tree.attrs['steps']):,} steps", state.state]
    sections = {
        "Estimates": _table(estimates) + "\n" + paragraph(_RUN_NOTE + _of_replicas(tree)),
        "Arrays": arrays,
        "Figures": figures(fitting(tree)),
        "Experiment": _yaml(str(tree.attrs["experiment"])),
        "Provenance": definitions(provenance({str(name): value for name, value in tree.attrs.items()})),
    }
    return _Content(
        experiment.get("name", directory.absolute().name),
        " · ".join(facts),
        run_cautions(directory, tree, state),
        sections,
    )


def _table(estimates: xarray.Dataset) -> str:
    """Of a ladder a line for each of its places."""
    return sweep_table(estimates) if estimates.dims else run_table(estimates)


def _of_replicas(tree: xarray.DataTree) -> str:
    count = tree["estimates"].sizes.get(REPLICA, 1)
    return f" The {count} replicas are taken together; figures show the first of them." if count > 1 else ""


def _sweep(directory: Path, tree: xarray.DataTree) -> _Content:
    experiment: Mapping[str, Any] = read(directory / EXPERIMENT).data
    state, estimates = sweep_status(directory), numbers(tree["estimates"].to_dataset())
    failed = failed_points(directory, estimates)
    sections = {
        "Failed points": table(("point", "values", "reason"), failed, ("head", "", "")) if failed else "",
        "Figures": figures(fitting(tree)),
        "Estimates": sweep_table(estimates) + "\n" + paragraph(_SWEEP_NOTE),
        "Experiment": _yaml(read_sealed(directory / EXPERIMENT)),
        "Provenance": definitions(provenance(_of_a_point(directory, estimates))),
    }
    return _Content(
        str(experiment.get("name") or directory.absolute().name),
        f"{experiment['model']['type']} · {state.progress.done:,} of {state.progress.total:,} points · {state.state}",
        sweep_cautions(tree, state),
        sections,
    )


def _of_a_point(directory: Path, estimates: xarray.Dataset) -> Mapping[str, Any]:
    """The attributes of one point that is done: all ran with the same code. Its own time and seed say nothing."""
    ids = estimates[POINT_ID].values[estimates[POINT_DONE].values]
    result = directory / POINTS / str(ids.flat[0]) / "result.h5" if ids.size else None
    if result is None or not result.exists():
        return {}
    own = ("wall_time", "workers", "started")
    return {name: value for name, value in read_result(result, ()).attributes.items() if name not in own}


def _yaml(words: str) -> str:
    return f"<pre><code>{text(words.rstrip())}</code></pre>"


def _html(content: _Content, cautions: list[str]) -> str:
    template = Template(resources.files("simcore.analysis.report").joinpath("page.html").read_text("utf-8"))
    warned = f'<div class="cautions" role="note">\n<h2>Warnings</h2>\n{bullets(cautions)}\n</div>' if cautions else ""
    return template.substitute(
        version=text(simcore.__version__),
        title=text(content.title),
        summary=text(content.summary),
        cautions=warned,
        sections="\n".join(filter(None, (section(title, body) for title, body in content.sections.items()))),
    )
