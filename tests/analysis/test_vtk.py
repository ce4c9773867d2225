"""fields.vtkhdf as VTK itself reads it: every number at its place in space and time, wherever the directory goes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from simcore.analysis.vtk import write_vtk
from simcore.errors import UsageError
from simcore.storage import Group, Result, Variable, vtkhdf, write_result

vtk = pytest.importorskip("vtkmodules.vtkIOHDF", reason="the wheel of vtk is not installed")
from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: E402
from vtkmodules.vtkCommonCore import reference  # noqa: E402
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline  # noqa: E402

SHAPE, SPACING = (7, 5, 3), (1.0, 0.5, 0.25)
TIMES = np.array([0.5, 1.5, 4.0])
BEHIND = {"basis": 2, "component": 3}


class Reader:
    """What VTK makes of a file."""

    def __init__(self, path: Path) -> None:
        self._reader = vtk.vtkHDFReader()
        self._reader.SetFileName(str(path))
        self._reader.UpdateInformation()
        self.times = self._reader.GetOutputInformation(0).Get(vtkStreamingDemandDrivenPipeline.TIME_STEPS())

    def image(self, time: float):
        self._reader.UpdateTimeStep(time)
        return self._reader.GetOutput()

    def array(self, name: str, time: float) -> np.ndarray:
        """Numbers (cells,) or vectors (cells, components), as VTK counts its cells."""
        return vtk_to_numpy(self.image(time).GetCellData().GetArray(name))

    def at(self, name: str, time: float, place: tuple[float, ...]) -> float:
        """The value in the cell that VTK finds at a place."""
        image = self.image(time)
        point = [*place, *(image.GetSpacing()[axis] / 2 for axis in range(len(place), 3))]
        cell = image.FindCell(point, None, 0, 1e-12, reference(0), [0.0] * 3, [0.0] * 8)
        assert cell >= 0
        return image.GetCellData().GetArray(name).GetTuple(cell)[0]


def run_with(place: Path, variables: dict[str, Variable], dimensions: int = 3, when: str = "time") -> Path:
    """A directory with a result of these fields; cells of the axes have three different lengths."""
    axes = ("x", "y", "z")[:dimensions]
    labels = {axis: Variable((axis,), (np.arange(SHAPE[n]) + 0.5) * SPACING[n]) for n, axis in enumerate(axes)}
    place.mkdir()
    fields = Group(variables, {when: Variable((when,), TIMES), **labels})
    write_result(place / "result.h5", Result({"fields": fields}, {}))
    return place


def field(dimensions: int, dtype: object = np.float64, behind: tuple[str, ...] = (), when: str = "time") -> Variable:
    """Numbers of which no two are equal where the type allows it."""
    shape = (len(TIMES), *SHAPE[:dimensions], *(BEHIND[name] for name in behind))
    values = np.random.default_rng(dimensions).permutation(np.prod(shape)).reshape(shape) - 50
    data = values + 1j * values[::-1] if np.dtype(dtype).kind == "c" else values
    return Variable((when, *("x", "y", "z")[:dimensions], *behind), data.astype(dtype))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_each_cell_lies_where_it_should_at_each_time(tmp_path, dimensions):
    u = field(dimensions)
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"u": u}, dimensions)))
    assert reader.times == tuple(TIMES)
    for step, time in enumerate(TIMES):
        for cell in ((0, 0, 0), (6, 4, 2), (1, 3, 2), (5, 0, 1)):
            index = cell[:dimensions]
            place = tuple((i + 0.5) * h for i, h in zip(index, SPACING, strict=False))
            assert reader.at("u", time, place) == u.data[(step, *index)]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_image_has_the_edges_of_the_grid_and_the_axes_of_the_world(tmp_path, dimensions):
    image = Reader(write_vtk(run_with(tmp_path / "run", {"u": field(dimensions)}, dimensions))).image(0.5)
    cells = SHAPE[:dimensions] + (1,) * (3 - dimensions)
    thinnest = min(SPACING[:dimensions])
    edges = [n * h for n, h in zip(SHAPE, SPACING, strict=True)][:dimensions] + [thinnest] * (3 - dimensions)
    assert image.GetClassName() == "vtkImageData"
    assert image.GetDimensions() == tuple(n + 1 for n in cells)
    assert image.GetBounds() == pytest.approx([end for edge in edges for end in (0.0, edge)])
    assert image.GetDirectionMatrix().IsIdentity()
    assert image.GetPointData().GetNumberOfArrays() == 0


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.int64, bool])
def test_all_numbers_come_in_the_order_of_vtk_with_x_fastest(tmp_path, dimensions, dtype):
    u = field(dimensions, dtype)
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"u": u}, dimensions)))
    for step, time in enumerate(TIMES):
        np.testing.assert_array_equal(reader.array("u", time), u.data[step].ravel(order="F"))
    assert reader.array("u", 4.0).dtype == (np.int8 if dtype is bool else dtype)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_fields_are_their_real_and_imaginary_parts(tmp_path, dimensions, dtype):
    psi = field(dimensions, dtype)
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"psi": psi}, dimensions)))
    for step, time in enumerate(TIMES):
        np.testing.assert_array_equal(reader.array("psi_real", time), psi.data[step].real.ravel(order="F"))
        np.testing.assert_array_equal(reader.array("psi_imag", time), psi.data[step].imag.ravel(order="F"))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_sites_of_a_basis_are_fields_and_components_are_vectors(tmp_path, dimensions, dtype):
    s = field(dimensions, dtype, ("basis", "component"))
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"s": s}, dimensions)))
    for step, time in enumerate(TIMES):
        for basis in range(2):
            here = s.data[step, ..., basis, :]
            cells = np.stack([here[..., c].ravel(order="F") for c in range(3)], axis=-1)
            if dtype == np.float64:
                np.testing.assert_array_equal(reader.array(f"s_{basis}", time), cells)
            else:
                np.testing.assert_array_equal(reader.array(f"s_{basis}_imag", time), cells.imag)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_vectors_of_two_components_lie_in_the_plane(tmp_path, dtype):
    whole = field(2, dtype, ("component",))
    v = Variable(whole.dims, whole.data[..., :2])
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"v": v}, 2)))
    found = reader.array("v" if dtype == np.float64 else "v_real", 1.5)
    np.testing.assert_array_equal(found[:, 2], 0.0)
    np.testing.assert_array_equal(found[:, 1], v.data[1, ..., 1].real.ravel(order="F"))


def test_sweeps_of_monte_carlo_are_its_times(tmp_path):
    u = field(2, np.int8, when="step")
    reader = Reader(write_vtk(run_with(tmp_path / "run", {"s": u}, 2, "step")))
    assert reader.times == tuple(TIMES)


def test_the_numbers_stay_in_the_result_and_the_file_moves_with_it(tmp_path, monkeypatch):
    u = Variable(("time", "x", "y"), np.random.default_rng(1).random((3, 7, 5)))
    path = write_vtk(run_with(tmp_path / "run", {"u": u}, 2))
    with h5py.File(path) as file:
        data = file["VTKHDF/CellData/u"]
        assert data.is_virtual
        assert {source.file_name for source in data.virtual_sources()} == {"result.h5"}
    (tmp_path / "far").mkdir()
    shutil.move(path.parent, tmp_path / "far" / "away")
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path / "far" / "away" / "fields.vtkhdf")
    np.testing.assert_array_equal(reader.array("u", 4.0), u.data[2].ravel(order="F"))
    np.testing.assert_array_equal(Reader(Path("far/away/fields.vtkhdf")).array("u", 0.5), u.data[0].ravel(order="F"))


def test_without_its_result_it_shows_that_nothing_is_known(tmp_path):
    path = write_vtk(run_with(tmp_path / "run", {"u": field(2)}, 2))
    (path.parent / "result.h5").unlink()
    assert np.isnan(Reader(path).array("u", 0.5)).all()


def test_it_may_lie_elsewhere_and_both_may_move_together(tmp_path):
    u = field(3)
    (tmp_path / "pictures").mkdir()
    write_vtk(run_with(tmp_path / "run", {"u": u}), tmp_path / "pictures" / "u.vtkhdf")
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("run", "pictures"):
        shutil.move(tmp_path / name, moved / name)
    found = Reader(moved / "pictures" / "u.vtkhdf").array("u", 1.5)
    np.testing.assert_array_equal(found, u.data[1].ravel(order="F"))


@pytest.mark.parametrize("dtype", [np.float64, bool])
@pytest.mark.parametrize("behind", [(), ("basis", "component")])
def test_images_of_too_many_lines_are_copied_and_look_the_same(tmp_path, monkeypatch, dtype, behind):
    u = field(3, dtype, behind)
    run = run_with(tmp_path / "run", {"u": u})
    mapped = Reader(write_vtk(run))
    monkeypatch.setattr(vtkhdf, "MOST_LINES", SHAPE[0] * SHAPE[1] - 1)
    path = write_vtk(run, run / "copied.vtkhdf")
    with h5py.File(path) as file:
        assert not any(data.is_virtual for data in file["VTKHDF/CellData"].values())
    for name in ("u_0", "u_1") if behind else ("u",):
        for time in TIMES:
            np.testing.assert_array_equal(Reader(path).array(name, time), mapped.array(name, time))


def test_a_grid_of_one_cell_across_keeps_its_centre(tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    time = Variable(("time",), TIMES)
    labels = {"time": time, "x": Variable(("x",), np.array([1.0, 3.0])), "y": Variable(("y",), np.array([0.25]))}
    fields = Group({"u": Variable(("time", "x", "y"), np.ones((3, 2, 1)))}, labels)
    write_result(place / "result.h5", Result({"fields": fields}, {}))
    image = Reader(write_vtk(place)).image(0.5)
    assert image.GetBounds() == pytest.approx((0, 4, -0.75, 1.25, 0, 2))


def test_the_same_fields_give_the_same_bytes(tmp_path):
    run = run_with(tmp_path / "run", {"u": field(2), "psi": field(2, complex)}, 2)
    first = write_vtk(run).read_bytes()
    assert write_vtk(run).read_bytes() == first
    assert sorted(os.listdir(run)) == ["fields.vtkhdf", "result.h5"]


def test_what_vtk_cannot_show_is_refused_in_one_line(tmp_path):
    run = run_with(tmp_path / "run", {"u": Variable(("time", "x", "y", "z", "w"), np.zeros((3, 7, 5, 3, 2)))})
    with pytest.raises(UsageError, match=r"^u has the dimensions time, x, y, z, w; VTK shows fields over x, y and z$"):
        write_vtk(run)
    (run / "result.h5").unlink()
    with pytest.raises(UsageError, match=r"no result\.h5 here; .* the run must have ended"):
        write_vtk(run)
    (run / "ledger.jsonl").touch()
    with pytest.raises(UsageError, match="a sweep has no fields of its own"):
        write_vtk(run)
    assert os.listdir(run) == ["ledger.jsonl"]
