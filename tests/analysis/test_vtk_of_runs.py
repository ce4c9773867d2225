"""`output.vtk`: runs and points of sweeps that leave fields.vtkhdf beside their result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError

vtk = pytest.importorskip("vtkmodules.vtkIOHDF", reason="the wheel of vtk is not installed")
from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: E402
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline  # noqa: E402

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

HEAT = {
    "model": {
        "type": "heat",
        "grid": {"shape": [6, 5, 4], "spacing": [1.0, 0.5, 0.25]},
        "parameters": {"D": 0.01},
        "fields": {"u": {"initial": "x + 10*y + 100*z"}},
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 20},
    "output": {"vtk": True, "fields": {"every": "10 steps"}},
}


def shown(path: Path, name: str = "u") -> tuple[tuple[float, ...], np.ndarray]:
    """The times that VTK finds, and the numbers at the last of them in its own order."""
    reader = vtk.vtkHDFReader()
    reader.SetFileName(str(path / "fields.vtkhdf"))
    reader.UpdateInformation()
    times = reader.GetOutputInformation(0).Get(vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    reader.UpdateTimeStep(times[-1])
    return times, vtk_to_numpy(reader.GetOutput().GetCellData().GetArray(name))


def kept(path: Path, name: str = "u") -> np.ndarray:
    """The final state in the result, with x running fastest."""
    with simcore.load(path) as tree:
        return tree["fields"][name].values[-1].ravel(order="F")


@pytest.mark.usefixtures("nothing_left")
def test_a_run_writes_it_and_writes_it_anew_when_it_is_extended(tmp_path):
    path = simcore.run(HEAT, out=tmp_path / "run", workers=1).path
    times, last = shown(path)
    assert times == pytest.approx([1.0, 2.0])
    np.testing.assert_array_equal(last, kept(path))
    simcore.resume(path, overrides={"run.steps": 35, "output.vtk": False})
    times, last = shown(path)
    assert times == pytest.approx([1.0, 2.0, 3.0, 3.5])
    np.testing.assert_array_equal(last, kept(path))


@pytest.mark.usefixtures("nothing_left")
def test_nobody_who_did_not_ask_has_it(tmp_path):
    path = simcore.run(HEAT, out=tmp_path / "run", workers=1, overrides={"output.vtk": False}).path
    assert not (path / "fields.vtkhdf").exists()


@pytest.mark.usefixtures("nothing_left")
def test_each_point_of_a_sweep_has_its_own(tmp_path):
    source: dict[str, Any] = HEAT | {"sweep": {"grid": {"model.parameters.D": [0.01, 0.02]}}}
    sweep = simcore.sweep(source, out=tmp_path / "sweep", workers=2)
    points = sorted((sweep.path / "points").iterdir())
    assert len(points) == 2
    for point in points:
        np.testing.assert_array_equal(shown(point)[1], kept(point))


def test_the_process_of_the_run_reads_no_hdf5_for_it(tmp_path):
    code = f"""
import sys
from simcore.runs import run
run({HEAT!r}, out={str(tmp_path / "run")!r}, workers=1)
assert not {{"h5py", "numba", "scipy", "xarray", "vtkmodules"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "run" / "fields.vtkhdf").is_file()


FOUR_AXES = '''
import numpy as np
from simcore import Model, Observable, Parameters, Phase, StateArray


class Four(Model):
    """Numbers in four dimensions."""

    parameters: Parameters = Parameters()

    def state(self):
        return [StateArray("s", (2, 2, 2, 2), np.float64, np.zeros((2, 2, 2, 2)))]

    def phases(self):
        return []

    def observables(self):
        return []
'''


def test_a_state_of_four_axes_is_refused_before_anything_is_created(tmp_path):
    (tmp_path / "four.py").write_text(FOUR_AXES)
    source = {"model": {"type": f"{tmp_path / 'four.py'}:Four"}, "run": {"sweeps": 1}, "output": {"vtk": True}}
    with pytest.raises(ExperimentError, match=r"dict output\.vtk: VTK shows at most 3 axes, and this state has 4"):
        simcore.run(source, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
