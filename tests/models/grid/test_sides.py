"""What holds at each side of each array: how boundaries fill up, and what is refused."""

import numpy as np
import pytest

from simcore.errors import InvalidValueError
from simcore.formulas.evaluate import evaluate
from simcore.models.grid.boundary import read_boundary
from simcore.models.grid.condition import Place
from simcore.models.grid.pde import Pde
from simcore.spec.arrays import Periodic, Wall

P, COLD, FLUX = (Periodic(), Periodic()), (Wall(-1.0, 0.0), Wall(-1.0, 0.0)), (Wall(1.0, 2.0), Wall(1.0, 2.0))


def model(grid=None, field=None, expression=None, shape=(4, 3), equation="laplace(u)", **keys):
    named = {"w": expression} if expression is not None else {}
    given = {"shape": list(shape), **({} if grid is None else {"boundary": grid})}
    fields = {"u": {"initial": "x", **({} if field is None else {"boundary": field}), **keys.pop("more", {})}}
    fields |= keys.pop("fields", {})
    keys = {"scheme": "rk4", **keys}
    equations = {"u": equation, **{name: "laplace(" + name + ")" for name in fields if name != "u"}}
    return Pde.model_validate({"grid": given, "fields": fields, "expressions": named, "equations": equations, **keys})


def sides(given, name="u"):
    return next(array for array in given.state() if array.name == name).boundary


@pytest.mark.parametrize(
    ("grid", "field", "wanted"),
    [
        (None, None, (P, P)),
        (None, {"x": {"value": 0}}, (COLD, P)),
        ({"derivative": 2}, {"x": {"value": 0}}, (COLD, FLUX)),
        ({"derivative": 2}, {"x-": {"value": 0}}, ((COLD[0], FLUX[1]), FLUX)),
        ({"x": "periodic", "y": {"derivative": 2}}, {"x": {"value": 0}}, (COLD, FLUX)),
        ({"x": "periodic", "y-": {"value": 0}, "y+": {"derivative": 2}}, None, (P, (COLD[0], FLUX[1]))),
        ({"x": {"value": 0}}, {"y": {"derivative": 2}}, (COLD, FLUX)),
        ({"x": {"value": 0}, "x+": {"derivative": 2}, "y": "periodic"}, {"x": {"value": 0}}, (COLD, P)),
        ({"x": {"value": 0}, "y": "periodic"}, {"derivative": 2}, (FLUX, FLUX)),
        ({"x": {"value": 0}, "y": {"value": 0}}, "periodic", (P, P)),
    ],
)
def test_a_field_fills_up_from_the_grid(grid, field, wanted):
    assert sides(model(grid, field)) == wanted
    assert sides(Pde.model_validate(model(grid, field).model_dump(mode="json"))) == wanted


def test_three_axes_fill_up_side_by_side():
    grid = {"x": "periodic", "y": {"value": 0}, "z": {"derivative": 2}}
    field = {"z-": {"value": 0}, "x": {"derivative": 2}}
    assert sides(model(grid, field, shape=(2, 3, 4))) == (FLUX, COLD, (COLD[0], FLUX[1]))


