"""Fluxes that carry a field: central, upwind and limited; their orders, bounds, directions and walls."""

import numpy as np
import pytest

from simcore.errors import InvalidValueError
from tests.models.grid.flowing import Steps, implicit_symbol, matrix, model, order_of, rate

NO_FLUX = {"derivative": 0}
LIMITED = [{"limited": name} for name in ("minmod", "van_leer", "superbee")]
DIRECTED = ["upwind", *LIMITED]


def name_of(rule):
    return rule if isinstance(rule, str) else rule["limited"]


def limiter(rule, a, b):
    """The limited slope, written down a second time: by r = a/b and the functions phi of P. K. Sweby (1984)."""
    with np.errstate(all="ignore"):
        r = np.where(b == 0, 0.0, a / np.where(b == 0, 1, b))
    phi = {
        "upwind": 0 * r,
        "minmod": np.maximum(0, np.minimum(1, r)),
        "van_leer": (r + abs(r)) / (1 + abs(r)),
        "superbee": np.maximum(0, np.maximum(np.minimum(2 * r, 1), np.minimum(r, 2))),
    }[name_of(rule)]
    return phi * b


@pytest.mark.parametrize("rule", DIRECTED)
@pytest.mark.parametrize("speed", [1.3, -0.8])
def test_a_periodic_flow_is_the_flux_limited_scheme(rule, speed):
    u, h = np.random.default_rng(1).normal(size=14), 0.4
    given = model("-divergence(c*u)", shape=(14,), spacing=h, parameters={"c": speed}, advection=rule)
    if speed > 0:
        a, b = u - np.roll(u, 1), np.roll(u, -1) - u
        face = u + limiter(rule, a, b) / 2
    else:
        a, b = np.roll(u, -1) - np.roll(u, -2), u - np.roll(u, -1)
        face = np.roll(u, -1) + limiter(rule, a, b) / 2
    flux = speed * face
    np.testing.assert_allclose(rate(given, u=u), -(flux - np.roll(flux, 1)) / h, rtol=0, atol=1e-13)


WAYS = [
    "-divergence(c*u)",
    "divergence(-c*u)",
    "-(2*divergence(c*u)/2)",
    "divergence(0.1*gradient(u)*0 - c*u)",
    "-c*divergence(u)",
    "minus*divergence(c*u)",
    "-divergence([c]*u)",
    "-flow",
    "-divergence(J)",
    "0 - mean(one)*divergence(c*u)",
]


