"""Several steps in one pass give the bytes of plain stepping, whatever the workers, the slices and the samples."""

from __future__ import annotations

from importlib import import_module
from itertools import cycle
from typing import Any

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.compiler.layout import Layout
from simcore.compiler.temporal_blocking import CACHE_BYTES, MOST_STEPS, reach_of_rows, steps_of_a_pass
from simcore.errors import StoppedError
from simcore.runs import resume, run
from simcore.runs.experiment import resolve
from simcore.runs.schedule import Pace
from simcore.runs.simulation import program_of
from simcore.runs.verify import digest
from simcore.spec.arrays import Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Phase, Reduction, Sites
from tests.compiler.conftest import NoParameters, model
from tests.runs.test_bits import cut

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

STEPS, EVERY = 47, 7
KINDS = {"where": "y < 3 - t", "then": {"derivative": "0.3*t - y/20"}, "else": {"mixed": ["0.1*y", "t"]}}
MOVING = {"x-": {"value": "1 + 0.5*t"}, "x+": KINDS, "y": {"mixed": [0.4, 1.1]}}
SPOTS = {"u": "D*laplace(u) - u*v**2 + t*cos(x)/9", "v": "D*laplace(v)/2 + u*v**2 - v/9"}
HEAT = {"u": "D*laplace(u)"}


def pde(shape: list[int], boundary: Any, equations: dict[str, Any], dt: float, **model_keys: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "pde",
            "grid": {"shape": shape, "spacing": 1.0, "boundary": boundary},
            "parameters": {"D": 0.3},
            "fields": {name: {"initial": {"random": {"uniform": [-1, 1]}}} for name in equations},
            "equations": equations,
            "scheme": "euler",
            **model_keys,
        },
        "run": {"seed": 3, "dt": dt, "steps": STEPS, "measure_every": EVERY},
        "checkpoint": {"every": "11 steps"},
        "output": {"fields": {"every": "13 steps"}},
    }


NOISY = {"scheme": "euler_maruyama", "noise": {"u": "0.1*u", "v": "0.2"}}
LONG = 59 * 1024 + 1  # the last row is a single cell, shorter than a halo of 2
EXPERIMENTS = {
    "ring": pde([43, 6], "periodic", SPOTS, 0.1),
    "noise-walls": pde([43, 6], MOVING, SPOTS, 0.1, **NOISY),
    "order-4": pde([59, 6], {"x": {"value": "t"}, "y": {"value": 1}}, SPOTS, 0.1, order=4),
    "stages": pde([117, 6], MOVING, SPOTS, 0.1, scheme="rk4"),
    "nested": pde([115, 7], "periodic", {"c": "laplace(c**3 - c - laplace(c))"}, 0.001, order=4),
    "wave": pde([43, 6], MOVING, {"u": {"tt": "laplace(u)"}}, 0.1, scheme="leapfrog"),
    "three-axes": pde([43, 3, 4], {**MOVING, "z": "periodic"}, SPOTS, 0.1),
    "one-axis": pde([LONG], {"x-": {"value": "1 + 0.5*t"}, "x+": {"derivative": 0.2}}, HEAT, 0.1, order=4),
    "one-ring": pde([LONG], "periodic", SPOTS, 0.1, order=4),
}
EXPERIMENTS["measured"] = pde([115, 6], {"x": {"value": "t"}, "y": {"derivative": 0}}, SPOTS, 0.1)
EXPERIMENTS["measured"]["model"]["expressions"] = {"w": "u - laplace(v)", "c": "u - mean(u) + t"}
EXPERIMENTS["measured"]["output"] = {
    "observables": {"a": "std(laplace(w))", "b": "at(c, 40, 2)", "d": "mean(dx(u)**2)"},
    "fields": {"every": "13 steps", "names": ["u", "v", "w", "c"]},
}
# Workers, the most steps in a pass, lengths of the slices.
WAYS = [(1, 2, (50,)), (1, 8, (50,)), (2, 3, (5, 8)), (3, 4, (50,)), (3, 2, (3,)), (7, 3, (50, 1, 9))]
QUICK = [("noise-walls", 1), ("noise-walls", 2), ("noise-walls", 4), ("noise-walls", 5), ("one-axis", 2)]
CASES = [
    pytest.param(name, *way, marks=() if (name, number) in QUICK else pytest.mark.slow)
    for name in EXPERIMENTS
    for number, way in enumerate(WAYS)
]


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, str]:
    """The hash of an experiment that is stepped plainly by one worker; filled as it is asked for."""
    place = tmp_path_factory.mktemp("plain")

    class Digests(dict):
        def __missing__(self, name: str) -> str:
            program = program_of(resolve(EXPERIMENTS[name]))
            assert "_front" not in program.code.text
            self[name] = digest(run(EXPERIMENTS[name], workers=1, out=place / name).path)
            return self[name]

    return Digests()


