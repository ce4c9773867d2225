"""The same model on a part of its graph."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from simcore.models.spins.graphs.colouring import adjacency
from simcore.models.spins.graphs.edges import ALONE
from simcore.models.spins.graphs.graph import Graph


def part_of(graph: Graph, sites: int) -> Graph:
    """So many sites that hang together, from one with edges of most kinds on, and all edges between them."""
    pairs = graph.of_kinds(graph.kinds)
    first, near, _ = adjacency(graph.sites, pairs.T.ravel(), pairs[:, ::-1].T.ravel())
    kinds = sum((graph.degrees([kind]) > 0).astype(int) for kind in graph.kinds)
    found: dict[int, None] = {}
    for start in np.argsort(-np.asarray(kinds), kind="stable").tolist():
        waiting = deque([start])
        while waiting and len(found) < sites:
            site = waiting.popleft()
            if site not in found:
                found[site] = None
                waiting.extend(near[first[site] : first[site + 1]].tolist())
        if len(found) == sites:
            break
    number = np.full(graph.sites, -1, np.int64)
    number[list(found)] = np.arange(len(found))
    kept = {kind: number[edges] for kind, edges in graph.edges.items()}
    return Graph(len(found), {kind: edges[(edges >= 0).all(axis=1)] for kind, edges in kept.items()})


def lattice_keys(graph: Graph) -> dict[str, Any]:
    """The section `lattice` of a graph."""
    edges = {kind: pairs.tolist() for kind, pairs in graph.edges.items()}
    return {"type": "graph", "sites": graph.sites, "edges": edges[ALONE] if list(edges) == [ALONE] else edges}
