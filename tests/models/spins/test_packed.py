"""Spins packed into words: the layout, the thresholds of the kernel itself, and that they keep Boltzmann's weights."""

import numpy as np
import pytest

from simcore.models.spins.algorithms import Packed
from simcore.models.spins.packed import update
from simcore.models.spins.packed.rule import PLACES, draw_rule, threshold
from simcore.models.spins.packed.words import count, pack, unpack, words_shape
from simcore.models.spins.presets.ising import Ising
from simcore.models.spins.spins import Spins

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")  # of words, in plain Python
SHAPES = [(4, 64), (4, 66), (6, 128), (4, 130), (4, 4, 64), (4, 6, 70)]
LAWS = [("metropolis", 1.0, 0.0), ("metropolis", 0.7, 0.0), ("metropolis", -1.0, 0.3), ("heat_bath", 1.0, 0.2)]


def ising(shape=(4, 64), algorithm="metropolis", J=1.0, h=0.0, temperature=2.3):
    lattice = {"type": "square" if len(shape) == 2 else "cubic", "shape": shape}
    parameters = {"temperature": temperature, "J": J, "h": h}
    return Ising.model_validate({"lattice": lattice, "parameters": parameters, "algorithm": algorithm})


def across_of(shape):
    return 1 if len(shape) == 2 else shape[1]


