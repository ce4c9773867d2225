"""What holds at the sides of a grid: `periodic`, `{value: v}`, `{derivative: g}` or `{mixed: [a, b]}`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.config import hint
from simcore.expressions import Expression, ExpressionError, parse
from simcore.expressions.tree import Binary, Call, Name, Node, Number
from simcore.models.contract import Function, Periodic, Side, Wall
from simcore.models.grid.gridnames import WallKind, wall_kind

AXES = ("x", "y", "z")
LARGEST = 1e100  # so that no ghost cell overflows
COUNTS = {"value": 1, "derivative": 1, "mixed": 2}
FORMS = "periodic, {value: v}, {derivative: g} or {mixed: [a, b]}"

Shift = Callable[[Node], float | complex | Function]
"""What turns the formula of a wall's shift into its number, or into a function of the mirror cell."""


@dataclass(frozen=True)
class Place:
    """Where a side lies: the axis, its end ("-" or "+"), the spacing h, the coordinate, how many ghost cells."""

    axis: str
    end: str
    spacing: float
    position: float
    depth: int = 1

    @property
    def side(self) -> str:
        """As it is written in an experiment: `x-`."""
        return self.axis + self.end


@dataclass(frozen=True)
class Condition:
    """What holds at one side.

    kind: "periodic", "value" (u = v), "derivative" (du/dn = g, n pointing outward) or "mixed" (du/dn + a u = b);
    numbers: (), (v,), (g,) or (a, b), each a formula of parameters, t, and the coordinates along the side.
    """

    kind: str
    numbers: tuple[Expression, ...] = ()

    def check(self, place: Place, parameters: Sequence[str]) -> None:
        """Raise ValueError for a name that a wall there does not know."""
        along = [axis for axis in AXES if axis != place.axis]
        for number, expression in enumerate(self.numbers):
            fixed = self.kind == "mixed" and number == 0
            try:
                expression.require(parameters if fixed else (*parameters, "t", *along))
            except ExpressionError as error:
                known = "a of mixed is constant" if fixed else f"{place.side} is given along itself and over time"
                raise ValueError(f"{error} ({known})") from None

    def wall(self, place: Place, parameters: Mapping[str, Any], shift: Shift) -> Side:
        """The ghost cell, from its mirror cell u at a distance h, the side halfway between the two.

        value: ghost = 2 v - u. derivative: ghost = u + h g. mixed: (ghost - u)/h + a (ghost + u)/2 = b; raises
        ValueError where a h <= -2, since the ghost cell would then have the wrong sign, or none. A ghost cell further
        out mirrors a cell further in, at h' = 3 h; its own mixed condition would need a scale of its own.
        """
        h = place.spacing
        match self.kind, self.numbers:
            case "value", (v,):
                return Wall(-1.0, shift(_times(Number(2.0), v.tree)))
            case "derivative", (g,):
                return Wall(1.0, shift(_times(g.tree, self._distance(place))))
            case "mixed", (a_given, b):
                a = float(a_given.evaluate(parameters))
                if a * h <= -2.0:
                    raise ValueError(f"mixed: a must be above -2/spacing = {-2.0 / h:.6g}, not {a:g}")
                if place.depth > 1:
                    raise ValueError("mixed needs order: 2 and upwind: 1, which look one cell far")
                return Wall((2.0 - a * h) / (2.0 + a * h), shift(_times(Number(2.0 * h / (2.0 + a * h)), b.tree)))
        return Periodic()

    def _distance(self, place: Place) -> Node:
        """From the mirror cell to its ghost cell."""
        if place.depth == 1:
            return Number(place.spacing)
        from_side = Binary("-", Name(place.axis), Number(place.position))
        return _times(Number(2.0), Call("abs", (from_side,)))

    def keys(self) -> Any:
        """As it is written in an experiment."""
        if self.kind == "periodic":
            return "periodic"
        numbers = [_written(expression) for expression in self.numbers]
        return {self.kind: numbers[0] if COUNTS[self.kind] == 1 else numbers}


