"""Parameters that change in time through the whole engine, against exact solutions and explicit formulas of t."""

import copy

import numpy as np
import pytest

import simcore
from simcore.errors import UsageError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import program_of
from simcore.runs.verify import verify

TIMES, VALUES = [0.0, 0.5, 1.0, 2.0], [1.0, 2.0, 0.5, 0.5]
ORDERS = {
    "euler": 1,
    "rk2": 2,
    "rk4": 4,
    "heun_stratonovich": 2,
    "euler_maruyama": 1,
    "imex1": 1,
    "imex2": 2,
    "imex3": 3,
}


def table(directory, times=TIMES, values=VALUES, name="feed.csv"):
    lines = ["time,k", *(f"{t!r},{v!r}" for t, v in zip(times, values, strict=True))]
    (directory / name).write_text("\n".join(lines) + "\n")
    return {"table": str(directory / name)}


def tree_of(run_here, experiment):
    return simcore.load(run_here(experiment).path)


def series_of(run_here, experiment):
    return tree_of(run_here, experiment)["series"]


def growing(directory, scheme, dt, **run):
    """u' = a(t) u with a schedule and v' = b(t) v with a table."""
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": [4]},
            "parameters": {"w": 2.0, "a": {"schedule": "1 + cos(w*t)/2"}, "b": table(directory)},
            "fields": {"u": {"initial": 1}, "v": {"initial": 1}},
            "equations": {"u": "a*u", "v": "b*v"},
            "scheme": scheme,
        },
        "run": {"seed": 1, "dt": dt, "t_end": 2.0, "measure_every": 1, **run},
        "output": {"observables": {"a_now": "mean(a)", "b_now": "min(b)"}},
    }


def exact(t):
    """exp of the integrals of a and b from 0 to each time: of a table those of trapezia."""
    whole = np.concatenate([[0.0], np.cumsum(np.diff(TIMES) * (np.add(VALUES[1:], VALUES[:-1]) / 2.0))])
    n = np.clip(np.searchsorted(TIMES, t, side="right") - 1, 0, len(TIMES) - 2)
    begun = np.array(TIMES)[n]
    part = (t - begun) * (np.array(VALUES)[n] + np.interp(t, TIMES, VALUES)) / 2.0
    return np.exp(t + np.sin(2.0 * t) / 4.0), np.exp(whole[n] + part)


QUICK = ("euler", "rk4", "imex3")
SCHEMES = [scheme if scheme in QUICK else pytest.param(scheme, marks=pytest.mark.slow) for scheme in ORDERS]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_its_order_and_measures_at_the_time_of_the_measurement(scheme, run_here, tmp_path):
    errors = []
    for dt in (0.025, 0.0125):
        series = series_of(run_here, growing(tmp_path, scheme, dt))
        time = series["time"].values
        np.testing.assert_allclose(series["a_now"].values, 1.0 + np.cos(2.0 * time) / 2.0, rtol=0, atol=1e-14)
        np.testing.assert_allclose(series["b_now"].values, np.interp(time, TIMES, VALUES), rtol=0, atol=1e-14)
        assert time[-1] == pytest.approx(2.0, abs=1e-12)
        errors.append(
            [np.abs(series[f"mean_{n}"].values - right).max() for n, right in zip("uv", exact(time), strict=True)]
        )
    orders = np.log2(np.divide(*errors))
    np.testing.assert_allclose(orders, ORDERS[scheme], atol=0.15)


def test_adaptive_steps_end_where_the_table_has_entries(run_here, tmp_path):
    series = series_of(run_here, growing(tmp_path, "rk45", 0.01))
    time = series["time"].values
    for t in TIMES[1:]:
        assert np.abs(time - t).min() < 1e-15
    u, v = exact(time)
    np.testing.assert_allclose(series["mean_u"].values, u, rtol=2e-6)
    np.testing.assert_allclose(series["mean_v"].values, v, rtol=2e-6)


def test_adaptive_steps_see_a_narrow_pulse_of_a_table_and_of_a_schedule(run_here, tmp_path):
    """Triangles and rectangles 1/100 wide in 10 units of time, of area 1/2 and 1."""
    given = growing(tmp_path, "rk45", 0.1, t_end=10.0)
    pulse = table(tmp_path, [0, 5, 5.005, 5.01, 10], [0, 0, 100, 0, 0])
    given["model"] |= {
        "parameters": {"p": 7.0, "a": {"schedule": "where((t > p) & (t < p + 0.01), 100, 0)"}, "b": pulse},
        "equations": {"u": "a", "v": "b"},
    }
    given["output"] = {}
    series = series_of(run_here, given)
    assert series["mean_u"].values[-1] == pytest.approx(2.0, abs=1e-6)
    assert series["mean_v"].values[-1] == pytest.approx(1.5, abs=1e-6)
    assert series["step"].values[-1] < 150


