"""What `simcore plan` says of a graph: degrees, connected parts, colours."""

from __future__ import annotations

import numpy as np

from simcore.models.spins.connectivity import Remark
from simcore.models.spins.graphs.interactions import GraphInteractions


def graph_remarks(interactions: GraphInteractions) -> list[Remark]:
    """Degrees along the edges that have an energy, connected parts and colours, with a warning of several parts.

    Args:
        interactions: the terms of the energy. A formula that is 0 is no term.

    Returns:
        Nothing for an energy of single sites.
    """
    geometry, graph = interactions.geometry, interactions.geometry.graph
    kinds = [term.kind[1] for term in interactions.terms if len(term.corners) == 2]
    if not kinds:
        return []
    degrees = "; ".join(f"{_range(graph.degrees([kind]))} {kind}" for kind in kinds)
    found: list[Remark] = [("neighbours", f"{degrees} of a site", False)]
    parts = graph.parts(kinds)
    divided = f"{parts}: the energy divides the {graph.sites} sites into parts that do not interact"
    found.append(("connected parts", "1" if parts == 1 else divided, parts > 1))
    counts = np.bincount(geometry.colours)
    text = f"{len(counts)}, of {_range(counts)} sites; those of one colour are updated at once"
    if len(counts) == graph.sites > 1:
        text = f"{len(counts)}: every site has its own, so that they are updated one after the other"
    return [
        *found,
        ("colours", text, False),
        ("tables", f"{_table_bytes(interactions) / 2**20:.3g} MiB a worker", False),
    ]


def _table_bytes(interactions: GraphInteractions) -> int:
    """Of the tables that each worker has of its own: some for the sites, some for both ends of every edge."""
    graph = interactions.geometry.graph
    of_sites = graph.sites * np.dtype(np.int64).itemsize * (1 + 4 * len(graph.kinds))
    ends = sum(2 * len(pairs) for pairs in graph.edges.values()) * np.dtype(np.uint32).itemsize
    numbers = sum(
        2 * len(graph.edges[kind]) for name, _ in _couplings(interactions) for kind in interactions.kinds_of(name)
    )
    return int(of_sites + ends + numbers * np.dtype(np.float64).itemsize)


def _couplings(interactions: GraphInteractions) -> list[tuple[str, int]]:
    """Each once, though it has an array for each kind."""
    return [interactions.arrays[array] for array in interactions.couplings if not interactions.arrays[array][1]]


def _range(numbers: np.ndarray) -> str:
    least, most = int(numbers.min()), int(numbers.max())
    return f"{least}" if least == most else f"{least} to {most} (mean {numbers.mean():.3g})"
