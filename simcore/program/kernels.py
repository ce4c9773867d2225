"""The source of a phase, and of the measurement, over one row."""

from __future__ import annotations

from simcore.models.contract import Observable, Phase
from simcore.program.loops import extents, last_range, lines_of_row, row_range
from simcore.program.names import Names
from simcore.program.text import Text

_START = {"mean": "0.0", "sum": "0.0", "min": "np.inf", "max": "-np.inf"}
_ADD = {
    "mean": "{total} += {value}",
    "sum": "{total} += {value}",
    "min": "{total} = min({total}, {value})",
    "max": "{total} = max({total}, {value})",
}
RANDOM = ("step", "_scratch", "_key0", "_key1")


def new(array: str) -> str:
    """The second copy of an array, into which a phase without sites writes."""
    return f"_new_{array}"


def written(phase: Phase) -> tuple[str, ...]:
    return (phase.writes,) if isinstance(phase.writes, str) else tuple(phase.writes)


def site_tables(number: int) -> tuple[str, str, str]:
    return f"_first_{number}", f"_stop_{number}", f"_stride_{number}"


class PhaseKernel:
    """`_phase_<number>(_row, ...)`: the function of one cell over all cells of a row.

    draw: the number of the phase's first draw in the random counter.
    """

    def __init__(self, number: int, phase: Phase, function: str, names: Names, draw: int) -> None:
        self.number, self.phase, self.names, self.draw = number, phase, names, draw
        self.called = names.arguments(phase.update, random=phase.draws > 0)
        self.call = f"{function}({', '.join(self._argument(name) for name in self.called)})"
        self.name = f"_phase_{number}"

    @property
    def arguments(self) -> list[str]:
        """What the driver calls it with after the row."""
        arrays = list(written(self.phase))
        if self.phase.sites is None:
            arrays += [new(name) for name in arrays]
        taken = [name for name in self.called if name not in (*self.names.indices, "random", *arrays)]
        tables = site_tables(self.number) if self.phase.sites is not None else ()
        random = [name for name in RANDOM if name not in taken] if self.phase.draws else []
        return [*arrays, *taken, *tables, *random]

    def write(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        text.line("@njit(error_model='numpy')")
        with text.block(f"def {self.name}(_row, {', '.join(self.arguments)}):"):
            extents(text, written(self.phase)[0], dimensions, halo)
            row_range(text, dimensions)
            with lines_of_row(text, dimensions, halo):
                self._line(text, halo)

    def _argument(self, name: str) -> str:
        if name != "random":
            return name
        return "(" + ", ".join(f"_scratch[{draw}, _at]" for draw in range(self.phase.draws)) + ",)"

    def _line(self, text: Text, halo: int) -> None:
        last = self.names.indices[-1]
        if self.phase.sites is None:
            self._fill(text, "_high - _low" if self.names.dimensions == 1 else f"_n{self.names.dimensions - 1}")
            with text.block(f"for {last} in range({last_range(self.names.dimensions, halo)}):"):
                if self.phase.draws:
                    text.line(f"_at = {last} - {'_low - ' if self.names.dimensions == 1 else ''}{halo}")
                self._assign(text, [new(name) for name in written(self.phase)])
            return
        first, stop, stride = (f"{table}[_line]" for table in site_tables(self.number))
        text.lines(f"_begin = max({first}, 0)", f"_step_by = max({stride}, 1)")
        text.line(f"_count = max(0, ({stop} - _begin + _step_by - 1) // _step_by)")
        self._fill(text, "_count")
        with text.block("for _at in range(_count):"):
            text.line(f"{last} = _begin + _at * _step_by + {halo}")
            self._assign(text, list(written(self.phase)))

    def _fill(self, text: Text, count: str) -> None:
        for draw in range(self.phase.draws):
            text.line(f"fill_uniforms(_scratch[{draw}], {count}, _line, step, {self.draw + draw}, _key0, _key1)")

    def _assign(self, text: Text, arrays: list[str]) -> None:
        index = ", ".join(self.names.indices)
        text.line(f"{', '.join(f'{array}[{index}]' for array in arrays)} = {self.call}")


class Measurement:
    """`_measure(_row, ...)` reduces one row into the partial sums, `_reduce(...)` all rows, in order, into a sample."""

    def __init__(self, observables: list[tuple[Observable, str]], names: Names) -> None:
        self.names = names
        self.observables = [observable for observable, _ in observables]
        self.calls = [f"{function}({', '.join(names.arguments(o.value))})" for o, function in observables]
        called = {name for o in self.observables for name in names.arguments(o.value)} - set(names.indices)
        shaped = names.arrays[0]
        self.arguments = ["_partial", shaped, *sorted(called - {shaped})]

    def write(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        text.line("@njit(error_model='numpy')")
        with text.block(f"def _measure(_row, {', '.join(self.arguments)}):"):
            extents(text, self.names.arrays[0], dimensions, halo)
            row_range(text, dimensions)
            for number, observable in enumerate(self.observables):
                text.line(f"_total{number} = {_START[observable.reduce]}")
            with (
                lines_of_row(text, dimensions, halo),
                text.block(f"for {self.names.indices[-1]} in range({last_range(dimensions, halo)}):"),
            ):
                for number, (observable, call) in enumerate(zip(self.observables, self.calls, strict=True)):
                    text.line(_ADD[observable.reduce].format(total=f"_total{number}", value=call))
            for number in range(len(self.observables)):
                text.line(f"_partial[_row, {number}] = _total{number}")
        text.lines("", "", "@njit(error_model='numpy')")
        with text.block("def _reduce(_partial, _series, _sample, _cells):"):
            for number, observable in enumerate(self.observables):
                text.line(f"_total = {_START[observable.reduce]}")
                with text.block("for _row in range(_partial.shape[0]):"):
                    text.line(_ADD[observable.reduce].format(total="_total", value=f"_partial[_row, {number}]"))
                mean = " / _cells" if observable.reduce == "mean" else ""
                text.line(f"_series[_sample, {number}] = _total{mean}")
