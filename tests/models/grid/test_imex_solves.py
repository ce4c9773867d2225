"""Implicit solves: (1 - s L) w = r holds for the model's own kernels and ghost cells, whatever solver does it."""

import math

import numpy as np
import pytest

from simcore.errors import InvalidValueError, SimcoreError
from simcore.models.grid import solvers
from simcore.models.grid.krylov import gmres
from simcore.models.grid.linear import waves
from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.pde import Pde
from simcore.models.grid.solvers import KrylovSolver, SolveBetween, SparseSolver, SpectralSolver, solver_of
from simcore.models.grid.sparse import matrix_of
from simcore.models.grid.splitting import growth_at_walls
from simcore.models.grid.walled import Places, Walled
from simcore.spec.arrays import Periodic, Wall
from tests.physics.oracles.plain import Stepper


def model(equations, scheme="imex", spacing=1.0, shape=(8,), boundary="periodic", fields=None, **keys):
    given = {name: {"initial": 0, **(fields or {}).get(name, {})} for name in equations}
    grid = {"shape": list(shape), "spacing": spacing, "boundary": boundary}
    return Pde.model_validate({"grid": grid, "fields": given, "equations": equations, "scheme": scheme, **keys})


def residual(equations, time=0.0, s=0.7, **keys):
    """The largest |w - s (L w + walls) - r|, L w one step of Euler's scheme at that time, and the solvers."""
    implicit, explicit = model(equations, "imex", **keys), Stepper(model(equations, "euler", **keys), 1.0)
    blocks = implicit._plan[1].system.solvers
    rng = np.random.default_rng(3)
    arrays, right = {}, {}
    for name in equations:
        dtype = explicit.inside(name).dtype
        right[name] = rng.normal(size=explicit.inside(name).shape).astype(dtype)
        right[name] = right[name] * (1 + 0.5j) if dtype.kind == "c" else right[name]
        arrays |= {f"r_{name}": right[name], f"w_{name}": np.zeros_like(right[name])}
    assert {name for block in blocks for name in block.variables} == {*equations}
    for block in blocks:
        named = (tuple(f"{role}_{name}" for name in block.variables) for role in "rw")
        SolveBetween(block, *named, 0.25)(arrays, time - 0.25 * s / block.gamma, s / block.gamma)
    explicit.time = time
    for name in equations:
        explicit.inside(name)[...] = arrays[f"w_{name}"]
        explicit.fill(name, time)
    explicit.step()
    worst = 0.0
    for name in equations:
        change = explicit.inside(name) - arrays[f"w_{name}"]
        worst = max(worst, np.abs(arrays[f"w_{name}"] - s * change - right[name]).max())
    return worst, blocks