def test_adaptive_steps_end_where_a_condition_on_a_table_changes(tmp_path):
    """The table rises from 0 to 100 between t = 5 and 5.005 and falls to 0 at 5.01: above 20 from 5.001 to 5.009."""
    given = growing(tmp_path, "rk45", 0.1, t_end=10.0)
    pulse = table(tmp_path, [0, 5, 5.005, 5.01, 10], [0, 0, 100, 0, 0])
    given["model"] |= {
        "parameters": {"a": {"schedule": "where(b > 20, 1, 0)"}, "b": pulse},
        "equations": {"u": "a", "v": "0"},
    }
    given["output"] = {}
    stops = np.array(resolve(given).model.adaptive().stops)
    for time in (5.0, 5.001, 5.005, 5.009, 5.01, 10.0):
        assert np.abs(stops - time).min() < 1e-12
    assert len(stops) == 8  # two at each jump, before and after it


def test_leapfrog_takes_the_force_of_its_time(run_here, tmp_path):
    """u'' = b(t): what the scheme works out, u(n+1) = 2 u(n) - u(n-1) + dt**2 b(t(n)), with NumPy."""
    given = growing(tmp_path, "leapfrog", 0.05)
    given["model"] |= {
        "fields": {"u": {"initial": 0}},
        "equations": {"u": {"tt": "b"}},
        "parameters": {"b": table(tmp_path)},
    }
    given["output"] = {"observables": {"b_now": "mean(b)"}}
    series = series_of(run_here, given)
    b = np.interp(0.05 * np.arange(40), TIMES, VALUES)
    u = [0.0, 0.5 * 0.05**2 * b[0]]
    for force in b[1:]:
        u.append(2.0 * u[-1] - u[-2] + 0.05**2 * force)
    np.testing.assert_allclose(series["mean_u"].values, u[1:], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("scheme", "taken"), [("euler", [0, 0, 0, 1]), ("rk2", [0, 0, 0, 1]), ("rk4", [0, 0, 1 / 6, 1])]
)
def test_a_schedule_of_step_counts_the_whole_steps_that_are_made(scheme, taken, run_here):
    """where(step >= 3, 1, 0): from the beginning of step 4 on, and at the end of step 3, where rk4 has a stage."""
    given = {
        "model": {
            "type": "pde",
            "grid": {"shape": [4]},
            "parameters": {"a": {"schedule": "where(step >= 3, 1, 0)"}, "n": {"schedule": "step"}},
            "fields": {"u": {"initial": "n"}},
            "equations": {"u": "a"},
            "scheme": scheme,
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 200, "measure_every": 1},
        "output": {"observables": {"steps": "mean(n)"}},
    }
    series = series_of(run_here, given)
    np.testing.assert_array_equal(series["steps"].values, np.arange(1, 201))
    gains = np.diff(series["mean_u"].values, prepend=0.0) / 0.1
    np.testing.assert_allclose(gains[:4], taken, atol=1e-14)
    np.testing.assert_allclose(gains[4:], 1.0, atol=1e-11)


def test_a_preset_with_a_schedule_damps_a_mode_as_the_scheme_says(run_here):
    """euler multiplies the mode by 1 - dt D(t(n)) lambda in each step."""
    n, dt, steps = 16, 0.1, 30
    given = {
        "model": {
            "type": "heat",
            "grid": {"shape": [n]},
            "parameters": {"D": {"schedule": "1 + 0.5*sin(t)"}},
            "fields": {"u": {"initial": f"cos(2*pi*x/{n})"}},
        },
        "run": {"seed": 1, "dt": dt, "steps": steps, "measure_every": steps},
    }
    rate = 2.0 - 2.0 * np.cos(2.0 * np.pi / n)
    factor = np.prod(1.0 - dt * rate * (1.0 + 0.5 * np.sin(dt * np.arange(steps))))
    centre = np.cos(2.0 * np.pi * (np.arange(n) + 0.5) / n)
    field = tree_of(run_here, given)["fields"]["u"].values[-1]
    np.testing.assert_allclose(field, factor * centre, rtol=0, atol=1e-14)


