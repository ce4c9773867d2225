"""What the report warns of, and that it does not warn of what is well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray

from simcore.analysis.report.cautions import counted, listed, run_cautions
from simcore.analysis.report.sweep_cautions import sweep_cautions
from simcore.config import to_text
from simcore.runs import Status
from simcore.statistics import estimate
from simcore.sweeps.progress import SweepProgress, SweepStatus

DONE = Status("done", 5000, 5000)
MONTE_CARLO = {"run": {"sweeps": 4000, "thermalization": 1000}}
IN_TIME = {"run": {"steps": 5000, "dt": 0.1}}
STEPS = np.arange(1, 5001)


def tree(energy: np.ndarray, cut: int = 1000) -> xarray.DataTree:
    """The results of a run that measured this at every step."""
    found = estimate(energy[cut:])
    parts = {"": found.value, "_error": found.error, "_tau": found.tau, "_ess": found.ess}
    estimates = xarray.Dataset({f"mean_energy{part}": value for part, value in parts.items()})
    series = xarray.Dataset({"mean_energy": ("step", energy)}, {"step": STEPS})
    return xarray.DataTree.from_dict({"series": series, "estimates": estimates})


def recorded(made: xarray.DataTree, experiment: dict, **attributes: int) -> xarray.DataTree:
    made.attrs = {"experiment": to_text(experiment), **attributes}
    return made


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=5000)


def cautions(energy: np.ndarray, experiment=MONTE_CARLO, state: Status = DONE, path: Path = Path("x")) -> list[str]:
    made = tree(energy, experiment["run"].get("thermalization", 0))
    return run_cautions(path, recorded(made, experiment), state)


def test_a_good_run_has_none():
    assert cautions(noise()) == []


def test_a_run_that_drifts_is_not_thermalised():
    (said,) = cautions(noise() + np.exp(-STEPS / 1500.0))
    assert said.startswith("Not thermalised: mean energy (z = ")


def test_what_settles_within_the_thermalisation_is_well():
    assert cautions(noise() + 5.0 * np.exp(-STEPS / 100.0)) == []


AUTOMATIC = {"run": {"sweeps": 4000, "thermalization": "auto"}}


def test_what_settles_within_an_automatic_thermalisation_is_well():
    made = tree(noise() + 5.0 * np.exp(-STEPS / 100.0))
    assert run_cautions(Path("x"), recorded(made, AUTOMATIC, thermalization=1000, thermalized=1), DONE) == []


def test_an_automatic_thermalisation_that_was_given_up_is_told():
    made = recorded(tree(noise()), AUTOMATIC, thermalization=1000, thermalized=0)
    (said,) = run_cautions(Path("x"), made, DONE)
    assert said.startswith("Not thermalised: an observable still drifted when")


def test_a_run_in_time_that_drifts_is_not_stationary():
    (said,) = cautions(noise() + np.exp(-STEPS / 1500.0), IN_TIME)
    assert said.startswith("Not stationary: mean energy (z = ")


def test_few_independent_samples_are_counted():
    slow = np.repeat(noise()[:25], 200)
    ess = tree(slow)["estimates"]["mean_energy_ess"].item()
    assert ess < 50
    assert (
        f"Only {ess:.0f} independent samples of mean energy: with fewer than 50, error bars are themselves uncertain."
        in (cautions(slow))
    )


def test_an_estimate_without_a_sample_is_named():
    energy = noise()
    energy[3000] = np.nan
    assert cautions(energy)[0].startswith("No value of mean energy: ")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            Status("running", 1200, 5000),
            "The run is still going on, at step 1,200 of 5,000: all numbers are preliminary.",
        ),
        (Status("stopped", 1200, 5000), "The run was stopped at step 1,200 of 5,000; simcore resume goes on with it."),
        (Status("failed", 12, 5000, message="worker 1 died"), "The run failed at step 12 of 5,000: worker 1 died"),
    ],
)
def test_how_a_run_ended_comes_first(state, said):
    assert cautions(noise(), state=state) == [said]


def test_damaged_checkpoints_are_told(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/step-50.h5.corrupt").touch()
    assert cautions(noise(), path=tmp_path) == ["Damaged checkpoints were moved aside: step-50.h5.corrupt."]


def swept(series: np.ndarray, cut: int = 1000) -> xarray.DataTree:
    """A sweep: series of shape (temperatures, replicas, steps)."""
    dims, shape = ("temperature", "replica"), series.shape[:2]
    found = np.empty((4, *shape))
    for index in np.ndindex(shape):
        one = estimate(series[index][cut:])
        found[(slice(None), *index)] = one.value, one.error, one.tau, one.ess
    coords = {
        "temperature": np.arange(1.0, shape[0] + 1),
        "replica": np.arange(shape[1]),
        "point_id": (dims, np.arange(np.prod(shape)).astype(str).reshape(shape)),
        "point_done": (dims, np.ones(shape, bool)),
    }
    parts = zip(("", "_error", "_tau", "_ess"), found, strict=True)
    estimates = xarray.Dataset({f"energy{part}": (dims, x) for part, x in parts}, coords)
    long = xarray.Dataset({"energy": ((*dims, "step"), series)}, {"step": STEPS})
    return xarray.DataTree.from_dict({"series": long, "estimates": estimates})


def of_sweep(series: np.ndarray, done: int = 12, failed: int = 0, state: str = "done") -> list[str]:
    progress = SweepProgress(done=done, failed=failed, running=0, total=12)
    return sweep_cautions(recorded(swept(series), MONTE_CARLO), SweepStatus(state, progress))


@pytest.fixture
def many() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(4, 3, 5000))


def test_a_good_sweep_has_none(many):
    assert of_sweep(many) == []


def test_points_that_drift_are_counted(many):
    many[1:3, 0] += 2.0 * np.exp(-STEPS / 1500.0)
    assert of_sweep(many)[0] == "Not thermalised: 2 points in energy. Their series do not begin as they end."


def test_replicas_that_disagree_are_counted(many):
    many[2, 1] += 0.5
    assert of_sweep(many) == ["Replicas disagree in energy at 1 point: they are too short to know their own errors."]


def test_points_with_few_samples_are_counted_with_all_their_replicas(many):
    many[0] = np.repeat(many[0, :, :10], 500, axis=1)
    said = [one for one in of_sweep(many) if one.startswith("Fewer than 50")]
    assert said[0].startswith("Fewer than 50 independent samples of energy at 1 point (as few as ")
    assert len(said) == 1


def test_missing_and_failed_points_are_counted(many):
    assert of_sweep(many, done=7, failed=2, state="stopped") == [
        "2 of 12 points failed; they are missing in every figure.",
        "3 of 12 points are not done yet; the same simcore sweep command goes on.",
    ]


def test_lists_and_counts_are_english():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert (counted(1, "point"), counted(1200, "point")) == ("1 point", "1,200 points")
