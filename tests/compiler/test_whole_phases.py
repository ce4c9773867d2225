"""Phases of whole arrays among other phases: what they see and leave, what they may not do, each fault in one line."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.errors import InvalidValueError, WorkerError
from simcore.random import PhaseStream, next_integer, next_normal, next_uniform
from simcore.runs import run
from simcore.runs.experiment import resolve
from simcore.runs.model_checks import compiled_check
from simcore.spec.arrays import Periodic, StateArray, Wall
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Adaptive, CellPhase, HostPhase, Reduction, RowPhase, SystemPhase
from tests.compiler.conftest import model

pytestmark = pytest.mark.usefixtures("nothing_left")

SHAPE = (5, 7)
RING = ((Periodic(), Periodic()),) * 2
START = np.random.default_rng(3).integers(-9, 10, SHAPE).astype(float)
TABLE = np.arange(35.0).reshape(SHAPE)


def value(u, i, j):
    return u[i, j]


def west(u, i, j, table):
    return u[i, j - 1] - u[i + 1, j] + table[i, j]


def array(name: str, halo: int = 1, **more) -> StateArray:
    return StateArray(name, SHAPE, "float64", START.copy(), more.pop("sides", RING) if halo else (), halo, **more)


def of(phases, state=None, **more):
    parts = {"state": state or [array("u"), array("v")], "observables": [Observable("mean_u", value)]}
    return model(**(parts | {"phases": phases, "constants": {"table": TABLE, "far": 2}} | more))


def experiment(phases, sweeps=4, **more):
    return {"model": {"type": of(phases, **more), "parameters": {}}, "run": {"seed": 1, "sweeps": sweeps}}


# -- what they see and leave -------------------------------------------------------------------------------------------


def scatter(u, v, table, total, step, far, random):
    """Arrays and constants without ghost cells, a reduction, the step, numbers of the stream; returns a count."""
    n, m = u.shape
    v[0, 0] = total + step + table[4, 6]
    moved = 0
    for _ in range(3):
        i, j = next_integer(random, 0, n), next_integer(random, 0, m)
        u[i, j - far] += next_uniform(random) + table[i, j]
        moved += 1
    v[-1, -1] = next_normal(random)
    return moved


def column_sums(u, v, first, last):
    """Each row of v: the sums of all columns of u up to that row."""
    for i in range(first, last):
        for j in range(u.shape[1]):
            v[i, j] = 0.0
            for x in range(i + 1):
                v[i, j] += u[x, j]


def transposed(u, v, first, last):
    """Other rows are written than those of the range: each place by one range only."""
    for i in range(first, last):
        for j in range(u.shape[1]):
            u[u.shape[0] - 1 - i, j] = 0.5 * v[i, j]


MIXED = [
    CellPhase(west, "u"),
    Reduction("total", value, "sum"),
    SystemPhase(scatter, ("u", "v"), tally="moved"),
    RowPhase((column_sums, transposed), ("u", "v")),
    CellPhase(west, "u"),
]
COUNTED = [Observable("mean_u", value), Observable("moved", "moved", "sum")]


def by_numpy(key: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    def moved(u):
        return np.roll(u, 1, 1) - np.roll(u, -1, 0) + TABLE

    u, v = START.copy(), START.copy()
    for step in range(1, steps + 1):
        u = moved(u)
        v[0, 0] = u.sum() + step + 34.0
        stream = PhaseStream(key, step, draw=0)
        for _ in range(3):
            i, j = stream.integers(0, 5), stream.integers(0, 7)
            u[i, j - 2] += stream.uniform() + TABLE[i, j]
        v[-1, -1] = stream.normal()
        v = np.cumsum(u, axis=0)
        u = moved(0.5 * v[::-1])
    return u, v


@pytest.mark.parametrize("workers", [1, 3])
def test_every_part_of_a_step_sees_what_those_before_it_have_left(computed, workers):
    """With ghost cells, copies that change places, and constants that line up with the cells."""
    made = of(MIXED, observables=COUNTED)
    key = resolve({"model": {"type": made, "parameters": {}}, "run": {"seed": 1, "sweeps": 4}}).key
    u, v = by_numpy(key, 4)
    fields, series = computed(made, steps=4, workers=workers)
    assert np.allclose(fields["u"], u, rtol=1e-12, atol=0)
    assert np.allclose(fields["v"], v, rtol=1e-12, atol=0)
    assert series["moved"].tolist() == [3.0] * 4


def fill(u, first, last, step):
    for i in range(first, last):
        u[i] = step + i


def halve(u, last, first):
    """More rounds than there are cells: the largest number is halved until all are below 1."""
    again = False
    for i in range(first, last):
        if u[i] >= 1.0:
            u[i] *= 0.5
            again = again or u[i] >= 1.0
    return again


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_rows_of_one_dimension_are_runs_of_cells(computed, workers):
    state = [StateArray("u", (2500,), "float64", np.zeros(2500))]
    phases = [RowPhase(fill, "u"), RowPhase(halve, "u", repeat=True)]
    made = model(state=state, phases=phases, observables=[Observable("mean_u", lone)])
    fields, _ = computed(made, steps=3, workers=workers)
    expected = 3.0 + np.arange(2500)
    while (expected >= 1.0).any():
        expected[expected >= 1.0] *= 0.5
    assert np.array_equal(fields["u"], expected)


def lone(u, i):
    return u[i]


def shift(u, random):
    u[0, 0] = u[0, 0] + next_uniform(random)


def test_ghost_cells_at_walls_are_filled_afterwards(computed):
    """The wall holds 2 - u in its ghost cells; what the system phase has written is seen there."""
    sides = ((Wall(-1.0, 2.0), Wall(-1.0, 2.0)), (Periodic(), Periodic()))
    made = of([SystemPhase(shift, "u"), CellPhase(north, "v")], [array("u", sides=sides), array("v", sides=sides)])
    fields, _ = computed(made, steps=2, workers=2)
    ghosts = np.vstack([2.0 - fields["u"][:1], fields["u"][:-1]])
    assert np.array_equal(fields["v"], ghosts)
    assert fields["u"][0, 0] != START[0, 0]


def north(u, i, j):
    return u[i - 1, j]


def test_programs_without_them_are_what_they_were():
    """No array of random words, no tested functions, no barrier more."""
    text = build(Description(of([CellPhase(west, "u")])())).code.text
    assert "_random" not in text
    assert "guarded" not in text
    assert "_turn" not in text
    assert text.count("if wait(") == build(Description(of([CellPhase(west, "u")], [array("u")])())).code.text.count(
        "if wait("
    )


# -- what is refused from the source -----------------------------------------------------------------------------------


def no_cell(u, i, j):
    u[i, j] = 0.0


def misspelt(u, tabel):
    u[0, 0] = tabel[0, 0]


def other_array(u, v):
    u[0, 0] = 1.0
    v[0, 0] = 1.0


def a_constant(u, table):
    table[0, 0] = u[0, 0]
    u[0, 0] = 0.0


def an_index(u, random):
    u[0, 0] = random[0]


def foreign(u):
    u[0, 0] = np.random.random()


def answers(u):
    u[0, 0] = 1.0
    return 3


def silent(u):
    u[0, 0] = 1.0


def no_range(u):
    u[0, 0] = 1.0


def ranged(u, first, last):
    for i in range(first, last):
        u[i, 0] = 1.0


def drawn_rows(u, first, last, random):
    for i in range(first, last):
        u[i, 0] = next_uniform(random)


def error(u, i, j):
    return u[i, j]


def nothing(arrays, clock, random):
    pass


ADAPTIVE = Adaptive(("u",), ("v",), error, 4, (("u", "v"),))


@pytest.mark.parametrize(
    ("phase", "more", "words"),
    [
        (SystemPhase(no_cell, "u"), {}, r"no_cell asks for 'i'; it has no cell of its own"),
        (SystemPhase(misspelt, "u"), {}, r"misspelt asks for 'tabel'; did you mean 'table'\?"),
        (SystemPhase(ranged, "u"), {}, r"ranged asks for 'first'; only the stages of a RowPhase have a range of rows"),
        (SystemPhase(other_array, "u"), {}, r"other_array \(.*\) writes to v\[0, 0\]: name it in writes=, beside u"),
        (SystemPhase(a_constant, "u"), {}, r"a_constant \(.*\) writes to table\[0, 0\]: it may change the"),
        (SystemPhase(an_index, "u"), {}, r"an_index \(.*\) takes numbers of random by an index; .*next_uniform\(rando"),
        (SystemPhase(foreign, "u"), {}, r"foreign \(.*\) uses np.random.*take simcore.random.next_uniform\(random\)"),
        (SystemPhase(answers, "u"), {}, r"answers returns a value, which nothing takes.*say tally= if it counts"),
        (SystemPhase(silent, "u", "n"), {}, r"silent returns nothing; it must return how many it counts for the tally"),
        (SystemPhase(silent, "w"), {}, r"the phase of silent writes 'w'; "),
        (SystemPhase(silent, "v"), {}, r"the phase of silent writes 'v', and has no argument of that name"),
        (SystemPhase(silent, ()), {}, r"the phase of silent writes nothing"),
        (SystemPhase(lambda u: None, "u"), {}, r"<lambda> must be written with def, not as a lambda"),
        (SystemPhase(3, "u"), {}, r"3 is no function: a SystemPhase takes one written with def"),
        (SystemPhase(silent, "u"), {"adaptive": ADAPTIVE}, "adaptive steps are phases of cells alone"),
        (RowPhase((), "u"), {}, "a RowPhase needs at least one stage"),
        (RowPhase(no_range, "u"), {}, r"no stage of no_range takes 'first' and 'last'"),
        (RowPhase(drawn_rows, "u"), {}, r"drawn_rows asks for 'random'; a RowPhase has no random numbers"),
        (RowPhase(ranged, "u", repeat=True), {}, r"ranged returns nothing; it must return whether to repeat"),
        (RowPhase((halve, ranged), "u"), {}, r"halve returns a value, which nothing takes"),
        (RowPhase(ranged, "u", most=0), {}, r"most of ranged must be a whole number from 1 on, not 0"),
        (RowPhase(ranged, "u"), {"constants": {"first": 1}}, "the name 'first' belongs to the engine"),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_refused_in_one_line(phase, more, words):
    with pytest.raises(InvalidValueError, match=words) as refusal:
        build(Description(of([phase], **more)()))
    assert "\n" not in str(refusal.value)


# -- what is found while it runs ---------------------------------------------------------------------------------------


def late(u, step):
    u[step + 2, 0] = 1.0


def empty_range(u, step, random):
    u[0, 0] = next_integer(random, 0, 3 - step)


def never(u, first, last):
    for i in range(first, last):
        u[i, 0] = 1.0
    return True


def failing(phase, tmp_path, words, **keys):
    with pytest.raises(WorkerError, match=words) as caught:
        run(experiment([phase], sweeps=6), out=tmp_path / "out", overwrite=True, **keys)
    assert "\n" not in str(caught.value)


def test_an_index_beyond_the_array_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.delenv("SIMCORE_BOUNDS", raising=False)
    failing(SystemPhase(late, "u"), tmp_path, "a function of whole arrays has an index beyond the array", workers=2)
    monkeypatch.setenv("SIMCORE_BOUNDS", "1")
    words = "SIMCORE_BOUNDS: late has an index beyond the array 'u', along axis 0"
    failing(SystemPhase(late, "u"), tmp_path, words, workers=2)


def beyond(u, at):
    return u[at, 0]


def by_cell(u, i, j):
    return beyond(u, i)


def by_system(u, step):
    u[0, 0] = beyond(u, 2 * step)


def test_what_a_function_of_cells_calls_too_is_tested(tmp_path, monkeypatch):
    monkeypatch.delenv("SIMCORE_BOUNDS", raising=False)
    phases = [CellPhase(by_cell, "u"), SystemPhase(by_system, "u")]
    with pytest.raises(WorkerError, match="a function of whole arrays has an index beyond the array"):
        run(experiment(phases, sweeps=6), out=tmp_path / "out", workers=1)


def test_a_random_whole_number_from_nothing_ends_the_run(tmp_path):
    words = r"steps \d+ to \d+: next_integer\(random, low, high\) needs 1 to 2\*\*32"
    failing(SystemPhase(empty_range, "u"), tmp_path, words, workers=2)


@pytest.mark.parametrize("workers", [1, 3])
def test_stages_that_never_end_end_the_run(tmp_path, workers):
    words = "a RowPhase still asks to go on in step 1, after the most rounds that it says"
    failing(RowPhase(never, "u", repeat=True, most=50), tmp_path, words, workers=workers)


def test_they_may_stand_beside_python(computed):
    """The driver is cut at a HostPhase; streams and rounds go on."""
    phases = [SystemPhase(shift, "u"), HostPhase(doubled, (), "u"), SystemPhase(shift, "u"), RowPhase(ranged, "u")]
    made = of(phases)
    key = resolve({"model": {"type": made, "parameters": {}}, "run": {"seed": 1, "sweeps": 3}}).key
    u = START.copy()
    for step in range(1, 4):
        u[0, 0] += PhaseStream(key, step, 0).uniform()
        u = 2.0 * u + PhaseStream(key, step, 1).uniform()
        u[:, 0] = 1.0
    assert np.array_equal(computed(made, steps=3, workers=2)[0]["u"], u)


def doubled(arrays, clock, random):
    arrays["u"][...] = 2.0 * arrays["u"] + random.uniform()


def test_the_long_check_compares_every_cell():
    check = compiled_check(resolve(experiment(MIXED, observables=COUNTED)))
    assert check.ok
    assert check.what.endswith("70 values")
