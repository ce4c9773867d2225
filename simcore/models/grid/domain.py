"""Which cells of a grid belong to it, as an experiment says it: by a condition, or by a file or picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.condition import parse_condition
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Binary, Call, Name, Node, Number, rewrite
from simcore.models.array_file import SCHEMA, ArrayFile, is_of_a_run
from simcore.models.grid.boundary import BOUNDARY_SCHEMA, Boundary, read_boundary

IN_DOMAIN = "in_domain"
"""The constant that holds for each cell, ghost cells included, whether it and the next cells belong to the domain."""
SHARE, INFINITY = "domain_share", "infinity"
NAMES = (IN_DOMAIN, SHARE, INFINITY)
PART = "part"
MIDDLE = 0.5  # a cell of a file belongs to the domain if its number is larger


@dataclass(frozen=True)
class Domain:
    """The cells of a grid that count: those whose centres fulfil a condition, or those marked in a file."""

    given: Expression | ArrayFile

    def keys(self) -> Any:
        """As it is written in an experiment."""
        return self.given.text if isinstance(self.given, Expression) else self.given.keys()

    @property
    def names(self) -> frozenset[str]:
        """The coordinates and parameters in the condition."""
        return frozenset(self.given.names) if isinstance(self.given, Expression) else frozenset()

    def cells(
        self, shape: tuple[int, ...], mesh: Mapping[str, np.ndarray], numbers: Mapping[str, Any], path: str
    ) -> np.ndarray:
        """Bool, of that shape: whether each cell belongs to it. Raises InvalidValueError at `path`.

        mesh: the coordinates, each shaped to broadcast; numbers: the parameters that are numbers.
        """
        if isinstance(self.given, Expression):
            try:
                self.given.require((*mesh, *numbers))
            except ExpressionError as error:
                reason = "a domain is given by coordinates and parameters that are numbers, and does not change"
                raise InvalidValueError(path, f"{error} ({reason})") from None
            found = np.broadcast_to(np.asarray(evaluate(self.given.tree, {**numbers, **mesh}), bool), shape)
        else:
            found = self.given.load(shape, path) > MIDDLE
        if not found.any():
            raise InvalidValueError(path, "holds no cell of the grid; make the condition wider, or the cells smaller")
        return np.ascontiguousarray(found)


def read_domain(value: object, info: ValidationInfo) -> Domain:
    """From the value of `grid.domain`; raises ValueError."""
    if isinstance(value, Domain):
        return value
    directory = (info.context or {}).get("directory", ".")
    if isinstance(value, str):
        return Domain(parse_condition(value))
    if isinstance(value, Mapping):
        if is_of_a_run(value, directory) and "field" not in value:
            raise ValueError("a field of another run needs its name: {file: results/run, field: u}")
        return Domain(ArrayFile.read(value, directory))
    raise ValueError(f'must be a condition, such as "x**2 + y**2 < 100", or {{file: maze.png}}, not {value!r:.60}')


DomainKey = Annotated[
    Domain,
    BeforeValidator(read_domain),
    PlainSerializer(Domain.keys),
    WithJsonSchema({"anyOf": [{"type": "string"}, SCHEMA]}),
]
"""The `domain` key of a grid."""


def read_domain_wall(value: object) -> Boundary:
    """What a field says at the faces of the domain, one condition for all; raises ValueError."""
    found = read_boundary(value)
    if [side for side, _ in found.given] != ["all"]:
        raise ValueError("is one condition for all faces of the domain; {where: comparison, then: ..., else: ...}")
    if found.given[0][1].kind == "periodic":
        raise ValueError("must be {value: v}, {derivative: g} or {mixed: [a, b]}; a face of a domain is not periodic")
    return found


DomainWallKey = Annotated[
    Boundary,
    BeforeValidator(read_domain_wall),
    PlainSerializer(Boundary.keys),
    WithJsonSchema(BOUNDARY_SCHEMA["anyOf"][0]),
]
"""The `domain` key of a field."""


def over_domain(tree: Node) -> Node:
    """A formula whose numbers over the whole field (macros written out) are those over the domain."""
    return rewrite([tree], _over)[0]


def part_over_domain(call: Call) -> tuple[Call, Node]:
    """The same of one number: what is reduced in its place, and the value if that is called `part`."""
    found = _over(call)
    if isinstance(found, Binary):
        return found.left, Binary("/", Name(PART), found.right)  # type: ignore[return-value]
    return found, Name(PART)  # type: ignore[return-value]


def _over(node: Node) -> Node:
    match node:
        case Call("mean" | "integral" as function, (operand,)):
            within = Call(function, (inside(operand, Number(0.0)),), node.column)
            return Binary("/", within, Name(SHARE)) if function == "mean" else within
        case Call("min", (operand,)):
            return Call("min", (inside(operand, Name(INFINITY)),), node.column)
        case Call("max", (operand,)):
            return Call("max", (inside(operand, Binary("-", Number(0.0), Name(INFINITY))),), node.column)
    return node


def inside(tree: Node, outside: Node) -> Node:
    """The formula in the cells of the domain, another one in all others."""
    return Call("where", (belongs(Name(IN_DOMAIN)), tree, outside))


def belongs(marks: Node, axis: int = 0, end: int = 0) -> Node:
    """Whether a cell belongs to the domain, or the next one (`end` -1 or 1) along an axis; marks: read of IN_DOMAIN."""
    return Call(f"bit{2 * axis + (3 + end) // 2 if end else 0}", (marks,))


def marks_of(padded: np.ndarray) -> np.ndarray:
    """IN_DOMAIN: int8, bit 0 of each cell, bits 1 and 2 of its neighbours along x, and so on.

    One read of a byte for all faces of a cell, which costs less than one for each. padded: bool, with one ghost cell
    more than the result on each side.
    """
    middle = tuple(slice(1, n - 1) for n in padded.shape)
    marks = padded[middle].astype(np.int8)
    for axis in range(padded.ndim):
        for bit, start in ((2 * axis + 1, 0), (2 * axis + 2, 2)):
            cut = slice(start, start + marks.shape[axis])
            marks |= padded[(*middle[:axis], cut, *middle[axis + 1 :])].astype(np.int8) << bit
    return marks


@dataclass(frozen=True, eq=False)
class Blank:
    """Makes a field of a result: NaN in the cells that do not belong to the domain.

    packed: the domain, a bit for each cell.
    """

    packed: bytes

    @classmethod
    def of(cls, cells: np.ndarray) -> Blank:
        """Of a domain."""
        return cls(np.packbits(cells).tobytes())

    def __call__(self, values: np.ndarray) -> np.ndarray:
        bits = np.unpackbits(np.frombuffer(self.packed, np.uint8), count=values.size)
        return np.where(bits.reshape(values.shape).astype(bool), values, values.dtype.type(np.nan))
