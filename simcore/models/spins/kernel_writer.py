"""The source of a function of one cell, written line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from simcore.formulas import cell_functions, vector_functions
from simcore.formulas.codegen import source
from simcore.formulas.lowering import lower
from simcore.formulas.subexpressions import share
from simcore.formulas.tree import Call, Name, Node, Shifted, postorder, rewrite
from simcore.models.spins.geometry import Offset
from simcore.models.spins.graphs.edge_sums import with_sums_worked_out
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction


class KernelWriter:
    """`def name(<what it needs>)`, for a spin system. What lines name becomes an argument, but for local names.

    gather: give the function the values that it reads, by name (`reads`, for `Phase.reads`), in place of whole arrays:
    faster if there is something to work out, slower if all is looked up.
    """

    def __init__(self, name: str, system: SpinSystem, doc: str, *, gather: bool = False) -> None:
        self.name, self.system, self.gather = name, system, gather
        self.reads: dict[str, tuple[str, Offset]] = {}
        self._lines = [f'    """{doc}"""']
        self._indent = "    "
        self._arguments: dict[str, None] = {}
        self._locals: set[str] = set()
        self._uses: dict[str, Any] = {}

    def argument(self, name: str) -> str:
        """The name, which is among the arguments from now on."""
        self._arguments[name] = None
        return name

    def use(self, function: Callable[..., Any]) -> str:
        """The name of a plain function that a line calls."""
        self._uses[function.__name__] = function
        return function.__name__

    def local(self, wanted: str) -> str:
        """A name for a variable: `wanted`, or like it if a parameter or an array has that name."""
        name = wanted
        while name in self.system.names or name in self._locals:
            name = f"{name}_"
        self._locals.add(name)
        return name

    def read(self, array: str, offset: Offset | None = None) -> str:
        """The text of an array at the cell at `offset` from this one."""
        offset = offset or (0,) * len(self.system.indices)
        if self.gather:
            known = {read: name for name, read in self.reads.items()}
            name = known.get((array, offset)) or self.local(f"{array}_{len(known)}")
            self.reads[name] = (array, offset)
            return self.argument(name)
        self.argument(array)
        cells = (_shifted(self.argument(index), step) for index, step in zip(self.system.indices, offset, strict=True))
        return f"{array}[{', '.join(cells)}]"

    def line(self, text: str) -> None:
        """One line of the body."""
        self._lines.append(f"{self._indent}{text}")

    @contextmanager
    def block(self, opening: str) -> Iterator[None]:
        """What is written inside stands indented below the line `opening`."""
        self.line(opening)
        self._indent += "    "
        yield
        self._indent = self._indent[:-4]

    def let(self, wanted: str, value: str) -> str:
        """A line that gives a value to a variable, and its name."""
        name = self.local(wanted)
        self.line(f"{name} = {value}")
        return name

    def work_out(self, trees: Sequence[Node]) -> list[str]:
        """The texts of readable formulas; what they have in common is worked out in lines before."""
        lowered = rewrite(lower(with_sums_worked_out(self, trees)), _vectorised)
        for node in postorder(lowered):
            if isinstance(node, Name) and node.name not in self._locals:
                self.argument(node.name)
            elif isinstance(node, Call) and node.function in cell_functions.FUNCTIONS:
                self.use(cell_functions.FUNCTIONS[node.function])
            elif isinstance(node, Call) and node.function in vector_functions.FUNCTIONS.values():
                self.use(getattr(vector_functions, node.function))
        temporaries, results = share(lowered, self.system.names | self._locals)
        for name, tree in temporaries:
            self._locals.add(name)
            self.line(f"{name} = {self._text(tree)}")
        return [self._text(tree) for tree in results]

    def returns(self, *values: str) -> CellFunction:
        """The function that returns these."""
        lines = [f"def {self.name}({', '.join(self._arguments)}):", *self._lines, f"    return {', '.join(values)}"]
        return CellFunction("\n".join(lines) + "\n", self._uses)

    def _text(self, tree: Node) -> str:
        def read(node: Shifted) -> str:
            return self.read(node.name, node.offsets)

        return source(tree, read)


def _vectorised(node: Node) -> Node:
    if isinstance(node, Call) and node.function in vector_functions.FUNCTIONS:
        return Call(vector_functions.FUNCTIONS[node.function], node.arguments, node.column)
    return node


def _shifted(index: str, step: int) -> str:
    return f"{index} {'-' if step < 0 else '+'} {abs(step)}" if step else index
