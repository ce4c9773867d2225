"""Equations as a first-order system of discrete formulas: what schemes, solvers and estimates of stability work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter

from simcore.errors import InvalidValueError
from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import Binary, Call, Name, Node, Number, Shifted, children, postorder, rewrite, substitute
from simcore.models.grid.domain import over_domain
from simcore.models.grid.fluxes import FLUXES, FluxError, compact_of, expand, vectors_of
from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.nesting import split_nested, split_reductions
from simcore.models.grid.operators import is_operator, is_reduction
from simcore.models.grid.orientation import oriented, with_owner
from simcore.models.grid.parameters import kernel_name
from simcore.models.grid.solvers import BlockSolver
from simcore.models.grid.whole_field import WholeField, take_apart, without_macros

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
    out of the rates for an implicit scheme, and solvers: how it is solved for, block by block. measured: further
    formulas, by name, that are worked out at measurements.
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
    measured: Mapping[str, Node] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """Fields, and the velocities of those that have one."""
        return tuple(self.rates)

    @property
    def intermediates(self) -> tuple[Intermediate, ...]:
        return tuple(item for item in self.before if isinstance(item, Intermediate))


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
    directed: bool = False,
    owners: Mapping[str, str] | None = None,
    measured: Mapping[str, Node] | None = None,
    prefixes: tuple[str, str] = ("inner", "total"),
    domain: bool = False,
) -> System:
    """From checked formulas; `named` in order of need. prefixes: of intermediates and reductions that have no name.

    A named expression is put in where it is used, unless it has walls of its own, or the grid has walls and an operator
    samples an operator in it; vectors are always put in. `taken`: names that what is made up here must not have.
    directed: whether fluxes need to know which way they go. owners: the field whose flux is in a rate that has
    another name. domain: whether numbers over the whole field are those over a domain. Raises InvalidValueError if one
    cannot.
    """
    rates, named, noise, measured = (
        {name: plain_numbers(tree, domain=domain) for name, tree in trees.items()}
        for trees in (rates, named, noise, measured or {})
    )
    vectors = vectors_of(named)
    named = {name: expand(tree, vectors) for name, tree in named.items() if name not in vectors}
    rates, noise, measured = (
        {name: expand(tree, vectors) for name, tree in trees.items()} for trees in (rates, noise, measured)
    )
    kept, put_in = _named_arrays([*rates.values(), *measured.values()], named, own_walls, periodic)
    owners = owners or {}
    rates = {name: with_owner(substitute(tree, put_in), owners.get(name, name)) for name, tree in rates.items()}
    if directed:
        rates = _directed(rates, kept, {*axes, *rates, *kept, *parameter_fields}, velocities)
    everything = {**kept, **rates}
    others = [substitute(tree, put_in) for tree in (*noise.values(), *measured.values())]
    taken = [*taken, *rates, *named]
    inner, split = split_nested([*everything.values(), *others], taken, prefixes[0])
    trees = dict(zip([*inner, *everything], [*inner.values(), *split], strict=False))
    totals, whole = split_reductions([*trees.values(), *split[len(everything) :]], [*taken, *inner], prefixes[1])
    trees = dict(zip(trees, whole, strict=False))
    g = dict(zip(noise, whole[len(trees) :], strict=False))
    m = dict(zip(measured, whole[len(trees) + len(g) :], strict=True))
    complexes = {*complex_fields, *(velocities[name] for name in complex_fields if name in velocities)}
    before: list[Intermediate | WholeField] = []
    for name in _in_order({**{n: trees[n] for n in (*inner, *kept)}, **totals}):
        if name in totals:
            parts, combined = take_apart(name, totals[name], complexes)
            before += parts
            trees = {n: substitute(tree, {name: combined}) for n, tree in trees.items()}
            totals = {n: substitute(tree, {name: combined}) for n, tree in totals.items()}  # type: ignore[misc]
            g = {n: substitute(tree, {name: combined}) for n, tree in g.items()}
            m = {n: substitute(tree, {name: combined}) for n, tree in m.items()}
        else:
            before.append(Intermediate(name, trees[name], name in kept))
            if is_complex(trees[name], complexes):
                complexes.add(name)
    arrays = frozenset((*rates, *inner, *kept, *parameter_fields))
    found = {name: trees[name] for name in rates}
    return System(tuple(axes), found, velocities, before, g, arrays, frozenset(complexes), measured=m)


def plain_numbers(tree: Node, *, domain: bool) -> Node:
    """The formula with macros written out; domain: its numbers over the whole field are those over a domain."""
    tree = without_macros(tree)
    return over_domain(tree) if domain else tree


def needed(before: Sequence[Intermediate | WholeField], trees: Iterable[Node]) -> list[Intermediate | WholeField]:
    """What of `before` the formulas need, in order."""
    names = {node.name for node in postorder(list(trees)) if isinstance(node, Name)}
    found: list[Intermediate | WholeField] = []
    for item in reversed(before):
        if item.name in names:
            found.append(item)
            names |= {node.name for node in postorder([item.tree]) if isinstance(node, Name)}
    return found[::-1]


def _directed(
    rates: Mapping[str, Node], kept: Mapping[str, Node], varying: set[str], velocities: Mapping[str, str]
) -> dict[str, Node]:
    """The equations with every flux in the form du/dt = -df/dx. Raises InvalidValueError."""

    def is_number(tree: Node) -> bool:
        if isinstance(tree, Name):
            return kernel_name(tree.name) not in varying and tree.name not in varying
        return is_reduction(tree) or (not is_operator(tree) and all(map(is_number, children(tree))))

    found: dict[str, Node] = {}
    fields = {velocity: name for name, velocity in velocities.items()}
    for name, tree in rates.items():
        if name in fields and compact_of(tree, FLUXES):
            reason = "a flux has no direction in an equation of second order in time; take advection: central"
            raise InvalidValueError(f"model.equations.{fields[name]}", reason)
        try:
            found[name] = oriented(tree, is_number)
        except FluxError as error:
            raise InvalidValueError(f"model.equations.{fields.get(name, name)}", error.reason) from None
    for name, tree in kept.items():
        if compact_of(tree, FLUXES):
            reason = "the divergence of a flux with a direction stands in an equation; take advection: central"
            raise InvalidValueError(f"model.expressions.{name}", reason)
    return found


def _named_arrays(
    roots: Sequence[Node], named: Mapping[str, Node], own_walls: Sequence[str], periodic: bool
) -> tuple[dict[str, Node], dict[str, Node]]:
    """The named expressions that get arrays, and those that are put in where they are used."""
    steep: set[str] = set()  # those with an operator, their own or that of another
    for name, tree in named.items():
        if any(is_operator(n) or (isinstance(n, Name) and n.name in steep) for n in postorder([tree])):
            steep.add(name)
    sampled = {
        below.name
        for node in postorder([*roots, *named.values()])
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
    """Whether the value of a formula is complex if the variables in `names` are."""
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
