"""The clusters of a lattice, each named by its first site: union-find by ranges of rows.

J. Hoshen, R. Kopelman, Phys. Rev. B 14, 3438 (1976), with trees in the place of their list of labels. Every worker
joins the sites of its own rows; then one worker joins what the bonds between two ranges connect; then every worker
follows its sites to their roots. The root of a tree is its smallest site, in whatever order trees were joined, so that
no bit depends on the ranges.

A site is written as one whole number, its indices side by side in bits: no division leads back to the array. The ghost
is -1, smaller than all sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

from simcore.compiler.source_lines import Text
from simcore.models.spins.geometry import Geometry, Offset
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import RowPhase

BONDS, LABEL, TURN = "cluster_bonds", "cluster_label", "cluster_turn"


@dataclass(frozen=True)
class Link:
    """A bond that bit `bit` of `cluster_bonds` of the site `site` says to be active."""

    bit: int
    site: int
    other: int
    offset: Offset


@dataclass(frozen=True)
class Labelling:
    """links: of all basis sites. ghost, coin: by basis site the bits that join the ghost, and that turn a cluster.

    What is left in `cluster_turn`: bit 0 if the site is turned, bit 1 if it is the first of its cluster.
    """

    geometry: Geometry
    links: Sequence[Link]
    ghost: Sequence[int | None]
    coin: Sequence[int]

    def phase(self) -> RowPhase:
        """Labels, and from the coins of the first sites what is turned."""
        names = [self.array(name, site) for name in (LABEL, TURN) for site in range(self.geometry.basis)]
        return RowPhase((self._join(), self._connect(), self._settle()), tuple(names))

    def array(self, name: str, site: int) -> str:
        """The array of a basis site."""
        return f"{name}{site}" if self.geometry.basis > 1 else name

    @cached_property
    def bits(self) -> tuple[int, ...]:
        """The bits of the index along each axis, and of the basis site."""
        return tuple((n - 1).bit_length() for n in (*self.geometry.shape, self.geometry.basis))

    def constants(self) -> dict[str, int]:
        """The place of each index in a label, and the mask of each but the first."""
        shifts = {_shift(axis): sum(self.bits[axis + 1 :]) for axis in self._axes}
        return shifts | {_mask(axis): (1 << self.bits[axis]) - 1 for axis in self._axes if axis}

    @property
    def dtype(self) -> str:
        """Of the labels."""
        return "int32" if sum(self.bits) <= 31 else "int64"

    # -- the parts of a source --------------------------------------------------------------------------------------

    @property
    def _axes(self) -> range:
        return range(self.geometry.dimensions)

    def _arguments(self, *names: str) -> str:
        arrays = [self.array(name, site) for name in names for site in range(self.geometry.basis)]
        return ", ".join([*arrays, *self.constants(), "first", "last"])

    def _packed(self, cell: Sequence[str], site: int) -> str:
        parts = [f"({at} << {_shift(axis)})" for axis, at in enumerate(cell)]
        return " | ".join([*parts, str(site)] if site else parts)

    def _element(self, name: str, site: int, label: str) -> str:
        cells = [f"{label} >> {_shift(0)}"]
        cells += [f"({label} >> {_shift(axis)}) & {_mask(axis)}" for axis in self._axes if axis]
        return f"{self.array(name, site)}[{', '.join(cells)}]"

    def _site_of(self, label: str) -> str:
        return f"{label} & {(1 << self.bits[-1]) - 1}"

    def _read(self, text: Text, target: str, name: str, label: str) -> None:
        """`target` = the element of an array at the site of a label."""
        if self.geometry.basis == 1:
            text.line(f"{target} = np.int64({self._element(name, 0, label)})")
            return
        for site in range(self.geometry.basis):
            with text.block(f"{'if' if site == 0 else 'elif'} {self._site_of(label)} == {site}:"):
                text.line(f"{target} = np.int64({self._element(name, site, label)})")

    def _write(self, text: Text, label: str, value: str) -> None:
        if self.geometry.basis == 1:
            text.line(f"{self._element(LABEL, 0, label)} = {value}")
            return
        for site in range(self.geometry.basis):
            with text.block(f"{'if' if site == 0 else 'elif'} {self._site_of(label)} == {site}:"):
                text.line(f"{self._element(LABEL, site, label)} = {value}")

    def _follow(self, text: Text, label: str) -> None:
        """Lead a label to the root of its tree."""
        text.line("above = -2")
        with text.block(f"while {label} >= 0:"):
            self._read(text, "above", LABEL, label)
            with text.block(f"if above == {label}:"):
                text.line("break")
            text.line(f"{label} = above")

    def _unite(self, text: Text) -> None:
        """Join the trees of the roots `one` and `two`: the smaller one becomes the root."""
        with text.block("if one < two:"):
            self._write(text, "two", "one")
            text.line("two = one")
        with text.block("elif two < one:"):
            self._write(text, "one", "two")
            text.line("one = two")

    def _begin(self, text: Text) -> None:
        for axis in self._axes:
            text.line(f"n{axis} = {self.array(LABEL, 0)}.shape[{axis}]")

    @property
    def _cell(self) -> list[str]:
        return [f"c{axis}" for axis in self._axes]

    def _there(self, text: Text, link: Link) -> None:
        """The indices t0, t1, ... at the other end of a bond, led around the ends."""
        for axis, step in enumerate(link.offset):
            text.line(f"t{axis} = c{axis} + {step}" if step else f"t{axis} = c{axis}")
            if step:
                with text.block(f"while t{axis} {'>=' if step > 0 else '<'} {f'n{axis}' if step > 0 else 0}:"):
                    text.line(f"t{axis} {'-=' if step > 0 else '+='} n{axis}")

    # -- the stages --------------------------------------------------------------------------------------------------

    def _join(self) -> CellFunction:
        text, here = Text(), ", ".join(self._cell)
        with text.block(f"def join_within({self._arguments(BONDS, LABEL, TURN)}):"):
            text.line('"""Trees of the sites in these rows, by the bonds between them."""')
            self._begin(text)
            with text.block("for c0 in range(first, last):"):
                mark = ", ".join(["c0", *("0" for _ in self._cell[1:])])
                text.line(f"{self.array(TURN, 0)}[{mark}] = 1 if c0 == first else 0")
                with _loops(text, self._cell[1:]):
                    for site in range(self.geometry.basis):
                        text.line(f"{self.array(LABEL, site)}[{here}] = {self._packed(self._cell, site)}")
            with text.block("for c0 in range(first, last):"), _loops(text, self._cell[1:]):
                for site in range(self.geometry.basis):
                    text.line(f"active = np.int64({self.array(BONDS, site)}[{here}])")
                    with text.block(f"if active & {self._used(site)}:"):
                        text.line(f"one = {self._packed(self._cell, site)}")
                        self._follow(text, "one")
                        if (ghost := self.ghost[site]) is not None:
                            with text.block(f"if active >> {ghost} & 1 and one >= 0:"):
                                self._write(text, "one", "-1")
                                text.line("one = -1")
                        for link in self._of_site(site):
                            self._join_link(text, link, within=True)
        return CellFunction(str(text))

    def _join_link(self, text: Text, link: Link, *, within: bool) -> None:
        with text.block(f"if active >> {link.bit} & 1:"):
            self._there(text, link)
            inside = "first <= t0 < last" if within and link.offset[0] else "True"
            with text.block(f"if {inside}:"):
                text.line(f"two = {self._packed([f't{axis}' for axis in self._axes], link.other)}")
                self._follow(text, "two")
                self._unite(text)

    def _of_site(self, site: int) -> list[Link]:
        return [link for link in self.links if link.site == site]

    def _used(self, site: int) -> int:
        bits = [link.bit for link in self._of_site(site)]
        ghost = self.ghost[site]
        return sum(1 << bit for bit in (bits if ghost is None else [*bits, ghost]))

    def _connect(self) -> CellFunction:
        text, here = Text(), ", ".join(self._cell)
        across = [link for link in self.links if link.offset[0]]
        with text.block(f"def join_ranges({self._arguments(BONDS, LABEL, TURN)}):"):
            text.line('"""Join trees of different ranges of rows; the first range does it for all."""')
            self._begin(text)
            with text.block("if first == 0:"):
                mark = ", ".join(["c0", *("0" for _ in self._cell[1:])])
                text.lines("ranges = np.empty(n0, np.int64)", "number = 0")
                with text.block("for c0 in range(n0):"):
                    text.lines(f"number += {self.array(TURN, 0)}[{mark}]", "ranges[c0] = number")
                for link in across:
                    with text.block("for c0 in range(n0):"):
                        step = link.offset[0]
                        with (
                            text.block(f"if ranges[(c0 + {step}) % n0] != ranges[c0]:"),
                            _loops(text, self._cell[1:]),
                        ):
                            text.line(f"active = np.int64({self.array(BONDS, link.site)}[{here}])")
                            with text.block(f"if active >> {link.bit} & 1:"):
                                text.line(f"one = {self._packed(self._cell, link.site)}")
                                self._follow(text, "one")
                                self._there(text, link)
                                text.line(f"two = {self._packed([f't{a}' for a in self._axes], link.other)}")
                                self._follow(text, "two")
                                self._unite(text)
        return CellFunction(str(text))

    def _settle(self) -> CellFunction:
        text, here = Text(), ", ".join(self._cell)
        with text.block(f"def settle({self._arguments(BONDS, LABEL, TURN)}):"):
            text.line('"""Whether each site is turned, by the coin of the first site of its cluster."""')
            self._begin(text)
            with text.block("for c0 in range(first, last):"), _loops(text, self._cell[1:]):
                for site in range(self.geometry.basis):
                    text.line(f"own = {self._packed(self._cell, site)}")
                    text.line("one = own")
                    self._follow(text, "one")
                    text.line("turn = 0")
                    with text.block("if one >= 0:"):
                        self._read(text, "active", BONDS, "one")
                        text.line(f"turn = {self._coin('one')} | (2 if one == own else 0)")
                    text.line(f"{self.array(TURN, site)}[{here}] = turn")
        return CellFunction(str(text))

    def _coin(self, label: str) -> str:
        if len(set(self.coin)) == 1:
            return f"active >> {self.coin[0]} & 1"
        chosen = str(self.coin[-1])
        for site in reversed(range(len(self.coin) - 1)):
            chosen = f"({self.coin[site]} if {self._site_of(label)} == {site} else {chosen})"
        return f"active >> {chosen} & 1"


def dtype_of_bits(count: int) -> str:
    """The smallest type of integers that holds so many bits of active bonds."""
    return next(dtype for dtype, most in (("int8", 7), ("int16", 15), ("int32", 31), ("int64", 63)) if count <= most)


def _shift(axis: int) -> str:
    return f"cluster_shift{axis}"


def _mask(axis: int) -> str:
    return f"cluster_mask{axis}"


@contextmanager
def _loops(text: Text, cells: Sequence[str]) -> Iterator[None]:
    """Loops over indices, one in another."""
    with ExitStack() as stack:
        for cell in cells:
            stack.enter_context(text.block(f"for {cell} in range(n{cell[1:]}):"))
        yield