def packed(spins):
    """The words of an array of 0 and 1."""
    lines = spins.reshape(-1, spins.shape[-1])
    words = np.zeros(words_shape(spins.shape), np.uint64)
    pack(words, lines, 0, spins.shape[-1] // 2, across_of(spins.shape), 0, len(lines))
    return words


def unpacked(words, shape):
    lines = np.zeros((len(words), shape[-1]), np.int8)
    unpack(words, lines, 0, shape[-1] // 2, across_of(shape), 0, len(lines))
    return lines.reshape(shape)


def neighbours(spins):
    """How many neighbours of each site are in the upper state."""
    return sum(np.roll(spins, step, axis).astype(int) for axis in range(spins.ndim) for step in (1, -1))


def colours(shape):
    return np.indices(shape).sum(axis=0) % 2


@pytest.mark.parametrize("shape", SHAPES)
def test_words_hold_the_spins_and_count_them(shape):
    spins = np.random.default_rng(1).integers(0, 2, shape).astype(np.int8)
    words = packed(spins)
    assert (unpacked(words, shape) == spins).all()
    unlike = sum((spins != np.roll(spins, 1, axis)).sum() for axis in range(spins.ndim))
    assert count(words, shape[-1] // 2, across_of(shape), 0, shape[0]) == (spins.sum(), unlike)


class Chosen:
    """In place of random words those of given numbers: u of 53 bits for each site (0 in places that fill a round)."""

    def __init__(self, numbers, colour):
        lines = numbers.reshape(-1, numbers.shape[-1])
        across, self._bits = across_of(numbers.shape), {}
        for line, row in enumerate(lines):
            begin = colour ^ ((line // across + line % across) & 1)
            self._bits[line] = [int(number) << 1 for number in row[begin::2]]

    def __call__(self, counter, line, *others):
        word, block = divmod(int(counter), 32)
        sites = self._bits.get(int(line), [])[64 * word : 64 * word + 64] if block <= PLACES // 2 else []
        return tuple(
            np.uint64(sum((site >> (PLACES - 2 * block - half) & 1) << place for place, site in enumerate(sites)))
            for half in range(2)
        )


def updated(monkeypatch, rule, spins, numbers, colour):
    """The spins after an update of one colour with these numbers."""
    monkeypatch.setattr(update, "philox4x32_words", Chosen(numbers, colour))
    words, shape = packed(spins), spins.shape
    random = np.zeros(6, np.uint64)
    changed = update.update_colour(words, rule, random, colour, shape[-1] // 2, across_of(shape), 0, shape[0])
    found = unpacked(words, shape)
    assert (found == spins)[colours(shape) != colour].all()
    return found, int(changed)


def chances_of(model):
    """(2, neighbours + 1): the chance to be in the other state after an update, by the physics."""
    parameters = model.parameters
    most = 2 * len(model.lattice.shape)
    fields = parameters.J * (2.0 * np.arange(most + 1) - most) + parameters.h
    costs = np.array([-2.0 * fields, 2.0 * fields])
    if model.sweeper.members[0].rule()[update.HEAD, 1]:
        return 1.0 / (1.0 + np.exp(costs / parameters.temperature))
    return 63 / 64 * np.exp(-np.maximum(costs, 0.0) / parameters.temperature)


def thresholds_of(monkeypatch, rule, shape):
    """By bisection, for each own state and number of neighbours how many of the random numbers change a spin."""
    generator = np.random.default_rng(2)
    spins = generator.integers(0, 2, shape).astype(np.int8)
    turned = bool(rule[update.HEAD, 1]) & (spins == 0)  # a number below the threshold leaves it in the lower state
    inside = colours(shape) == 0
    below, above = np.zeros(shape, np.int64), np.full(shape, 2**PLACES)  # of numbers that are accepted, and are not
    while (above - below > 1)[inside].any():
        numbers = (below + above) // 2
        found, changed = updated(monkeypatch, rule, spins, numbers, 0)
        if not turned.any():
            assert changed == (found != spins).sum()
        accepted = (found != spins) ^ turned
        below, above = np.where(accepted, numbers, below), np.where(accepted, above, numbers)
    zero = updated(monkeypatch, rule, spins, np.zeros(shape, np.int64), 0)[0] != spins
    limits = np.where(zero ^ turned, above, 0)
    limits = np.where(turned, 2**PLACES - limits, limits)
    places = {(own, number): limits[inside & (spins == own) & (neighbours(spins) == number)] for own in (0, 1)
              for number in range(2 * len(shape) + 1)}  # fmt: skip
    assert all(len(set(found.tolist())) == 1 for found in places.values())
    return np.array([[int(places[own, number][0]) for number in range(2 * len(shape) + 1)] for own in (0, 1)])


@pytest.mark.parametrize(("algorithm", "J", "h"), LAWS)
def test_the_kernel_changes_a_spin_with_the_chance_of_the_algorithm_and_keeps_boltzmann(monkeypatch, algorithm, J, h):
    model = ising((8, 130), algorithm, J, h)
    rule = model.sweeper.members[0].rule()
    limits = thresholds_of(monkeypatch, rule, (8, 130))
    assert limits / 2.0**PLACES == pytest.approx(chances_of(model), rel=1e-13)
    table = next(value for name, value in model.constants().items() if name.endswith("table0"))
    if algorithm == "metropolis" and h:
        assert (limits == [[threshold(chance) for chance in row] for row in table.reshape(-1, 2).T]).all()
    _assert_stationary(limits / 2.0**PLACES, J, h, model.parameters.temperature)


def _assert_stationary(chances, J, h, temperature):
    """On 4 x 4 sites, all 65,536 states: an update of either colour leaves their weights as they are."""
    states = (np.arange(2**16)[:, None] >> np.arange(16) & 1).reshape(-1, 4, 4)
    signs = 2 * states - 1
    bonds = sum(signs * np.roll(signs, 1, axis) for axis in (1, 2))
    energies = (-J * bonds - h * signs).sum(axis=(1, 2))
    weights = np.exp(-(energies - energies.min()) / temperature)
    weights /= weights.sum()
    around = sum(np.roll(states, step, axis) for axis in (1, 2) for step in (1, -1))
    for colour in range(2):
        inside = np.flatnonzero(colours((4, 4)).ravel() == colour)
        after = weights.copy()
        flat, near = states.reshape(-1, 16), around.reshape(-1, 16)
        for site in inside:  # sites of one colour do not see each other: one after the other is all at once
            stays = after * (1.0 - chances[flat[:, site], near[:, site]])
            comes = after * chances[flat[:, site], near[:, site]]
            after = stays + comes[np.arange(2**16) ^ (1 << site)]
        assert np.abs(after - weights).max() < 1e-15


def test_the_kernel_of_a_cubic_lattice_has_the_chances_of_metropolis(monkeypatch):
    model = ising((4, 4, 66), J=1.0, h=-0.2, temperature=4.0)
    limits = thresholds_of(monkeypatch, model.sweeper.members[0].rule(), (4, 6, 130))
    assert limits / 2.0**PLACES == pytest.approx(chances_of(model), rel=1e-13)


def test_chances_of_zero_and_one_are_kept(monkeypatch):
    limits = thresholds_of(monkeypatch, draw_rule(np.array([1.0, 0.75, 0.5, 0.25, 0.0])), (8, 64))
    most = 2**PLACES - 1
    assert limits[1].tolist() == [most, 3 * 2**51, 2**52, 2**51, 0]
    assert (limits[0] == 2**PLACES - limits[1]).all()


def spins_model(states, bonds, sites):
    parameters = {"temperature": 1.7, "K": 0.6, "mu": 0.3}
    hamiltonian, spin = {"bonds": bonds, "sites": sites}, {"states": states}
    lattice = {"type": "square", "shape": [6, 64]}
    keys = {"lattice": lattice, "parameters": parameters, "spin": spin, "hamiltonian": hamiltonian}
    return Spins.model_validate(keys)


@pytest.mark.parametrize(
    ("states", "bonds", "sites"),
    [([-1, 1], "-K*a*b", "-mu*a"), ([0, 1], "-4*K*a*b + 0.1", "-mu*a"), ([2, 5], "K*abs(a - b)", "mu*a**2")],
)
def test_energy_and_magnetization_of_any_two_states_are_counted(states, bonds, sites):
    """Against the energy of every bond and site, written out."""
    model = spins_model(states, bonds, sites)
    assert isinstance(model.sweeper, Packed)
    spins = np.random.default_rng(3).integers(0, 2, (6, 64)).astype(np.int8)
    upper, unlike = count(packed(spins), 32, 1, 0, 6)
    known = {"packed_upper": upper / spins.size, "packed_unlike": unlike / spins.size, **dict(model.parameters)}
    values = np.where(spins == 1, states[1], states[0]).astype(float)
    given = {"K": 0.6, "mu": 0.3, "abs": np.abs}
    pairs = sum(eval(bonds, {**given, "a": values, "b": np.roll(values, 1, axis)}) for axis in (0, 1))
    expected = {"energy": (pairs + eval(sites, {**given, "a": values})).mean(), "magnetization": values.mean()}
    for one in model.observables():
        if one.name in expected:
            names = {}
            exec(one.value.source, {"np": np}, names)
            arguments = one.value.source.split("(")[1].split(")")[0].split(", ")
            found = names[one.name](*(known[argument] for argument in arguments))
            assert found == pytest.approx(expected[one.name], rel=1e-13)


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ({}, True),
        ({"algorithm": "heat_bath"}, True),
        ({"algorithm": ["metropolis", "heat_bath"]}, True),
        ({"lattice": {"type": "cubic", "shape": [4, 6, 64]}}, True),
        ({"algorithm": {"type": "metropolis", "packed": False}}, False),
        ({"algorithm": ["metropolis", "wolff"]}, False),
        ({"lattice": {"type": "square", "shape": [5, 64]}}, False),
        ({"lattice": {"type": "square", "shape": [64, 62]}}, False),
        ({"lattice": {"type": "square", "shape": [2, 64]}}, False),
        ({"lattice": {"type": "square", "shape": [8, 64], "boundary": {"x": "open", "y": "periodic"}}}, False),
        ({"lattice": {"type": "triangular", "shape": [8, 64]}}, False),
        ({"lattice": {"type": "chain", "shape": [64]}}, False),
    ],
)
def test_it_is_chosen_where_it_applies(keys, chosen):
    model = Ising.model_validate(
        {"lattice": {"type": "square", "shape": [8, 64]}, "parameters": {"temperature": 2.0}, **keys}
    )
    assert isinstance(model.sweeper, Packed) is chosen
    assert ("kernel", "64 spins in a word", False) in model.remarks() or not chosen


def test_the_key_is_written_if_it_is_false_alone():
    assert "packed" not in ising(algorithm={"type": "metropolis", "packed": True}).model_dump(mode="json")["algorithm"]
    assert ising(algorithm={"type": "heat_bath", "packed": False}).model_dump(mode="json")["algorithm"] == {
        "type": "heat_bath",
        "over_relaxation": 0,
        "packed": False,
    }
