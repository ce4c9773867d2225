"""The commands `clean` and `cache`: what may be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer


def clean(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Runs, sweeps, or folders of them.")],
    everything: Annotated[
        bool, typer.Option("--all", help="The newest checkpoint and the snapshots, too: it cannot go on any more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be deleted.")] = False,
) -> None:
    """Delete what no result needs: older checkpoints, damaged ones that were moved aside, unfinished files.

    The newest checkpoint and the snapshots stay, so that a run can be extended and its result written again; --all
    deletes them, too, of runs that are done. Runs that go on are left alone.
    """
    from simcore.cli.listing import places
    from simcore.display.wording import memory
    from simcore.errors import UsageError

    if missing := [place for place in directories if not place.is_dir()]:
        raise UsageError(f"there is no folder {missing[0]}")
    count, size = 0, 0
    for directory in directories:
        for place in places(directory):
            for file in _superfluous(place, everything=everything):
                count, size = count + 1, size + file.stat().st_size
                print(file)
                if not dry_run:
                    file.unlink()
    print(f"{count:,} files, {memory(size)}{', would be deleted' if dry_run else ', deleted'}")


def _superfluous(place: Path, *, everything: bool) -> Iterator[Path]:
    from simcore.sweeps.status import holds_sweep

    if holds_sweep(place):
        for point in sorted((place / "points").glob("*/")):
            yield from _of_run(point, everything=everything)
        return
    yield from _of_run(place, everything=everything)


def _of_run(place: Path, *, everything: bool) -> Iterator[Path]:
    from simcore.errors import SimcoreError
    from simcore.runs import status
    from simcore.runs.directory import RunDirectory
    from simcore.storage.checkpoint import checkpoint_steps, read_checkpoint

    run = RunDirectory(place)
    if run.is_running():
        return
    yield from (file for folder in (place, run.checkpoints, run.snapshots) for file in sorted(folder.glob("*.tmp")))
    yield from sorted(run.checkpoints.glob("*.corrupt*"))
    steps = checkpoint_steps(run.checkpoints)
    files = [run.checkpoints / f"step-{step}.h5" for step in sorted(steps)]
    try:
        if files:
            read_checkpoint(files[-1])
        done = status(place).state == "done"
    except SimcoreError:
        return  # the newest is damaged, or nothing is known of the run: what is older may be needed
    yield from files[:-1]
    if everything and done and run.result.is_file():
        yield from files[-1:]
        yield from (run.snapshots / f"step-{mark}.h5" for mark in sorted(checkpoint_steps(run.snapshots)))


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Delete all compiled programs.")] = False,
    older: Annotated[int | None, typer.Option(metavar="DAYS", min=0, help="Delete those unused for so long.")] = None,
) -> None:
    """Say where compiled programs lie, how many there are and how large; delete them.

    They are compiled again when they are needed. SIMCORE_CACHE_DIR sets the place.
    """
    import time

    from simcore.cli.listing import disk_use
    from simcore.cli.table import columns
    from simcore.compiler.cache import delete
    from simcore.compiler.cache_directory import choose
    from simcore.display.wording import memory

    place = choose()
    programs = [each for each in sorted(place.path.iterdir()) if (each / "lock").is_file()]
    if clear or older is not None:
        limit = time.time() - 86400 * (older or 0)
        old = [each for each in programs if clear or _last_use(each) <= limit]
        sizes = [disk_use(each)[0] for each in old]
        gone = [size for each, size in zip(old, sizes, strict=True) if delete(each)]
        used = f"; {len(old) - len(gone):,} are in use" if len(gone) < len(old) else ""
        print(f"{len(gone):,} programs, {memory(sum(gone))}, deleted{used}")
        return
    size = sum(disk_use(each)[0] for each in programs)
    rows = [("place", str(place.path)), ("programs", f"{len(programs):,}"), ("size", memory(size))]
    print(columns([*rows, *([("remark", place.remark)] if place.remark else [])]))


def _last_use(program: Path) -> float:
    """When a program was last read or written; the lock is opened by each use."""
    return max(max(found.st_atime, found.st_mtime) for found in (each.stat() for each in program.iterdir()))
