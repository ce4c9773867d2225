"""Over-relaxation: the energy stays, twice is nothing, lengths do not drift; and what is mixed with what."""

import numpy as np
import pytest

from simcore.errors import InvalidValueError
from simcore.models.spins.algorithm_section import AlgorithmSection
from simcore.models.spins.spins import Spins
from tests.models.spins.plainkernels import PlainModel
from tests.models.spins.test_sweep import places
from tests.physics.oracles.spins import BruteForce

PARAMETERS = {"temperature": 1.3, "J": 0.8, "K": 0.45, "h": 0.3}
CASES = {
    "angle": (
        {"angle": True},
        ("-J*cos(a - b) + K*sin(b - a)", "-h*cos(a)"),
        (lambda a, b, _: -0.8 * np.cos(a[0] - b[0]) + 0.45 * np.sin(b[0] - a[0]), lambda a, _: -0.3 * np.cos(a[0])),
    ),
    "n = 2": (
        {"vector": 2},
        ("-J*dot(a, b)", "-h*a[0]"),
        (lambda a, b, _: -0.8 * (a @ b), lambda a, _: -0.3 * a[0]),
    ),
    "n = 3": (
        {"vector": 3},
        ("-J*dot(a, b) - K*(a[0]*b[1] - a[1]*b[0])", "-h*a[2]"),
        (lambda a, b, _: -0.8 * (a @ b) - 0.45 * (a[0] * b[1] - a[1] * b[0]), lambda a, _: -0.3 * a[2]),
    ),
    "n = 5": (
        {"vector": 5},
        ("-J*dot(a, b)", "-h*a[4]"),
        (lambda a, b, _: -0.8 * (a @ b), lambda a, _: -0.3 * a[4]),
    ),
}
LATTICES = [("square", [2, 3], "periodic"), ("triangular", [3, 4], "open"), ("honeycomb", [2, 2], "antiperiodic")]


def model_of(case, lattice=LATTICES[0], algorithm=None, **parameters):
    spin, (bonds, sites), (bond, site) = CASES[case]
    kind, shape, boundary = lattice
    keys = {
        "lattice": {"type": kind, "shape": shape, "boundary": boundary},
        "parameters": {**PARAMETERS, **parameters},
        "spin": spin,
        "hamiltonian": {"bonds": bonds, "sites": sites},
        "algorithm": algorithm or {"type": "heat_bath", "over_relaxation": 1},
        "initial": "random",
    }
    model = Spins.model_validate(keys)
    return model, BruteForce(model.geometry, model.spin.kind, {"nn": bond}, site)


def reflections(model):
    """The phases of over-relaxation: those that follow the other algorithm's."""
    return model.phases()[len(model.sweeper.members[0].phases()) :]


def random_state(model, seed=0):
    generator, spin = np.random.default_rng(seed), model.spin
    return spin.stored(3.0 * generator.normal(size=(*model.geometry.shape, model.geometry.basis, spin.components)))


def relaxed(model, phases, state):
    plain, state = PlainModel(model), state.copy()
    names = model.system.arrays.names
    for phase in phases:
        writes = (phase.writes,) if isinstance(phase.writes, str) else phase.writes
        site = names.index(writes[0]) // len(writes)
        for cell in places(phase, model.geometry.shape):
            state[(*cell, site)] = plain.update(phase, plain.arrays(state), cell, ())
    return state


def distance(model, one, other):
    difference = one - other
    if model.spin.kind == "angle":
        difference = (difference + np.pi) % (2 * np.pi) - np.pi
    return np.abs(difference).max()


@pytest.mark.parametrize("lattice", LATTICES, ids=lambda lattice: lattice[0])
@pytest.mark.parametrize("case", CASES)
def test_a_sweep_keeps_the_energy_and_moves_every_spin(case, lattice):
    model, brute = model_of(case, lattice)
    model.check(None)
    state = random_state(model)
    after = relaxed(model, reflections(model), state)
    assert brute.energy(after) == pytest.approx(brute.energy(state), abs=1e-12)
    assert (np.abs(after - state).max(axis=-1) > 1e-4).all()
    if model.spin.kind == "angle":
        assert (np.abs(after) <= np.pi).all()


@pytest.mark.parametrize("case", CASES)
def test_an_update_is_its_own_inverse_and_preserves_volume(case):
    """So it obeys detailed balance: an isometry of the sphere, the same way back, at the same energy."""
    model, _ = model_of(case)
    phase, state = reflections(model)[0], random_state(model, 3)
    plain, cell = PlainModel(model), next(places(reflections(model)[0], (2, 3)))

    def update(spin):
        changed = state.copy()
        changed[(*cell, 0)] = spin
        return np.atleast_1d(plain.update(phase, plain.arrays(changed), cell, ()))

    one, other = random_state(model, 4)[0, 0, 0], random_state(model, 5)[0, 0, 0]
    assert distance(model, update(update(one)), one) < 1e-14
    if model.spin.kind == "angle":
        assert np.cos(update(one) - update(other)) == pytest.approx(np.cos(one - other), abs=1e-14)
    else:
        assert update(one) @ update(other) == pytest.approx(one @ other, abs=1e-14)


