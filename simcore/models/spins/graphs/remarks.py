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
    return [*found, ("colours", text, False)]


def _range(numbers: np.ndarray) -> str:
    least, most = int(numbers.min()), int(numbers.max())
    return f"{least}" if least == most else f"{least} to {most} (mean {numbers.mean():.3g})"
