"""The last words of an error: the nearest name, or all that is allowed."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The name that was probably meant by `word`, None if nothing is near. Upper and lower case count alike."""
    from difflib import get_close_matches  # only once something is wrong

    by_fold = {name.casefold(): name for name in allowed}
    found = get_close_matches(word.casefold(), by_fold, n=1)
    return by_fold[found[0]] if found else None


def hint(word: str, allowed: Iterable[str]) -> str:
    """`did you mean 'x'?` where a name is near, else `allowed: a, b, c`."""
    names = list(allowed)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"allowed: {', '.join(names)}" if names else "nothing is allowed here"
