"""The ids of all points, from the resolved parts: what `point.identity` gives, without making the experiments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.config import Document, Keys, put
from simcore.runs.identity import canonical
from simcore.sweeps.layout import Layout, Values
from simcore.sweeps.point import ID_BYTES
from simcore.sweeps.validation_units import Part


@dataclass(frozen=True)
class Resolved:
    """A part over all combinations. texts: its different values, canonical JSON, None for a refused one; codes: which.

    first: of each value, the first combination that has it.
    """

    part: Part
    texts: Sequence[str | None]
    codes: np.ndarray
    first: np.ndarray


def resolve_part(document: Document, layout: Layout, part: Part) -> Resolved:
    """Validates every value, or combination of values, that the part takes."""
    columns = [values for values in layout.values if values.path in part.paths]
    first, codes = _different([values.codes for values in columns])
    if part.scalar and part.whole and (columns[0].codes >= 0).all():
        listed = columns[0].listed()
        texts = part.resolved_scalars([listed[code] for code in columns[0].codes[first].tolist()])
        if texts is not None:
            return Resolved(part, texts, codes, first)
    return Resolved(part, _one_by_one(document, part, columns, first), codes, first)


def _one_by_one(document: Document, part: Part, columns: Sequence[Values], first: np.ndarray) -> list[str | None]:
    listed = [values.listed() for values in columns]
    context = {"directory": document.directory}
    texts: list[str | None] = []
    for combination in first.tolist():
        taken = [int(values.codes[combination]) for values in columns]
        given = {v.path: listed[i][taken[i]] for i, v in enumerate(columns) if taken[i] >= 0}
        try:
            texts.append(part.resolved(_written(document, part, given), context))
        except Exception:  # a user's validator may raise anything; it is reported when the point is written
            texts.append(None)
    return texts


def ids(counted: Mapping[str, Any], resolved: Sequence[Resolved], replicas: Sequence[int]) -> list[str]:
    """The id of every point, the replicas of a combination one after the other.

    counted: that of the first point (`point.counted`), whose `replica` is the lowest.
    """
    template, slots = _template(counted, resolved)
    base = counted["replica"]
    filled: list[str] = [""] * len(slots)
    at = slots.index(None)
    columns = [(i, slot.texts, slot.codes.tolist()) for i, slot in enumerate(slots) if slot is not None]
    found: list[str] = []
    for combination, count in enumerate(replicas):
        for i, texts, codes in columns:
            filled[i] = texts[codes[combination]]  # type: ignore[assignment]
        for replica in range(base, base + count):
            filled[at] = str(replica)
            text = template % tuple(filled)
            found.append(hashlib.blake2b(text.encode(), digest_size=ID_BYTES).hexdigest())
    return found


def _different(codes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The first of each different row of several columns, and which of these each row equals."""
    together = codes[0] if len(codes) == 1 else np.stack(codes, axis=1)
    _, first, inverse = np.unique(together, return_index=True, return_inverse=True, axis=0 if len(codes) > 1 else None)
    return first, inverse.reshape(-1)


def _written(document: Document, part: Part, given: Mapping[str, Any]) -> str:
    """JSON of the part as it is written, with the swept values."""
    if part.whole and given:
        return json.dumps({part.key: given[part.paths[0]]})
    for path, value in given.items():
        document = put(document, path, value, "")
    node = document.find(part.at)
    if part.key is not None:
        return json.dumps({} if node is None else {part.key: node.plain()})
    data = {} if node is None or node.value is None else node.plain()
    return json.dumps({key: item for key, item in data.items() if part.at != ("model",) or key != "type"})


def _template(counted: Mapping[str, Any], resolved: Sequence[Resolved]) -> tuple[str, list[Resolved | None]]:
    """Canonical JSON with %s for what varies, and what goes there, in order; None: the replica."""
    marked = json.loads(canonical(counted))
    marks: dict[str, Resolved | None] = {"\0replica": None}
    marked["replica"] = "\0replica"
    for number, one in enumerate(resolved):
        mark = f"\0{number}."
        if _mark(marked, one.part.at, mark):
            marks[mark] = one
    text = canonical(marked).replace("%", "%%")
    places = sorted((text.index(canonical(mark)), mark) for mark in marks)
    for _, mark in places:
        text = text.replace(canonical(mark), "%s")
    return text, [marks[mark] for _, mark in places]


def _mark(tree: Any, at: Keys, mark: str) -> bool:
    """Put a mark in the place of a part; False if it does not count."""
    at = at[1:] if at in (("run", "seed"), ("run", "replica")) else at
    for key in at[:-1]:
        tree = tree[key]
    if at[-1] not in tree:
        return False
    tree[at[-1]] = mark
    return True
