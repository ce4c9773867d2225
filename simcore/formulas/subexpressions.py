"""Common subexpressions of several trees, each to be worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import count

from simcore.formulas.interning import Interned
from simcore.formulas.tree import Name, Node, Number, Shifted, children, postorder, with_children

PREFIX = "part"
DEEPEST = 24


def share(trees: Sequence[Node], taken: Collection[str] = ()) -> tuple[list[tuple[str, Node]], list[Node]]:
    """What `trees` have in common, as temporaries in order of need, and the trees that name them.

    A temporary (`part1`, `part2`, ...; no name in `taken`) is a part that has at least two places in all trees together
    and is neither a number, a name nor the value of a field at a cell; or a part that is nested `DEEPEST` deep. Nothing
    is reordered: the values are the same to the last bit. Takes time in proportion to the distinct objects that the
    trees are made of.
    """
    merged = Interned().trees(trees)
    places = Counter(map(id, merged))
    for node in postorder(merged):
        places.update(map(id, children(node)))
    free = (name for name in (f"{PREFIX}{number}" for number in count(1)) if name not in taken)
    temporaries: list[tuple[str, Node]] = []
    written: dict[int, Node] = {}
    depths: dict[int, int] = {}
    for node in postorder(merged):
        new = with_children(node, [written[id(child)] for child in children(node)])
        depths[id(node)] = 1 + max((depths[id(child)] for child in children(node)), default=0)
        shared = places[id(node)] > 1 and not isinstance(node, Number | Name | Shifted)
        if shared or depths[id(node)] > DEEPEST:
            depths[id(node)] = 0
            name = next(free)
            temporaries.append((name, new))
            new = Name(name, node.column)
        written[id(node)] = new
    return temporaries, [written[id(root)] for root in merged]
