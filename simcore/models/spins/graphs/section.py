"""The `lattice` section of a graph: `{type: graph, edges: {file: edges.npy}}`."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from simcore.config import Section, hint
from simcore.models.spins.graphs.edges import MOST_SITES, EdgesKey, by_kind, checked_pairs
from simcore.models.spins.graphs.graph import Graph, GraphGeometry

Sites = Annotated[
    int | None,
    Field(ge=1, le=MOST_SITES, exclude_if=lambda value: value is None, description="how many; else as the edges say"),
]


class GraphLattice(Section):
    """Any graph: sites without coordinates, joined by listed edges."""

    type: Literal["graph"]
    sites: Sites = None
    edges: EdgesKey = Field(
        description="pairs of sites from 0, [[0, 1], ...], or a file of two columns; or one of these for each kind"
    )

    _graph: Graph | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _read(self) -> GraphLattice:
        try:
            pairs = checked_pairs(self.edges, self.sites)
            sites = self.sites or max((int(p.max()) + 1 for p in pairs.values() if len(p)), default=0)
            if not sites:
                raise ValueError("there are no edges; say how many sites there are: sites: 100")
        except ValueError as error:
            fault = PydanticCustomError("value_error", "{error}", {"error": str(error)})
            detail = InitErrorDetails(type=fault, loc=("edges",), input=None)
            raise ValidationError.from_exception_data(type(self).__name__, [detail]) from None
        self._graph = Graph(sites, pairs)
        return self

    @property
    def graph(self) -> Graph:
        """The sites and the edges of all kinds."""
        assert self._graph is not None
        return self._graph

    @cached_property
    def bond_kinds(self) -> tuple[str, ...]:
        """The kinds of edges."""
        return tuple(by_kind(self.edges))

    @property
    def plaquette_kinds(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def usual_kinds(self) -> tuple[str, ...]:
        """The kinds that one formula for all edges is meant for."""
        return self.bond_kinds

    def geometry(self, kinds: Collection[str]) -> GraphGeometry:
        """The graph with the edges of these kinds; raises ValueError for one that it has not."""
        for kind in kinds:
            if kind not in self.bond_kinds:
                raise ValueError(f"this graph has no edges of the kind '{kind}'; {hint(kind, self.bond_kinds)}")
        return GraphGeometry.of(self.graph, kinds)