@pytest.mark.parametrize("scheme", ["euler", "rk4", "rk45", "imex3", "heun_stratonovich"])
def test_a_schedule_is_the_formula_of_t_that_it_names(scheme):
    """In equations, named expressions, walls, noise and observables: the same program, to the letter."""

    def program(k, parameters):
        model = {
            "type": "pde",
            "grid": {"shape": [8, 6], "boundary": {"x": {"value": f"y*{k}"}, "y": {"mixed": [0.5, f"{k}"]}}},
            "parameters": {"w": 3.0, **parameters},
            "fields": {"u": {"initial": "x"}, "c": {"initial": 1, "boundary": {"x": {"derivative": f"-{k}"}}}},
            "expressions": {"q": {"value": f"{k}*c**2", "boundary": {"derivative": 0}}},
            "equations": {"u": f"divergence({k}*gradient(u)) + laplace(q)", "c": f"laplace(c) - w*{k}*c"},
            "noise": {"u": f"0.1*{k}"} if scheme == "heun_stratonovich" else {},
            "scheme": scheme,
        }
        run = {"seed": 1, "dt": 1e-3, "t_end": 1.0}
        return program_of(resolve({"model": model, "run": run, "output": {"observables": {"k_now": f"mean({k}*u)"}}}))

    scheduled = program("k", {"k": {"schedule": "sin(w*t) + 2"}})
    assert scheduled.code.text == program("(sin(w*t) + 2)", {}).code.text


def test_schedules_name_each_other_and_tables(tmp_path):
    given = growing(tmp_path, "rk4", 0.1)
    given["model"]["parameters"] = {"a": {"schedule": "2*c + 1"}, "c": {"schedule": "b*t"}, "b": table(tmp_path)}
    found = resolve(given)
    other = growing(tmp_path, "rk4", 0.1)
    other["model"]["parameters"] = {"a": {"schedule": "2*(b*t) + 1"}, "b": table(tmp_path)}
    assert program_of(found).code.text == program_of(resolve(other)).code.text


@pytest.mark.parametrize("scheme", ["rk4", *(pytest.param(s, marks=pytest.mark.slow) for s in ("rk45", "imex2"))])
def test_1_2_and_3_workers_give_the_same_bits(scheme, tmp_path):
    given = growing(tmp_path, scheme, 0.1)
    given["model"]["grid"] = {"shape": [40, 3], "boundary": {"x": {"value": "b"}, "y": "periodic"}}
    given["model"]["equations"]["u"] = "0.1*laplace(u) + a*u"
    assert len({row.digest for row in verify(given, workers=(1, 2, 3))}) == 1


@pytest.mark.parametrize("scheme", ["rk4", "rk45"])
def test_a_stopped_run_goes_on_to_the_same_bits(scheme, tmp_path):
    given = growing(tmp_path, scheme, 0.05)
    whole = simcore.run(given, workers=1, out=tmp_path / "whole")
    short = copy.deepcopy(given)
    short["run"]["t_end"] = 1.0
    simcore.run(short, workers=1, out=tmp_path / "parts")
    both = simcore.run(given, workers=2, out=tmp_path / "parts", resume=True)
    for name in ("time", "mean_u", "mean_v", "b_now"):
        np.testing.assert_array_equal(both.series[name].values, whole.series[name].values)
    np.testing.assert_array_equal(both.fields["v"].values[-1], whole.fields["v"].values[-1])


def test_a_table_counts_by_its_contents_and_a_changed_one_does_not_resume(tmp_path):
    given = growing(tmp_path, "euler", 0.05, t_end=1.0)
    begun = resolve(given)
    simcore.run(given, workers=1, out=tmp_path / "run")
    (tmp_path / "feed.csv").rename(tmp_path / "moved.csv")
    moved = copy.deepcopy(given)
    moved["model"]["parameters"]["b"] = {"table": str(tmp_path / "moved.csv")}
    assert (resolve(moved).key, resolve(moved).identity()) == (begun.key, begun.identity())
    table(tmp_path, values=[1.0, 2.0, 0.5, 0.25])
    assert resolve(given).key != begun.key
    with pytest.raises(UsageError, match=r"model.parameters.b.sha256 differs"):
        simcore.run(given, workers=1, out=tmp_path / "run", resume=True)


def test_a_sweep_over_what_a_schedule_names_compiles_once(tmp_path):
    given = growing(tmp_path, "rk4", 0.1)
    programs = {program_of(resolve(given, {"model.parameters.w": w})).code.text for w in (1.0, 2.0)}
    assert len(programs) == 1
