"""What is measured is a function of the state at its time: the smallest cases that once were wrong, and their kind."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation
from simcore.spec.model import Model

ONE = {"dt": 1.0, "steps": 1}


def pde(shape, equations, *, run=None, observables=None, names=None, **model):
    """An experiment; the fields are those of the equations, 0 at the start unless `initial` says otherwise."""
    initial = model.pop("initial", {})
    fields = {name: {"initial": initial.get(name, 0)} for name in equations}
    model = {"type": "pde", "grid": {"shape": shape}, "fields": fields, "equations": equations} | model
    output = {"observables": observables or {}, "fields": {"names": names} if names else {}}
    return {"model": model, "run": {"seed": 1, "dt": 0.1, "steps": 3, "workers": 1} | (run or {}), "output": output}


class Steps:
    """What is measured after each step, and the arrays then, named expressions included."""

    def __init__(self, experiment):
        self.experiment = resolve(experiment)
        self.series, self.fields = {}, {}
        with Simulation(self.experiment, 1, alone=True) as simulation:
            simulation.begin(None, self.experiment.total_steps)
            program = simulation.program
            for _ in range(self.experiment.total_steps):
                simulation.post(1)
                values = dict(zip(program.observables, simulation.collect().samples[-1], strict=False))
                for one in self.experiment.observables:
                    if one.of:
                        values[one.name] = one.value(*(values[name] for name in one.of))
                simulation.express()
                arrays = simulation.arrays((*program.kept, *program.expressed))
                for kept, new in ((self.series, values), (self.fields, arrays)):
                    for name, value in new.items():
                        kept.setdefault(name, []).append(np.array(value))
        self.halo = program.layout.halo


def right(found, wanted):
    assert np.asarray(found) == pytest.approx(np.asarray(wanted), rel=1e-12, abs=1e-13)


pytestmark = pytest.mark.usefixtures("in_plain_python")


def roll(u, n, axis=0):
    return np.roll(u, -n, axis)


class TestReach:
    """The halo covers what observables read."""

    def test_a_gradient_in_an_observable_alone(self):
        noise = {"u": {"random": {"uniform": [0, 1]}}}
        made = Steps(pde([6, 5], {"u": "-0.1*u"}, initial=noise, observables={"g": "mean(gradient_squared(u))"}))
        squares = [sum((roll(u, 1, a) - roll(u, -1, a)) ** 2 for a in (0, 1)) / 4 for u in made.fields["u"]]
        right(made.series["g"], [s.mean() for s in squares])
        assert made.halo == 1

    def test_a_wider_stencil_in_an_observable_than_in_the_equation(self):
        given = pde(
            [9], {"u": "-advect(1.0, u)"}, initial={"u": "cos(x)"}, order=4, observables={"d": "mean(dx(u)**2)"}
        )
        made = Steps(given)
        slopes = [(8 * (roll(u, 1) - roll(u, -1)) - roll(u, 2) + roll(u, -2)) / 12 for u in made.fields["u"]]
        right(made.series["d"], [(s**2).mean() for s in slopes])
        assert made.halo == 2

    def test_upwind_differences_of_third_order_beside_a_laplacian(self):
        given = pde(
            [9], {"u": "laplace(u)"}, initial={"u": "cos(x)"}, upwind=3, observables={"d": "mean(advect(1, u)**2)"}
        )
        made = Steps(given)
        slopes = [(2 * roll(u, 1) + 3 * u - 6 * roll(u, -1) + roll(u, -2)) / 6 for u in made.fields["u"]]
        right(made.series["d"], [(s**2).mean() for s in slopes])

    def test_the_rate_of_change_and_a_field_have_a_halo_too(self):
        given = pde([7], {"u": "-u"}, initial={"u": "x**2"}, expressions={"slope": "dx(u)"}, names=["slope"])
        made = Steps(given)
        right(made.fields["slope"], [(roll(u, 1) - roll(u, -1)) / 2 for u in made.fields["u"]])

    def test_nothing_more_is_made_for_what_is_not_asked(self):
        """A program of plain steps is the same text, whatever could be measured."""
        plain = pde([7], {"u": "-u"}, initial={"u": "x**2"}, expressions={"slope": "dx(u)"})
        program = Steps(plain)
        assert program.halo == 0
        assert list(program.fields) == ["u"]


class TestPoints:
    """`at(u, point)` is one function, in equations, noise, expressions and observables."""

    def test_the_value_of_the_cell_that_holds_the_point(self):
        given = pde(
            [10],
            {"u": 0, "w": "at(u, 5)"},
            initial={"u": "x"},
            run={"dt": 1.0, "steps": 1},
            observables={"o": "at(u, 5)"},
        )
        made = Steps(given)
        right(made.fields["w"], np.full((1, 10), 5.5))
        right(made.series["o"], [5.5])

    @pytest.mark.parametrize(("point", "cell"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.26, 2), (2.0, 3)])
    def test_every_point_of_the_grid_has_a_cell(self, point, cell):
        given = pde(
            [4],
            {"u": 0, "w": "at(u, p)"},
            initial={"u": "x"},
            run={"dt": 1.0, "steps": 1},
            observables={"o": "at(u, p)"},
        )
        given["model"] |= {
            "grid": {"shape": [4], "spacing": 0.5},
            "parameters": {"p": point},
            "expressions": {"q": "at(u, p)"},
        }
        given["output"] = {"observables": {"o": "at(u, p)", "n": "mean(q)"}, "fields": {"names": ["u", "w", "q"]}}
        made = Steps(given)
        wanted = 0.5 * (cell + 0.5)
        right([made.series["o"][0], made.series["n"][0], made.fields["w"][0][0], made.fields["q"][0][3]], [wanted] * 4)

    def test_in_noise(self):
        given = pde([6], {"u": 0, "w": 0}, initial={"u": "0"}, noise={"w": "at(u, 2.5)"}, scheme="euler_maruyama")
        right(Steps(given).fields["w"], np.zeros((3, 6)))

    def test_of_complex_numbers_and_formulas(self):
        given = pde([5], {"A": 0}, observables={"r": "real(at(A**2, 3.2))", "i": "imag(at(A, 3.2))"})
        given["model"]["fields"]["A"] = {"initial": "x + 1j", "dtype": "complex128"}
        made = Steps(given)
        right([made.series["r"][0], made.series["i"][0]], [3.5**2 - 1, 1.0])

    def test_a_sweep_of_the_point_compiles_once(self):
        texts = set()
        for place in (0.7, 3.2):
            given = pde(
                [5], {"u": "-at(u, p)"}, initial={"u": "x"}, parameters={"p": place}, observables={"o": "at(u, p)"}
            )
            experiment = resolve(given)
            with Simulation(experiment, 1, alone=True) as simulation:
                texts.add(simulation.program.code.name)
        assert len(texts) == 1

    @pytest.mark.parametrize("where", ["equations.w", "expressions.q", "noise.w", "output.observables.o"])
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("at(u, 10.5)", "column 7: the point lies beyond the grid, 0 to 10 along x"),
            ("at(u, -1)", "column 7: the point lies beyond the grid"),
            ("at(u, 1/(p - 2))", "a point is given by finite real numbers, not inf"),
            ("at(u, x)", "column 7: a point is given by numbers and parameters, and 'x' is neither"),
            ("at(u, 2*t)", "a point is given by numbers and parameters, and 't' is neither"),
            ("at(u, u)", "a point is given by numbers and parameters, and 'u' is neither"),
        ],
    )
    def test_another_point_is_refused(self, where, text, wanted):
        given = pde([10], {"u": 0, "w": 0}, parameters={"p": 2.0}, scheme="euler_maruyama")
        section, _, key = where.rpartition(".")
        if section == "output.observables":
            given["output"]["observables"] = {key: text}
        else:
            given["model"].setdefault(section, {})[key] = text
        with pytest.raises(ExperimentError) as refused:
            resolve(given)
        (line,) = str(refused.value).splitlines()
        assert f"{where}: expression" in line
        assert wanted in line


CAHN_HILLIARD = {"c": "laplace(mu)"}
POTENTIAL = {"mu": "c**3 - c - laplace(c)"}


class TestTimes:
    """Observables, rates and fields belong to the state at their time, whatever the scheme did on the way."""

    @pytest.mark.parametrize("scheme", ["euler", "rk2", "rk4", "rk45", "imex"])
    def test_a_named_expression_of_cahn_hilliard(self, scheme):
        given = pde(
            [64],
            CAHN_HILLIARD,
            initial={"c": "0.5 + 0.3*cos(pi*x/32)"},
            expressions=POTENTIAL,
            scheme=scheme,
            run={"dt": 1e-3, "steps": 2},
            observables={"m": "mean(mu)", "s": "std(mu)"},
            names=["mu"],
        )
        made = Steps(given)
        potentials = [c**3 - c - roll(c, 1) - roll(c, -1) + 2 * c for c in made.fields["c"]]
        right(made.fields["mu"], potentials)
        right(made.series["m"], np.mean(potentials, axis=1))
        right(made.series["s"], np.std(potentials, axis=1))
        assert made.series["m"][0] == pytest.approx(-0.3075, abs=1e-5)

    def test_cahn_hilliard_is_not_steady_after_ten_steps(self):
        given = {
            "model": {"type": "cahn_hilliard", "grid": {"shape": [64]}},
            "run": {"seed": 1, "dt": 0.05, "steps": 20, "until": {"steady": 1e-5}, "workers": 1},
        }
        given["model"]["fields"] = {"c": {"initial": {"random": {"uniform": [-0.01, 0.01]}}}}
        made = Steps(given)
        for c, rate in zip(made.fields["c"], made.series["rate_of_change"], strict=True):
            mu = c**3 - c - (roll(c, 1) + roll(c, -1) - 2 * c)
            right(rate, np.abs(roll(mu, 1) + roll(mu, -1) - 2 * mu).max())
        assert 6e-3 < made.series["rate_of_change"][9] < 7e-3

    @pytest.mark.parametrize("name", ["swift_hohenberg", "kuramoto_sivashinsky", "burgers"])
    def test_every_preset_knows_its_rate(self, name):
        model = {"type": name, "grid": {"shape": [24]}}
        field = {"burgers": "u", "swift_hohenberg": "u"}.get(name, "h")
        model["fields"] = {field: {"initial": "0.1*cos(pi*x/12)"}}
        run = {"seed": 1, "dt": 1e-7, "steps": 2, "until": {"steady": 1e-30}, "workers": 1}
        made = Steps({"model": model, "run": run})
        before, after = made.fields[field]
        assert made.series["rate_of_change"][1] == pytest.approx(np.abs(after - before).max() / 1e-7, rel=1e-4)

    def test_an_expression_with_walls_of_its_own_is_not_a_step_late(self):
        walls = {"value": "u", "boundary": {"derivative": 0}}
        made = Steps(pde([6], {"u": "-w"}, initial={"u": "1"}, expressions={"w": walls}, observables={"m": "mean(w)"}))
        right(made.series["m"], [0.9, 0.81, 0.729])
        right(made.series["mean_u"], [0.9, 0.81, 0.729])

    @pytest.mark.parametrize("boundary", ["periodic", {"derivative": 0}])
    @pytest.mark.parametrize("scheme", ["euler", "rk4", "imex"])
    def test_an_expression_without_an_operator(self, boundary, scheme):
        given = pde(
            [5],
            {"u": "-u"},
            initial={"u": "x"},
            expressions={"double": "2*u + t"},
            observables={"m": "mean(double)", "d": "max(dx(double))"},
            names=["double", "u"],
            scheme=scheme,
        )
        given["model"]["grid"]["boundary"] = boundary
        made = Steps(given)
        for step, (u, double) in enumerate(zip(made.fields["u"], made.fields["double"], strict=True), 1):
            right(double, 2 * u + 0.1 * step)
            right(made.series["m"][step - 1], (2 * u).mean() + 0.1 * step)

    @pytest.mark.parametrize("scheme", ["euler", "rk2", "rk4", "rk45"])
    def test_a_wall_that_moves(self, scheme):
        """The ghost cell is 2 t - u at the time of the measurement, so the slope in cell 0 is (u1 - 2 t + u0)/2."""
        given = pde(
            [4], {"u": 0}, run={"dt": 0.5}, observables={"d": "at(dx(u), 0.5)", "e": "at(dx(v), 0.5)"}, scheme=scheme
        )
        given["model"]["grid"]["boundary"] = {"value": "t"}
        given["model"]["expressions"] = {"v": {"value": "3*u", "boundary": {"value": "2*t"}}}
        if scheme == "rk45":
            given["run"] = {"seed": 1, "dt": 0.5, "steps": 1, "workers": 1}
        made = Steps(given)
        times = 0.5 * np.arange(1, len(made.series["d"]) + 1)
        right(made.series["d"], -times)
        right(made.series["e"], -2 * times)

    def test_the_velocity_of_leapfrog_is_measured_at_the_time_of_its_field(self):
        """u'' = -u from 1: u = cos(w t), sin(w dt/2) = dt/2; u_t is the mean of its values half a step away."""
        observables = {"v": "mean(u_t)", "w": "mean(late**2)"}
        given = pde([3], {"u": {"tt": "-u"}}, initial={"u": "1"}, scheme="leapfrog", observables=observables)
        given["model"]["expressions"] = {"late": "2*u_t"}
        given["run"] |= {"steps": 5, "until": {"steady": 1e-30}}
        made = Steps(given)
        w, t = 20 * np.arcsin(0.05), 0.1 * np.arange(1, 6)
        velocity = -np.sin(w * t) * np.sin(0.1 * w) / 0.1
        right(made.series["mean_u"], np.cos(w * t))
        right(made.series["v"], velocity)
        right(made.series["w"], 4 * velocity**2)
        right(made.series["rate_of_change"], np.maximum(np.abs(velocity), np.abs(np.cos(w * t))))

    def test_leapfrog_takes_no_velocity_by_way_of_an_expression(self):
        given = pde([3], {"u": {"tt": "-drag"}}, scheme="leapfrog", expressions={"drag": "u_t"})
        with pytest.raises(ExperimentError, match="leapfrog takes no u_t in an equation"):
            resolve(given)

    def test_the_deviation_of_a_large_mean_keeps_its_digits(self):
        given = pde(
            [8],
            {"u": 0, "w": "std(u)"},
            initial={"u": "1e8 + x"},
            run={"dt": 1.0, "steps": 1},
            observables={"s": "std(u)"},
        )
        made = Steps(given)
        right(made.series["s"][0], np.arange(8).std())
        right(made.fields["w"][0], np.full(8, np.arange(8).std()))

    def test_a_number_over_the_field_inside_of_another_one(self):
        given = pde([8], {"u": 0}, initial={"u": "x**2"}, expressions={"c": "u - mean(u)"})
        given["output"] = {
            "observables": {"a": "mean((u - mean(u))**3)", "b": "mean(c**3)"},
            "fields": {"names": ["c"]},
        }
        made = Steps(given)
        u = (np.arange(8) + 0.5) ** 2
        right(made.series["a"], [((u - u.mean()) ** 3).mean()] * 3)
        right(made.series["b"], made.series["a"])
        right(made.fields["c"][0], u - u.mean())


def test_models_measure_nothing_more_by_default():
    assert not Model.measurement(None).samples
    assert not Model.optional_fields(None)
