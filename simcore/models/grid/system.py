"""Equations as a first-order system of discrete formulas: what schemes, solvers and estimates of stability work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from simcore.expressions.complexness import complex_nodes
from simcore.expressions.tree import Binary, Call, Name, Node, Number, Shifted, postorder, rewrite, substitute
from simcore.models.grid.linearsystem import LinearSystem
from simcore.models.grid.nesting import split_nested, split_reductions
from simcore.models.grid.operators import GridNames, is_operator
from simcore.models.grid.solvers import BlockSolver
from simcore.models.grid.wholefield import WholeField, take_apart

TIME, DT = Name("time"), Name("dt")


@dataclass(frozen=True)
class Intermediate:
    """A formula with an array of its own, since an operator samples it; `named`: by the user, who may give walls."""

    name: str
    tree: Node
    named: bool


@dataclass(frozen=True)
class System:
    """d/dt of each variable, as formulas with operators over the names of the experiment.

    rates: variable -> formula of variables, intermediates, reductions, parameters, x, y, z and `t`. velocities: of a
    variable of second order in time the variable that is its rate. before: what has to be worked out first, in order.
    noise: variable -> amplitude g. complex_names: all names that are complex. implicit: the linear part that was taken
    out of the rates for an implicit scheme, and solvers: how it is solved for, block by block.
    """

    axes: tuple[str, ...]
    rates: Mapping[str, Node]
    velocities: Mapping[str, str] = field(default_factory=dict)
    before: Sequence[Intermediate | WholeField] = ()
    noise: Mapping[str, Node] = field(default_factory=dict)
    arrays: frozenset[str] = frozenset()
    complex_names: frozenset[str] = frozenset()
    implicit: LinearSystem = field(default_factory=LinearSystem)
    solvers: tuple[BlockSolver, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Fields, and the velocities of those that have one."""
        return tuple(self.rates)

    @property
    def intermediates(self) -> tuple[Intermediate, ...]:
        return tuple(item for item in self.before if isinstance(item, Intermediate))

    @property
    def names(self) -> GridNames:
        """For `discretise`."""
        return GridNames(self.axes, self.arrays)


def build_system(
    axes: Sequence[str],
    rates: Mapping[str, Node],
    named: Mapping[str, Node],
    *,
    velocities: Mapping[str, str],
    noise: Mapping[str, Node],
    own_walls: Sequence[str],
    periodic: bool,
    parameter_fields: Sequence[str],
    complex_fields: Sequence[str],
    taken: Sequence[str],
) -> System:
    """From checked formulas; `named` in order of need.

    A named expression is put in where it is used, unless it has walls of its own, or the grid has walls and an operator
    samples an operator in it. `taken`: names that what is made up here must not have.
    """
    kept, put_in = _named_arrays(rates, named, own_walls, periodic)
    everything = {**kept, **{name: substitute(tree, put_in) for name, tree in {**rates}.items()}}
    amplitudes = [substitute(tree, put_in) for tree in noise.values()]
    taken = [*taken, *rates, *named]
    inner, split = split_nested([*everything.values(), *amplitudes], taken)
    trees = dict(zip([*inner, *everything], [*inner.values(), *split], strict=False))
    totals, whole = split_reductions([*trees.values(), *split[len(everything) :]], [*taken, *inner])
    trees = dict(zip(trees, whole, strict=False))
    g = dict(zip(noise, whole[len(trees) :], strict=True))
    complexes = {*complex_fields, *(velocities[name] for name in complex_fields if name in velocities)}
    before: list[Intermediate | WholeField] = []
    for name in _in_order({**{n: trees[n] for n in (*inner, *kept)}, **totals}):
        if name in totals:
            parts, combined = take_apart(name, totals[name], axes, complexes)
            before += parts
            trees = {n: substitute(tree, {name: combined}) for n, tree in trees.items()}
            totals = {n: substitute(tree, {name: combined}) for n, tree in totals.items()}  # type: ignore[misc]
            g = {n: substitute(tree, {name: combined}) for n, tree in g.items()}
        else:
            before.append(Intermediate(name, trees[name], name in kept))
            if is_complex(trees[name], complexes):
                complexes.add(name)
    arrays = frozenset((*rates, *inner, *kept, *parameter_fields))
    return System(
        tuple(axes), {name: trees[name] for name in rates}, velocities, before, g, arrays, frozenset(complexes)
    )


def _named_arrays(
    rates: Mapping[str, Node], named: Mapping[str, Node], own_walls: Sequence[str], periodic: bool
) -> tuple[dict[str, Node], dict[str, Node]]:
    """The named expressions that get arrays, and those that are put in where they are used."""
    steep: set[str] = set()  # those with an operator, their own or that of another
    for name, tree in named.items():
        if any(is_operator(n) or (isinstance(n, Name) and n.name in steep) for n in postorder([tree])):
            steep.add(name)
    sampled = {
        below.name
        for node in postorder([*rates.values(), *named.values()])
        if is_operator(node)
        for below in postorder([node])
        if isinstance(below, Name)
    }
    arrays = {name for name in named if name in own_walls or (not periodic and name in steep & sampled)}
    kept: dict[str, Node] = {}
    put_in: dict[str, Node] = {}
    for name, tree in named.items():
        (kept if name in arrays else put_in)[name] = substitute(tree, put_in)
    return kept, put_in


def _in_order(trees: Mapping[str, Node]) -> list[str]:
    """Names whose formulas need one another, those that are needed first."""
    needs = {
        name: [n.name for n in postorder([tree]) if isinstance(n, Name) and n.name in trees]
        for name, tree in trees.items()
    }
    return list(TopologicalSorter(needs).static_order())


def put(tree: Node, known: Mapping[str, Node]) -> Node:
    """The tree with names replaced, also where it is discrete already: an array by another one."""

    def change(node: Node) -> Node:
        new = known.get(node.name) if isinstance(node, Name | Shifted) else None
        if isinstance(node, Shifted):
            return replace(node, name=new.name) if isinstance(new, Name) else node
        return node if new is None else new

    return rewrite([tree], change)[0]


def is_complex(tree: Node, names: set[str] | frozenset[str]) -> bool:
    """Whether the value of a formula is complex where the variables in `names` are."""
    return id(tree) in complex_nodes([tree], names)


def add(left: Node, right: Node) -> Node:
    return Binary("+", left, right)


def subtract(left: Node, right: Node) -> Node:
    return Binary("-", left, right)


def times(left: float | Node, right: Node) -> Node:
    """A product; a factor of 1 is left out."""
    if isinstance(left, float | int):
        return right if left == 1.0 else Binary("*", Number(float(left)), right)
    return Binary("*", left, right)


def root(tree: Node) -> Node:
    return Call("sqrt", (tree,))
