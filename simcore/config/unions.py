"""Where a value may be one of several things: one sensible line instead of one for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simcore.config.complaints import Complaint
from simcore.config.document import Keys
from simcore.config.nearest import did_you_mean, nearest

# how much a complaint speaks against the branch that it comes from
_WEIGHTS = {"unknown": 10, "missing": 10, "type": 3, "value": 1}


def settle(found: Sequence[Complaint]) -> list[Complaint]:
    """The complaints of the likeliest branch of every union, and no missing key that an unknown one explains."""
    return _settle(found, 0)


def _settle(found: Sequence[Complaint], level: int) -> list[Complaint]:
    plain = [complaint for complaint in found if len(complaint.branches) <= level]
    unions: dict[Keys, dict[str, list[Complaint]]] = {}
    for complaint in found:
        if len(complaint.branches) > level:
            length, name = complaint.branches[level]
            unions.setdefault(complaint.path[:length], {}).setdefault(name, []).append(complaint)
    for where, branches in unions.items():
        plain += _likeliest([_settle(branch, level + 1) for branch in branches.values()], where)
    return _explained(plain)


def _likeliest(branches: list[list[Complaint]], where: Keys) -> list[Complaint]:
    refused = [c for branch in branches for c in branch if _refuses(c, where)]
    accepting = [branch for branch in branches if not any(_refuses(c, where) for c in branch)]
    if not accepting:
        return [_all_allowed(refused)]
    weights = [sum(_WEIGHTS[complaint.kind] for complaint in branch) for branch in accepting]
    best = [branch for branch, weight in zip(accepting, weights, strict=True) if weight == min(weights)]
    if len(best) > 1:
        return _merged(best, where)
    words = tuple(word for complaint in refused for word in complaint.words)
    if len(best[0]) == 1 and best[0][0].kind == "value" and best[0][0].path == where and words:
        return [_with_words(best[0][0], words, refused[0].given)]
    return best[0]


def _refuses(complaint: Complaint, where: Keys) -> bool:
    """True if the branch wants quite another kind of value."""
    return complaint.kind == "type" and complaint.path == where


def _all_allowed(refused: Sequence[Complaint]) -> Complaint:
    words = dict.fromkeys(word for complaint in refused for word in complaint.words)
    expected = dict.fromkeys(phrase for complaint in refused for phrase in complaint.expected)
    return replace(refused[0], words=tuple(words), expected=tuple(expected))


def _with_words(complaint: Complaint, words: tuple[str, ...], given: object) -> Complaint:
    meant = did_you_mean(given, words) if isinstance(given, str) else ""
    ending = meant or f"also allowed: {', '.join(words)}"
    return replace(complaint, text=f"{complaint.text}; {ending}")


def _merged(best: list[list[Complaint]], where: Keys) -> list[Complaint]:
    """Several branches are equally likely: what they say together."""
    unknown = [c for c in best[0] if c.kind == "unknown" and all(_has(branch, c) for branch in best[1:])]
    if unknown:
        return [replace(c, words=_words(best, c)) for c in unknown]
    if all(c.kind == "missing" and c.path[:-1] == where for branch in best for c in branch):
        keys = dict.fromkeys(str(c.path[-1]) for branch in best for c in branch)
        return [replace(best[0][0], kind="value", path=where, text=f"must have one of the keys {', '.join(keys)}")]
    return best[0]


def _has(branch: Sequence[Complaint], other: Complaint) -> bool:
    return any(c.kind == other.kind and c.path == other.path for c in branch)


def _words(best: Sequence[Sequence[Complaint]], same: Complaint) -> tuple[str, ...]:
    matching = (c for branch in best for c in branch if c.kind == same.kind and c.path == same.path)
    return tuple(dict.fromkeys(word for c in matching for word in c.words))


def _explained(found: Sequence[Complaint]) -> list[Complaint]:
    """Without what is missing of a section because an unknown key in it was probably meant to be that."""
    meant = {(*c.path[:-1], nearest(str(c.path[-1]), c.words)) for c in found if c.kind == "unknown"}
    sections = {path[:-1] for path in meant if path[-1] is not None}
    return [
        c for c in found if not (c.kind == "missing" and c.path in meant) and not (_lacks(c) and c.path in sections)
    ]


def _lacks(complaint: Complaint) -> bool:
    """Whether a section as a whole lacks something, in its own words."""
    return complaint.kind == "value" and complaint.text.startswith(("give ", "must say ", "must have "))
