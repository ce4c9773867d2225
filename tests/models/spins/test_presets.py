"""The named models of spins: each is an experiment of type `spins` with fewer words."""

import dataclasses

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.errors import ExperimentError
from simcore.models import registry
from simcore.models.spins.presets.preset import Preset
from simcore.random import Stream
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.storage import read_result

SQUARE = {"type": "square", "shape": [4, 4], "boundary": {"y": "open"}}
CUBIC = {"type": "cubic", "shape": [3, 4, 3]}
ISING = {"states": [-1, 1]}
EDWARDS_ANDERSON = {"random": {"normal": [0.1, 1.2]}, "seed": 8}

# keys of the preset, its parameters; the same as an experiment of type `spins` says it
SPELT = {
    "ising": (
        {"lattice": SQUARE},
        {"J": 0.9, "h": 0.2},
        {"spin": ISING, "hamiltonian": {"bonds": "-J*a*b", "sites": "-h*a"}},
    ),
    "potts": (
        {"lattice": SQUARE, "states": 4},
        {"J": 0.9, "h": 0.2},
        {"spin": {"states": [0, 1, 2, 3]}, "hamiltonian": {"bonds": "-J*equal(a, b)", "sites": "-h*equal(a, 0)"}},
    ),
    "clock": (
        {"lattice": SQUARE, "states": 5},
        {"J": 0.9, "h": 0.2},
        {
            "spin": {"states": [0, 1, 2, 3, 4]},
            "hamiltonian": {"bonds": "-J*cos(2*pi/5*(a - b))", "sites": "-h*cos(2*pi/5*a)"},
        },
    ),
    "xy": (
        {"lattice": SQUARE, "algorithm": {"type": "metropolis", "width": 0.5, "over_relaxation": 1}},
        {"J": 0.9, "h": 0.2},
        {"spin": {"angle": True}, "hamiltonian": {"bonds": "-J*cos(a - b)", "sites": "-h*cos(a)"}},
    ),
    "heisenberg": (
        {"lattice": CUBIC, "initial": "random"},
        {"J": 0.9, "h": 0.2},
        {"spin": {"vector": 3}, "hamiltonian": {"bonds": "-J*dot(a, b)", "sites": "-h*a[2]"}},
    ),
    "blume_capel": (
        {"lattice": SQUARE},
        {"J": 0.9, "D": 0.4, "h": 0.2},
        {"spin": {"states": [-1, 0, 1]}, "hamiltonian": {"bonds": "-J*a*b", "sites": "D*a**2 - h*a"}},
    ),
    "phi4": (
        {"lattice": {"type": "square", "shape": [4, 4], "boundary": "antiperiodic"}},
        {"m2": -0.3, "lam": 0.2},
        {"spin": {"real": True}, "hamiltonian": {"bonds": "(a - b)**2/2", "sites": "m2/2*a**2 + lam*a**4"}},
    ),
    "edwards_anderson": (
        {"lattice": CUBIC, "couplings": EDWARDS_ANDERSON},
        {"h": 0.2},
        {
            "spin": ISING,
            "hamiltonian": {"bonds": "-J*a*b", "sites": "-h*a", "couplings": {"J": EDWARDS_ANDERSON}},
        },
    ),
    "lattice_gas": (
        {"lattice": SQUARE, "initial": "random"},
        {"epsilon": 1.5, "mu": -2.0},
        {"spin": {"states": [0, 1]}, "hamiltonian": {"bonds": "-epsilon*a*b", "sites": "-mu*a"}},
    ),
    "solid_on_solid": (
        {"lattice": SQUARE, "height": 3},
        {"J": 0.8},
        {
            "spin": {"states": [-3, -2, -1, 0, 1, 2, 3]},
            "hamiltonian": {"bonds": "J*abs(a - b)"},
            "algorithm": "heat_bath",
            "initial": 0,
        },
    ),
    "gonihedric": (
        {"lattice": CUBIC},
        {"kappa": 0.3, "temperature": 4.0},
        {
            "spin": ISING,
            "hamiltonian": {
                "bonds": {"nn": "-2*kappa*a*b", "nnn": "kappa/2*a*b"},
                "plaquettes": {"square": "-(1 - kappa)/2*a*b*c*d"},
            },
        },
    ),
}


