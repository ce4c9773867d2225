"""The source of a phase over one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simcore.compiler.argument_names import Names
from simcore.compiler.loops import cells_of_line, extents, lines_of_row, row_range
from simcore.compiler.source_lines import Text
from simcore.compiler.vectorize import Site, Vectorized
from simcore.spec.phases import AnyPhase, Phase, Reduction

RANDOM = ("step", "_draw", "_scratch", "_key0", "_key1")
RUNS = "_runs"
"""The array of the sites of all phases, see `inputs.runs_of`."""


def new(array: str) -> str:
    """The second copy of an array, for a phase that reads old values and writes new ones."""
    return f"_new_{array}"


def written(phase: Phase) -> tuple[str, ...]:
    return (phase.writes,) if isinstance(phase.writes, str) else tuple(phase.writes)


def changed_by(item: AnyPhase) -> tuple[str, ...]:
    """The arrays that a part of a step writes."""
    if isinstance(item, Phase):
        return written(item)
    return () if isinstance(item, Reduction) else item.writes


class PhaseKernel:
    """`_phase_<number>(_row, ...)`: the function of one cell over all cells of a row.

    Phases of one function share one kernel, called with the sites and the draws of their own. draw: the number of
    the phase's first draw in the random counter. tally: where its tally is added up (source), None for none. targets:
    what it writes, by array: the array itself, or its second copy.
    """

    def __init__(
        self,
        number: int,
        phase: Phase,
        function: str,
        names: Names,
        halo: int,
        draw: int,
        reductions: Sequence[str],
        dtypes: Mapping[str, np.dtype],
        tally: str | None = None,
    ) -> None:
        self.number, self.phase, self.names, self._tally, self._draw = number, phase, names, tally, draw
        reads = tuple(phase.reads)
        self.called = names.arguments(phase.update, random=phase.draws > 0, reductions=reductions, reads=reads)
        self.gathering = Vectorized(phase.reads, written(phase), dtypes, halo) if reads else None
        self.call = f"{function}({', '.join(self._argument(name) for name in self.called)})"
        self.name = f"_phase_{number}"
        in_place = phase.sites is not None or phase.own_cell
        self.targets = {name: name if in_place or name not in self.called else new(name) for name in written(phase)}
        self._given = self._arguments()
        text = Text()
        self._write_body(text, halo)
        self.body = str(text)

    @property
    def swapped(self) -> list[str]:
        """The arrays that change places with their second copy when the phase is over."""
        return [name for name, target in self.targets.items() if target != name]

    def row_call(self, again: tuple[int, int] | None = None) -> str:
        """The call for `_row`; again: how far the numbers of phases and draws move on from one `_time` to the next."""
        given = self._given
        if again is not None:
            moved = {"_number": again[0], "_draw": again[1]}
            given = given | {name: f"{given[name]} + _time * {by}" for name, by in moved.items() if name in given}
        return f"{self.name}(_row, {', '.join(given.values())})"

    @property
    def likeness(self) -> tuple[object, ...]:
        """Equal for phases that differ in sites and draws alone."""
        numbered = ("_number", "_draw")
        given = tuple((name, value) for name, value in self._given.items() if name not in numbered)
        return self.name, self.phase.at, given

    def write(self, text: Text) -> None:
        text.line("@inner")
        text.lines(*f"def {self.name}{self.body}".splitlines())

    def _arguments(self) -> dict[str, str]:
        """What the kernel calls its arguments, and what the driver gives it."""
        given = {name: name for name in self.targets.values()}
        arrays = [array for array, _ in self.phase.reads.values()]
        needed = [name for name in (*arrays, *self.called) if name not in self.phase.reads]
        given |= {name: name for name in needed if name not in (*self.names.indices, "random")}
        if self.gathering is not None:
            given |= {name: name for name in self.gathering.buffers}
        if self.phase.sites is not None:
            given |= {RUNS: RUNS, "_number": str(self.number)}
        if self.phase.draws:
            given |= {name: name for name in RANDOM} | {"_draw": str(self._draw)}
        if self._tally is not None:
            given |= {"_sums": "_sums", "_tally": self._tally}
        return given

    def _write_body(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        with text.block(f"(_row, {', '.join(self._given)}):"):
            extents(text, next(iter(self.targets.values())), dimensions, halo)
            row_range(text, dimensions)
            if self._tally is not None:
                text.line("_count = 0")
            with lines_of_row(text, dimensions, halo):
                if self.phase.sites is None:
                    self._whole_line(text, halo)
                else:
                    self._sites_of_line(text, halo)
            if self._tally is not None:
                text.line("_sums[_row, _tally] += _count")

    def _argument(self, name: str) -> str:
        if self.gathering is not None and name in self.phase.reads:
            return self.gathering.value(name)
        if name != "random":
            return name
        at = "_at" if self.gathering is None else "_from + _at"
        return "(" + ", ".join(f"_scratch[{draw}, {at}]" for draw in range(self.phase.draws)) + ",)"

    def _whole_line(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        count, first = ("_high - _low", "_low") if dimensions == 1 else (f"_n{dimensions - 1}", "0")
        self._fill(text, count)
        if self.gathering is not None:
            self.gathering.write(text, self._site, count, first, "1")
            return
        with cells_of_line(text, dimensions, halo):
            self._assign(text)

    def _sites_of_line(self, text: Text, halo: int) -> None:
        first, stop, stride = (f"{RUNS}[_number, {part}, _line]" for part in range(3))
        text.lines(f"_begin = max({first}, 0)", f"_step_by = max({stride}, 1)")
        text.line(f"_sites = max(0, ({stop} - _begin + _step_by - 1) // _step_by)")
        self._fill(text, "_sites")
        if self.gathering is not None:
            self.gathering.write(text, self._site, "_sites", "_begin", "_step_by")
            return
        with text.block("if _step_by == 2:"):  # a stride that the compiler knows: a sixth faster
            self._run_of_sites(text, "2", halo)
        with text.block("else:"):
            self._run_of_sites(text, "_step_by", halo)

    def _run_of_sites(self, text: Text, stride: str, halo: int) -> None:
        with text.block("for _at in range(_sites):"):
            text.line(f"{self.names.indices[-1]} = _begin + _at * {stride} + {halo}")
            self._assign(text)

    def _fill(self, text: Text, count: str) -> None:
        for draw in range(self.phase.draws):
            text.line(f"fill_uniforms(_scratch[{draw}], {count}, _line, step, _draw + {draw}, _key0, _key1)")

    def _assign(self, text: Text) -> None:
        index = ", ".join(self.names.indices)
        text.lines(*self._assigned([f"{array}[{index}]" for array in self.targets.values()]))

    def _assigned(self, results: Sequence[str]) -> list[str]:
        """The function is called, and what it returns is put into these places."""
        if self._tally is None:
            return [f"{', '.join(results)} = {self.call}"]
        return [f"{', '.join(results)}, _more = {self.call}", "_count += _more"]

    @property
    def _site(self) -> Site:
        indices = self.names.indices
        return Site(indices, tuple(self.targets.values()), indices[-1] in self.called, self._assigned)


def share_kernels(kernels: Sequence[PhaseKernel]) -> list[PhaseKernel]:
    """Name those that have the same body after the first of them; returns those that are to be written."""
    first: dict[str, PhaseKernel] = {}
    for one in kernels:
        one.name = first.setdefault(one.body, one).name
    return list(first.values())
