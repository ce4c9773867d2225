"""Bonds and plaquettes of a lattice of one's own, as an experiment writes them.

With one site in a cell a bond is an offset, `[dx, dy]`, and a plaquette a list of them; with a basis of several sites a
bond is `[from, to, [dx, dy]]`, and a corner of a plaquette `[site, [dx, dy]]`. They are kept as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from simcore.models.spins.geometry import Bond, Corner, Offset, Plaquette
from simcore.models.spins.lattices import MOST_AXES, UnitCell

FARTHEST = 1000
MOST_SITES = 1000

KEYS = frozenset({"basis", "neighbours", "plaquettes", "vectors"})
"""The keys of a lattice that say what its cells are."""

BOND_FORMS = ("[dx, dy]", "[from, to, [dx, dy]]")
CORNER_FORMS = ("[dx, dy]", "[site, [dx, dy]]")


def sites_of(basis: Any) -> int:
    """How many sites a cell has."""
    return basis if isinstance(basis, int) else len(basis)


def known_axes(data: Mapping[str, Any]) -> int | None:
    """How many axes the keys read so far speak of; None if they leave it open."""
    basis = data["basis"]
    if not isinstance(basis, int):
        return len(basis[0])
    for key in ("neighbours", "plaquettes"):
        for entries in data.get(key, {}).values():
            for entry in entries:
                return _components(entry)
    return len(data["vectors"]) if data.get("vectors") else None


def custom_cell(data: Mapping[str, Any], axes: int) -> UnitCell:
    """The cell that the keys `basis`, `neighbours`, `plaquettes` and `vectors` describe.

    Without positions all sites of a cell lie at its corner; without vectors cells are cubes of side 1.
    """
    basis = data["basis"]
    bonds = ((kind, _bond_corners(entry)) for kind, entries in data["neighbours"].items() for entry in entries)
    return UnitCell(
        vectors=data["vectors"] or tuple(map(tuple, np.eye(axes).tolist())),
        positions=((0.0,) * axes,) * basis if isinstance(basis, int) else basis,
        bonds=tuple(Bond(kind, start[0], end[0], end[1]) for kind, (start, end) in bonds),
        plaquettes=tuple(
            Plaquette(kind, _from_first(_corners(entry)))
            for kind, entries in data["plaquettes"].items()
            for entry in entries
        ),
    )


def read_bonds(value: object, info: ValidationInfo) -> tuple[Any, ...]:
    """The bonds of one kind; raises ValueError for a bond that is no bond, or that is there already."""
    if "basis" not in info.data:  # a wrong basis has been complained of
        return ()
    entries = _entries(value, BOND_FORMS)
    for entry in entries:
        _require(_is_corner(entry) or _is_long_bond(entry), entry, info, BOND_FORMS)
        _check_sites(_bond_corners(entry), entry, info)
    _check_axes(entries, [_bond_corners(entry)[0] for entry in entries], info)
    return _once(entries, map(_bond_corners, entries))


def read_plaquettes(value: object, info: ValidationInfo) -> tuple[Any, ...]:
    """The plaquettes of one kind; raises ValueError as `read_bonds` does."""
    if "basis" not in info.data:
        return ()
    entries = _entries(value, CORNER_FORMS)
    for entry in entries:
        if not isinstance(entry, tuple) or len(entry) < 3:
            raise ValueError(f"{_text(entry)} is no plaquette; a list of three corners or more is")
        for corner in entry:
            _require(_is_corner(corner) or _is_long_corner(corner), corner, info, CORNER_FORMS)
        _check_sites(_corners(entry), entry, info)
    written = [corner for entry in entries for corner in entry]
    _check_axes(written, _corners(written), info)
    return _once(entries, map(_corners, entries))


def check_kinds(entries: Mapping[str, Sequence[Any]], above: Mapping[str, Any]) -> None:
    """Raise ValueError for kinds of different numbers of axes, without a proper name, or with one given already.

    above: the keys read before.
    """
    axes = {_components(found[0]) for found in entries.values() if found}
    for kind in entries:
        if not (kind.isidentifier() and kind.isascii()):
            raise ValueError(f"'{kind}' is no name for a kind; letters, digits and _ are allowed")
        if kind in above.get("neighbours", ()):
            raise ValueError(f"'{kind}' is a kind of bonds already; plaquettes need another name")
    if len(axes) > 1:
        raise ValueError(f"all offsets must have as many components; those of {', '.join(entries)} differ")


def read_basis(value: object) -> int | tuple[tuple[float, ...], ...]:
    """A number of sites, or their fractional positions; raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_SITES:
        return value
    return _number_lists(value, f"a number of sites up to {MOST_SITES}, or a list of their positions in the cell")


def read_vectors(value: object, info: ValidationInfo) -> tuple[tuple[float, ...], ...] | None:
    """As many vectors as axes, independent of each other; raises ValueError."""
    if value is None:
        return None
    vectors = _number_lists(value, "a list of vectors, one for each axis")
    axes = known_axes(info.data) or len(vectors)
    if len(vectors) != axes or len(vectors[0]) != axes:
        raise ValueError(f"must be {axes} vectors of {axes} numbers each, not {_text(vectors)}")
    if np.linalg.matrix_rank(vectors) < axes:
        raise ValueError(f"must be independent of each other; those of {_text(vectors)} are not")
    return vectors


