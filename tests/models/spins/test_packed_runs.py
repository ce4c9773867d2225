"""Runs of packed spins: the compiled kernel, equal bits, and exact values as z-scores (see `assert_normal`)."""

import numpy as np
import pytest

import simcore
from simcore.models.spins.packed.update import update_colour
from simcore.models.spins.packed.words import pack, unpack, words_shape
from simcore.random import begin_stream, key_words
from simcore.runs import resume
from simcore.runs.experiment import resolve
from simcore.runs.initial_values import start_values
from simcore.runs.verify import digest, verify
from tests.physics.oracles.references import kaufman
from tests.physics.oracles.scores import assert_normal, z_scores


def experiment(shape, sweeps, algorithm="metropolis", *, thermalization=0, every=1, seed=5, **parameters):
    return {
        "model": {
            "type": "ising",
            "lattice": {"type": "square" if len(shape) == 2 else "cubic", "shape": shape},
            "parameters": {"temperature": 2.3, "J": 1.0, "h": 0.0, **parameters},
            "algorithm": algorithm,
            "initial": "random",
        },
        "run": {"seed": seed, "thermalization": thermalization, "sweeps": sweeps, "measure_every": every},
    }


@pytest.mark.filterwarnings("ignore:overflow encountered")  # of words, in plain Python
@pytest.mark.parametrize(
    ("algorithm", "h"), [("metropolis", 0.0), pytest.param(["metropolis", "heat_bath"], 0.1, marks=pytest.mark.slow)]
)
def test_the_compiled_kernel_makes_the_steps_of_plain_python(algorithm, h):
    """And what is measured is what a formula that reads the spins gives."""
    given = experiment([6, 130], 2, algorithm, h=h)
    if h:
        given["output"] = {"observables": {"m": "mean(1.0*a)"}}
    resolved = resolve(given)
    (key,) = resolved.keys
    described = resolved.description
    start = dict(start_values(described, described.initial_values(), (6, 130), key))["s"]
    words = np.zeros(words_shape((6, 130)), np.uint64)
    pack(words, start, 0, 65, 1, 0, 6)
    random = np.zeros(6, np.uint64)
    for step in (1, 2):
        for number, member in enumerate(resolved.description.model.sweeper.members):
            for colour in range(2):
                begin_stream(random, step, 2 * number + colour, *key_words(key))
                update_colour(words, member.rule(), random, colour, 65, 1, 0, 6)
    spins = np.zeros((6, 130), np.int8)
    unpack(words, spins, 0, 65, 1, 0, 6)
    values = 2.0 * spins - 1.0
    run = simcore.prepare(given)()
    assert (run.final("s") == values).all()
    bonds = sum((values * np.roll(values, 1, axis)).mean() for axis in (0, 1))
    assert run.series["energy"][-1] == pytest.approx(-bonds - h * values.mean(), rel=1e-13)
    assert run.series["magnetization"][-1] == pytest.approx(values.mean(), rel=1e-13)
    if h:
        assert np.asarray(run.series["m"], float) == pytest.approx(np.asarray(run.series["magnetization"]), rel=1e-13)


def test_any_number_of_workers_computes_the_same_bits():
    found = verify(experiment([10, 70], 40, every=3), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "algorithm"), [([14, 130], ["metropolis", "heat_bath"]), ([8, 6, 66], "metropolis")])
