"""What every model of equations on a grid shares: from its sections to arrays, phases and observables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from simcore.config import Section, hint
from simcore.errors import InvalidValueError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node, Number, postorder, substitute
from simcore.models.array_file import ArrayFile
from simcore.models.grid import imex_stability, stability
from simcore.models.grid.boundary import Boundary
from simcore.models.grid.checks import Checker, velocity_name
from simcore.models.grid.coefficients import Discrete, Varying, largest_linear_part, on_grid
from simcore.models.grid.domain import IN_DOMAIN, INFINITY, SHARE
from simcore.models.grid.domain_model import DomainModel
from simcore.models.grid.equation import FormulaKey, Formulas
from simcore.models.grid.field import FieldSection
from simcore.models.grid.flux_section import AdvectionKey, advection_rule
from simcore.models.grid.fluxes import FluxRules
from simcore.models.grid.grid import Grid
from simcore.models.grid.in_time import ParametersInTime
from simcore.models.grid.jumps import around_jumps
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.lookups import FIRST_CELL
from simcore.models.grid.nesting import sampled_names
from simcore.models.grid.noise import closed, face_noise
from simcore.models.grid.operators import halo_of
from simcore.models.grid.parameters import EquationParameters, kernel_name
from simcore.models.grid.recorded import name_fields, require_one_time
from simcore.models.grid.schemes import SCHEMES, Imex, Scheme
from simcore.models.grid.schemes.leapfrog import at_one_time, now
from simcore.models.grid.schemes.scheme import Tolerance
from simcore.models.grid.sides import Given, Walls
from simcore.models.grid.splitting import WRITTEN, Splitting, check_growth
from simcore.models.grid.starts import ArrayStart, Starts
from simcore.models.grid.system import DT, TIME, System, build_system, subtract, times
from simcore.models.grid.walled import Places
from simcore.models.grid.wrapping import Wrapping
from simcore.spec.arrays import Function, StateArray
from simcore.spec.phases import Adaptive


def _known_scheme(name: str) -> str:
    if name not in SCHEMES:
        raise ValueError(f"unknown scheme '{name:.60}'; {hint(name, SCHEMES)}")
    _ = SCHEMES[name]  # one that a package adds, and that cannot be imported, is refused here
    return name


SchemeName = Annotated[str, AfterValidator(_known_scheme), WithJsonSchema({"enum": list(SCHEMES.own)})]


class ToleranceSection(Section):
    """Of `rk45`: the error of a step is at most absolute + relative |u|, cell by cell."""

    relative: float = Field(default=1e-6, ge=1e-14, lt=1.0)
    absolute: float = Field(default=1e-9, gt=0.0)


class GridEquations(DomainModel):
    """Fields on a grid that obey differential equations; a subclass says which by `formulas`."""

    clock: ClassVar[Literal["sweep", "time"]] = "time"

    grid: Grid
    parameters: EquationParameters
    fields: Any
    scheme: SchemeName = Field(default="euler", description="how a step is made")
    order: Literal[2, 4] = Field(default=2, description="of central differences, in the spacing")
    upwind: Literal[1, 3] = Field(default=1, description="of the upwind differences of advect")
    mean: Literal["harmonic", "arithmetic"] | None = Field(
        default=None,
        exclude_if=lambda given: given is None,  # so that random numbers of experiments without it stay as they are
        description="of D at faces, in divergence(D*gradient(u)); by default harmonic for factors of D that are fixed "
        "in time, arithmetic for those that depend on a field",
    )
    advection: AdvectionKey = Field(
        default="central",
        exclude_if=lambda given: given == "central",
        description="of u at faces, in divergence(v*u): central, upwind or {limited: van_leer}",
    )
    tolerance: ToleranceSection = Field(default=ToleranceSection(), description="of scheme: rk45")
    implicit: dict[str, FormulaKey] | None = Field(
        default=None,
        exclude_if=lambda given: given is None,
        description="of imex: the linear terms to solve for, field: formula; all of them by default",
    )

    def formulas(self) -> Formulas:
        """The equations."""
        raise TypeError(f"{type(self).__name__} must define formulas()")

    # -- what the sections say -------------------------------------------------------------------------------------

    @cached_property
    def field_sections(self) -> dict[str, FieldSection]:
        """The fields by name."""
        return {name: self._in_time.section(section) for name, section in dict(self.fields).items()}

    @cached_property
    def _in_time(self) -> ParametersInTime:
        """The parameters that change in time."""
        adaptive, files = SCHEMES[self.scheme].adapts, tuple(self.parameters.files)
        return ParametersInTime(self.parameters.in_time, self.parameters.numbers, files, adaptive)

    def _boundaries(self) -> Iterator[tuple[tuple[str, ...], Boundary | None]]:
        """All boundaries as they are written, each with its path below `model`."""
        yield ("grid", "boundary"), self.grid.boundary
        for name, section in dict(self.fields).items():
            yield ("fields", name, "boundary"), section.boundary
            yield ("fields", name, "velocity_boundary"), section.velocity_boundary
            yield ("fields", name, "domain"), section.domain
        for name, named in self.formulas().expressions.items():
            yield ("expressions", name, "boundary"), named.boundary
            yield ("expressions", name, "domain"), named.domain

    @cached_property
    def _formulas_in_time(self) -> Formulas:
        """The equations in terms of `t` and of parameters that do not change."""
        return self._in_time.formulas(self.formulas())

    @cached_property
    def _known(self) -> dict[str, Any]:
        """The values of all parameters that are numbers, and the tables in time."""
        return {**self.parameters.numbers, **self._in_time.tables}

    @cached_property
    def _checker(self) -> Checker:
        names = (*self.parameters.numbers, *self.parameters.in_time, *self.parameters.files)
        return Checker(
            self.grid.model_copy(update={"boundary": self._in_time.boundary(self.grid.boundary)}),
            names,
            self.field_sections,
            self.formulas(),
            self.scheme,
            self.implicit or {},
            self.order,
            self.upwind,
            self._flux_rules,
            tuple(self.parameters.files),
            self.parameters.numbers,
            self._in_time,
            lambda: self._cells_of_domain,
        )

    @cached_property
    def _flux_rules(self) -> FluxRules:
        return FluxRules(self.mean, advection_rule(self.advection))

    @model_validator(mode="after")
    def _check_formulas(self) -> GridEquations:
        sections = dict(self.fields)
        problems = list(name_fields(sections, {name: velocity_name(name) for name in sections}, self.parameters))
        problems = problems or list(self._in_time.problems(self._boundaries())) or self._checker.run()
        if problems:
            details = [
                InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": m}), loc=path, input=None)
                for path, m in problems
            ]
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """Parameters, and constants of grid and scheme, that kernels name."""
        found: dict[str, Any] = {"cell_volume": self.grid.cell_volume}
        for axis, h, origin in zip(self.grid.axes, self.grid.spacing, self.grid.origin, strict=True):
            found |= {f"h{axis}": h, f"origin_{axis}": origin, f"inverse_h{axis}": 1.0 / h}
            found[f"inverse_h{axis}2"] = 1.0 / h**2
        found |= {f"cells_{axis}": n for axis, n in zip(self.grid.axes, self.grid.shape, strict=True)}
        if SCHEMES[self.scheme].adapts:
            found |= {"relative_tolerance": self.tolerance.relative, "absolute_tolerance": self.tolerance.absolute}
        if self._in_time.tables:
            found[FIRST_CELL] = 0
        if self._cells_of_domain is not None:
            found |= {SHARE: self._cells_of_domain.mean().item(), INFINITY: np.inf}
        return {**self._known, **dict(self.parameters), **found}

    @cached_property
    def parameter_fields(self) -> dict[str, np.ndarray]:
        """Parameters that vary in space, of the grid's shape. Raises InvalidValueError."""
        found = {name: np.asarray(self._loaded(name, file), float) for name, file in self.parameters.files.items()}
        if (cells := self._cells_of_domain) is None:
            return found
        return {name: np.where(cells, values, values[cells][0]) for name, values in found.items()}

    def _loaded(self, name: str, file: ArrayFile) -> np.ndarray:
        path = f"model.parameters.{name}"
        require_one_time(file, path)
        return file.load(self.grid.shape, path, coordinates=self.grid.coordinates())

    # -- the equations ---------------------------------------------------------------------------------------------

    @cached_property
    def equations_system(self) -> System:
        """All of the equations, explicit."""
        return self._system()

    def _system(
        self, measured: Mapping[str, Node] | None = None, written: Mapping[str, Node] | None = None, **more: Any
    ) -> System:
        """measured: further formulas, of the state at one time; written: formulas that stand among the rates."""
        formulas = self._formulas_in_time
        seconds = {name: velocity_name(name) for name in self._checker.seconds}
        rates: dict[str, Node] = {}
        for name, equation in formulas.equations.items():
            if equation.second:
                rates |= {name: Name(seconds[name]), seconds[name]: equation.rate.tree}
            else:
                rates[name] = equation.rate.tree
        named = {name: expression.value.tree for name, expression in self._expressions_in_order()}
        if measured is not None and SCHEMES[self.scheme].lag:
            rates, named, measured = at_one_time(seconds, rates, named, measured)
        written = written or {}
        system = build_system(
            self.grid.axes,
            {**rates, **written},
            named,
            velocities=seconds,
            noise={
                seconds.get(name, name): face_noise(g.tree, len(self.grid.shape), name)
                for name, g in formulas.noise.items()
            },
            own_walls=[
                *(name for name, one in formulas.expressions.items() if one.walled),
                *map(now, seconds.values()),
            ],
            periodic=self._checker.periodic,
            parameter_fields=[*map(kernel_name, self.parameters.files), *([IN_DOMAIN] if self.grid.domain else [])],
            domain=self.grid.domain is not None,
            complex_fields=[name for name, section in self.field_sections.items() if section.is_complex],
            taken=[*self.numbers, *self.parameters.files],
            directed=self._flux_rules.advection != "central",
            owners={name: name.removeprefix(WRITTEN) for name in written},
            measured=measured,
            **more,
        )
        self._kernels(system, 0).require_speeds()
        return system

    def _expressions_in_order(self) -> Iterator[tuple[str, Any]]:
        from graphlib import TopologicalSorter

        named = self._formulas_in_time.expressions
        needs = {name: named[name].value.names & named.keys() for name in named}
        yield from ((name, named[name]) for name in TopologicalSorter(needs).static_order())

    @cached_property
    def halo(self) -> int:
        """How many ghost cells the arrays have: what any formula reads, of a step or of a measurement."""
        system = self._split_system
        trees = [*system.rates.values(), *system.noise.values(), *(item.tree for item in system.before)]
        step, measured = self._kernels(system, 0), self._kernels(self._measured.system, 0)
        discrete = [*map(step.discrete, trees), *map(measured.discrete, self._measured.trees)]
        return halo_of(*discrete)

    def _kernels(self, system: System, halo: int, work: tuple[Work, ...] = (), *, stages: bool = False) -> Kernels:
        cubic = len(set(self.grid.spacing)) == 1
        arrays = (*system.rates, *(item.name for item in system.intermediates))
        fields = {called: name for name, velocity in system.velocities.items() for called in (velocity, now(velocity))}
        sides = self._checker.sides
        walls = {name: sides.of(fields.get(name, name)).kinds(self.grid.axes) for name in arrays}
        inherited = frozenset(name for name in arrays if name not in (*system.rates, *fields) and not sides.own(name))
        return Kernels(
            system,
            self.order,
            self.upwind,
            halo,
            work,
            cubic,
            wrapping=self._wrapping,
            fluxes=self._flux_rules,
            walls=walls,
            inherited=inherited,
            stages=stages,
            domain=self._at_faces(system),
        )

    @cached_property
    def _wrapping(self) -> Wrapping:
        periodic = {axis: self._checker.sides.wraps(axis) for axis in self.grid.axes}
        given = frozenset(kernel_name(name) for name in self.parameters.files)
        return Wrapping(periodic, dict(zip(self.grid.axes, self.grid.shape, strict=True)), given)

    @cached_property
    def _plan(self) -> tuple[Scheme, Kernels]:
        system = self.equations_system
        scheme = SCHEMES[self.scheme](Tolerance(self.tolerance.relative, self.tolerance.absolute))
        if isinstance(scheme, Imex):
            system = self._implicit(scheme)
        return scheme, self._kernels(system, self.halo, tuple(scheme.work(system)), stages=scheme.stages)

    @cached_property
    def _split_system(self) -> System:
        """The equations, and what `implicit` says of them."""
        if not self.implicit:
            return self.equations_system
        terms = {name: self._in_time.expression(one) for name, one in self.implicit.items()}
        return self._system(written={WRITTEN + name: one.tree for name, one in terms.items()})

    def _implicit(self, scheme: Imex) -> System:
        grid, system = self.grid, self._split_system
        places = Places(grid.axes, grid.shape, grid.spacing, grid.origin, self.numbers)
        kernels = self._kernels(system, self.halo)
        splitting = Splitting(
            partial(kernels.discrete, moment=Name("t")),
            self.numbers,
            places,
            self._walls,
            scheme.gamma,
            self._domain_split(kernels),
        )
        return splitting.of(system, written=self.implicit is not None)

    # -- walls -----------------------------------------------------------------------------------------------------

    def _walls(self, name: str, shift: Any) -> Walls:
        """The walls of a field, or of an intermediate; raises InvalidValueError."""
        return self._checker.sides.walls(name, self._given(shift))

    def _velocity_walls(self, name: str, *, needed: bool = False, lag: float | None = None) -> Walls:
        """The walls of the velocity of a field; InvalidValueError if an operator needs them and they are not known.

        lag: how many steps the velocity is behind; by default that of the scheme.
        """
        system, lag = self.equations_system, SCHEMES[self.scheme].lag if lag is None else lag
        trees = [*system.rates.values(), *system.noise.values(), *(item.tree for item in system.before)]
        needed = needed or system.velocities[name] in sampled_names(trees)
        return self._checker.sides.walls_of_velocity(name, self._given(partial(self._shift, lag=lag)), needed=needed)

    def _given(self, coefficient: Any) -> Given:
        complexes = {name for name, section in self.field_sections.items() if section.is_complex}
        complexes |= self.equations_system.complex_names
        return Given(max(self.halo, 1), self._known, coefficient, complexes)

    def _shift(self, tree: Node, lag: float = 0.0) -> float | complex | Function:
        """A number if it stands still and is the same all along the side, else a function; at the time t - lag dt."""
        names = {node.name for node in postorder([tree]) if isinstance(node, Name)}
        if names <= self.numbers.keys():
            return evaluate(tree, self.numbers).item()
        kernels = self._kernels(self.equations_system, self.halo)
        moment = subtract(TIME, times(lag, DT)) if lag else TIME
        return kernels.function("wall", [substitute(tree, {"t": moment})], ghost=True)

    # -- what the contract asks ------------------------------------------------------------------------------------

    @property
    def _starts(self) -> Starts:
        """How the fields, and the velocities that are given, start."""
        arrays: dict[str, ArrayStart] = {}
        for name, section in self.field_sections.items():
            periodic = tuple(self._checker.sides.of(name).is_periodic(axis) for axis in self.grid.axes)
            path = f"model.fields.{name}"
            arrays[name] = ArrayStart(section.initial, section.dtype, f"{path}.initial", periodic)
            if section.velocity is not None:
                velocity = ArrayStart(section.velocity, section.dtype, f"{path}.velocity", periodic)
                arrays[velocity_name(name)] = velocity
        return Starts(
            self.grid,
            arrays,
            tuple(self.field_sections),
            self._formulas_in_time.expressions,
            self._known,
            lambda: self.parameter_fields,
            tuple(self.parameters.files),
            self._cells_of_domain,
        )

    def state(self) -> Sequence[StateArray]:
        """The fields, the velocities of those of second order in time, and the work arrays of the scheme."""
        arrays: list[StateArray] = []
        starts = self._starts.values()
        walls: dict[str, Walls] = {}
        dtypes: dict[str, str] = {}
        for name, section in self.field_sections.items():
            walls[name], dtypes[name] = self._walls(name, self._shift), section.dtype
            arrays.append(self._array(name, starts[name], walls[name], section.dtype, doc=name))
            if (velocity := self.equations_system.velocities.get(name)) is not None:
                walls[velocity], dtypes[velocity] = self._velocity_walls(name), section.dtype
                walls[now(velocity)] = self._velocity_walls(name, lag=0.0)
                start = starts.get(velocity, np.zeros(self.grid.shape, section.dtype))
                arrays.append(self._array(velocity, start, walls[velocity], section.dtype, doc=f"d{name}/dt"))
        _, kernels = self._plan
        single = all(np.finfo(dtype).bits == 32 for dtype in dtypes.values())
        kinds = {item.name: item.name in kernels.system.complex_names for item in kernels.system.intermediates}
        kinds |= {item.name: self._measured.is_complex(item) for item in self._measured.intermediates}
        for name, is_complex in kinds.items():
            dtype = (("float64", "float32"), ("complex128", "complex64"))[is_complex][single]
            sides = walls[name] if name in walls else self._walls(name, self._shift)
            arrays.append(self._array(name, None, sides, dtype))
        for work in kernels.work:
            sides = walls[work.like] if work.sampled else closed(walls[work.like]) if work.faces else None
            arrays.append(self._array(work.name, None, sides, dtypes[work.like]))
        return arrays

    def _array(self, name: str, start: Any, walls: Walls | None, dtype: str, doc: str = "") -> StateArray:
        """A kept array, or a work array if there is no start; without walls if no operator samples it."""
        initial = np.zeros(()) if start is None else start
        halo = 0 if walls is None else self.halo
        return StateArray(name, self.grid.shape, dtype, initial, walls or (), halo, doc=doc, work=start is None)

    def remarks(self) -> Sequence[tuple[str, str, bool]]:
        """What comes from other runs."""
        given = {start.path: start.initial for start in self._starts.arrays.values()}
        given |= {f"model.parameters.{name}": file for name, file in self.parameters.files.items()}
        files = ((path, file) for path, file in given.items() if isinstance(file, ArrayFile) and file.is_of_a_run)
        return [(path.removeprefix("model."), str(file), False) for path, file in files]

    def phases(self) -> Sequence[Step]:
        """One step of the scheme, after which the fields that have limits are clipped."""
        scheme, kernels = self._plan
        limits = {name: section.clip for name, section in self.field_sections.items() if section.clip is not None}
        steps = list(scheme.phases(kernels))
        if limits:
            steps.append(kernels.phase("clip", {u: clip(u, *both) for u, both in limits.items()}, own_cell=True))
        return steps

    def adaptive(self) -> Adaptive | None:
        """How the length of a step is chosen, by `rk45`."""
        adaptive = self._control
        return None if adaptive is None else replace(adaptive, stops=self._jumps())

    @cached_property
    def _control(self) -> Adaptive | None:
        """The same but for the times at which a step ends."""
        scheme, kernels = self._plan
        return scheme.adaptive(kernels)

    def known_times(self) -> Mapping[str, tuple[float, float]]:
        """Of the parameters that are tables in time."""
        return self._in_time.ranges()

    def _jumps(self) -> tuple[float, ...]:
        """The times at which a condition on `t` in the equations, the noise or the boundary conditions changes.

        And those at which the slope of a table does.
        """
        formulas, system = self._formulas_in_time, self.equations_system
        boundaries = [self._checker.grid.boundary, *(s.boundary for s in self.field_sections.values())]
        boundaries += [named.boundary for named in formulas.expressions.values()]
        at_sides = [one.tree for boundary in boundaries if boundary is not None for one in boundary.formulas()]
        at_sides += self._domain_walls.trees()
        trees = [*system.rates.values(), *(item.tree for item in system.before), *at_sides]
        kinks = self._in_time.kinks
        jumps = around_jumps(trees, self.numbers, kinks)
        return tuple(sorted({*jumps, *(time for time in kinks if time > 0.0)}))

    def constants(self) -> Mapping[str, Any]:
        """Numbers of the grid and the scheme, and the parameters that vary in space, with ghost cells."""
        own = {**self.parameters.numbers, **dict(self.parameters)}
        numbers = {name: value for name, value in self.numbers.items() if name not in own}
        numbers |= dict(self._cells_of_points())
        if self._cells_of_domain is not None:
            numbers[IN_DOMAIN] = self._marks_of_domain
        return numbers | {kernel_name(name): self._padded(array) for name, array in self.parameter_fields.items()}

    def _padded(self, values: np.ndarray, more: int = 0) -> np.ndarray:
        """With ghost cells, and `more`: the other end if an axis is periodic, else the last cell once more."""
        halo = self.halo + more
        for axis, name in enumerate(self.grid.axes):
            width = [(halo, halo) if along == axis else (0, 0) for along in range(values.ndim)]
            values = np.pad(values, width, mode="wrap" if self._wrapping.periodic[name] else "edge")
        return values

    def coordinates(self) -> Mapping[str, Any]:
        """The centres of the cells."""
        return self.grid.coordinates()

    def _check_velocities(self, tree: Node) -> None:
        """Refuse to measure what needs a velocity beyond a wall if it is not known there."""
        within = sampled_names([substitute(tree, self._checker.sides.written_out)])
        for name, velocity in self.equations_system.velocities.items():
            if velocity in within:
                self._velocity_walls(name, needed=True)

    def stability_limit(self) -> float | None:
        """The largest stable time step, by the stiffest modes of the linear part; see `stability`."""
        scheme, kernels = self._plan
        if self._control is not None:
            return None
        axes = len(self.grid.shape)
        linear = largest_linear_part(kernels.system, self._discrete, self.numbers, self.grid.shape)
        if isinstance(scheme, Imex):
            return imex_stability.limit(linear, kernels.system.implicit, scheme, axes)
        return stability.limit(linear, scheme, axes)

    def revalued(self, parameters: Any) -> GridEquations | None:
        """The same equations with other numbers; None if their values have a share in the phases."""
        scheme, _ = self._plan
        if isinstance(scheme, Imex) or self.parameters.files or any(True for _ in self._cells_of_points()):
            return None
        if self.grid.domain is not None and self.grid.domain.names & self.parameters.numbers.keys():
            return None
        made = self.model_copy(update={"parameters": parameters})
        for of_values in ("numbers", "_known", "_in_time"):
            made.__dict__.pop(of_values, None)
        return made

    @cached_property
    def _discrete(self) -> Discrete:
        """The rates on a grid without walls."""
        fields = {kernel_name(name): self._padded(array) for name, array in self.parameter_fields.items()}
        if self._cells_of_domain is not None:
            fields[IN_DOMAIN] = self._marks_of_domain
        places = Places(self.grid.axes, self.grid.shape, self.grid.spacing, self.grid.origin, {})
        varying = Varying({**places.mesh(self.halo), **fields}, self.grid.shape, self.halo)
        kernels = self._plan[1]
        return on_grid(kernels.system, kernels.unbounded().discrete, varying)

    def check(self, dt: float | None) -> None:
        """Refuse walls and starts that do not fit."""
        starts = self._starts
        starts.check()
        starts.try_draws()
        for name, section in self.field_sections.items():
            section.check(self.grid, (*self._known, *self.parameters.files), f"model.fields.{name}")
            self._walls(name, self._shift)
            if section.clip is not None and self._plan[0].adaptive(self._plan[1]) is not None:
                raise InvalidValueError(
                    f"model.fields.{name}.clip", "adaptive steps cannot be clipped; take scheme: rk4"
                )
            if name in self.equations_system.velocities:
                self._velocity_walls(name)
        for name in self.formulas().expressions:
            self._walls(name, self._shift)
        if self.grid.domain is not None:
            complexes = {name for name, section in self.field_sections.items() if section.is_complex}
            self._domain_walls.check(self._known, complexes | self.equations_system.complex_names)
        for item in (*self.equations_system.intermediates, *self._measured.intermediates):
            self._checker.sides.check_meeting(item.name)
        scheme, kernels = self._plan  # making the plan refuses what `implicit` must not hold
        if isinstance(scheme, Imex) and dt is not None:
            check_growth(kernels.system.solvers, dt)


def clip(name: str, least: float | None, greatest: float | None) -> Node:
    """The field, not below `least` and not above `greatest`."""
    tree: Node = Name(name)
    if least is not None:
        tree = Call("max", (tree, Number(least)))
    return tree if greatest is None else Call("min", (tree, Number(greatest)))
