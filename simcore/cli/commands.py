"""The commands and their options; what a command needs is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simcore.cli.added import Commands
from simcore.cli.clean import cache, clean
from simcore.cli.compare import compare
from simcore.cli.integrity import check
from simcore.cli.listing import ls
from simcore.cli.new import new
from simcore.cli.plot import plot
from simcore.cli.report import report
from simcore.cli.schema import schema
from simcore.cli.show import show

# Plain help and tracebacks: typer's rich ones would cost 60 ms at each start.
app = typer.Typer(
    cls=Commands,
    help="Simulations that are described in YAML, on every core, into HDF5.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        import simcore

        print(f"simcore {simcore.__version__}")
        raise typer.Exit


@app.callback()
def simulations(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """Simulations that are described in YAML, on every core, into HDF5."""


Experiment = Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="The experiment, a YAML file.")]
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run.")]
Workers = Annotated[int | None, typer.Option(metavar="N", min=1, help="Worker processes; all CPUs by default.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set a key, as in model.parameters.temperature=2.0; repeatable."),
]

AcceptSource = Annotated[
    bool, typer.Option("--accept-source", help="Go on although the code of the model of your own has changed.")
]


@app.command()
def run(
    experiment: Experiment,
    overrides: Overrides = None,
    workers: Workers = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The run's directory; else results/NAME.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that lies there.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that lies there.")] = False,
    accept_source: AcceptSource = False,
) -> None:
    """Run an experiment and print its estimates."""
    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other")
    from simcore.cli.outcome import tell
    from simcore.display import choose
    from simcore.runs import run as start

    outcome = start(
        experiment,
        workers=workers,
        overrides=overrides or (),
        out=out,
        overwrite=overwrite,
        resume=resume,
        accept_source=accept_source,
        watch=choose(),
    )
    raise typer.Exit(tell(outcome))


@app.command()
def sweep(
    experiment: Experiment,
    overrides: Overrides = None,
    workers: Workers = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The sweep's directory; else results/NAME.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the sweep that lies there.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try the failed points again.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop all when a point fails.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="A dask scheduler or its file; NAME:ADDRESS of an executor that a package adds."
        ),
    ] = None,
    accept_source: AcceptSource = False,
) -> None:
    """Carry out all points of a sweep, or those that are left.

    The same command continues where it was stopped, also in parallel with another one on the same sweep. Under
    `mpiexec -n N python -m mpi4py.futures -m simcore sweep ...` the points go to the ranks.
    """
    from simcore.cli.sweep import tell_sweep
    from simcore.display import choose
    from simcore.sweeps.launch import LaunchOptions
    from simcore.sweeps.launch import sweep as launch

    outcome = launch(
        experiment,
        overrides=overrides or (),
        out=out,
        overwrite=overwrite,
        wishes=LaunchOptions(workers, scheduler, retry_failed, fail_fast, accept_source),
        watch=choose(),
    )
    raise typer.Exit(tell_sweep(outcome))


@app.command()
def resume(
    directory: Directory, workers: Workers = None, overrides: Overrides = None, accept_source: AcceptSource = False
) -> None:
    """Go on with a run from its newest checkpoint.

    The results are the same, bit for bit, as without the stop. --set run.sweeps=N (or run.steps, run.t_end) is the
    new total and extends the run.
    """
    from simcore.cli.outcome import tell
    from simcore.display import choose
    from simcore.runs import resume as go_on

    how = {"workers": workers, "overrides": overrides or (), "accept_source": accept_source}
    raise typer.Exit(tell(go_on(directory, **how, watch=choose())))


for command in (show, check, plot, report, new, ls, compare, clean, cache, schema):
    app.command()(command)


@app.command()
def plan(
    experiment: Experiment,
    overrides: Overrides = None,
    workers: Workers = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The sweep's directory; else results/NAME.")] = None,
    accept_source: AcceptSource = False,
) -> None:
    """Print the resolved experiment, its memory and its time; of a sweep, its points and which of them are done.

    The time is estimated from a short trial; nothing is written. What is printed of a run is YAML, the forecast a
    comment in it.
    """
    from simcore.cli.outcome import forecast
    from simcore.config import override, read
    from simcore.runs import plan as make_plan

    if "sweep" in override(read(experiment), overrides or ()).data:
        from simcore.cli.sweep_plan import sweep_forecast
        from simcore.sweeps.planning import plan_sweep

        how = {"overrides": overrides or (), "out": out, "workers": workers, "accept_source": accept_source}
        print(sweep_forecast(plan_sweep(experiment, **how)))
        return
    made = make_plan(experiment, workers=workers, overrides=overrides or ())
    print(made.resolved.rstrip())
    print(forecast(made))


@app.command()
def verify(
    experiment: Experiment,
    workers: Annotated[str, typer.Option(metavar="N,N,...", help="The numbers of workers to compare.")] = "1,2,3",
    overrides: Overrides = None,
) -> None:
    """Show that the number of workers changes no bit.

    One hash of all results per row; exit code 1 if two differ.
    """
    counts = _counts(workers)
    from simcore.cli.table import columns
    from simcore.runs import verify as compare

    rows = compare(experiment, workers=counts, overrides=overrides or ())
    print(columns([(row.digest, row.label) for row in rows]))
    if len({row.digest for row in rows}) > 1:
        print("these differ: the same experiment must give the same bits; please report it", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
def models(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A model to describe.")] = None,
    source: Annotated[
        Path | None, typer.Option("--source", metavar="EXPERIMENT", help="Print the code that an experiment compiles.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="EXPERIMENT", help="Check the model of an experiment.")
    ] = None,
    overrides: Overrides = None,
) -> None:
    """List the models, describe one, show what is compiled for an experiment, or check that it is right.

    Checks: exit code 1 if one fails. Spins: local energies against the whole energy; detailed balance of each
    phase, stationarity and ergodicity of the sweep on a tiny lattice. Any model: compiled code against plain Python,
    the same bits for 1, 2 and 3 workers.
    """
    if sum(given is not None for given in (name, source, check)) > 1:
        raise typer.BadParameter("a name of a model, --source and --check exclude each other")
    if check is not None:
        raise typer.Exit(_check(check, overrides or ()))
    if source is not None:
        from simcore.runs.experiment import resolve
        from simcore.runs.simulation import program_of

        print(program_of(resolve(source, overrides or ())).code.text, end="")
        return
    from simcore.cli import description

    print(description.catalogue() if name is None else description.describe(name))


@app.command()
def status(
    directory: Directory,
    log: Annotated[bool, typer.Option("--log", help="Print every entry of a run's log, in words.")] = False,
) -> None:
    """Say whether a run or a sweep goes on, how far it is and when it will be done."""
    from simcore.sweeps.status import holds_sweep, sweep_status

    if log and holds_sweep(directory):
        from simcore.errors import UsageError

        raise UsageError(f"{directory} is a sweep; its points have logs: simcore status {directory}/points/ID --log")
    if log:
        from simcore.runs.status import log_in_words

        for line in log_in_words(directory):
            print(line)
        return
    if holds_sweep(directory):
        from simcore.cli.sweep import sweep_condition

        print(sweep_condition(sweep_status(directory)))
        return
    from simcore.cli.outcome import condition
    from simcore.runs import status as look

    print(condition(look(directory), directory))


def _check(experiment: Path, overrides: Sequence[str]) -> int:
    """Print the checks of an experiment's model; the exit code."""
    from simcore.cli.check import as_table, checks
    from simcore.runs.experiment import resolve

    found = list(checks(resolve(experiment, overrides)))
    print(as_table(found))
    failed = sum(check.ok is False for check in found)
    if failed:
        print(f"{failed} of {len(found)} checks failed", file=sys.stderr)
    return 1 if failed else 0


def _counts(text: str) -> tuple[int, ...]:
    """`1,2,3` as numbers of workers, at least one and each at least 1."""
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        counts = (0,)
    if min(counts) < 1:
        raise typer.BadParameter(f"{text!r} is not a list of whole numbers from 1 as in 1,2,3", param_hint="--workers")
    return counts
