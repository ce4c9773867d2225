"""What holds at the sides of a grid: `periodic`, `{value: v}`, `{derivative: g}` or `{mixed: [a, b]}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simcore.config import hint
from simcore.models.contract import Periodic, Side, Wall

AXES = ("x", "y", "z")
LARGEST = 1e100  # so that no ghost cell overflows
COUNTS = {"value": 1, "derivative": 1, "mixed": 2}
FORMS = "periodic, {value: v}, {derivative: g} or {mixed: [a, b]}"


@dataclass(frozen=True)
class Condition:
    """What holds at one side.

    kind: "periodic", "value" (u = v), "derivative" (du/dn = g, n pointing outward) or "mixed" (du/dn + a u = b);
    numbers: (), (v,), (g,) or (a, b).
    """

    kind: str
    numbers: tuple[float, ...] = ()

    def side(self, spacing: float) -> Side:
        """The ghost cell, from its mirror cell u at a distance h = `spacing`, the side halfway between the two.

        value: ghost = 2 v - u. derivative: ghost = u + h g. mixed: (ghost - u)/h + a (ghost + u)/2 = b; raises
        ValueError where a h <= -2, since the ghost cell would then have the wrong sign, or none.
        """
        match self.kind, self.numbers:
            case "value", (v,):
                return Wall(-1.0, 2.0 * v)
            case "derivative", (g,):
                return Wall(1.0, spacing * g)
            case "mixed", (a, b):
                if a * spacing <= -2.0:
                    raise ValueError(f"mixed: a must be above -2/spacing = {-2.0 / spacing:.6g}, not {a:g}")
                return Wall((2.0 - a * spacing) / (2.0 + a * spacing), 2.0 * spacing * b / (2.0 + a * spacing))
        return Periodic()

    def keys(self) -> Any:
        """As it is written in an experiment."""
        if self.kind == "periodic":
            return "periodic"
        return {self.kind: self.numbers[0] if COUNTS[self.kind] == 1 else list(self.numbers)}


@dataclass(frozen=True)
class Boundary:
    """The conditions at all sides; `given` by axis (`x`), by side (`x-`, `x+`), or under `all`."""

    given: tuple[tuple[str, Condition], ...]

    def condition(self, side: str) -> Condition:
        """What holds at `side` (`x-`): the side's own condition, else its axis's, else that of all, else periodic."""
        given = dict(self.given)
        return next((given[name] for name in (side, side[0], "all") if name in given), Condition("periodic"))

    def sides(self, spacing: Sequence[float]) -> tuple[tuple[Side, Side], ...]:
        """The lower and the upper side along each axis, for a grid of that spacing; raises ValueError."""
        axes = AXES[: len(spacing)]
        known = ("all", *(axis + end for axis in axes for end in ("", "-", "+")))
        for name, _ in self.given:
            if name not in known:
                raise ValueError(f"this grid has no side '{name}'; {hint(name, known[1:])}")
        return tuple(self._pair(axis, h) for axis, h in zip(axes, spacing, strict=True))

    def _pair(self, axis: str, spacing: float) -> tuple[Side, Side]:
        lower, upper = (self.condition(axis + end).side(spacing) for end in "-+")
        if isinstance(lower, Periodic) != isinstance(upper, Periodic):
            raise ValueError(f"{axis} cannot be periodic at one end only; give both {axis}- and {axis}+")
        return lower, upper

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
    if len(numbers) != COUNTS[kind] or not all(map(_is_number, numbers)):
        wanted = f"a number up to {LARGEST:g}" if COUNTS[kind] == 1 else f"two numbers [a, b] up to {LARGEST:g}"
        raise ValueError(f"{where}{kind} must be {wanted}, not {given!r}")
    return Condition(kind, tuple(map(float, numbers)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


_NUMBER = {"type": "number"}
_ONE = {
    "anyOf": [
        {"const": "periodic"},
        *(
            {"type": "object", "properties": {kind: form}, "required": [kind], "additionalProperties": False}
            for kind, form in {
                "value": _NUMBER,
                "derivative": _NUMBER,
                "mixed": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
            }.items()
        ),
    ]
}
_SCHEMA = {
    "anyOf": [_ONE, {"type": "object", "patternProperties": {"^[xyz][-+]?$": _ONE}, "additionalProperties": False}]
}

BoundaryKey = Annotated[
    Boundary,
    BeforeValidator(read_boundary),
    PlainSerializer(Boundary.keys),
    WithJsonSchema(_SCHEMA),
]
"""The `boundary` key of a grid or a field."""
