"""The edges of a graph as an experiment gives them: a list of pairs, or a file of two columns; or one of these by kind.

They are kept as they are written; `pairs_of` has them as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from simcore.errors import InvalidValueError
from simcore.models.array_file import SCHEMA as FILE_SCHEMA
from simcore.models.array_file import ArrayFile
from simcore.models.table_file import SCHEMA as TABLE_SCHEMA
from simcore.models.table_file import TableFile, is_table

ALONE = "nn"
"""The kind of edges that are not given by kind: neighbours."""

MOST_SITES = 2**31 - 1
FORMS = "[[0, 1], [1, 2]], {file: edges.npy}, {file: edges.csv}, or one of these for each kind: {a: ..., b: ...}"


@dataclass(frozen=True)
class Edges:
    """Edges of one kind. source: their file, or the pairs themselves."""

    source: ArrayFile | tuple[tuple[int, int], ...]

    def keys(self) -> Any:
        """As they are written in an experiment."""
        return self.source.keys() if isinstance(self.source, ArrayFile) else [list(pair) for pair in self.source]

    def pairs(self) -> np.ndarray:
        """int64 of shape (edges, 2); raises ValueError."""
        if not isinstance(self.source, ArrayFile):
            return np.array(self.source, np.int64).reshape(-1, 2)
        try:
            values = self.source.load(None)
        except InvalidValueError as refusal:
            raise ValueError(refusal.message) from None
        name = Path(self.source.file).name
        if values.ndim != 2 or values.shape[1] < 2 or (values.shape[1] > 2 and not isinstance(self.source, TableFile)):
            raise ValueError(f"{name} has the shape {list(values.shape)}; [edges, 2] is needed")
        values = values[:, :2]
        whole = (values == np.floor(values)) & (np.abs(values) < 2**53)
        if not whole.all():
            row, column = np.argwhere(~whole)[0].tolist()
            raise ValueError(f"{name}: edge {row} holds {values[row, column]:g}; sites have whole numbers from 0")
        return values.astype(np.int64)


def read_edges(value: object, info: ValidationInfo) -> Any:
    """`Edges`, or those of each kind; raises ValueError."""
    if not isinstance(value, Mapping) or "file" in value:
        return _of_one_kind(value, info)
    if not value:
        raise ValueError(f"must be {FORMS}")
    for kind in value:
        if not (isinstance(kind, str) and kind.isidentifier() and kind.isascii()):
            raise ValueError(f"'{kind!s:.60}' is no name for a kind; letters, digits and _ are allowed")
    return {kind: _named(kind, edges, info) for kind, edges in value.items()}


def _named(kind: str, value: object, info: ValidationInfo) -> Edges:
    try:
        return _of_one_kind(value, info)
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


def _of_one_kind(value: object, info: ValidationInfo) -> Edges:
    if isinstance(value, Edges):
        return value
    if isinstance(value, Mapping) and "file" in value:
        directory = (info.context or {}).get("directory", ".")
        if "column" in value:
            raise ValueError("'column' is for couplings; the edges are the first two columns of their file")
        return Edges((TableFile if is_table(value) else ArrayFile).read(value, directory))
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"must be {FORMS}, not {value!r:.60}")
    for number, pair in enumerate(value):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(map(_is_whole, pair)):
            raise ValueError(f"edge {number} is a pair of sites, such as [0, 1], not {pair!r:.60}")
    return Edges(tuple((int(a), int(b)) for a, b in value))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def by_kind(edges: Any) -> dict[str, Edges]:
    """The edges of each kind."""
    return {ALONE: edges} if isinstance(edges, Edges) else dict(edges)


def checked_pairs(edges: Any, sites: int | None) -> dict[str, np.ndarray]:
    """The pairs of each kind. Raises ValueError for a site that is not there, a self loop, and an edge given twice.

    Args:
        edges: as `read_edges` returns them.
        sites: how many there are; None if the edges say so.
    """
    alone = isinstance(edges, Edges)
    return {kind: _checked(one, sites, "" if alone else f"{kind}: ") for kind, one in by_kind(edges).items()}


@lru_cache(maxsize=4)
def _checked(edges: Edges, sites: int | None, kind: str) -> np.ndarray:
    """Remembered, since an experiment is read several times on the way to a run."""
    pairs = edges.pairs()
    file = f" of {Path(edges.source.file).name}" if isinstance(edges.source, ArrayFile) else ""
    where = f"{kind}edge {{}}{file}"
    outside = ((pairs < 0) | (pairs >= (MOST_SITES if sites is None else sites))).any(axis=1)
    if outside.any():
        number = int(np.argmax(outside))
        known = "sites have numbers from 0" if sites is None else f"the sites are 0 to {sites - 1}"
        raise ValueError(f"{where.format(number)} is {_shown(pairs[number])}; {known}")
    loops = pairs[:, 0] == pairs[:, 1]
    if loops.any():
        number = int(np.argmax(loops))
        raise ValueError(f"{where.format(number)} joins site {pairs[number, 0]} with itself; leave it out")
    _check_once(pairs, where)
    pairs.setflags(write=False)
    return pairs


def _check_once(pairs: np.ndarray, where: str) -> None:
    ordered = np.sort(pairs, axis=1)
    order = np.lexsort((np.arange(len(pairs)), ordered[:, 1], ordered[:, 0]))
    again = (ordered[order[1:]] == ordered[order[:-1]]).all(axis=1)
    if again.any():
        at = int(np.argmax(again))
        first, second = int(order[at]), int(order[at + 1])
        turned = " (in the other direction)" if (pairs[first] != pairs[second]).any() else ""
        raise ValueError(
            f"{where.format(second)} is {_shown(pairs[second])}, as edge {first} is{turned}; give every edge once"
        )


def _shown(pair: np.ndarray) -> str:
    return f"[{pair[0]}, {pair[1]}]"


def _written(edges: Any) -> Any:
    return edges.keys() if isinstance(edges, Edges) else {kind: one.keys() for kind, one in edges.items()}


_PAIR = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
_ONE_KIND = [{"type": "array", "items": _PAIR}, FILE_SCHEMA, TABLE_SCHEMA]

EdgesKey = Annotated[
    Any,
    BeforeValidator(read_edges),
    PlainSerializer(_written),
    WithJsonSchema(
        {"anyOf": [*_ONE_KIND, {"type": "object", "additionalProperties": {"anyOf": _ONE_KIND}, "minProperties": 1}]}
    ),
]
"""The key `edges` of a graph."""