def test_any_number_of_workers_computes_the_same_bits_at_length(shape, algorithm):
    found = verify(experiment(shape, 300, algorithm, every=7, h=0.05), workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found


@pytest.mark.slow
def test_a_ladder_of_packed_systems_computes_the_same_bits():
    """After an exchange that is a sample, too, energies are counted from states that no sweep has made."""
    ladder = {"parameter": "model.parameters.temperature", "values": [2.1, 2.3, 2.5, 2.8], "every": 3}
    found = verify({**experiment([6, 64], 40, every=3), "tempering": ladder}, workers=(1, 2, 3, 7))
    assert len({one.digest for one in found}) == 1, found
    fields = simcore.run({**experiment([6, 64], 42, every=3), "tempering": ladder}, workers=2)
    spins = fields.fields["s"].isel(step=-1)
    bonds = sum((spins * spins.roll({axis: 1})).mean(("x", "y")) for axis in ("x", "y"))
    assert fields.series["energy"].isel(step=-1).values == pytest.approx(-bonds.values, rel=1e-13)


@pytest.mark.slow
def test_runs_that_stop_where_they_like_end_with_the_same_bits(tmp_path):
    whole = experiment([10, 70], 57, every=4)
    seen = {digest(simcore.run(whole, workers=2, out=tmp_path / "whole").path)}
    for seed, stops in enumerate(([11, 57], [4, 5, 33, 57])):
        path = tmp_path / str(seed)
        first = {**whole, "run": {**whole["run"], "sweeps": stops[0]}}
        simcore.run(first, workers=1, out=path)
        for workers, stop in enumerate(stops[1:], 1):
            resume(path, workers=workers, overrides=[f"run.sweeps={stop}"])
        seen.add(digest(path))
    assert len(seen) == 1


def test_members_of_an_ensemble_are_runs_alone():
    several = simcore.run(
        {**experiment([8, 64], 20), "run": {**experiment([8, 64], 20)["run"], "replicas": 3}}, workers=2
    )
    alone = simcore.prepare(experiment([8, 64], 20))
    for replica in range(3):
        one = alone({"run.replica": replica})
        assert (several.series["energy"].sel(replica=replica) == one.series["energy"]).all()


def kaufman_of(side, temperature):
    """Energy and specific heat of side x side sites: B. Kaufman, Phys. Rev. 76, 1232 (1949), eq. 67."""

    def log_z(K):
        even, odd = np.arange(0, 2 * side, 2), np.arange(1, 2 * side, 2)

        def gamma(number):
            return np.arccosh(np.cosh(2 * K) / np.tanh(2 * K) - np.cos(np.pi * number / side))

        first = 2 * K + np.log(np.tanh(K))
        gammas = np.concatenate(([first], gamma(even[1:])))
        parts = []
        for these in (gamma(odd), gammas):
            half = side * these / 2
            parts += [(np.log(np.abs(2 * f(half))).sum(), np.prod(np.sign(f(half)))) for f in (np.cosh, np.sinh)]
        top = max(size for size, _ in parts)
        return (
            0.5 * side**2 * np.log(2 * np.sinh(2 * K))
            + top
            + np.log(0.5 * sum(sign * np.exp(size - top) for size, sign in parts))
        )

    K, step = 1.0 / temperature, 1e-4
    low, mid, high = (log_z(K + n * step) for n in (-1, 0, 1))
    return -(high - low) / (2 * step) / side**2, (high - 2 * mid + low) / step**2 * K**2 / side**2


@pytest.mark.parametrize(("temperature", "exact"), sorted(kaufman(32).items()))
def test_kaufmans_formula_gives_the_published_values(temperature, exact):
    assert kaufman_of(32, temperature) == pytest.approx(exact, rel=1e-5)


def test_energies_and_specific_heats_of_64_by_64_agree_with_kaufman():
    prepared = simcore.prepare(experiment([64, 64], 60_000, thermalization=3000, every=5))
    scores = []
    for seed, temperature in enumerate((1.9, 2.269185314213022, 2.4, 3.0)):
        energy, heat = kaufman_of(64, temperature)
        given = {"model.parameters.temperature": temperature, "run.seed": seed, "model.initial": "ordered"}
        estimates = prepared(given).estimates
        scores.append(z_scores(estimates, {"energy": energy, "specific_heat": heat}))
    assert_normal(scores)


class Strip:
    """Exact means of 4 rows of 64 sites, periodic both ways, by transfer matrices of 16 x 16."""

    rows = ((np.arange(16)[:, None] >> np.arange(4)) & 1) * 2 - 1

    def log_z(self, beta, J, h):
        along = (self.rows * np.roll(self.rows, 1, axis=1)).sum(axis=1)
        own = 0.5 * beta * (J * along + h * self.rows.sum(axis=1))
        matrix = np.exp(beta * J * self.rows @ self.rows.T + own[:, None] + own[None, :])
        values = np.linalg.eigvalsh(matrix)
        return 64 * np.log(np.abs(values).max()) + np.log(((values / np.abs(values).max()) ** 64).sum())

    def exact(self, temperature, J, h):
        beta, step = 1.0 / temperature, 1e-4
        low, mid, high = (self.log_z(beta + n * step, J, h) for n in (-1, 0, 1))
        turned = [self.log_z(beta, J, h + n * step) for n in (-1, 1)]
        return {
            "energy": -(high - low) / (2 * step) / 256,
            "specific_heat": (high - 2 * mid + low) / step**2 * beta**2 / 256,
            "magnetization": (turned[1] - turned[0]) / (2 * step) / beta / 256,
        }


@pytest.mark.parametrize(
    "algorithm", ["metropolis", pytest.param(["metropolis", "heat_bath"], marks=pytest.mark.slow)]
)  # fmt: skip
def test_strips_in_a_field_and_of_antiferromagnets_agree_with_transfer_matrices(algorithm):
    prepared = simcore.prepare(experiment([4, 64], 100_000, algorithm, thermalization=1000, every=5))
    scores = []
    for seed, (temperature, J, h) in enumerate([(2.5, 1.0, 0.1), (3.0, -1.0, 0.7), (1.8, 0.6, -0.2), (4.0, -0.3, 1.0)]):
        given = {"temperature": temperature, "J": J, "h": h}
        overrides = {f"model.parameters.{name}": value for name, value in given.items()}
        estimates = prepared({**overrides, "run.seed": seed}).estimates
        scores.append(z_scores(estimates, Strip().exact(temperature, J, h)))
    assert_normal(scores)


@pytest.mark.slow
def test_a_cubic_lattice_agrees_with_the_general_kernel():
    """Difference of two runs over the root of the sum of their squared errors."""
    scores = []
    packed, general = (
        simcore.prepare(experiment([4, 4, 64], 40_000, algorithm, thermalization=1000, every=5, seed=seed, h=0.2))
        for seed, algorithm in ((1, "metropolis"), (2, {"type": "metropolis", "packed": False}))
    )
    for temperature in (4.0, 5.0, 7.0):
        one, other = (f({"model.parameters.temperature": temperature}).estimates for f in (packed, general))
        names = ("energy", "specific_heat", "magnetization", "susceptibility", "acceptance")
        scores.append({n: float((one[n] - other[n]) / np.hypot(one[f"{n}_error"], other[f"{n}_error"])) for n in names})
    assert_normal(scores)
