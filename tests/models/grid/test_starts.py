"""Starts as formulas: random numbers in them, other fields, named expressions; what is refused, in one line."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from simcore.errors import ExperimentError, InvalidValueError
from simcore.models.grid.equation import read_named
from simcore.models.grid.grid import Grid
from simcore.models.grid.start import read_start
from simcore.models.grid.starts import ArrayStart, Starts
from simcore.random import Stream
from simcore.runs import run
from simcore.runs.experiment import resolve
from simcore.runs.initial_values import start_values
from simcore.spec.arrays import StateArray
from simcore.storage.result import read_result

SHAPE = (6, 5)
X, Y = np.meshgrid(np.arange(6) + 0.5, np.arange(5) + 0.5, indexing="ij")


def experiment(*, more=None, **starts):
    """Fields that do not move. starts: a start, or all of a section, by field."""
    model = {
        "type": "pde",
        "grid": {"shape": list(SHAPE)},
        "fields": {u: dict(s) if isinstance(s, dict) and "initial" in s else {"initial": s} for u, s in starts.items()},
        "equations": {u: f"0*{u}" for u in starts},
        **copy.deepcopy(more or {}),
    }
    return {"model": model, "run": {"seed": 3, "dt": 0.1, "steps": 2, "measure_every": 1}}


def started(*, more=None, **starts):
    """The fields at the start by name, and the streams of the first, the second, ... array of the state."""
    found = resolve(experiment(more=more, **starts))
    values = dict(start_values(found.description, found.description.initial_values(), SHAPE, found.key))
    return values, [Stream(found.key, draw=number << 8) for number in range(len(found.description.arrays))]


def problem(*, more=None, **starts):
    with pytest.raises(ExperimentError) as error:
        resolve(experiment(more=more, **starts))
    (only,) = error.value.problems
    return str(only).removeprefix("dict ")


# -- random numbers ----------------------------------------------------------------------------------------------------


def test_normal_and_uniform_are_numbers_of_each_cell():
    values, streams = started(u="1 + 0.1*normal", v="where(uniform < 0.3, x, 0)")
    assert np.array_equal(values["u"], 1 + 0.1 * streams[0].normal(SHAPE))
    assert np.array_equal(values["v"], np.where(streams[1].uniform(SHAPE) < 0.3, X, 0))


def test_each_written_word_is_a_draw_of_its_own():
    values, (stream,) = started(u="normal - 2*uniform*normal")
    first, second, third = stream.normal(SHAPE), stream.uniform(SHAPE), stream.normal(SHAPE)
    assert np.array_equal(values["u"], first - 2 * second * third)


def test_the_order_of_draws_is_that_of_the_text():
    values, (stream,) = started(u="where(uniform < 0.5, normal, (uniform))")
    first, second, third = stream.uniform(SHAPE), stream.normal(SHAPE), stream.uniform(SHAPE)
    assert np.array_equal(values["u"], np.where(first < 0.5, second, third))


def test_seed_and_replica_change_them():
    found = []
    for seed, replica in ((3, 0), (4, 0), (3, 1)):
        asked = experiment(u="normal")
        asked["run"] |= {"seed": seed, "replica": replica}
        made = resolve(asked)
        found.append(dict(start_values(made.description, made.description.initial_values(), SHAPE, made.key))["u"])
    assert len({one.tobytes() for one in found}) == 3


def test_moments():
    count = 200 * 30
    normal, uniform = np.empty((200, *SHAPE)), np.empty((200, *SHAPE))
    for replica in range(200):
        asked = experiment(u="normal", v="uniform")
        asked["run"]["replica"] = replica
        made = resolve(asked)
        values = dict(start_values(made.description, made.description.initial_values(), SHAPE, made.key))
        normal[replica], uniform[replica] = values["u"], values["v"]
    assert abs(normal.mean() * np.sqrt(count)) < 4
    assert abs((normal.var() - 1) / np.sqrt(2 / count)) < 4
    assert abs((uniform.mean() - 0.5) / np.sqrt(1 / 12 / count)) < 4
    assert 0 <= uniform.min() < uniform.max() < 1
    assert abs(np.corrcoef(normal.ravel(), uniform.ravel())[0, 1] * np.sqrt(count)) < 4


def test_a_name_of_the_experiment_wins():
    parameters = {"parameters": {"uniform": 0.25}}
    values, _ = started(u="uniform*x", more=parameters)
    assert np.array_equal(values["u"], 0.25 * X)
    values, _ = started(u="1 + normal", normal="x")
    assert np.array_equal(values["u"], 1 + X)
    values, _ = started(u="1 + normal", more={"expressions": {"normal": "y"}})
    assert np.array_equal(values["u"], 1 + Y)


def test_complex_fields():
    values, (stream,) = started(u={"initial": "normal + 1j*normal", "dtype": "complex128"})
    assert np.array_equal(values["u"], stream.normal(SHAPE) + 1j * stream.normal(SHAPE))
    assert problem(u="1j*normal") == (
        "model.fields.u.initial: is complex, but the field is of float64; give it dtype: complex128"
    )


def test_values_that_are_not_finite_are_refused_before_the_run():
    assert "model.fields.u.initial: is nan at cell [" in problem(u="log(normal)")


def test_a_velocity_may_be_random():
    more = {"equations": {"u": {"tt": "0*u"}}, "scheme": "leapfrog"}
    values, streams = started(u={"initial": "x", "velocity": "u*normal"}, more=more)
    assert np.array_equal(values["u_t"], X * streams[1].normal(SHAPE))


def test_too_many_draws_are_refused():
    half = f"({'+'.join(['normal'] * 128)})"
    assert problem(u=f"{half} + {half} + uniform") == (
        "model.fields.u.initial: takes 257 random numbers a cell; at most 256"
    )
    assert "takes 257 random numbers a cell (together with v)" in problem(u=half, v=f"u + {half} + uniform")
    started(u=f"{half} + {half}")


@pytest.mark.parametrize("section", ["equations", "expressions", "noise"])
def test_elsewhere_random_numbers_are_noise(section):
    more = {"equations": {"u": "0*u"}, "scheme": "euler_maruyama"}
    more[section] = {"w" if section == "expressions" else "u": "u + normal"}
    found = problem(u="1", more=more)
    assert "column 5: 'normal' is a random number of starts only (initial, velocity)" in found
    assert 'random numbers in an equation are noise: {FIELD: "g"}' in found


# -- other fields and named expressions --------------------------------------------------------------------------------


def test_a_field_starts_from_another_in_any_order():
    values, _ = started(v="1 - u", u="x*y", w="v**2 + u")
    assert np.array_equal(values["u"], X * Y)
    assert np.array_equal(values["v"], 1 - X * Y)
    assert np.array_equal(values["w"], (1 - X * Y) ** 2 + X * Y)


def test_a_field_starts_from_random_numbers_of_another():
    values, streams = started(v="1 - u + w", w="y", u={"random": {"normal": [2, 3]}}, alone="normal")
    u = 2 + 3 * streams[0].normal(SHAPE)
    assert np.array_equal(values["u"], u)
    assert np.array_equal(values["v"], 1 - u + Y)
    assert np.array_equal(values["alone"], streams[3].normal(SHAPE))


def test_two_fields_share_the_numbers_of_a_third():
    values, (stream, *_) = started(u="a + normal", v="a - normal", a="uniform")
    a = values["a"]
    assert np.array_equal(a, stream.uniform(SHAPE))
    draws = [Stream(resolve(experiment(u="a + normal", v="a - normal", a="uniform")).key, draw=n) for n in (1, 2)]
    assert np.array_equal(values["u"], a + draws[0].normal(SHAPE))
    assert np.array_equal(values["v"], a - draws[1].normal(SHAPE))


def test_a_field_takes_what_another_holds():
    values, _ = started(u={"initial": "x/3", "dtype": "float32"}, v="u")
    assert np.array_equal(values["v"], (X / 3).astype("float32").astype(float))


def test_named_expressions():
    more = {"expressions": {"s": "a*u + t", "r": "s**2"}, "parameters": {"a": 0.5}}
    values, _ = started(u="x", v="r - s", more=more)
    assert np.array_equal(values["v"], (0.5 * X) ** 2 - 0.5 * X)


def test_a_parameter_from_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = np.arange(30.0).reshape(SHAPE)
    np.save("D.npy", numbers)
    more = {"parameters": {"D": {"file": "D.npy"}}, "expressions": {"s": "2*D"}}
    values, _ = started(u="D + 1", v="s", more=more)
    assert np.array_equal(values["u"], numbers + 1)
    assert np.array_equal(values["v"], 2 * numbers)


def test_pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = np.arange(30, dtype=np.uint8).reshape(5, 6)
    Image.fromarray(rows).save("p.PNG")
    more = {"parameters": {"D": {"file": "p.PNG"}}}
    values, _ = started(u={"file": "p.PNG", "scale": [0, 255]}, v="D", more=more)
    assert np.allclose(values["u"], rows[::-1].T, rtol=0, atol=1e-13)
    assert np.array_equal(values["v"], rows[::-1].T / 255)
    Image.fromarray(rows.T.copy()).save("turned.png")
    turned = resolve(experiment(u={"file": "turned.png"}))
    with pytest.raises(InvalidValueError, match=r"turned\.png has the shape \[5, 6\]; \[6, 5\] is needed"):
        turned.model.state()
    assert "model.fields.u.initial: scale must be two numbers" in problem(u={"file": "p.PNG", "scale": 3})
    assert "'scale' goes with pictures, .png" in problem(u={"file": "p.npy", "scale": [0, 1]})


def test_spins_from_a_picture(tmp_path):
    rows = np.array([[0, 255, 255], [255, 0, 0]], np.uint8)
    Image.fromarray(rows).save(tmp_path / "s.png")
    start = {"file": str(tmp_path / "s.png"), "scale": [-1, 1]}
    lattice = {"type": "square", "shape": [3, 2]}
    model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 1.0}, "initial": start}
    found = resolve({"model": model, "run": {"seed": 1, "sweeps": 1}})
    values = dict(start_values(found.description, found.description.initial_values(), (3, 2), found.key))["s"]
    assert np.array_equal(found.model.result_fields()[0].assemble(values), [[1, -1], [-1, 1], [-1, 1]])


def test_a_long_chain():
    starts = {"u0": "x"} | {f"u{n}": f"u{n - 1} + 1" for n in range(1, 30)}
    more = {"expressions": {f"s{n}": "y" if n == 0 else f"s{n - 1} + 1" for n in range(150)}}
    values, _ = started(**dict(reversed(starts.items())), last="s149", more=more)
    assert np.array_equal(values["last"], Y + 149)
    assert np.array_equal(values["u29"], X + 29)


@pytest.mark.parametrize(
    ("starts", "more", "wanted"),
    [
        ({"u": "u"}, {}, "model.fields.u.initial: needs its own values: u needs u; start one of them from"),
        (
            {"u": "1 + v", "v": "w", "w": "u"},
            {},
            "model.fields.u.initial: needs its own values: u needs v needs w",
        ),
        (
            {"u": "s", "v": "1"},
            {"expressions": {"s": "u + v"}},
            "model.fields.u.initial: needs its own values: u needs u; start",
        ),
        (
            {"u": "v"},
            {},
            "model.fields.u.initial: expression 'v', column 1: unknown name 'v'; allowed: x, y, u",
        ),
        (
            {"u": "laplace(v)", "v": "x"},
            {},
            "model.fields.u.initial: expression 'laplace(v)', column 1: a start is a formula of each cell alone",
        ),
        ({"u": "v/mean(v)", "v": "x"}, {}, "column 3: a start is a formula of each cell alone; mean takes others, too"),
        (
            {"u": "s", "v": "x"},
            {"expressions": {"s": "2*r", "r": "dx(v)"}},
            "model.fields.u.initial: needs the expression 'r', which holds dx; a start is a formula of each cell alone",
        ),
        ({"u": "laplase(v)", "v": "x"}, {}, "unknown function 'laplase'; did you mean 'laplace'?"),
        ({"u": "z", "v": "x"}, {}, "unknown name 'z'"),
        ({"u": "t"}, {}, "unknown name 't'"),
        ({"u": "[1, 2]"}, {}, "model.fields.u.initial: "),
    ],
)
def test_what_cannot_start_a_field_is_refused(starts, more, wanted):
    assert wanted in problem(more=more, **starts)


def test_a_velocity_is_no_name_in_a_start():
    more = {"equations": {"u": {"tt": "0*u"}, "v": "0*v"}, "scheme": "rk4", "expressions": {"s": "u_t"}}
    found = problem(u={"initial": "x", "velocity": "1"}, v="s", more=more)
    assert "needs the expression 's', which names u_t; only fields and parameters have values before the start" in found


# -- bits --------------------------------------------------------------------------------------------------------------


def test_bits_are_the_same_for_any_number_of_workers(tmp_path):
    asked = experiment(u="1 + 0.1*normal", v="u*uniform", w="normal")
    asked["model"]["equations"] = {name: f"laplace({name})" for name in "uvw"}
    found = []
    for workers in (1, 2, 3):
        path = run(asked, workers=workers, out=tmp_path / str(workers)).path
        variables = read_result(path / "result.h5", ["fields"]).groups["fields"].variables
        found.append(b"".join(variables[name].data.tobytes() for name in "uvw"))
    assert found[0] == found[1] == found[2]


def test_keys_of_older_experiments_stay():
    """Counted before these starts were there."""
    asked = {
        "model": {
            "type": "pde",
            "grid": {"shape": [8, 6]},
            "parameters": {"D": 0.1},
            "fields": {"u": {"initial": {"random": {"normal": [0, 1]}}}, "v": {"initial": "x + D"}},
            "equations": {"u": "D*laplace(u)", "v": "0 - v"},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 2},
    }
    assert (resolve(asked).key, resolve(asked).identity()) == (8351411875999377165, "f5eb99e4fc7eeac3a3fe3d4648258a91")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_fields_that_need_each_other_without_a_circle(data):
    """Each is the formula of those that it needs, in whatever order they are declared, drawn numbers or not."""
    count = data.draw(st.integers(1, 7))
    needs = {n: data.draw(st.sets(st.integers(0, n - 1)) if n else st.just(set())) for n in range(count)}
    own = {n: data.draw(st.sampled_from(["x", "y/3", "uniform", "0.5"])) for n in range(count)}
    by_way = {n: data.draw(st.booleans()) for n in range(count)}  # of a named expression
    texts = {n: " + ".join([own[n], *(f"{n + 2}*f{m}" for m in sorted(needs[n]))]) for n in range(count)}
    order = data.draw(st.permutations(range(count)))
    named = {f"e{n}": f"{n + 2}*f{n}" for n in range(count)}
    texts |= {n: own[n] + "".join(f" + e{m}*(1 + 0*x)" for m in sorted(needs[n])) for n in range(count) if by_way[n]}
    starts = Starts(
        Grid(shape=SHAPE),
        {f"f{n}": ArrayStart(read_start(texts[n], None), "float64", f"f{n}", (True, True)) for n in order},
        [f"f{n}" for n in order],
        {name: read_named(text) for name, text in named.items()},
        {},
        dict,
        (),
    )
    initial = starts.values()
    arrays = [StateArray(name, SHAPE, "float64", None) for name in initial]
    values = dict(start_values(SimpleNamespace(arrays=arrays), initial, SHAPE, 1))
    assert set(values) == {f"f{n}" for n in range(count)}
    for n in range(count):
        rest = values[f"f{n}"] - sum((m + 2 if by_way[n] else n + 2) * values[f"f{m}"] for m in needs[n])
        known = {"x": X, "y/3": Y / 3, "0.5": np.full(SHAPE, 0.5)}
        if own[n] in known:
            assert np.allclose(rest, known[own[n]], rtol=0, atol=1e-9)
        else:
            assert len(np.unique(np.round(rest, 9))) == rest.size
            assert -1e-9 < rest.min() < rest.max() < 1 + 1e-9
