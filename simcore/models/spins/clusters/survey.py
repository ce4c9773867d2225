"""The clusters of active bonds one after the other: how large each is, and along which axes it goes around or across.

A site is reached along active bonds from the first site of its cluster, and counts how often the way has gone around
each periodic axis. A bond between two sites whose counts do not fit goes around: J. Machta et al., Phys. Rev. E 54,
1332 (1996). Along an open axis a cluster goes across if it has sites at both ends.

What is found stands at the first site of each cluster, and zeros elsewhere, in work arrays: the number of its sites,
and a bit for each axis. With parts of spins, the squares of the sums over clusters, which make improved estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.compiler.source_lines import Text
from simcore.models.spins.clusters.labelling import BONDS, Link
from simcore.models.spins.geometry import Geometry
from simcore.spec.arrays import CellFunction, StateArray
from simcore.spec.phases import SystemPhase

SIZE, AROUND, SQUARE, PART, REST = (f"cluster_{what}" for what in ("size", "around", "square", "part", "rest"))


@dataclass(frozen=True)
class Survey:
    """links, ghost: as of a `Labelling`. parts: how many components the part of a spin has that turns with a cluster.

    occupied: the arrays in which the sites that belong to clusters are not 0; if empty, all sites do. A part is in the
    arrays `PART`, the rest of a spin in `REST`, by site and component.
    """

    geometry: Geometry
    links: Sequence[Link]
    ghost: Sequence[int | None]
    parts: int = 0
    occupied: str = ""

    def phase(self) -> SystemPhase:
        """Writes `SIZE`, `AROUND` and, with parts, `SQUARE`."""
        return SystemPhase(self._function(), tuple(self.written))

    def state(self) -> list[StateArray]:
        """The arrays of what it finds, and of the parts."""
        shape = self.geometry.shape
        dtypes = {SIZE: "int32" if self.geometry.sites < 2**31 else "int64", AROUND: "int16", SQUARE: "float64"}
        named = {self.array(kind, site): dtypes[kind] for kind in self._kinds for site in self._sites}
        named |= dict.fromkeys(self._parts, "float64")
        nothing = np.zeros(shape, np.int8)
        return [StateArray(name, shape, dtype, nothing, work=True, hidden=True) for name, dtype in named.items()]

    @property
    def _kinds(self) -> tuple[str, ...]:
        return (SIZE, AROUND, SQUARE) if self.parts else (SIZE, AROUND)

    @property
    def _parts(self) -> list[str]:
        return [
            self.part(kind, site, component)
            for kind in (PART, REST)
            for site in self._sites
            for component in range(self.parts)
        ]

    @property
    def written(self) -> list[str]:
        """The names of the arrays that it writes."""
        return [self.array(kind, site) for kind in self._kinds for site in self._sites]

    def array(self, kind: str, site: int) -> str:
        """The array of a basis site."""
        return f"{kind}{site}" if self.geometry.basis > 1 else kind

    def part(self, kind: str, site: int, component: int) -> str:
        """The array of a component of a part of the spins."""
        return f"{self.array(kind, site)}_c{component}"

    @property
    def _sites(self) -> range:
        return range(self.geometry.basis)

    @property
    def _axes(self) -> range:
        return range(self.geometry.dimensions)

    def _function(self) -> CellFunction:
        text, basis = Text(), self.geometry.basis
        arrays = [*(self.array(BONDS, site) for site in self._sites), *self.written, *self._parts]
        if self.occupied:
            arrays += [self.array(self.occupied, site) for site in self._sites]
        with text.block(f"def survey({', '.join(arrays)}):"):
            text.line('"""The size of each cluster, and where it goes around or across, at its first site."""')
            for axis in self._axes:
                text.line(f"n{axis} = {self.array(SIZE, 0)}.shape[{axis}]")
            text.line(f"sites = {self.array(SIZE, 0)}.size * {basis}")
            text.lines(
                "seen = np.zeros(sites, np.int8)",
                "waiting = np.empty(sites, np.int64)",
                f"turns = np.empty((sites, {len(self._axes)}), np.int32)",
            )
            for component in range(self.parts):
                text.line(f"fixed{component} = 0.0")
            with text.block("for start in range(sites):"):
                self._clear(text, "start")
                text.line("begins = seen[start] == 0")
                if self.occupied:
                    empty = {
                        s: [f"begins = begins and {self.array(self.occupied, s)}[{self._here}] != 0"]
                        for s in self._sites
                    }
                    self._each_site(text, empty)
                with text.block("if begins:"):
                    self._grow(text)
            if self.parts:
                self._cell(text, "0")
                squares = " + ".join(f"fixed{c} * fixed{c}" for c in range(self.parts))
                text.line(f"{self.array(SQUARE, 0)}[{self._here}] += {squares}")
        return CellFunction(str(text))

    # -- places ------------------------------------------------------------------------------------------------------

    @property
    def _here(self) -> str:
        return ", ".join(f"c{axis}" for axis in self._axes)

    def _cell(self, text: Text, site: str) -> None:
        """The indices of the cell of a site, and which of its sites it is."""
        basis = self.geometry.basis
        text.line(f"rest = {site} // {basis}" if basis > 1 else f"rest = {site}")
        for axis in reversed(self._axes):
            text.line(f"c{axis} = rest % n{axis}" if axis else "c0 = rest")
            if axis:
                text.line(f"rest //= n{axis}")
        if basis > 1:
            text.line(f"which = {site} % {basis}")

    def _each_site(self, text: Text, lines: dict[int, list[str]]) -> None:
        """The lines of the basis site that `which` is."""
        for site, each in lines.items():
            if self.geometry.basis == 1:
                text.lines(*each)
                continue
            with text.block(f"if which == {site}:"):
                text.lines(*each)

    def _clear(self, text: Text, site: str) -> None:
        self._cell(text, site)
        self._each_site(
            text,
            {site: [f"{self.array(kind, site)}[{self._here}] = 0" for kind in self._kinds] for site in self._sites},
        )

    # -- one cluster -------------------------------------------------------------------------------------------------

    def _grow(self, text: Text) -> None:
        text.lines("seen[start] = 1", "waiting[0] = start", "count = 1", "done = 0", "around = 0", "held = False")
        for axis in self._axes:
            text.line(f"turns[start, {axis}] = 0")
            if self.geometry.wrap[axis] == "open":
                text.lines(f"lower{axis} = False", f"upper{axis} = False")
        for component in range(self.parts):
            text.line(f"sum{component} = 0.0")
        with text.block("while done < count:"):
            text.lines("member = waiting[done]", "done += 1")
            self._cell(text, "member")
            for axis in self._axes:
                if self.geometry.wrap[axis] == "open":
                    text.lines(f"lower{axis} = lower{axis} or c{axis} == 0")
                    text.lines(f"upper{axis} = upper{axis} or c{axis} == n{axis} - 1")
            for site in self._sites:
                with text.block(f"if which == {site}:" if self.geometry.basis > 1 else "if True:"):
                    self._member(text, site)
        for axis in self._axes:
            if self.geometry.wrap[axis] == "open":
                with text.block(f"if lower{axis} and upper{axis}:"):
                    text.line(f"around |= {1 << axis}")
        self._cell(text, "start")
        found = {site: [f"{self.array(SIZE, site)}[{self._here}] = count"] for site in self._sites}
        for site in self._sites:
            found[site].append(f"{self.array(AROUND, site)}[{self._here}] = around")
        self._each_site(text, found)
        if self.parts:
            with text.block("if held:"):
                text.lines(*(f"fixed{c} += sum{c}" for c in range(self.parts)))
            with text.block("else:"):
                squares = " + ".join(f"sum{c} * sum{c}" for c in range(self.parts))
                self._each_site(
                    text, {site: [f"{self.array(SQUARE, site)}[{self._here}] = {squares}"] for site in self._sites}
                )

    def _member(self, text: Text, site: int) -> None:
        here = self._here
        for component in range(self.parts):
            text.line(f"sum{component} += {self.part(PART, site, component)}[{here}]")
            text.line(f"fixed{component} += {self.part(REST, site, component)}[{here}]")
        text.line(f"active = np.int64({self.array(BONDS, site)}[{here}])")
        if (ghost := self.ghost[site]) is not None:
            text.line(f"held = held or (active >> {ghost} & 1) == 1")
        for link in self.links:
            if link.site == site:
                with text.block(f"if active >> {link.bit} & 1:"):
                    self._there(text, link.offset)
                    self._join(text, link.other)
            if link.other == site:
                back = tuple(-step for step in link.offset)
                self._there(text, back)
                there = ", ".join(f"t{axis}" for axis in self._axes)
                with text.block(f"if np.int64({self.array(BONDS, link.site)}[{there}]) >> {link.bit} & 1:"):
                    self._join(text, link.site)

    def _there(self, text: Text, offset: Sequence[int]) -> None:
        """The indices at an offset, led around the ends, and how often around."""
        for axis, step in enumerate(offset):
            text.lines(
                f"t{axis} = c{axis} + {step}" if step else f"t{axis} = c{axis}", f"w{axis} = turns[member, {axis}]"
            )
            if step:
                over = f"t{axis} >= n{axis}" if step > 0 else f"t{axis} < 0"
                with text.block(f"while {over}:"):
                    text.line(f"t{axis} {'-=' if step > 0 else '+='} n{axis}")
                    text.line(f"w{axis} {'+=' if step > 0 else '-='} 1")

    def _join(self, text: Text, other: int) -> None:
        number = "t0"
        for axis in self._axes[1:]:
            number = f"({number}) * n{axis} + t{axis}"
        text.line(
            f"other = ({number}) * {self.geometry.basis} + {other}" if self.geometry.basis > 1 else f"other = {number}"
        )
        with text.block("if seen[other] == 0:"):
            text.lines("seen[other] = 1", "waiting[count] = other", "count += 1")
            text.lines(*(f"turns[other, {axis}] = w{axis}" for axis in self._axes))
        closed = [axis for axis in self._axes if self.geometry.wrap[axis] != "open"]
        if closed:
            with text.block("else:"):
                for axis in closed:
                    with text.block(f"if turns[other, {axis}] != w{axis}:"):
                        text.line(f"around |= {1 << axis}")