def test_a_named_expression_fills_up_from_the_grid():
    given = model(
        {"derivative": 2},
        None,
        {"value": "laplace(u)", "boundary": {"y": {"value": 0}}},
        equation="laplace(w)",
    )
    assert sides(given, "w") == (FLUX, COLD)
    assert sides(given, "u") == (FLUX, FLUX)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"grid": {"x": {"value": 0}}}, "grid.boundary.*does not include y; give y: periodic, {value: v}, {derivative"),
        (
            {"grid": {"y-": {"value": 0}, "y+": {"value": 0}}, "field": {"x-": {"value": 0}}},
            "include x\\+; give x\\+",
        ),
        ({"grid": {"x-": {"value": 0}, "y": "periodic"}}, "x cannot be periodic at one end only; give both"),
        ({"field": {"x-": {"value": 0}}}, "fields.u.boundary.*x cannot be periodic at one end only"),
        (
            {"grid": {"x": {"value": 0}}, "field": {"y": {"value": 0}}, "expression": "u"},
            "grid.boundary.*does not include y",
        ),
        ({"more": {"velocity_boundary": "periodic"}}, "velocity_boundary.*goes with an equation {tt"),
        (
            {"more": {"velocity_boundary": {"x": {"value": 0}}}, "equation": {"tt": "laplace(u_t)"}},
            "x must be periodic for u and its velocity or for none",
        ),
    ],
)
def test_a_side_of_which_nothing_is_said_is_refused(keys, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        model(**keys)


MOVES = {"x-": {"value": "floor(t)"}, "x+": {"value": "t"}}
LOSSY = {"tt": "laplace(u) + laplace(u_t)"}


@pytest.mark.parametrize(
    ("keys", "path", "reason"),
    [
        (
            {"grid": MOVES, "equation": LOSSY},
            "model.grid.boundary",
            "takes u_t, at x- .* floor has no derivative; give fields.u.velocity_boundary",
        ),
        ({"field": MOVES, "equation": LOSSY}, "model.fields.u.boundary", "floor has no derivative"),
        ({"grid": {"value": "where(t < 1, t, 1)"}, "equation": LOSSY}, "model.grid.boundary", "< has no derivative"),
        ({"grid": {"mixed": ["t", 0]}, "equation": LOSSY}, "model.grid.boundary", "a of mixed, changes in time"),
        (
            {"grid": {"where": "t < 1", "then": {"value": 0}, "else": {"derivative": 0}}, "equation": LOSSY},
            "model.grid.boundary",
            "its kind, or a of mixed, changes in time; give fields.u.velocity_boundary",
        ),
        ({"grid": {"value": "1j*t"}}, "model.grid.boundary", "is complex, but u is float64; give it dtype: complex128"),
        ({"grid": {"mixed": ["1j", 0]}}, "model.grid.boundary", "is complex, but u is float64"),
        (
            {"grid": {"value": 0}, "expression": {"value": "u", "boundary": {"derivative": "1j"}}},
            "model.expressions.w.boundary",
            "is complex, but w is real",
        ),
        ({"grid": {"mixed": [-2, 0]}}, "model.grid.boundary", "a must be above -2/spacing = -2, not -2"),
        ({"grid": {"mixed": ["-t - 3", 0]}}, "model.grid.boundary", "a must be above -2/spacing = -2, not -3"),
        (
            {"grid": {"x": {"mixed": ["-y", 0]}, "y": "periodic"}, "shape": (4, 3)},
            "model.grid.boundary",
            "a must be above -2/spacing = -2, not -2.5",
        ),
        (
            {"grid": {"mixed": [-1, 0]}, "order": 4},
            "model.grid.boundary",
            r"above -2/\(3\*spacing\) = -0.666667, not -1",
        ),
        ({"grid": {"mixed": ["1 + y", 0]}, "scheme": "imex"}, "model.grid.boundary", "unknown name 'y'"),
        (
            {"field": {"value": 0}, "expression": "laplace(u)", "equation": "laplace(w)"},
            "model.expressions.w",
            "the grid is periodic along x and u is not, and w has the grid's sides; give it a boundary of its own",
        ),
        (
            {"grid": {"value": 0}, "field": "periodic", "expression": "laplace(u)", "equation": "laplace(w)"}
            | {"fields": {"v": {"initial": 0}}},
            "model.expressions.w",
            "u is periodic along x and the grid is not",
        ),
    ],
)
def test_what_a_wall_cannot_be_is_refused(keys, path, reason):
    keys = {"shape": (4,), **keys}
    with pytest.raises(InvalidValueError, match=reason) as caught:
        model(**keys).check(1e-3)
    assert caught.value.path == path


def test_a_velocity_that_no_operator_takes_needs_no_walls():
    given = model(MOVES, equation={"tt": "laplace(u)"}, shape=(4,), expression="dx(u_t)")
    given.check(1e-3)
    assert sides(given, "u_t")[0] == (Wall(-1.0, 0.0), Wall(-1.0, 2.0))
    given.expressed("a", "mean(u_t)")
    for text in ("mean(dx(u_t))", "mean(dx(u_t*u)**2)"):
        with pytest.raises(InvalidValueError, match="floor has no derivative"):
            given.expressed("a", text)


def test_the_wall_of_a_velocity_is_the_derivative_of_the_formula():
    both = {"where": "y < 2", "then": {"value": "y*t"}, "else": {"mixed": [2, "3*t"]}}
    ((_, condition),) = read_boundary({"x": both}).given
    rate = condition.ghost(Place("x", "-", 1.0, 0.0)).rate()
    for at, wanted in ((1.5, (-1.0, 3.0)), (2.5, (0.0, 1.5))):
        assert tuple(float(evaluate(part, {"y": at, "t": 7.0})) for part in (rate.scale, rate.shift)) == wanted


def test_an_operator_takes_nothing_beyond_a_side_that_may_or_may_not_wrap():
    fields = {"v": {"initial": 0, "boundary": {"x": {"value": 0}}}}
    for text in ("x*laplace(u)", "dy(x*y*u)"):
        model(fields=fields, equation=text).phases()
    for text in ("dx(x*u)", "laplace(x*y*u)"):
        with pytest.raises(
            InvalidValueError, match=r"takes 'x' at neighbouring cells along x, where some fields are periodic"
        ):
            model(fields=fields, equation=text).phases()


def test_parameters_from_files_wrap_as_the_fields_do(tmp_path):
    np.save(tmp_path / "D.npy", np.arange(12.0).reshape(4, 3))
    parameters = {"D": {"file": str(tmp_path / "D.npy")}}
    given = model(field={"x": {"value": 0}}, equation="laplace(D*u)", parameters=parameters)
    padded = given.constants()["D"]
    np.testing.assert_array_equal(padded[:, 1], [0, 0, 3, 6, 9, 9])
    np.testing.assert_array_equal(padded[1], [2, 0, 1, 2, 0])
    mixed = model(
        fields={"v": {"initial": 0, "boundary": {"x": {"value": 0}}}}, equation="laplace(D*u)", parameters=parameters
    )
    with pytest.raises(InvalidValueError, match="takes 'D' at neighbouring cells along x"):
        mixed.phases()


def test_a_mixed_wall_that_gets_the_wrong_sign_on_the_way_is_not_a_number():
    given = model({"mixed": ["1 - t", 0]}, shape=(4,))
    scale = sides(given)[0][0].scale
    names = {"np": np, **scale.uses}
    exec(scale.source, names)
    assert names["wall"](time=np.float64(0.0)) == pytest.approx(1 / 3)
    assert np.isnan(names["wall"](time=np.float64(4.0)))
