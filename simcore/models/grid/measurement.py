"""What an experiment measures, worked out from the state at the time of the measurement.

All of it comes from the equations as they are written, the whole explicit system, never from what a scheme has left of
them or keeps between its stages. What a formula needs first (an array for a nested operator, a mean) is worked out by
phases and reductions of its own, which run at measurements only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from simcore.formulas.tree import Call, Name, Node, Number, substitute
from simcore.models.grid.array_measures import ArrayMeasure
from simcore.models.grid.domain import Blank, inside
from simcore.models.grid.kernels import Kernels, Stage, Step
from simcore.models.grid.measures import Measure
from simcore.models.grid.system import TIME, Intermediate, System, is_complex, needed
from simcore.models.grid.whole_field import WholeField
from simcore.spec.observables import Field, Observable
from simcore.spec.phases import Measurement

PREFIXES = ("measured", "measured_total")


def field_key(name: str) -> str:
    """Under which the formula of a named expression stands in `System.measured`."""
    return f"field {name}"


def asked_formulas(
    measures: Iterable[Measure], fields: Iterable[str], cells: Mapping[str, Node] | None = None
) -> dict[str, Node]:
    """What `build_system` takes as `measured`: the parts of observables, and named expressions to be kept as fields.

    cells: the formulas of arrays that are kept beside these, by name.
    """
    trees = {part.name: part.tree for measure in measures for part in measure.parts}
    kept: dict[str, Node] = {name: Name(name) for name in fields}
    return trees | {field_key(name): tree for name, tree in (kept | dict(cells or {})).items()}


@dataclass(frozen=True)
class Asked:
    """What an experiment asks for: formulas by name, names of fields, the rate of change."""

    observables: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    steady: bool = False


@dataclass(frozen=True)
class Measured:
    """The measurements of one experiment. system: explicit, with the formulas of `asked_formulas` in it.

    fields: the arrays that are worked out for snapshots and for `arrays`, the observables that are arrays.
    """

    system: System
    measures: Mapping[str, Measure]
    fields: tuple[str, ...]
    steady: bool
    arrays: Mapping[str, ArrayMeasure] = field(default_factory=dict)

    @cached_property
    def _sampled(self) -> list[Node]:
        """The formulas of observables and of the rate of change."""
        parts = [self.system.measured[part.name] for measure in self.measures.values() for part in measure.parts]
        return [*parts, *(self.system.rates.values() if self.steady else ())]

    @cached_property
    def _kept(self) -> list[Intermediate]:
        """The named expressions to be kept as fields, those that have an array of their own anyway left out."""
        found = [Intermediate(name, self.system.measured[field_key(name)], True) for name in self.fields]
        return [item for item in found if item.tree != Name(item.name)]

    @cached_property
    def _for_samples(self) -> list[Intermediate | WholeField]:
        return needed(self.system.before, self._sampled)

    @cached_property
    def _for_snapshots(self) -> list[Intermediate | WholeField]:
        trees = [self.system.measured[field_key(name)] for name in self.fields]
        return [*needed(self.system.before, trees), *self._kept]

    @property
    def intermediates(self) -> list[Intermediate]:
        """What needs an array, each once."""
        every = (*self._for_samples, *self._for_snapshots)
        return list({item.name: item for item in every if isinstance(item, Intermediate)}.values())

    @property
    def trees(self) -> Iterator[Node]:
        """All formulas that are worked out, with their operators."""
        yield from self._sampled
        yield from (item.tree for item in (*self._for_samples, *self._for_snapshots))

    @property
    def points(self) -> Iterator[WholeField]:
        """The values at a point."""
        parts = [part for measure in self.measures.values() for part in measure.parts]
        every = (*parts, *self._for_samples, *self._for_snapshots)
        yield from (item for item in every if isinstance(item, WholeField) and item.point)

    def is_complex(self, item: Intermediate) -> bool:
        """Whether an array of `intermediates` is complex."""
        return is_complex(item.tree, self.system.complex_names)

    def phases(self, kernels: Kernels) -> Measurement:
        """As the contract wants it."""
        return Measurement(self._steps(self._for_samples, kernels), self._steps(self._for_snapshots, kernels))

    def _steps(self, before: Sequence[Intermediate | WholeField], kernels: Kernels) -> Sequence[Step]:
        return self._stage(before, kernels).before

    def _stage(self, before: Sequence[Intermediate | WholeField], kernels: Kernels) -> Stage:
        return replace(kernels, system=replace(self.system, before=before, noise={})).stage(0, 0.0, measured=True)

    def observables(self, name: str, kernels: Kernels, numbers: Mapping[str, float]) -> Sequence[Observable]:
        """Those behind one formula."""
        trees = {key: substitute(tree, {"t": TIME}) for key, tree in self.system.measured.items()}
        return self.measures[name].observables(trees, kernels, numbers)

    def rate_of_change(self, kernels: Kernels) -> Observable:
        """The largest |du/dt| of all variables and cells, hidden."""
        moduli = [Call("abs", (rate,)) for rate in self._stage((), kernels).rates.values()]
        worst: Node = moduli[0] if len(moduli) == 1 else Call("max", tuple(moduli))
        worst = worst if kernels.domain is None else inside(worst, Number(0.0))
        value = kernels.function("rate_of_change_of_cell", [worst])
        return Observable("rate_of_change", value, "max", doc="largest |du/dt|", hidden=True)


def expression_field(name: str, text: str, blank: Blank | None) -> Field:
    """A named expression as a field of the result, made on demand."""
    return Field(name, (name,), blank, doc=text)