@dataclass(frozen=True)
class Boundary:
    """The conditions at all sides; `given` by axis (`x`), by side (`x-`, `x+`), or under `all`."""

    given: tuple[tuple[str, Condition], ...]

    def condition(self, side: str) -> Condition:
        """What holds at `side` (`x-`): the side's own condition, else its axis's, else that of all, else periodic."""
        given = dict(self.given)
        return next((given[name] for name in (side, side[0], "all") if name in given), Condition("periodic"))

    def check_sides(self, axes: Sequence[str]) -> None:
        """Raise ValueError for a side that the grid has not, and for half a period."""
        known = ("all", *(axis + end for axis in axes for end in ("", "-", "+")))
        for name, _ in self.given:
            if name not in known:
                raise ValueError(f"this grid has no side '{name}'; {hint(name, known[1:])}")
        for axis in axes:
            if len({self.condition(axis + end).kind == "periodic" for end in "-+"}) > 1:
                raise ValueError(f"{axis} cannot be periodic at one end only; give both {axis}- and {axis}+")

    def check(self, places: Sequence[tuple[Place, Place]], parameters: Sequence[str]) -> None:
        """As `check_sides`, and for an unknown name in a formula."""
        self.check_sides([lower.axis for lower, _ in places])
        for place in (place for pair in places for place in pair):
            self.condition(place.side).check(place, parameters)

    def walls(
        self, places: Sequence[tuple[Place, Place]], parameters: Mapping[str, Any], shift: Shift
    ) -> tuple[tuple[Side, Side], ...]:
        """The lower and the upper side along each axis; raises ValueError."""
        self.check(places, tuple(parameters))
        pairs = [tuple(self.condition(p.side).wall(p, parameters, shift) for p in pair) for pair in places]
        return tuple((lower, upper) for lower, upper in pairs)

    def is_periodic(self, axis: str) -> bool:
        """Whether the ends of an axis meet."""
        return self.condition(f"{axis}-").kind == "periodic"

    def kinds(self, axes: Sequence[str]) -> dict[str, WallKind]:
        """The kind of wall at each side of the axes that has one."""
        found = {side: wall_kind(self.condition(side)) for side in (axis + end for axis in axes for end in "-+")}
        return {side: kind for side, kind in found.items() if kind != "periodic"}

    def formulas(self) -> Iterator[Expression]:
        """All numbers and formulas of all sides."""
        for _, condition in self.given:
            yield from condition.numbers

    def keys(self) -> Any:
        """As it is written in an experiment."""
        written = {name: condition.keys() for name, condition in self.given}
        return written.get("all", written)


def read_boundary(raw: object) -> Boundary:
    """From the value of a `boundary` key; raises ValueError."""
    if isinstance(raw, Boundary):
        return raw
    if isinstance(raw, Mapping) and raw and all(str(name)[:1] in AXES for name in raw):
        return Boundary(tuple((str(name), _read_condition(form, f"{name}: ")) for name, form in raw.items()))
    return Boundary((("all", _read_condition(raw, "")),))


def _read_condition(raw: object, where: str) -> Condition:
    if raw == "periodic":
        return Condition("periodic")
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise ValueError(f"{where}{raw!r} is no boundary; {FORMS} is")
    kind, given = next(iter(raw.items()))
    if kind not in COUNTS:
        raise ValueError(f"{where}unknown boundary '{kind}'; {hint(str(kind), COUNTS)}")
    numbers = given if isinstance(given, list | tuple) and COUNTS[kind] > 1 else [given]
    if len(numbers) != COUNTS[kind] or not all(map(_is_formula, numbers)):
        one = f"a number up to {LARGEST:g}, or a formula"
        wanted = one if COUNTS[kind] == 1 else f"two of [a, b], each {one}"
        raise ValueError(f"{where}{kind} must be {wanted}, not {given!r}")
    return Condition(kind, tuple(parse(n if isinstance(n, str) else repr(float(n))) for n in numbers))


def _is_formula(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _written(expression: Expression) -> float | str:
    try:
        return float(expression.text)
    except ValueError:
        return expression.text


def _times(left: Node, right: Node) -> Node:
    return Binary("*", left, right)


_FORMULA = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_ONE = {
    "anyOf": [
        {"const": "periodic"},
        *(
            {"type": "object", "properties": {kind: form}, "required": [kind], "additionalProperties": False}
            for kind, form in {
                "value": _FORMULA,
                "derivative": _FORMULA,
                "mixed": {"type": "array", "items": _FORMULA, "minItems": 2, "maxItems": 2},
            }.items()
        ),
    ]
}
BOUNDARY_SCHEMA = {
    "anyOf": [_ONE, {"type": "object", "patternProperties": {"^[xyz][-+]?$": _ONE}, "additionalProperties": False}]
}

BoundaryKey = Annotated[
    Boundary,
    BeforeValidator(read_boundary),
    PlainSerializer(Boundary.keys),
    WithJsonSchema(BOUNDARY_SCHEMA),
]
"""The `boundary` key of a grid or a field."""
