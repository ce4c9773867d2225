"""What holds at all sides of a grid, as it is written in an experiment and by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.config import hint
from simcore.config.words import described
from simcore.formulas import Expression, parse
from simcore.formulas.tree import is_boolean
from simcore.models.grid.condition import AXES, COUNTS, Coefficient, Condition, Place
from simcore.models.grid.grid_names import WallKind, wall_kind
from simcore.spec.arrays import Side

__all__ = ["AXES", "BOUNDARY_SCHEMA", "FORMS", "Boundary", "BoundaryKey", "Coefficient", "Place", "read_boundary"]

LARGEST = 1e100  # so that no ghost cell overflows
FORMS = "periodic, {value: v}, {derivative: g} or {mixed: [a, b]}"
OTHER_FORMS = {
    **dict.fromkeys(("dirichlet", "fixed", "absorbing", "clamped", "constant", "wall", "sink"), "{value: v}"),
    **dict.fromkeys(("neumann", "gradient", "flux", "slope", "natural"), "{derivative: g}, g the outward derivative"),
    **dict.fromkeys(
        ("noflux", "zeroflux", "reflecting", "reflective", "mirror", "symmetric", "insulated", "insulating", "open",
         "closed", "free", "homogeneousneumann", "zerogradient"),
        "{derivative: 0}",
    ),
    **dict.fromkeys(("robin", "radiation", "convective"), "{mixed: [a, b]}, which is du/dn + a*u = b"),
    **dict.fromkeys(("zero", "none", "homogeneousdirichlet"), "{value: 0}"),
    **dict.fromkeys(("pbc", "wrap", "cyclic", "torus", "true"), "periodic"),
}  # fmt: skip
"""Conditions in the words of textbooks and other packages, without - _ and spaces."""
OTHER_SIDES = {
    **dict.fromkeys(("left", "west", "xmin", "xlo", "x0", "xlow"), "x-"),
    **dict.fromkeys(("right", "east", "xmax", "xhi", "x1", "xhigh"), "x+"),
    **dict.fromkeys(("bottom", "south", "ymin", "ylo", "y0", "ylow"), "y-"),
    **dict.fromkeys(("top", "north", "ymax", "yhi", "y1", "yhigh"), "y+"),
    **dict.fromkeys(("front", "zmin", "zlo", "z0", "zlow"), "z-"),
    **dict.fromkeys(("back", "zmax", "zhi", "z1", "zhigh"), "z+"),
}
TWO_KINDS = "{where: comparison, then: {...}, else: {...}}"


@dataclass(frozen=True)
class Boundary:
    """The conditions at all sides; `given` by axis (`x`), by side (`x-`, `x+`), or under `all`."""

    given: tuple[tuple[str, Condition], ...]

    def find(self, side: str) -> Condition | None:
        """What is given for `side` (`x-`): the side's own condition, else its axis's, else that of all, else None."""
        given = dict(self.given)
        return next((given[name] for name in (side, side[0], "all") if name in given), None)

    def condition(self, side: str) -> Condition:
        """What holds at `side`; raises ValueError if nothing is given for it."""
        found = self.find(side)
        if found is None:
            raise ValueError(f"does not include {side}; give {side}: {FORMS}")
        return found

    def over(self, below: Boundary, axes: Sequence[str]) -> Boundary:
        """By side: what this one gives, and for the sides that it leaves out what `below` gives."""
        found = {side: self.find(side) or below.find(side) for side in _sides(axes)}
        return Boundary(tuple((side, condition) for side, condition in found.items() if condition is not None))

    def missing(self, axes: Sequence[str]) -> list[str]:
        """The axes, and the single sides, for which nothing is given."""
        left = {side for side in _sides(axes) if self.find(side) is None}
        whole = [axis for axis in axes if {f"{axis}-", f"{axis}+"} <= left]
        return [*whole, *(side for side in _sides(axes) if side in left and side[0] not in whole)]

    def check_sides(self, axes: Sequence[str]) -> None:
        """Raise ValueError for a side that the grid has not, for half a period and for one end without the other."""
        self.check_names(axes)
        for axis in axes:
            found = [self.find(axis + end) for end in "-+"]
            if len({None if condition is None else condition.kind == "periodic" for condition in found}) > 1:
                raise ValueError(f"{axis} cannot be periodic at one end only; give both {axis}- and {axis}+")

    def check_names(self, axes: Sequence[str]) -> None:
        """Raise ValueError for a side that the grid has not."""
        known = ("all", *(axis + end for axis in axes for end in ("", "-", "+")))
        for name, _ in self.given:
            if name not in known:
                side = OTHER_SIDES.get(_plain(name))
                meant = f"did you mean '{side}'?" if side in known else hint(name, known[1:])
                raise ValueError(f"this grid has no side '{name}'; {meant}")

    def check(self, places: Sequence[tuple[Place, Place]], parameters: Sequence[str]) -> None:
        """As `check_names`, and for an unknown name in a formula."""
        self.check_names([lower.axis for lower, _ in places])
        for place in (place for pair in places for place in pair):
            if (found := self.find(place.side)) is not None:
                found.check(place, parameters)

    def walls(
        self, places: Sequence[tuple[Place, Place]], parameters: Mapping[str, Any], coefficient: Coefficient
    ) -> tuple[tuple[Side, Side], ...]:
        """The lower and the upper side along each axis; raises ValueError."""
        self.check(places, tuple(parameters))
        self.check_sides([lower.axis for lower, _ in places])
        pairs = [tuple(self.condition(p.side).side(p, parameters, coefficient) for p in pair) for pair in places]
        return tuple((lower, upper) for lower, upper in pairs)

    def is_periodic(self, axis: str) -> bool:
        """Whether the ends of an axis meet."""
        found = self.find(f"{axis}-")
        return found is not None and found.kind == "periodic"

    def kinds(self, axes: Sequence[str]) -> dict[str, WallKind]:
        """The kind of wall at each side of the axes that has one."""
        given = {axis + end: self.find(axis + end) for axis in axes for end in "-+"}
        found = {side: wall_kind(condition) for side, condition in given.items() if condition is not None}
        return {side: kind for side, kind in found.items() if kind != "periodic"}

    def formulas(self) -> Iterator[Expression]:
        """All numbers and formulas of all sides."""
        for _, condition in self.given:
            yield from condition.formulas()

    def keys(self) -> Any:
        """As it is written in an experiment."""
        written = {name: condition.keys() for name, condition in self.given}
        return written.get("all", written)


def _sides(axes: Sequence[str]) -> list[str]:
    return [axis + end for axis in axes for end in "-+"]


def read_boundary(raw: object) -> Boundary:
    """From the value of a `boundary` key; raises ValueError."""
    if isinstance(raw, Boundary):
        return raw
    if isinstance(raw, Mapping) and raw and all(str(name)[:1] in AXES or _plain(name) in OTHER_SIDES for name in raw):
        return Boundary(tuple((str(name), _read_condition(form, f"{name}: ")) for name, form in raw.items()))
    return Boundary((("all", _read_condition(raw, "")),))


def _read_condition(raw: object, where: str) -> Condition:
    if raw == "periodic":
        return Condition("periodic")
    if isinstance(raw, Mapping) and "where" in raw:
        return _read_two_kinds(raw, where)
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise ValueError(f"{where}{described(raw)} is not a boundary condition; {_instead(raw)}")
    kind, given = next(iter(raw.items()))
    if kind not in COUNTS:
        known = kind == "periodic" or _plain(kind) in OTHER_FORMS or _plain(kind) in OTHER_SIDES
        raise ValueError(f"{where}unknown boundary '{kind}'; {_instead(raw) if known else hint(str(kind), COUNTS)}")
    numbers = given if isinstance(given, list | tuple) and COUNTS[kind] > 1 else [given]
    if len(numbers) != COUNTS[kind] or not all(map(_is_formula, numbers)):
        one = f"a number up to {LARGEST:g}, or a formula"
        wanted = one if COUNTS[kind] == 1 else f"two of [a, b], each {one}"
        raise ValueError(f"{where}{kind} must be {wanted}, not {given!r}")
    return Condition(kind, tuple(_formula(n) for n in numbers))


def _plain(word: object) -> str:
    return str(word).casefold().replace("-", "").replace("_", "").replace(" ", "")


def _instead(raw: object) -> str:
    """What to write in place of what is no boundary condition."""
    words: list[object] = [raw.get("type", ""), raw.get("kind", ""), *raw] if isinstance(raw, Mapping) else [raw or ""]
    for word in map(_plain, words):
        if word in OTHER_SIDES:
            x = OTHER_SIDES[word][0]
            return f"sides stand beside each other: {x}-: {{value: v}}, {x}+: {{derivative: g}}"
        if word in OTHER_FORMS:
            return f"write {OTHER_FORMS[word]}"
        if word == "periodic":
            return "periodic stands alone: boundary: periodic, or for one axis {x: periodic, ...}"
    return f"{FORMS} is"


def _read_two_kinds(raw: Mapping[Any, Any], where: str) -> Condition:
    if set(raw) != {"where", "then", "else"}:
        unknown = next((str(key) for key in raw if key not in ("where", "then", "else")), None)
        reason = "needs 'then' and 'else'" if unknown is None else f"has an unknown key '{unknown}'"
        raise ValueError(f"{where}a wall with 'where' {reason}; {TWO_KINDS} is one")
    comparison = parse(raw["where"]) if isinstance(raw["where"], str) else None
    if comparison is None or not is_boolean(comparison.tree):
        raise ValueError(f"{where}where must be a comparison, such as 'y < 0.5', not {raw['where']!r}")
    parts = tuple(_read_condition(raw[key], f"{where}{key}: ") for key in ("then", "else"))
    if any(part.kind == "periodic" for part in parts):
        raise ValueError(f"{where}a side is periodic as a whole; 'then' and 'else' take {FORMS.partition(', ')[2]}")
    return Condition("where", (comparison,), parts)


def _formula(number: Any) -> Expression:
    return parse(number if isinstance(number, str) else repr(float(number)), complex_numbers=True)


def _is_formula(value: object) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


_FORMULA = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_KINDS = [
    {"type": "object", "properties": {kind: form}, "required": [kind], "additionalProperties": False}
    for kind, form in {
        "value": _FORMULA,
        "derivative": _FORMULA,
        "mixed": {"type": "array", "items": _FORMULA, "minItems": 2, "maxItems": 2},
    }.items()
]
_WHERE = {"type": "object", "required": ["where", "then", "else"]}
_ONE = {"anyOf": [{"const": "periodic"}, *_KINDS, _WHERE]}
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