@pytest.mark.parametrize("speed", [0.9, -0.9])
@pytest.mark.parametrize("text", WAYS)
def test_the_flow_is_against_the_wind_however_it_is_written(text, speed):
    u = np.random.default_rng(2).normal(size=9)
    given = model(
        {"u": text, "one": "0"},
        shape=(9,),
        parameters={"c": speed, "minus": -1.0},
        expressions={"flow": "divergence(c*u)", "J": "c*u + 0*gradient(u)"},
        advection="upwind",
        fields={"one": {"initial": 1}},
    )
    wanted = -speed * (u - np.roll(u, 1) if speed > 0 else np.roll(u, -1) - u)
    np.testing.assert_allclose(rate(given, u=u, one=1.0), wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("rule", ["central", *DIRECTED])
def test_smooth_waves_have_the_promised_order(rule):
    """The error of du/dt in the mean, for a speed that varies: 1 against the wind, else 2, extrema included."""
    errors = []
    for n in (64, 128, 256):
        h = 2 * np.pi / n
        x = (np.arange(n) + 0.5) * h
        given = model("-divergence((2 + sin(x))*u)", shape=(n,), spacing=h, advection=rule)
        u = np.exp(np.sin(x))
        exact = -(np.cos(x) * u + (2 + np.sin(x)) * np.cos(x) * u)
        errors.append(abs(rate(given, u=u) - exact).mean())
    wanted = {"upwind": 1, "central": 2}.get(name_of(rule), 2)
    # at extrema a limited slope is of first order, in a share h of all cells: 2 in the mean, superbee less
    assert order_of(errors)[-1] > wanted - {"superbee": 0.6}.get(name_of(rule), 0.25)
    assert order_of(errors)[-1] < wanted + 0.3


def total_variation(u):
    return abs(np.diff(u, append=u[..., :1])).sum()


@pytest.mark.parametrize("rule", DIRECTED)
@pytest.mark.parametrize("speed", [1.0, -1.0])
def test_a_step_stays_a_step(rule, speed):
    """At dt |c|/h = 1/2 no variation grows and nothing leaves the bounds; the square wave keeps its place."""
    n = 60
    given = model("-divergence(c*u)", shape=(n,), parameters={"c": speed}, advection=rule)
    x = np.arange(n) + 0.5
    u = np.where(abs(x - 30) < 10, 1.0, -0.5)
    stepper = Steps(given, 0.5, u=u)
    variation, mass = total_variation(u), u.sum()
    for _ in range(120):
        stepper.step()
        now = stepper.inside("u")
        assert total_variation(now) <= variation + 1e-12
        variation = total_variation(now)
        assert now.min() >= -0.5 - 1e-13
        assert now.max() <= 1.0 + 1e-13
    assert abs(stepper.inside("u").sum() - mass) < 1e-11
    # once around: how much is smeared out
    assert abs(now - u).mean() < {"upwind": 0.5, "minmod": 0.25, "van_leer": 0.2, "superbee": 0.15}[name_of(rule)]


@pytest.mark.parametrize("rule", DIRECTED)
def test_two_dimensions_keep_the_bounds(rule):
    """Along a diagonal, dt (|vx| + |vy|)/h = 1/2, random data."""
    u = np.random.default_rng(3).random((12, 11))
    given = model("-divergence([0.6, -0.4]*u)", shape=(12, 11), advection=rule)
    stepper = Steps(given, 0.5, u=u)
    for _ in range(40):
        stepper.step()
        assert stepper.inside("u").min() >= u.min() - 1e-13
        assert stepper.inside("u").max() <= u.max() + 1e-13


@pytest.mark.parametrize("rule", DIRECTED)
def test_what_flows_in_at_a_wall_keeps_the_bounds(rule):
    """From 1 into 0, out at the other end; then the wall falls to 0: the values stay between 0 and 1 and end at 0."""
    for speed, side in ((1.0, "x-"), (-1.0, "x+")):
        other = {"x-": "x+", "x+": "x-"}[side]
        boundary = {side: {"value": "where(t < 20, 1, 0)"}, other: {"value": 0.5}}
        given = model("-divergence(c*u)", shape=(12,), boundary=boundary, parameters={"c": speed}, advection=rule)
        stepper = Steps(given, 0.5)
        largest = 0.0
        for _ in range(160):
            stepper.step()
            u = stepper.inside("u")
            largest = max(largest, u.max())
            assert u.min() >= -1e-13
            assert u.max() <= 1 + 1e-13
        assert largest > 0.99
        assert abs(u).max() < 1e-3


@pytest.mark.parametrize("rule", ["central", *DIRECTED])
def test_walls_close_or_carry_their_own_value(rule):
    """derivative: nothing passes, whatever the number. value: in with that of the wall, out with that of the cell."""
    u = np.array([0.3, 1.2, 0.8, 0.4, 2.0, 1.1])
    for number in (0, 0.7):
        given = model("-divergence(1.5*u)", shape=(6,), boundary={"derivative": number}, advection=rule)
        assert abs(rate(given, u=u).sum()) < 1e-14
    given = model(
        "-divergence(1.5*u)", shape=(6,), boundary={"x-": {"value": 0.6}, "x+": {"value": 0.9}}, advection=rule
    )
    out = 1.5 * (0.9 if rule == "central" else 1.1)
    assert rate(given, u=u).sum() == pytest.approx(1.5 * 0.6 - out, rel=1e-13)
    if rule in LIMITED:  # looks two cells far
        return
    given = model(
        "-divergence(1.5*u)", shape=(6,), boundary={"x-": {"mixed": [2, 1]}, "x+": {"derivative": 0}}, advection=rule
    )
    ghost = ((1 - 2 / 2) * 0.3 + 1) / (1 + 2 / 2)
    assert rate(given, u=u).sum() == pytest.approx(1.5 * (ghost + 0.3) / 2, rel=1e-13)


def test_the_walls_of_the_field_that_changes_decide():
    """Shallow water: no flux of h through a wall where dh/dn = 0, the pressure g h**2/2 on q = 0 at the same wall."""
    h, q = np.array([1.0, 1.2, 0.9, 1.1]), np.array([0.2, -0.1, 0.3, 0.1])
    keys = {"shape": (4,), "fields": {"h": {"initial": 1, "boundary": NO_FLUX}, "q": {"boundary": {"value": 0}}}}
    depth = model({"h": "-divergence(q)", "q": "0"}, **keys)
    assert abs(rate(depth, h=h, q=q).sum()) < 1e-15
    momentum = model(
        {"q": "-divergence(q**2/h + h**2/2)", "h": "0"},
        **{**keys, "fields": {"q": {"boundary": {"value": 0}}, "h": {"initial": 1, "boundary": NO_FLUX}}},
    )
    assert rate(momentum, q=q, h=h).sum() == pytest.approx(h[0] ** 2 / 2 - h[-1] ** 2 / 2, rel=1e-12)


def test_a_velocity_that_vanishes_at_a_wall_carries_nothing_through_it():
    """v = x (L - x) at walls of a given value."""
    given = model("-divergence(x*(8 - x)*u)", shape=(8,), boundary={"value": 3}, advection="upwind")
    assert abs(rate(given, u=np.arange(8.0)).sum()) < 1e-13


@pytest.mark.parametrize("rule", DIRECTED)
def test_burgers_forms_one_shock_that_moves_at_its_speed(rule):
    """-div(u**2/2): between 1.4 and -0.4 the shock moves at 0.5 (Rankine, Hugoniot), whatever the sign of u."""
    n = 80
    x = np.arange(n) + 0.5
    given = model(
        "-divergence(u**2/2)", shape=(n,), boundary={"x-": {"value": 1.4}, "x+": {"value": -0.4}}, advection=rule
    )
    stepper = Steps(given, 0.3, u=np.where(x < 30, 1.4, -0.4))
    for _ in range(100):
        stepper.step()
        u = stepper.inside("u")
        assert -0.4 - 1e-12 <= u.min() <= u.max() <= 1.4 + 1e-12
    place = (u + 0.4).sum() / 1.8
    assert place == pytest.approx(30 + 0.5 * 30, abs=1e-9)
    assert ((u > -0.3) & (u < 1.3)).sum() <= {"upwind": 6}.get(name_of(rule), 4)


def test_a_rarefaction_has_no_shock_in_it():
    """From -1 to 1 Burgers opens a fan u = x/t; without an entropy fix it would stand."""
    n = 81
    x = np.arange(n) - 40.0
    given = model("-divergence(u**2/2)", shape=(n,), boundary=NO_FLUX, advection={"limited": "van_leer"})
    u = Steps(given, 0.25, u=np.where(x < 0, -1.0, 1.0)).step(80).inside("u")
    inside = abs(x) < 12
    assert abs(u[inside] - x[inside] / 20).max() < 0.1


def test_traffic_moves_by_its_own_speed_and_not_by_that_of_the_cars():
    """f = u (1 - u): at u > 1/2 waves run back. The solution of a jam stays within bounds and keeps its place."""
    n = 60
    x = np.arange(n) + 0.5
    given = model("-divergence((1 - u)*u)", shape=(n,), boundary=NO_FLUX, advection={"limited": "minmod"})
    u = np.where(x < 30, 0.8, 0.6)
    stepper = Steps(given, 0.4, u=u)
    for _ in range(25):
        stepper.step()
        now = stepper.inside("u")
        assert total_variation(now[15:-15]) <= 0.4 + 1e-12
        assert now[15:-15].min() >= 0.6 - 1e-12
        assert now[15:-15].max() <= 0.8 + 1e-12


def test_a_flux_that_does_not_name_its_field_is_a_source():
    """-div(v) in the equation of u carries no u: the mean of both cells under every rule."""
    v = np.random.default_rng(5).normal(size=8)
    central = rate(model({"u": "-divergence(v)", "v": "0"}), u=0.0, v=v)
    for rule in DIRECTED:
        found = rate(model({"u": "-divergence(v)", "v": "0"}, advection=rule), u=0.0, v=v)
        np.testing.assert_allclose(found, central, rtol=0, atol=1e-15)


def test_a_velocity_from_a_stream_function_keeps_a_constant():
    """div v = 0 to rounding for v = (d psi/dy, -d psi/dx) by central differences, so u = 1 stays."""
    given = model(
        {"u": "-divergence([dy(psi), -dx(psi)]*u)", "psi": "0"}, shape=(8, 7), advection={"limited": "van_leer"}
    )
    psi = np.random.default_rng(6).normal(size=(8, 7))
    assert abs(rate(given, u=1.0, psi=psi)).max() < 1e-14
    u = np.random.default_rng(7).random((8, 7))
    found = rate(given, u=u, psi=psi)
    assert abs(found.sum()) < 1e-13
    vx, vy = (np.roll(psi, -1, 1) - np.roll(psi, 1, 1)) / 2, (np.roll(psi, 1, 0) - np.roll(psi, -1, 0)) / 2
    named = model(
        {"u": "-divergence([vx, vy]*u)", "vx": "0", "vy": "0"}, shape=(8, 7), advection={"limited": "van_leer"}
    )
    np.testing.assert_allclose(found, rate(named, u=u, vx=vx, vy=vy), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["b", "k"])
def test_a_field_from_a_file_is_no_number_that_goes_into_a_flux(name, tmp_path):
    """`k` is the name of an index in kernels, and another name there."""
    np.save(tmp_path / "b.npy", np.arange(8.0))
    with pytest.raises(InvalidValueError, match="only a number may multiply"):
        model(
            f"-{name}*divergence(u)",
            parameters={name: {"file": "b.npy"}},
            advection="upwind",
            directory=tmp_path,
        ).check(0.1)


@pytest.mark.parametrize("order", [2, 4])
def test_central_fluxes_by_components_are_the_differences_that_they_were(order):
    u = np.random.default_rng(8).normal(size=(6, 7))
    one = rate(model("divergence(u**2, -u)", shape=(6, 7), order=order), u=u)
    other = rate(model("dx(u**2) + dy(-u)", shape=(6, 7), order=order), u=u)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("rule", "boundary", "limit"),
    [
        ("upwind", "periodic", 0.5),
        ("upwind", {"value": 0}, 0.5),
        (LIMITED[0], "periodic", 0.25),
        (LIMITED[1], NO_FLUX, 0.25),
        ("central", "periodic", 0.0),
    ],
)
def test_the_limit_of_stability_of_a_flow(rule, boundary, limit):
    """Of Euler: h/|c| against the wind, half of it with a limiter, none for central differences."""
    given = model("-divergence(2*u)", boundary=boundary, advection=rule)
    assert given.stability_limit() == pytest.approx(limit, rel=2e-3, abs=1e-9)


def test_the_limit_knows_flows_and_diffusion_together():
    given = model("divergence(0.5*gradient(u) - 2*u)", advection="upwind", boundary=NO_FLUX)
    assert given.stability_limit() == pytest.approx(1 / (1 + 2), rel=2e-3)


def test_an_implicit_scheme_solves_for_a_constant_flow():
    given = model("divergence(0.5*gradient(u) - 2*u)", advection="upwind", scheme="imex")
    a, _ = matrix(model("divergence(0.5*gradient(u) - 2*u)", advection="upwind"))
    symbol = implicit_symbol(given, 2 * np.pi * np.arange(8)[None, :] / 8)
    np.testing.assert_allclose(symbol, np.fft.fft(a[:, 0]), atol=1e-12)
