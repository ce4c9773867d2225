"""The source of `advance(...)`: many steps of one worker in one call, barriers included."""

from __future__ import annotations

from simcore.models.contract import StateArray
from simcore.program import ghosts
from simcore.program.kernels import Measurement, PhaseKernel, new, written
from simcore.program.layout import ROW_SITES
from simcore.program.text import Text

SIGNATURE = (
    "_control, _rank, _workers, _first, _last, step, _steps, _every, _cells, _key0, _key1, "
    "_values, _arrays, _tables, _partial, _series"
)
BARRIER = "if wait(_control, _workers, _rank) != 0:"


def write(
    text: Text,
    arrays: list[StateArray],
    values: list[str],
    tables: list[str],
    phases: list[PhaseKernel],
    measurement: Measurement,
    halo: int,
    line_buffers: int,
) -> None:
    """Write the driver; `arrays` in order, those with a second copy followed by it in `_arrays`."""
    text.line("@njit(cache=True, nogil=True, error_model='numpy')")
    with text.block(f"def advance({SIGNATURE}):"):
        _document(text)
        for group, names in (("_values", values), ("_arrays", copies(arrays, phases)), ("_tables", tables)):
            for position, name in enumerate(names):
                text.line(f"{name} = {group}[{position}]")
        with text.block("if _steps == 0:"):
            text.line("return 0")
        if line_buffers:
            text.line(f"_scratch = np.empty(({line_buffers}, {_line_length(arrays[0], halo)}))")
        text.line("_sample = 0")
        if halo:
            _rows(text, [f"_ghosts_{a.name}(_row, {', '.join(ghosts.arguments(a))})" for a in arrays])
            _barrier(text)
        with text.block("for _ in range(_steps):"):
            text.line("step += 1")
            for phase in phases:
                _phase(text, phase, arrays, halo)
            with text.block("if _rank == 0:"):
                text.line("_control[STEP] = step")
            with text.block("if step % _every == 0:"):
                _rows(text, [f"_measure(_row, {', '.join(measurement.arguments)})"])
                _barrier(text)
                with text.block("if _rank == 0:"):
                    text.line("_reduce(_partial, _series, _sample, _cells)")
                text.line("_sample += 1")
        text.line("return 0")


def swapped(phases: list[PhaseKernel]) -> list[str]:
    """The arrays that change places with their second copy, once for each such phase."""
    return [name for phase in phases if phase.phase.sites is None for name in written(phase.phase)]


def copies(arrays: list[StateArray], phases: list[PhaseKernel]) -> list[str]:
    """The names of all the arrays that the driver is given."""
    twice = set(swapped(phases))
    pairs = ((a.name, new(a.name)) if a.name in twice else (a.name,) for a in arrays)
    return [name for pair in pairs for name in pair]


def _document(text: Text) -> None:
    text.lines(
        '"""Make `_steps` steps after `step` over the rows _first <= row < _last; 0 when done, 1 when told to stop.',
        "",
        "Every worker calls it with the same steps. Where a step is a multiple of `_every`, the partial sums of all",
        'rows are added in order into the next sample of `_series`."""',
    )


def _line_length(array: StateArray, halo: int) -> str:
    if len(array.shape) == 1:
        return str(ROW_SITES)
    return f"{array.name}.shape[{len(array.shape) - 1}] - {2 * halo}"


def _rows(text: Text, calls: list[str]) -> None:
    with text.block("for _row in range(_first, _last):"):
        text.lines(*calls)


def _barrier(text: Text) -> None:
    with text.block(BARRIER):
        text.line("return 1")


def _phase(text: Text, kernel: PhaseKernel, arrays: list[StateArray], halo: int) -> None:
    calls = [f"{kernel.name}(_row, {', '.join(kernel.arguments)})"]
    in_place = kernel.phase.sites is not None
    for array in arrays:
        if halo and array.name in written(kernel.phase):
            target = array.name if in_place else new(array.name)
            calls.append(f"_ghosts_{array.name}(_row, {', '.join([target, *ghosts.arguments(array)[1:]])})")
    _rows(text, calls)
    _barrier(text)
    if not in_place:
        for name in written(kernel.phase):
            text.line(f"{name}, {new(name)} = {new(name)}, {name}")