@pytest.mark.parametrize("case", ["n = 2", "n = 3", "n = 5"])
def test_lengths_do_not_drift_in_many_updates(case):
    model, _ = model_of(case)
    plain, phase = PlainModel(model), reflections(model)[0]
    state = random_state(model, 7)
    state[0, 0, 0] *= 1.0 + 1e-9
    for _ in range(3000):
        state[0, 0, 0] = plain.update(phase, plain.arrays(state), (0, 0), ())
    assert (state[0, 0, 0] ** 2).sum() == pytest.approx(1.0, abs=4e-16)


@pytest.mark.parametrize("case", CASES)
def test_without_a_local_field_a_spin_stays(case):
    model, _ = model_of(case, J=0.0, K=0.0, h=0.0)
    state = random_state(model)
    assert (relaxed(model, reflections(model), state) == state).all()


@pytest.mark.parametrize("J", [1e-290, 1e100])
@pytest.mark.parametrize("case", CASES)
def test_fields_of_any_size_are_reflected_about(case, J):
    model, _ = model_of(case, J=J, K=0.0, h=0.0)
    usual, _ = model_of(case, J=1.0, K=0.0, h=0.0)
    state = random_state(model)
    one, other = (relaxed(m, reflections(m), state) for m in (model, usual))
    assert distance(model, one, other) < 1e-12


def test_so_many_sweeps_follow_each_sweep_of_the_other_algorithm():
    for name, options in (("metropolis", {"width": 0.7}), ("heat_bath", {})):
        model, _ = model_of("angle", algorithm={"type": name, "over_relaxation": 4, **options})
        alone, _ = model_of("angle", algorithm={"type": name, **options})
        before = len(alone.phases())
        once = len(reflections(model)) // 4
        assert [phase.update for phase in model.phases()[:before]] == [phase.update for phase in alone.phases()]
        assert len(model.phases()) == before + 4 * once
        assert [o.name for o in model.observables()] == [o.name for o in alone.observables()]
        assert (list(model.tuned()), model.constants().keys()) == (list(alone.tuned()), alone.constants().keys())
        written = model.model_dump(mode="json")["algorithm"]
        assert written["over_relaxation"] == 4
        assert Spins.model_validate_json(model.model_dump_json()).algorithm == model.algorithm


@pytest.mark.parametrize(
    ("spin", "bonds", "message"),
    [
        ({"states": [-1, 1]}, "-J*a*b", "turns angles and vectors about their local fields; a spin of states has no"),
        ({"real": True}, "J*(a - b)**2", "a spin of real has no direction"),
        (
            {"angle": True},
            "-J*cos(2*a - 2*b)",
            "needs an energy linear in each spin; model.hamiltonian.bonds.nn is not",
        ),
    ],
)
def test_spins_without_a_local_field_are_refused_with_the_reason(spin, bonds, message):
    keys = {
        "lattice": {"type": "square", "shape": [4, 4]},
        "parameters": PARAMETERS,
        "spin": spin,
        "hamiltonian": {"bonds": bonds},
        "algorithm": {"type": "metropolis", "over_relaxation": 1},
    }
    with pytest.raises(InvalidValueError, match=f"^model.algorithm: over_relaxation .*{message}"):
        Spins.model_validate(keys).check(None)


def test_alone_it_is_refused_with_what_to_write():
    keys = {
        "lattice": {"type": "square", "shape": [4, 4]},
        "parameters": PARAMETERS,
        "spin": {"angle": True},
        "hamiltonian": {"bonds": "-J*cos(a - b)"},
    }
    with pytest.raises(InvalidValueError, match=r"mix it in, \{type: metropolis, over_relaxation: 4\}"):
        Spins.model_validate({**keys, "algorithm": "over_relaxation"}).check(None)
    Spins.model_validate({**keys, "algorithm": ["metropolis", {"type": "over_relaxation", "sweeps": 4}]}).check(None)
    with pytest.raises(ValueError, match="kawasaki takes no 'over_relaxation'"):
        AlgorithmSection(type="kawasaki", over_relaxation=2)
    with pytest.raises(ValueError, match="heat_bath takes no 'width'; it takes over_relaxation"):
        AlgorithmSection(type="heat_bath", width=0.3)