HEAT = {"u": "laplace(u)"}
BEND = {"bend": {"value": "laplace(u)", "boundary": {"derivative": 0.3}}}
ONE_SIDED = {"x-": {"value": 1.0}, "x+": {"derivative": 0.5}, "y": "periodic"}
TWO = {"u": {"boundary": {"value": 1.0}}, "v": {"boundary": {"derivative": 0.5}}}
MIXED = {"x-": {"mixed": [2, 1]}, "x+": {"value": 3}, "y-": {"derivative": 1}, "y+": {"mixed": [0.1, 0]}}
MOVING = {"x-": {"value": "sin(t + y)"}, "x+": {"derivative": "y*t"}, "y-": {"value": "cos(t)"}, "y+": {"value": "x"}}
COUPLED = {"u": "laplace(u) - 2*laplace(v) + v", "v": "3*laplace(u) - u - 0.5*v"}
CASES = {
    "periodic, coupled, odd": (
        SpectralSolver,
        {"u": "laplace(u) + dx(v) - v", "v": "dy(u) - dx(v)", "w": "v - laplace(laplace(w))"},
        {"shape": (6, 5), "spacing": [0.5, 0.7]},
    ),
    "periodic, complex and real": (
        SpectralSolver,
        {"A": "(1 + 2j)*laplace(A) + 1j*u", "u": "laplace(u) - u"},
        {"shape": (6, 5), "fields": {"A": {"dtype": "complex128"}}},
    ),
    "values": (SpectralSolver, HEAT, {"shape": (5, 6), "boundary": {"value": 1.5}}),
    "derivatives in three dimensions": (SpectralSolver, HEAT, {"shape": (4, 5, 3), "boundary": {"derivative": -0.5}}),
    "one of each, and a period": (SpectralSolver, HEAT, {"shape": (5, 6), "boundary": ONE_SIDED}),
    "one of each, turned": (
        SpectralSolver,
        COUPLED,
        {"shape": (6, 5), "boundary": {"y-": {"derivative": 1}, "y+": {"value": 2}, "x": {"value": 0}}},
    ),
    "order 4": (SpectralSolver, HEAT, {"shape": (6, 7), "boundary": ONE_SIDED, "order": 4}),
    "one cell": (SpectralSolver, HEAT, {"shape": (1, 6), "boundary": {"value": 1.5}}),
    "a second axis that no one reads along": (
        SpectralSolver,
        {"u": "d2x(u)"},
        {"shape": (5, 4), "boundary": MIXED | {"x-": {"value": 2}}},
    ),
    "an intermediate with the same kind of wall": (
        SpectralSolver,
        {"u": "-laplace(bend) - dx(0*u)"},
        {"boundary": {"derivative": 0.1}, "expressions": BEND},
    ),
    "an intermediate with another kind of wall": (
        SparseSolver,
        {"u": "-laplace(bend)"},
        {"boundary": {"value": 1.0}, "expressions": BEND},
    ),
    "an odd difference": (SparseSolver, {"u": "laplace(u) + dx(u)"}, {"shape": (5, 6), "boundary": {"value": 1.5}}),
    "mixed": (SparseSolver, COUPLED, {"shape": (5, 6), "boundary": MIXED}),
    "fields with other walls": (SparseSolver, COUPLED, {"shape": (5, 6), "fields": TWO}),
    "moving": (SparseSolver, COUPLED, {"shape": (5, 6), "boundary": MOVING, "fields": TWO, "time": 1.7}),
    "moving, diagonal": (SpectralSolver, COUPLED, {"shape": (5, 6), "boundary": MOVING, "time": 1.7}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_solve_is_that_of_the_explicit_operator(case):
    kind, equations, keys = CASES[case]
    worst, blocks = residual(equations, **keys)
    assert worst < 2e-12
    assert {type(block) for block in blocks} >= {kind}


@pytest.mark.parametrize("case", [case for case, given in CASES.items() if given[0] is SparseSolver])
def test_and_so_without_a_factorisation(case, monkeypatch):
    """GMRES with the nearest diagonal operator, which meets the walls' part of it in few iterations."""
    monkeypatch.setattr(solvers, "FACTORISED", dict.fromkeys(range(4), 0))
    _, equations, keys = CASES[case]
    worst, blocks = residual(equations, **keys)
    assert worst < 2e-12
    assert {type(block) for block in blocks} == {KrylovSolver}


def test_few_iterations_do_for_a_mixed_wall(monkeypatch):
    """However large the grid and the step: what differs from the preconditioner is the cells at the walls."""
    counts = []
    for n in (16, 48):
        given = model(HEAT, shape=(n, n), boundary={"mixed": [1.0, 0.0]})
        (block,) = given._plan[1].system.solvers
        block = KrylovSolver(block.walled, block.gamma, complex_valued=False)
        block.set_up(100.0)
        made = []
        times = block._times
        monkeypatch.setattr(block, "_times", lambda values, t=times, m=made: m.append(1) or t(values))
        block.solve(np.random.default_rng(1).normal(size=(1, n, n)), 0.0, 100.0)
        counts.append(len(made))
    assert max(counts) <= 40, counts


def test_what_gmres_cannot_solve_is_an_error_and_what_is_not_finite_stays_so():
    with pytest.raises(SimcoreError, match="does not converge"):
        gmres(lambda u: np.roll(u, 1), lambda u: u, np.eye(1, 400)[0])
    assert np.isnan(gmres(lambda u: u, lambda u: u, np.array([1.0, np.inf]))).all()


def test_gmres_solves_what_a_dense_solver_solves():
    rng = np.random.default_rng(2)
    for dtype in (float, complex):
        matrix = 8 * np.eye(40) + rng.normal(size=(40, 40)).astype(dtype)
        matrix = matrix + 1j * rng.normal(size=(40, 40)) if dtype is complex else matrix
        right = rng.normal(size=40).astype(dtype)
        found = gmres(lambda u, a=matrix: a @ u, lambda u: u / 8, right)
        np.testing.assert_allclose(found, np.linalg.solve(matrix, right), atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_matrix_is_the_operator(seed):
    """Random stencils, across corners too, through an intermediate; a scale that is a formula along its side."""
    from simcore.formulas import parse

    rng = np.random.default_rng(seed)
    shape = (5, 4)
    places = Places(("x", "y"), shape, (0.5, 0.7), (0.0, 1.0), {"a": 0.3})

    def stencil(corners):
        offsets = [(1, 0), (-1, 0), (0, 2), (0, -1), (0, 0)] + [(1, -1), (-2, 1)] * corners
        return {o: rng.normal() for o in offsets}

    def walls(scale):
        return ((Wall(-1.0, 0.2), Wall(scale, parse("t + y").tree)), (Periodic(), Periodic()))

    scale: object = 0.6
    corners = True
    if seed % 2:
        scale, corners = parse("a*y").tree, False
    linear = LinearSystem(
        {"u": {"u": stencil(corners), "v": stencil(False), "w": stencil(corners)}, "v": {"u": stencil(corners)}},
        {"w": {"v": stencil(corners)}},
        frozenset("w"),
    )
    walled = Walled(linear, places, {"u": walls(scale), "v": walls(-0.2), "w": walls(scale)})
    values = {name: rng.normal(size=shape) for name in "uv"}
    expected = np.concatenate([rate.ravel() for rate in walled.times(values).values()])
    found = matrix_of(walled) @ np.concatenate([array.ravel() for array in values.values()])
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert walled.linear.crosses == corners
    assert walled.scales_vary == bool(seed % 2)
    assert type(solver_of(walled, 0.5, ())) is SparseSolver
    crossing = Walled(LinearSystem({"u": {"u": stencil(True)}}), places, {"u": walls(parse("a*y").tree)})
    assert type(solver_of(crossing, 0.5, ())) is KrylovSolver


def test_the_linear_part_goes_through_intermediates_and_leaves_the_rest():
    given = model({"u": "laplace(u**3 - u - 2*laplace(u)) + u*v", "v": "3*v + 2*u", "w": "-w*u"}, "imex")
    scheme, kernels = given._plan
    (block,) = kernels.system.solvers
    assert block.variables == ("u", "v")
    angles = np.array([[0.0, 1.0, math.pi]])
    q = 2 - 2 * np.cos(angles[0])
    found = block.walled.linear.symbols(waves(angles))
    np.testing.assert_allclose(found["u", "u"], q - 2 * q**2, atol=1e-12)
    np.testing.assert_allclose(found["v", "v"] + 0 * q, [3, 3, 3])
    np.testing.assert_allclose(found["v", "u"] + 0 * q, [2, 2, 2])
    assert ("u", "v") not in found
    sources = "".join(phase.update.source for phase in scheme.phases(kernels) if hasattr(phase, "update"))
    assert "2.0 * u" not in sources


def test_an_intermediate_that_is_used_otherwise_too_stays_explicit():
    given = model(
        {"u": "laplace(m)", "v": "m**2 - v"}, "imex", expressions={"m": {"value": "laplace(u)", "boundary": "periodic"}}
    )
    kernels = given._plan[1]
    assert [block.variables for block in kernels.system.solvers] == [("v",)]
    assert [item.name for item in kernels.system.intermediates] == ["m"]


def test_growth_at_a_wall_is_known_before_the_first_step():
    """du/dn = 1.2 u, h = 1: scale 4, a mode exp(-cell ln 4) that grows at (4 - 1)^2/4 = 2.25."""
    given = model(HEAT, shape=(40,), boundary={"x-": {"mixed": [-1.2, 0]}, "x+": {"derivative": 0}})
    (block,) = given._plan[1].system.solvers
    assert growth_at_walls(block.walled) == pytest.approx(2.25, rel=1e-9)
    given.check(0.5 / (block.gamma * 2.26))
    with pytest.raises(
        InvalidValueError, match=r"run.dt: imex cannot solve for linear terms that grow as exp\(2.25 t\)"
    ):
        given.check(0.5 / (block.gamma * 2.24))
    assert growth_at_walls(model(HEAT, boundary={"mixed": [1.2, 0]})._plan[1].system.solvers[0].walled) == 0.0


def test_coefficients_that_are_not_finite_are_refused():
    with pytest.raises(InvalidValueError, match=r"model.equations.u: a coefficient of its linear terms is not finite"):
        model({"u": "laplace(u)/(D - 1)"}, parameters={"D": 1.0}).check(0.1)


def test_a_singular_matrix_is_no_solution():
    given = model({"u": "laplace(u) + 2*u"}, shape=(5,), boundary={"x-": {"mixed": [0, 0]}, "x+": {"derivative": 0}})
    block = SparseSolver(given._plan[1].system.solvers[0].walled, 0.5, complex_valued=False)
    with pytest.raises(SimcoreError, match="singular"):
        block.set_up(1.0)
    with pytest.raises(SimcoreError, match="singular"):
        block.set_up(1.0 + 1e-15)
