"""A HostPhase among other phases: what it is given, what it may not do, and that each fault is one line."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.errors import ExperimentError, InvalidValueError, WorkerError
from simcore.random import PhaseStream
from simcore.runs import resume, run
from simcore.runs.experiment import resolve
from simcore.runs.verify import digest
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.phases import Adaptive, CellPhase, Clock, HostPhase, Measurement, Phase, Reduction, Solve
from tests.compiler.conftest import NoParameters, model

pytestmark = pytest.mark.usefixtures("nothing_left")

SHAPE = (5, 7)
RING = ((Periodic(), Periodic()),) * 2


def value(u, i, j):
    return u[i, j]


def west(u, i, j):
    return u[i, j - 1] - u[i + 1, j]


def double(u, i, j):
    return 2.0 * u[i, j]


def shifted(u, mean_u, i, j):
    return u[i + 1, j] - mean_u


def shake(arrays, clock, random):
    arrays["u"] += random.normal(SHAPE) + 0.25 * random.integers(0, 4, SHAPE)


def stamp(arrays, clock, random):
    assert clock == Clock(clock.step)
    arrays["v"][...] = arrays["u"].sum() + clock.step + random.uniform()


def array(name: str, halo: int = 1) -> StateArray:
    start = np.random.default_rng(3).integers(-9, 10, SHAPE).astype(float)
    return StateArray(name, SHAPE, "float64", start, RING if halo else (), halo)


def of(phases, **more):
    parts = {"state": [array("u"), array("v")], "observables": [Observable("mean_u", value)]}
    return model(**(parts | {"phases": phases} | more))


MIXED = [
    CellPhase(west, "u"),
    HostPhase(shake, (), "u"),
    Reduction("mean_u", value, "sum"),
    HostPhase(stamp, "u", "v"),
    CellPhase(shifted, "u"),
    CellPhase(double, "u"),
]


def by_numpy(key: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    u, v = (np.random.default_rng(3).integers(-9, 10, SHAPE).astype(float) for _ in range(2))
    for step in range(1, steps + 1):
        u = np.roll(u, 1, 1) - np.roll(u, -1, 0)
        stream = PhaseStream(key, step, draw=0)
        u = u + (stream.normal(SHAPE) + 0.25 * stream.integers(0, 4, SHAPE))
        total = 0.0
        for row in u:
            part = 0.0
            for each in row:
                part += each
            total += part
        v = np.full(SHAPE, u.sum() + step + PhaseStream(key, step, draw=1).uniform())
        u = 2.0 * (np.roll(u, -1, 0) - total)
    return u, v


@pytest.mark.parametrize("workers", [1, 3])
def test_every_part_of_a_step_sees_what_those_before_it_have_left(computed, workers):
    """Phases that read neighbours of what they write, a reduction used after a call, and two streams of their own."""
    made = of(MIXED)
    key = resolve({"model": {"type": made, "parameters": {}}, "run": {"seed": 1, "sweeps": 4}}).key
    u, v = by_numpy(key, 4)
    fields, series = computed(made, steps=4, workers=workers)
    assert np.array_equal(fields["u"], u)
    assert np.allclose(fields["v"], v, rtol=1e-12)
    assert series["mean_u"][-1] == pytest.approx(u.mean(), rel=1e-12)


class Mixed(Model):
    """The same as a class that a run can be resumed with."""

    parameters: NoParameters

    def state(self):
        return [array("u"), array("v")]

    def phases(self):
        return MIXED

    def observables(self):
        return [Observable("mean_u", value)]


def test_no_bit_depends_on_workers_or_on_a_stop(tmp_path):
    def experiment(sweeps):
        return {"model": {"type": f"{__name__}:Mixed"}, "run": {"seed": 1, "sweeps": sweeps}}

    hashes = [digest(run(experiment(9), workers=n, out=tmp_path / str(n)).path) for n in (1, 2, 5)]
    path = run(experiment(4), workers=2, out=tmp_path / "parts").path
    resume(path, workers=3, overrides=["run.sweeps=9"])
    assert {*hashes, digest(path)} == {hashes[0]}


def two(arrays, clock):
    pass


def named(u, random, step):
    pass


def foreign(arrays, clock, random):
    arrays["u"] += np.random.normal(size=SHAPE)


def nothing(arrays, clock, random):
    pass


def error(u, i, j):
    return u[i, j]


ADAPTIVE = Adaptive(("u",), ("v",), error, 4, (("u", "v"),))


@pytest.mark.parametrize(
    ("phases", "more", "words"),
    [
        (HostPhase(two, "u", "u"), {}, r"two takes \(arrays, clock\): a HostPhase is called with \(arrays, clock, ran"),
        (Solve(two, "u", "u"), {}, r"two takes \(arrays, clock\): a Solve is called with \(arrays, time, dt\)"),
        (HostPhase(np.zeros(3), "u", "u"), {}, r"a HostPhase calls array\(\[0., 0., 0.\]\), which is no function"),
        (HostPhase(nothing, "u", "w"), {}, r"nothing writes 'w'; "),
        (HostPhase(nothing, "vv", "u"), {}, r"nothing reads 'vv'; did you mean 'v'\?"),
        (HostPhase(nothing, "u"), {}, r"the phase of nothing writes nothing: name the arrays that it changes"),
        (HostPhase(foreign, "u", "u"), {}, r"foreign \(.*:\d+\) uses np.random.*take random.uniform\(shape\)"),
        (HostPhase(functools.partial(foreign), "u", "u"), {}, r"foreign \(.*\) uses np.random"),
        (HostPhase(nothing, "u", "u"), {"adaptive": ADAPTIVE}, "adaptive steps are phases of cells alone"),
        ("u", {}, r"phases\(\) lists 'u', which is no phase"),
        (Phase(double, "u"), {"measurement": Measurement([HostPhase(nothing, "u", "u")])}, "phases of cells and red"),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_refused_in_one_line(phases, more, words):
    with pytest.raises(InvalidValueError, match=words) as refusal:
        build(Description(of([phases], **more)()))
    assert "\n" not in str(refusal.value)


def writes_more(arrays, clock, random):
    arrays["u"] += 1.0
    arrays["v"] += 1.0


def divides(arrays, clock, random):
    arrays["u"] += 1 // (clock.step - 2)


CALLS: list[int] = []


def counts(arrays, clock, random):
    """It remembers its calls: in the worker this is the first one."""
    CALLS.append(1)
    arrays["u"] += len(CALLS)


def test_a_write_to_what_is_only_read_ends_the_run_before_it_begins(tmp_path):
    with pytest.raises(ExperimentError, match=r"writes_more \(.*:\d+\) changes an array that it only reads") as caught:
        run({"model": {"type": of([HostPhase(writes_more, "v", "u")])}, "run": {"sweeps": 2}}, out=tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_exception_is_one_line_with_its_place_and_step(tmp_path):
    with pytest.raises(WorkerError, match=r"divides \(.*:\d+\) failed in step 2: ZeroDivisionError") as caught:
        run(
            {"model": {"type": of([HostPhase(divides, "u", "u")])}, "run": {"sweeps": 5}},
            workers=2,
            out=tmp_path / "o",
        )
    assert "\n" not in str(caught.value)


def test_a_call_that_remembers_is_found_by_the_trial(tmp_path):
    CALLS.extend([1, 1, 1])
    with pytest.raises(ExperimentError, match=r"'u' at cell .* must be a function of its"):
        run({"model": {"type": of([HostPhase(counts, "u", "u")])}, "run": {"sweeps": 2}}, workers=1, out=tmp_path / "o")
