"""What every model of equations on a grid shares: from its sections to arrays, phases and observables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from simcore.config import Section
from simcore.errors import Refusal
from simcore.expressions.evaluate import evaluate
from simcore.expressions.tree import Name, Node, postorder, substitute
from simcore.models.contract import Adaptive, Function, Periodic, Side, StateArray, Wall
from simcore.models.grid import stability
from simcore.models.grid.boundary import Boundary
from simcore.models.grid.checks import Checker, velocity_name
from simcore.models.grid.equation import Formulas
from simcore.models.grid.field import FieldSection
from simcore.models.grid.grid import Grid
from simcore.models.grid.implicit import take_linear_parts
from simcore.models.grid.kernels import Kernels, Step, Work
from simcore.models.grid.linear import LinearOperator
from simcore.models.grid.measuring import MeasuredModel
from simcore.models.grid.operators import halo_of
from simcore.models.grid.parameters import EquationParameters, kernel_name
from simcore.models.grid.schemes import SCHEMES, Scheme
from simcore.models.grid.schemes.imex import GAMMA
from simcore.models.grid.schemes.leapfrog import at_one_time, now
from simcore.models.grid.schemes.scheme import Tolerance
from simcore.models.grid.solvers import FourierSolve, LinearSolve, SparseSolve
from simcore.models.grid.start import start_values
from simcore.models.grid.system import TIME, System, build_system

SchemeName = Literal["euler", "rk2", "rk4", "rk45", "euler_maruyama", "leapfrog", "imex"]
Walls = tuple[tuple[Side, Side], ...]
RESOLVED = 0.5  # of gamma dt lambda: there an implicit step grows by 6.8 in the place of 5.5


class ToleranceSection(Section):
    """Of `rk45`: the error of a step is at most absolute + relative |u|, cell by cell."""

    relative: float = Field(default=1e-6, ge=1e-14, lt=1.0)
    absolute: float = Field(default=1e-9, gt=0.0)


class GridEquations(MeasuredModel):
    """Fields on a grid that obey differential equations; a subclass says which by `formulas`."""

    clock: ClassVar[Literal["sweep", "time"]] = "time"

    grid: Grid
    parameters: EquationParameters
    fields: Any
    scheme: SchemeName = Field(default="euler", description="how a step is made")
    order: Literal[2, 4] = Field(default=2, description="of central differences, in the spacing")
    upwind: Literal[1, 3] = Field(default=1, description="of the upwind differences of advect")
    tolerance: ToleranceSection = Field(default=ToleranceSection(), description="of scheme: rk45")

    def formulas(self) -> Formulas:
        """The equations."""
        raise TypeError(f"{type(self).__name__} must define formulas()")

    # -- what the sections say -------------------------------------------------------------------------------------

    @cached_property
    def field_sections(self) -> dict[str, FieldSection]:
        """The fields by name."""
        return dict(self.fields)

    @cached_property
    def _checker(self) -> Checker:
        names = (*self.parameters.numbers, *self.parameters.files)
        return Checker(self.grid, names, self.field_sections, self.formulas(), self.scheme, self.parameters.numbers)

    @model_validator(mode="after")
    def _check_formulas(self) -> GridEquations:
        problems = self._checker.run()
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
        if self.scheme == "rk45":
            found |= {"relative_tolerance": self.tolerance.relative, "absolute_tolerance": self.tolerance.absolute}
        return {**self.parameters.numbers, **dict(self.parameters), **found}

    @cached_property
    def parameter_fields(self) -> dict[str, np.ndarray]:
        """Parameters that vary in space, of the grid's shape. Raises Refusal."""
        return {
            name: np.asarray(file.load(self.grid.shape, f"model.parameters.{name}"), float)
            for name, file in self.parameters.files.items()
        }

    # -- the equations ---------------------------------------------------------------------------------------------

    @cached_property
    def equations_system(self) -> System:
        """All of the equations, explicit."""
        return self._system()

    def _system(self, measured: Mapping[str, Node] | None = None, **more: Any) -> System:
        """measured: further formulas, of the state at one time."""
        formulas = self.formulas()
        seconds = {name: velocity_name(name) for name in self._checker.seconds}
        rates: dict[str, Node] = {}
        for name, equation in formulas.equations.items():
            if equation.second:
                rates |= {name: Name(seconds[name]), seconds[name]: equation.rate.tree}
            else:
                rates[name] = equation.rate.tree
        named = {name: expression.value.tree for name, expression in self._expressions_in_order()}
        if measured is not None and self.scheme == "leapfrog":
            rates, named, measured = at_one_time(seconds, rates, named, measured)
        return build_system(
            self.grid.axes,
            rates,
            named,
            velocities=seconds,
            noise={name: amplitude.tree for name, amplitude in formulas.noise.items()},
            own_walls=[
                *(name for name, one in formulas.expressions.items() if one.boundary is not None),
                *map(now, seconds.values()),
            ],
            periodic=self._checker.periodic,
            parameter_fields=[kernel_name(name) for name in self.parameters.files],
            complex_fields=[name for name, section in self.field_sections.items() if section.is_complex],
            taken=[*self.numbers, *self.parameters.files],
            measured=measured,
            **more,
        )

    def _expressions_in_order(self) -> Iterator[tuple[str, Any]]:
        from graphlib import TopologicalSorter

        named = self.formulas().expressions
        needs = {name: named[name].value.names & named.keys() for name in named}
        yield from ((name, named[name]) for name in TopologicalSorter(needs).static_order())

    @cached_property
    def halo(self) -> int:
        """How many ghost cells the arrays have: what any formula reads, of a step or of a measurement."""
        system = self.equations_system
        trees = [*system.rates.values(), *system.noise.values(), *(item.tree for item in system.before)]
        step, measured = self._kernels(system, 0), self._kernels(self._measured.system, 0)
        discrete = [*map(step.discrete, trees), *map(measured.discrete, self._measured.trees)]
        return halo_of(*discrete)

    def _kernels(self, system: System, halo: int, work: tuple[Work, ...] = ()) -> Kernels:
        return Kernels(system, self.order, self.upwind, halo, work, cubic=len(set(self.grid.spacing)) == 1)

    @cached_property
    def _plan(self) -> tuple[Scheme, Kernels]:
        system = self.equations_system
        if self.scheme == "imex":
            system = self._implicit(system)
        scheme = SCHEMES[self.scheme](Tolerance(self.tolerance.relative, self.tolerance.absolute))
        return scheme, self._kernels(system, self.halo, tuple(scheme.work(system)))

    def _implicit(self, system: System) -> System:
        kernels = self._kernels(system, self.halo)
        operators, rest = take_linear_parts(system, kernels.discrete, self.numbers)
        solvers = {name: self._solver(name, operator) for name, operator in operators.items()}
        return System(**{**vars(rest), "solvers": solvers})

    def _solver(self, name: str, operator: LinearOperator) -> LinearSolve:
        if self._checker.periodic:
            return FourierSolve(operator, self.grid.shape, GAMMA)
        walls = {item.name: self._walls(item.name, self._fixed_shift) for item in self.equations_system.intermediates}
        walls[""] = self._walls(name, self._fixed_shift)
        return SparseSolve(operator, self.grid.shape, GAMMA, walls=walls)

    # -- walls -----------------------------------------------------------------------------------------------------

    def _walls(self, name: str, shift: Any) -> Walls:
        """The walls of a field, or of an intermediate; raises Refusal."""
        section = self.field_sections.get(name)
        named = self.formulas().expressions.get(name)
        boundary: Boundary = next(
            (s.boundary for s in (section, named) if s is not None and s.boundary is not None), self.grid.boundary
        )
        path = "model.grid.boundary"
        if boundary is not self.grid.boundary:
            path = f"model.{'fields' if section is not None else 'expressions'}.{name}.boundary"
        try:
            return boundary.walls(self.grid.places(max(self.halo, 1)), self.parameters.numbers, shift)
        except ValueError as error:
            raise Refusal(path, str(error)) from None

    def _shift(self, tree: Node) -> float | complex | Function:
        """A number where it stands still and is the same all along the side, else a function."""
        names = {node.name for node in postorder([tree]) if isinstance(node, Name)}
        if names <= self.numbers.keys():
            return evaluate(tree, self.numbers).item()
        kernels = self._kernels(self.equations_system, self.halo)
        return kernels.function("shift", [substitute(tree, {"t": TIME})])

    def _fixed_shift(self, tree: Node) -> Any:
        """As numbers along the side, for an implicit scheme."""
        if any(isinstance(node, Name) and node.name == "t" for node in postorder([tree])):
            raise ValueError("imex needs walls that do not move in time; rk4 takes them")
        return evaluate(tree, {**self.numbers, **self.grid.mesh()})

    # -- what the contract asks ------------------------------------------------------------------------------------

    def state(self) -> Sequence[StateArray]:
        """The fields, the velocities of those of second order in time, and the work arrays of the scheme."""
        arrays: list[StateArray] = []
        values = {**self.parameters.numbers, **self.parameter_fields}
        walls: dict[str, Walls] = {}
        dtypes: dict[str, str] = {}
        for name, section in self.field_sections.items():
            start = start_values(section.initial, self.grid, values, section.dtype, f"model.fields.{name}.initial")
            walls[name], dtypes[name] = self._walls(name, self._shift), section.dtype
            arrays.append(self._array(name, start, walls[name], section.dtype, doc=name))
            if (velocity := self.equations_system.velocities.get(name)) is not None:
                walls[velocity], dtypes[velocity] = _at_rest(walls[name]), section.dtype
                walls[now(velocity)] = walls[velocity]
                begun = section.velocity
                start = np.zeros(self.grid.shape, section.dtype)
                if begun is not None:
                    start = start_values(begun, self.grid, values, section.dtype, f"model.fields.{name}.velocity")
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
            sides = walls[work.like] if work.sampled else None
            arrays.append(self._array(work.name, None, sides, dtypes[work.like]))
        return arrays

    def _array(self, name: str, start: Any, walls: Walls | None, dtype: str, doc: str = "") -> StateArray:
        """A kept array, or a work array where there is no start; without walls where no operator samples it."""
        initial = np.zeros(()) if start is None else start
        halo = 0 if walls is None else self.halo
        return StateArray(name, self.grid.shape, dtype, initial, walls or (), halo, doc=doc, work=start is None)

    def phases(self) -> Sequence[Step]:
        """One step of the scheme."""
        scheme, kernels = self._plan
        return scheme.phases(kernels)

    def adaptive(self) -> Adaptive | None:
        """How the length of a step is chosen, by `rk45`."""
        scheme, kernels = self._plan
        return scheme.adaptive(kernels)

    def constants(self) -> Mapping[str, Any]:
        """Numbers of the grid and the scheme, and the parameters that vary in space, with ghost cells."""
        own = {**self.parameters.numbers, **dict(self.parameters)}
        numbers = {name: value for name, value in self.numbers.items() if name not in own}
        numbers |= dict(self._cells_of_points())
        return numbers | {kernel_name(name): self._padded(array) for name, array in self.parameter_fields.items()}

    def _padded(self, values: np.ndarray) -> np.ndarray:
        """With ghost cells: the other end where an axis is periodic, else the last cell once more."""
        for axis, name in enumerate(self.grid.axes):
            width = [(self.halo, self.halo) if along == axis else (0, 0) for along in range(values.ndim)]
            values = np.pad(values, width, mode="wrap" if self.grid.boundary.is_periodic(name) else "edge")
        return values

    def coordinates(self) -> Mapping[str, Any]:
        """The centres of the cells."""
        return self.grid.coordinates()

    def stability_limit(self) -> float | None:
        """The largest stable time step, by the stiffest modes of the linear part; see `stability`."""
        scheme, kernels = self._plan
        if scheme.adaptive(kernels) is not None or self.scheme == "imex":
            return None
        return stability.limit(self.equations_system, scheme, kernels, self.numbers)

    def check(self, dt: float | None) -> None:
        """Refuse walls and starts that do not fit."""
        for name, section in self.field_sections.items():
            section.check(self.grid, {**self.parameters.numbers, **self.parameters.files}, f"model.fields.{name}")
            self._walls(name, self._shift)
        for name in self.formulas().expressions:
            self._walls(name, self._shift)
        if self.scheme == "imex":
            self._check_growth(self._plan[1].system.solvers, dt)  # making the plan refuses walls that move

    def _check_growth(self, solvers: Mapping[str, LinearSolve], dt: float | None) -> None:
        """Refuse an implicit solve of growth that the step does not resolve: at gamma dt lambda = 1 it is singular."""
        angles = stability.waves(len(self.grid.shape))
        fastest = max((solver.operator.symbol(angles).real.max() for solver in solvers.values()), default=0.0)
        if dt is not None and GAMMA * dt * fastest > RESOLVED:
            limit = RESOLVED / (GAMMA * fastest)
            reason = f"imex cannot solve for linear terms that grow as exp({fastest:.4g} t) in so long a step"
            raise Refusal("run.dt", f"{reason}: it must be at most {limit:.6g}, not {dt:g}")


def _at_rest(walls: Walls) -> Walls:
    """The walls of a rate of change: those of the field, without what does not change."""
    return tuple((_still(lower), _still(upper)) for lower, upper in walls)


def _still(side: Side) -> Side:
    return side if isinstance(side, Periodic) else Wall(side.scale, 0.0)