@pytest.fixture
def passes(monkeypatch, nothing_left):
    """Make passes of at most so many steps, however small the arrays; returns the numbers that were taken."""

    def passes(most: int) -> list[int]:
        taken: list[int] = []

        def steps(layout, levels, size, cuts) -> int:
            taken.append(min(most, min(b - a for a, b in cuts) // (2 * levels * reach_of_rows(layout))))
            return taken[-1]

        monkeypatch.setattr("simcore.compiler.build.worthwhile", lambda layout, dtypes: True)
        monkeypatch.setattr("simcore.compiler.worker.steps_of_a_pass", steps)
        return taken

    return passes


def slices(monkeypatch, lengths: tuple[int, ...]) -> None:
    class Lengths(Pace):
        def __init__(self) -> None:
            super().__init__()
            self._lengths = cycle(lengths)

        def slice_steps(self) -> int:
            return next(self._lengths)

    monkeypatch.setattr(import_module("simcore.runs.running"), "Pace", Lengths)


@pytest.mark.parametrize(("name", "workers", "most", "lengths"), CASES)
def test_passes_give_the_bytes_of_plain_steps(name, workers, most, lengths, expected, passes, tmp_path, monkeypatch):
    plain, taken = expected[name], passes(most)
    slices(monkeypatch, lengths)
    assert digest(run(EXPERIMENTS[name], workers=workers, out=tmp_path).path) == plain
    assert len(set(taken)) == 1  # asked for each worker, and the same for all
    assert 1 < taken[0] <= most


@pytest.mark.parametrize("stop", [3, 24])
def test_a_run_stopped_between_passes_and_resumed_has_the_same_bytes(stop, expected, passes, tmp_path, monkeypatch):
    plain = expected["noise-walls"]
    passes(4)
    cut(monkeypatch, seed=stop, stop_at=stop)
    with pytest.raises(StoppedError):
        run(EXPERIMENTS["noise-walls"], workers=3, out=tmp_path)
    monkeypatch.setattr(import_module("simcore.runs.running"), "Pace", Pace)
    assert digest(resume(tmp_path, workers=2).path) == plain


@pytest.mark.slow
def test_a_value_that_is_no_number_is_named_at_its_step(passes, tmp_path):
    """The stretch is halved until the first bad step is known, by passes that are cut short.

    The rows are made in either stage of a pass, at the cut between the workers and at the ends of the array.
    """
    source = pde([43, 6], "periodic", {"u": "u**2"}, 0.5)
    told: dict[int, dict[int, str]] = {1: {}, 8: {}}
    for most, texts in told.items():
        if most > 1:
            passes(most)
        for row in (0, 10, 20, 21, 42):
            source["model"]["fields"]["u"]["initial"] = f"where((x > {row}) & (x < {row + 1}), 2.0, 0)"
            place = tmp_path / f"{most}-{row}"
            with pytest.raises(Exception, match=rf"'u' is .* at cell \[{row}, 0\]") as failed:
                run(source, workers=2, out=place)
            texts[row] = str(failed.value).replace(str(place), "")
    assert told[1] == told[8]


def mean(u, i, j):
    return u[i, j]


def ahead(u, i, j):
    return u[i + 1, j]


def flipped(u, i, j):
    return u[44 - i, j]


def hit(u, i, j):
    return u[i, j], 1


RING = ((Periodic(), Periodic()),) * 2
ROWS = np.arange(43)
PLAIN = {
    "it reads far rows": [Phase(flipped, "u")],
    "it needs a sum between": [Reduction("m", mean), Phase(ahead, "u")],
    "it is made in place": [Phase(ahead, "u", sites=Sites(ROWS % 2, np.full(43, 6), np.full(43, 2)))],
    "it is counted": [Phase(hit, "u", tally="hits")],
}


@pytest.mark.parametrize("reason", PLAIN)
def test_a_program_is_stepped_plainly_where(reason, monkeypatch):
    monkeypatch.setattr("simcore.compiler.build.worthwhile", lambda layout, dtypes: True)
    array = StateArray("u", (43, 6), np.float64, np.zeros((43, 6)), RING, 1)
    made = model(state=[array], phases=PLAIN[reason], observables=[Observable("mean_u", mean)])
    assert build(Description(made(parameters=NoParameters()))).code.levels == 0
    near = model(state=[array], phases=[Phase(ahead, "u")], observables=[Observable("mean_u", mean)])
    assert build(Description(near(parameters=NoParameters()))).code.levels == 1


@pytest.mark.parametrize(
    "shape", [(1024, 1024), (4096, 4096), (200, 200, 200), (16, 2_000_000), (10**7,), (10**7 + 1,)]
)
@pytest.mark.parametrize("halo", [0, 1, 2])
@pytest.mark.parametrize("levels", [1, 4])
@pytest.mark.parametrize("workers", [1, 2, 7, 16])
def test_two_workers_never_make_the_same_row(shape, halo, levels, workers):
    layout = Layout(shape, halo)
    cuts = [(layout.rows * n // workers, layout.rows * (n + 1) // workers) for n in range(workers)]
    size = 16 * int(np.prod(layout.padded))
    steps = steps_of_a_pass(layout, levels, size, cuts)
    rows = steps * levels * reach_of_rows(layout)
    assert 1 <= steps <= MOST_STEPS
    assert steps == 1 or (size > CACHE_BYTES * workers and all(last - first >= 2 * rows for first, last in cuts))
    assert steps > 1 or (shape, levels) != ((4096, 4096), 1)
    assert steps_of_a_pass(layout, 0, size, cuts) == 1