def two_experiments(name):
    keys, parameters, spelt = SPELT[name]
    common = {"parameters": {"temperature": 1.4, **parameters}}
    shared = {key: value for key, value in keys.items() if key in ("lattice", "algorithm", "initial")}
    run = {"seed": 5, "thermalization": 20, "sweeps": 100, "measure_every": 2}
    yield resolve({"model": {"type": name, **common, **keys}, "run": run})
    yield resolve({"model": {"type": "spins", **common, **shared, **spelt}, "run": run})


def described(model):
    """All numbers of the arrays and tables that a model hands over."""
    arrays = [
        (
            dataclasses.replace(array, initial=0),
            array.initial(Stream(1)) if callable(array.initial) else np.asarray(array.initial),
        )
        for array in model.state()
    ]
    sites = [dataclasses.astuple(phase.sites) for phase in model.phases() if phase.sites is not None]
    return arrays, dict(model.constants()), sites, [(one.name, one.initial) for one in model.tuned()]


def test_every_named_model_of_spins_is_spelt_out_here():
    presets = [name for name in registry.names() if issubclass(registry.find(name), Preset)]
    assert sorted(presets) == sorted(SPELT)


@pytest.mark.parametrize("name", SPELT)
def test_a_named_model_is_the_program_and_the_numbers_of_its_hamiltonian(name):
    named, spelt = two_experiments(name)
    first, second = (build(each.description, None, each.observables) for each in (named, spelt))
    assert first.code.text == second.code.text
    np.testing.assert_equal(described(named.model), described(spelt.model))
    assert dict(named.model.parameters) == dict(spelt.model.parameters)


def series(experiment, path):
    experiment.__dict__.update(key=7, keys=(7,))  # else the name of the model goes into the random numbers
    conduct(experiment, RunDirectory(path), 1, alone=True)
    return {
        name: found.data.tolist() for name, found in read_result(path / "result.h5").groups["series"].variables.items()
    }


@pytest.mark.parametrize("name", ["ising", *(pytest.param(n, marks=pytest.mark.slow) for n in SPELT if n != "ising")])
def test_a_named_model_makes_the_series_of_its_hamiltonian(name, tmp_path):
    named, spelt = two_experiments(name)
    first = series(named, tmp_path / "named")
    assert first == series(spelt, tmp_path / "spelt")
    assert len(set(first["energy"])) > 5


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"type": "potts", "states": 1}, "model.states: must be at least 2, not 1"),
        ({"type": "clock", "states": 128}, "model.states: must be at most 127, not 128"),
        ({"type": "solid_on_solid", "height": 64}, "model.height: must be at most 63, not 64"),
        ({"type": "edwards_anderson", "couplings": {"random": {"norml": [0, 1]}}}, "did you mean 'normal'?"),
        ({"type": "phi4", "parameters": {"lambda": 0.1}}, "did you mean 'lam'?"),
        (
            {"type": "phi4", "algorithm": {"type": "metropolis", "over_relaxation": 1}},
            "a spin of real has no direction",
        ),
        (
            {"type": "potts", "lattice": {"size": 4, "boundary": "antiperiodic"}},
            "model.lattice.boundary: an antiperiodic",
        ),
        (
            {"type": "gonihedric", "lattice": {"type": "bcc", "size": 4}},
            "model.lattice: this lattice has no plaquettes",
        ),
    ],
)
def test_what_a_named_model_cannot_be_is_one_line(model, message):
    given = {"lattice": {"size": 4}, **model}
    given["parameters"] = {"temperature": 1.0, **given.get("parameters", {})}
    with pytest.raises(ExperimentError) as caught:
        resolve({"model": given, "run": {"seed": 1, "sweeps": 10}})
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
