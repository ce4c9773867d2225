"""The last words of an error: the nearest name, or all that is allowed."""

from __future__ import annotations

from collections.abc import Iterable

MOST_LISTED = 40


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The name that was probably meant by `word`, None if nothing is near. Upper and lower case count alike.

    What other packages and textbooks call it comes first (`other_words`): hexagonal is triangular, not hypercubic.
    """
    found = _meant(word, list(allowed))
    return found[0][0] if found else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """`did you mean 'x'?`, or '' if nothing is near."""
    found = [f"'{name}'{f' ({remark})' if remark else ''}" for name, remark in _meant(word, list(allowed))]
    return f"did you mean {' or '.join(found)}?" if found else ""


def hint(word: str, allowed: Iterable[str]) -> str:
    """`did you mean 'x'?` where a name is near, else `allowed: a, b, c`."""
    names = list(dict.fromkeys(allowed))
    if meant := did_you_mean(word, names):
        return meant
    listed = names if len(names) <= MOST_LISTED else [*names[:MOST_LISTED], "..."]
    return f"allowed: {', '.join(listed)}" if names else "nothing is allowed here"


def _meant(word: str, allowed: list[str]) -> list[tuple[str, str]]:
    # only once something is wrong
    from difflib import get_close_matches

    from simcore.config.other_words import OTHER_WORDS, folded, ours

    if found := ours(word, allowed):
        return found
    by_fold = {name.casefold(): name for name in allowed}
    if folded(word) in OTHER_WORDS and len(word) == 1:
        return []  # T is not t
    close = get_close_matches(word.casefold(), by_fold, n=1)
    return [(by_fold[close[0]], "")] if close else []
