"""A tree of sums over the rates of all cells, in the lines of a function that goes through whole arrays."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.models.spins.clusters.whole_writer import WholeWriter

RATES, SUMS = "n_fold_rates", "n_fold_sums"
WIDTH = 16
"""How many nodes of a level one node of the next level adds up."""
DEEPEST = 16
"""Levels above the cells: 16**16 cells are more than can be counted."""


class RateTree:
    """Level 0 are the cells in C order, in `RATES`; the levels above lie one after the other in `SUMS`.

    The last elements of `SUMS` hold the parameters that the sums were worked out for: at other ones all is worked out
    again. Temperatures are positive, so that zeros are none. If there is no room for them, or if something else changes
    the spins, that is done in every sweep.

    count, all: variables for the number of cells whose rates are to be worked out, and whether these are all of them.
    """

    def __init__(self, function: WholeWriter) -> None:
        self._function = function
        self._rates, self._sums = function.argument(RATES), function.argument(SUMS)

    def begin(self, known: Sequence[str] | None) -> None:
        """Lines before the first event. known: the parameters; None: something else changes the spins."""
        function = self._function
        self._cells = function.let("_cells", f"{self._rates}.size")
        self._nodes = function.let("_nodes", f"np.zeros({DEEPEST + 1}, np.int64)")
        self._first = function.let("_first", f"np.zeros({DEEPEST + 1}, np.int64)")
        function.line(f"{self._nodes}[0] = {self._cells}")
        self._top, self._used = function.let("_top", "0"), function.let("_used", "0")
        with function.block(f"while {self._nodes}[{self._top}] > {WIDTH}:"):
            function.line(f"{self._top} += 1")
            function.line(f"{self._first}[{self._top}] = {self._used}")
            function.line(f"{self._nodes}[{self._top}] = ({self._nodes}[{self._top} - 1] + {WIDTH - 1}) // {WIDTH}")
            function.line(f"{self._used} += {self._nodes}[{self._top}]")
        self.all = function.let("_all", "True")
        if known is not None:
            with function.block(f"if {self._used} + {len(known)} <= {self._cells}:"):
                function.line(f"{self.all} = False")
                for number, name in enumerate(known):
                    self._place(f"{self._cells} - {number + 1}")
                    changed = f"{self._sums}[{self._cell}] != {function.argument(name)}"
                    function.line(f"{self.all} = {self.all} or {changed}")
        self.count = function.let("_count", f"{self._cells} if {self.all} else 0")

    def add_up(self, touched: str) -> None:
        """Lines for the sums over the `count` cells in `touched`, level by level; then there are none left."""
        function = self._function
        level, number = function.local("_level"), function.local("_node")
        with function.block(f"for {level} in range(1, {self._top} + 1):"):
            with function.block(f"if {self.all}:"):
                function.line(f"{self.count} = {self._nodes}[{level}]")
            kept, before = function.let("_kept", "0"), function.let("_before", "-1")
            with function.block(f"for {number} in range({self.count}):"):
                parent = function.let("_parent", f"{number} if {self.all} else {touched}[{number}] // {WIDTH}")
                with function.block(f"if {parent} != {before}:"):
                    function.line(f"{before} = {parent}")
                    with function.block(f"if not {self.all}:"):
                        function.line(f"{touched}[{kept}] = {parent}")
                        function.line(f"{kept} += 1")
                    child = function.let("_child", f"{parent} * {WIDTH}")
                    last = function.let("_last", f"min({child} + {WIDTH}, {self._nodes}[{level} - 1])")
                    added = function.let("_sum", "0.0")
                    with function.block(f"if {level} == 1:"):
                        self._add(self._rates, child, last, "0", added)
                    with function.block("else:"):
                        self._add(self._sums, child, last, f"{self._first}[{level} - 1]", added)
                    self._place(f"{self._first}[{level}] + {parent}")
                    function.line(f"{self._sums}[{self._cell}] = {added}")
            function.line(f"{self.count} = {kept}")
        function.line(f"{self.all} = False")
        function.line(f"{self.count} = 0")

    def total(self) -> str:
        """Lines that add up the nodes of the highest level: the name of the sum."""
        function = self._function
        total = function.let("_total", "0.0")
        with function.block(f"if {self._top} == 0:"):
            self._add(self._rates, "0", self._cells, "0", total)
        with function.block("else:"):
            self._add(self._sums, "0", f"{self._nodes}[{self._top}]", f"{self._first}[{self._top}]", total)
        return total

    def chosen(self, where: str) -> str:
        """Lines that find the cell at which the rates, added up, go beyond `where`: the name of its number."""
        function = self._function
        rest, level = function.let("_rest", where), function.let("_height", self._top)
        begin, end = function.let("_begin", "0"), function.let("_end", f"{self._nodes}[{self._top}]")
        chosen = function.let("_chosen", "0")
        with function.block("while True:"):
            node, value = function.local("_at"), function.let("_value", "0.0")
            self._place(f"{begin} + {self._first}[{level}]")
            with function.block(f"for {node} in range({begin}, {end}):"):
                with function.block(f"if {level} == 0:"):
                    function.line(f"{value} = {self._rates}[{self._cell}]")
                with function.block("else:"):
                    function.line(f"{value} = {self._sums}[{self._cell}]")
                with function.block(f"if {value} > 0.0:"):
                    function.line(f"{chosen} = {node}")
                    with function.block(f"if {rest} < {value}:"):
                        function.line("break")
                    function.line(f"{rest} -= {value}")
                self._advance()
            with function.block(f"if {level} == 0:"):
                function.line("break")
            function.line(f"{level} -= 1")
            function.line(f"{begin} = {chosen} * {WIDTH}")
            function.line(f"{end} = min({begin} + {WIDTH}, {self._nodes}[{level}])")
        return chosen

    def end(self, known: Sequence[str]) -> None:
        """Lines after the last event."""
        function = self._function
        with function.block(f"if {self._used} + {len(known)} <= {self._cells}:"):
            for number, name in enumerate(known):
                self._place(f"{self._cells} - {number + 1}")
                function.line(f"{self._sums}[{self._cell}] = {function.argument(name)}")

    # -- elements by their number in C order -----------------------------------------------------------------------

    @property
    def _indices(self) -> list[str]:
        return [f"_place{axis}" for axis in range(len(self._function.cell))]

    @property
    def _cell(self) -> str:
        return ", ".join(self._indices)

    def _place(self, number: str) -> None:
        """Lines for the indices of an element."""
        function, rest = self._function, number
        for axis in reversed(range(1, len(self._indices))):
            function.line(f"_place_rest = {rest}")
            function.line(f"{self._indices[axis]} = _place_rest % {function.side(axis)}")
            rest = f"_place_rest // {function.side(axis)}"
        function.line(f"{self._indices[0]} = {rest}")

    def _advance(self) -> None:
        """Lines that lead to the next element."""
        function, axes = self._function, len(self._indices)
        function.line(f"{self._indices[-1]} += 1")
        for axis in reversed(range(1, axes)):
            function.line(f"if {self._indices[axis]} == {function.side(axis)}:")
            function.line(f"    {self._indices[axis]} = 0")
            function.line(f"    {self._indices[axis - 1]} += 1")

    def _add(self, array: str, begin: str, end: str, first: str, added: str) -> None:
        """Lines that add the elements `first` + [begin, end) to a variable."""
        function = self._function
        self._place(f"{first} + {begin}")
        with function.block(f"for {function.local('_part')} in range({begin}, {end}):"):
            function.line(f"{added} += {array}[{self._cell}]")
            self._advance()
