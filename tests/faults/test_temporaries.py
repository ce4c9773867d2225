"""What killed writers left is removed at the next start of a run or a sweep, and nothing of a living one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import simcore
from simcore.storage.atomic import written

RUN = {
    "model": {"type": "heat", "grid": {"shape": [6]}, "parameters": {"D": 0.1}, "fields": {"u": {"initial": "x"}}},
    "run": {"seed": 3, "dt": 0.1, "steps": 20},
    "output": {"fields": {"every": 10}},
}
SWEEP = {**RUN, "sweep": {"grid": {"model.parameters.D": [0.1, 0.2]}}}
# A writer in the middle of its work.
WRITER = """
import sys, time
from pathlib import Path
from simcore.storage.atomic import written
for place in sys.argv[1:]:
    written(Path(place), [memoryview(b"half")], 4)
print("written", flush=True)
time.sleep(600)
"""


def killed_while_writing(*places: Path) -> None:
    command = [sys.executable, "-c", WRITER, *map(str, places)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.kill()
    process.communicate()


def temporaries(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)).rpartition(".h5.")[0] for path in place.rglob("*.tmp"))


@pytest.mark.parametrize("how", ["resume", "overwrite"])
def test_a_run_removes_them(how, tmp_path):
    place = simcore.run(RUN, out=tmp_path / "out", workers=1).path
    names = ["checkpoints/fields/step-10", "checkpoints/step-20", "result"]
    killed_while_writing(*(place / f"{name}.h5" for name in names))
    assert temporaries(place) == names
    simcore.run(RUN, out=place, workers=1, **{how: True})
    assert temporaries(place) == []


def test_those_of_a_living_writer_stay(tmp_path):
    place = simcore.run(RUN, out=tmp_path / "out", workers=1).path
    temporary, descriptor = written(place / "result.h5", [memoryview(b"half")], 4)
    with open(descriptor):
        simcore.resume(place, workers=1)
        assert temporary.exists()
    simcore.resume(place, workers=1)
    assert not temporary.exists()


def test_a_sweep_removes_them(tmp_path):
    place = simcore.sweep(SWEEP, out=tmp_path / "out", workers=1).path
    point = next((place / "points").iterdir())
    killed_while_writing(place / "estimates.h5", point / "result.h5")
    longer = {**SWEEP, "run": {**RUN["run"], "steps": 30}}
    simcore.sweep(longer, out=place, workers=1)
    assert temporaries(place) == []
