"""Runs that were stored when their format was new: every later simcore opens them and goes on with them.

When the format changes: keep these, and store one more: `python tests/data/store_run.py tests/data/run-format-N`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import simcore
from simcore.storage import checkpoint, checkpoint_steps, read_checkpoint, seal

DATA = Path(__file__).parents[1] / "data"
STORED = sorted(DATA.glob("run-format-*"))
ENERGIES = [-92, -36, -68, -44, -84, -36, -48, -56, -60, -72, -108, -92]  # of all 64 sites, every 4 sweeps, up to 48
LATER = [-60, -76, -48, -44, -92, -80, -72, -92, -84, -60]  # up to 88
ROWS = [-8, -6, -6, -8, -8, -6, -4, -6]  # the magnetisation of each row after sweep 48


def energies(tree) -> list[float]:
    return (64 * tree["series"]["energy"]).values.tolist()


def test_there_is_a_stored_run_of_the_format_of_today():
    assert checkpoint._FORMAT == seal._FORMAT == int(STORED[-1].name.rpartition("-")[2])


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.name)
def test_a_stored_result_gives_the_numbers_that_it_held(stored):
    with simcore.load(stored) as tree:
        assert energies(tree) == ENERGIES
        assert tree["series"]["step"].values.tolist() == list(range(4, 49, 4))
        assert tree["fields"]["s"].values[-1].sum(axis=1).tolist() == ROWS
        estimates = tree["estimates"]
        assert float(estimates["energy"]) == -1.04375
        assert float(estimates["energy_error"]) == pytest.approx(0.20699151217166153, rel=1e-12)
        assert (estimates["binder"].attrs["units"], int(tree.attrs["seed"])) == ("1", 11)


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.name)
def test_a_stored_checkpoint_goes_on_to_the_end_that_it_would_have_had(stored, tmp_path):
    assert checkpoint_steps(stored / "checkpoints") == [48]
    assert read_checkpoint(stored / "checkpoints" / "step-48.h5").step == 48
    place = Path(shutil.copytree(stored, tmp_path / "run"))
    (place / "result.h5").unlink()
    assert energies(simcore.resume(place, workers=1, overrides={"run.sweeps": 80}).tree) == [*ENERGIES, *LATER]