_OFFSET = {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": MOST_AXES}
_SITE = {"type": "integer", "minimum": 0}
_LONG_BOND = {"type": "array", "prefixItems": [_SITE, _SITE, _OFFSET], "minItems": 3, "maxItems": 3}
_LONG_CORNER = {"type": "array", "prefixItems": [_SITE, _OFFSET], "minItems": 2, "maxItems": 2}
_POINTS = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}, "minItems": 1}


def _schema_list(*forms: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"anyOf": list(forms)}}


BondList = Annotated[tuple[Any, ...], BeforeValidator(read_bonds), WithJsonSchema(_schema_list(_OFFSET, _LONG_BOND))]
PlaquetteList = Annotated[
    tuple[Any, ...],
    BeforeValidator(read_plaquettes),
    WithJsonSchema(_schema_list({**_schema_list(_OFFSET, _LONG_CORNER), "minItems": 3})),
]
BasisKey = Annotated[
    Any,
    BeforeValidator(read_basis),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_SITES}, _POINTS]}),
]
VectorsKey = Annotated[Any, BeforeValidator(read_vectors), WithJsonSchema({"anyOf": [_POINTS, {"type": "null"}]})]


def _components(entry: Any) -> int:
    """Of the offsets in a bond, a corner or a plaquette."""
    while isinstance(entry[-1], tuple):
        entry = entry[-1]
    return len(entry)


def _bond_corners(entry: Any) -> tuple[Corner, Corner]:
    source, target, offset = entry if _is_long_bond(entry) else (0, 0, entry)
    return (source, (0,) * len(offset)), (target, offset)


def _corner(entry: Any) -> Corner:
    return entry if _is_long_corner(entry) else (0, entry)


def _corners(entry: Any) -> tuple[Corner, ...]:
    return tuple(map(_corner, entry))


def _is_corner(entry: Any) -> bool:
    """Whether it is the offset of a cell."""
    return isinstance(entry, tuple) and 1 <= len(entry) <= MOST_AXES and all(_is_int(c, -FARTHEST) for c in entry)


def _is_long_bond(entry: Any) -> bool:
    return isinstance(entry, tuple) and len(entry) == 3 and all(map(_is_int, entry[:2])) and _is_corner(entry[2])


def _is_long_corner(entry: Any) -> bool:
    return isinstance(entry, tuple) and len(entry) == 2 and _is_int(entry[0]) and _is_corner(entry[1])


def _is_int(value: object, least: int = 0) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= FARTHEST


def _entries(value: object, forms: Sequence[str]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"must be a list of {forms[0]}, or of {forms[1]}, not {_text(value)}")
    return _tuples(value)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _require(good: bool, entry: Any, info: ValidationInfo, forms: Sequence[str]) -> None:
    sites = sites_of(info.data["basis"])
    long = not _is_corner(entry)
    if not good:
        raise ValueError(f"must hold {forms[sites > 1]}, whole numbers up to {FARTHEST}, not {_text(entry)}")
    if sites > 1 and not long:
        raise ValueError(f"with {sites} sites in a cell, write {forms[1]}, not {_text(entry)}")


def _check_sites(corners: Sequence[Corner], entry: Any, info: ValidationInfo) -> None:
    sites = sites_of(info.data["basis"])
    if any(site >= sites for site, _ in corners):
        raise ValueError(f"{_text(entry)} names a site that is not there; the basis has the sites 0 to {sites - 1}")
    if len(set(corners)) < len(corners):
        raise ValueError(f"{_text(entry)} visits the same site twice")


def _check_axes(entries: Sequence[Any], corners: Sequence[Corner], info: ValidationInfo) -> None:
    axes = known_axes(info.data) or len(corners[0][1])
    for entry, (_, offset) in zip(entries, corners, strict=True):
        if len(offset) != axes:
            raise ValueError(f"the offset in {_text(entry)} must have {axes} components, one for each axis")


def _once(entries: tuple[Any, ...], corners: Iterable[Sequence[Corner]]) -> tuple[Any, ...]:
    """The entries; raises ValueError if two of them join the same sites."""
    seen: dict[Any, Any] = {}
    for entry, places in zip(entries, corners, strict=True):
        first = seen.setdefault(min(tuple(sorted(_relative(places, start))) for _, start in places), entry)
        if first is not entry:
            raise ValueError(f"{_text(first)} and {_text(entry)} are the same; write each once, in one direction")
    return entries


def _from_first(corners: Sequence[Corner]) -> tuple[Corner, ...]:
    return _relative(corners, corners[0][1])


def _relative(corners: Sequence[Corner], start: Offset) -> tuple[Corner, ...]:
    """Seen from the cell at `start`."""
    return tuple((site, tuple(c - s for c, s in zip(offset, start, strict=True))) for site, offset in corners)


def _number_lists(value: object, wanted: str) -> tuple[tuple[float, ...], ...]:
    rows = _tuples(value)
    if not isinstance(rows, tuple) or not rows or not all(isinstance(row, tuple) and row for row in rows):
        raise ValueError(f"must be {wanted}, not {_text(value)}")
    numbers = [number for row in rows for number in row]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) <= 1e100 for n in numbers):
        raise ValueError(f"must be {wanted}, each a list of numbers, not {_text(value)}")
    if len({len(row) for row in rows}) > 1 or len(rows[0]) > MOST_AXES or len(rows) > MOST_SITES:
        raise ValueError(f"must be {wanted}, all of the same length up to {MOST_AXES}, not {_text(value)}")
    return tuple(tuple(map(float, row)) for row in rows)


def _text(value: Any) -> str:
    """As an experiment writes it, shortened."""
    return f"{value!r:.60}".replace("(", "[").replace(",)", "]").replace(")", "]")
