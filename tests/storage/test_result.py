"""result.h5: netCDF-4 that xarray opens without a word, the same bytes each time, whole or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

from simcore.errors import StorageError
from simcore.storage import Group, Result, Variable, read_estimates, read_result, write_result


def example(samples: int = 50) -> Result:
    """One of everything that a run writes."""
    rng = np.random.default_rng(7)
    steps = Variable(("step",), np.arange(samples) * 10, "1", "step")
    times = Variable(("step",), np.arange(samples) * 0.5, "s", "time")
    series = Group(
        {"energy": Variable(("step",), rng.random(samples), "J", "energy per site")}, {"step": steps, "time": times}
    )
    numbers = {"energy": -1.5, "energy_error": np.nan, "energy_tau": 0.5}
    estimates = Group({name: Variable((), np.float64(number), "J") for name, number in numbers.items()})
    plane = ("time", "x", "y")
    fields = Group(
        {
            "u": Variable(plane, rng.random((3, 40, 30)), "K", "temperature"),
            "psi": Variable(plane, rng.random((3, 40, 30)) + 1j, "1"),
            "psi_single": Variable(plane, np.ones((3, 40, 30), np.complex64), "1"),
            "spin": Variable((*plane, "basis"), rng.integers(-1, 2, (3, 40, 30, 2)).astype(np.int8)),
            "frozen": Variable(("x", "y"), rng.random((40, 30)) > 0.5),
            "age": Variable(("x",), np.arange(40.0), "days"),
            "velocity": Variable(("x", "component"), np.ones((40, 2), np.float32), "m/s"),
        },
        {
            "time": Variable(("time",), np.array([0.0, 1.5, 2.0]), "s"),
            "x": Variable(("x",), np.arange(40) + 0.5, "m", "x"),
            "component": Variable(("component",), np.array(["x", "ÿ"])),
        },
    )
    attributes = {"experiment": "name: é\n" * 20_000, "steps": 500, "dirty": False, "wall_time": 0.25, "cpu": "a CPU"}
    attributes |= {f"number_{n}": n for n in range(20)}
    return Result({"series": series, "estimates": estimates, "fields": fields}, attributes)


def same(a: Variable, b: Variable) -> bool:
    return (a.dims, a.data.dtype, a.data.tobytes()) == (b.dims, b.data.dtype, b.data.tobytes())


@pytest.mark.parametrize("samples", [0, 1, 50])
def test_what_is_written_is_read(tmp_path, samples):
    result = example(samples)
    write_result(tmp_path / "result.h5", result)
    back = read_result(tmp_path / "result.h5")
    assert back.attributes == result.attributes
    assert list(back.groups) == list(result.groups)
    for name, group in result.groups.items():
        for ours, theirs in (
            (group.variables, back.groups[name].variables),
            (group.coordinates, back.groups[name].coordinates),
        ):
            assert ours.keys() == theirs.keys()
            assert [key for key in ours if not same(ours[key], theirs[key])] == []
    assert os.listdir(tmp_path) == ["result.h5"]


OPEN = """
import sys, warnings
import xarray
warnings.simplefilter("error")
tree = xarray.open_datatree(sys.argv[1], engine="h5netcdf")
tree.load()
assert set(tree.children) == {"series", "estimates", "fields"}
"""


@pytest.mark.parametrize("samples", [0, 50])
def test_xarray_opens_it_without_simcore_and_without_a_warning(tmp_path, samples):
    write_result(tmp_path / "result.h5", example(samples))
    command = [sys.executable, "-c", OPEN, str(tmp_path / "result.h5")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("samples", [0, 50])
def test_xarray_finds_dimensions_coordinates_values_and_units(tmp_path, samples):
    result = example(samples)
    write_result(tmp_path / "result.h5", result)
    with xarray.open_datatree(tmp_path / "result.h5", engine="h5netcdf") as tree:
        assert tree.attrs["experiment"] == result.attributes["experiment"]
        for name, group in result.groups.items():
            data = tree[name].to_dataset()
            assert dict(data.sizes) == group.dimensions
            assert set(data.coords) == set(group.coordinates)
            assert set(data.data_vars) == set(group.variables)
            for key, variable in {**group.variables, **group.coordinates}.items():
                assert data[key].dims == variable.dims
                np.testing.assert_array_equal(data[key].values, variable.data)
                assert data[key].dtype.kind == variable.data.dtype.kind
                assert data[key].attrs["long_name"] == (variable.long_name or key)
        assert tree["fields/u"].attrs == {"units": "K", "long_name": "temperature"}
        assert list(tree["series/energy"].coords) == ["step", "time"]
        assert list(tree["fields/frozen"].coords) == ["x"]


@pytest.mark.parametrize("unit", ["days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"])
def test_numbers_in_units_of_time_stay_numbers(tmp_path, unit):
    group = Group({"age": Variable(("x",), np.array([1.0, 2.0]), unit)})
    write_result(tmp_path / "result.h5", Result({"fields": group}, {}))
    with xarray.open_datatree(tmp_path / "result.h5", engine="h5netcdf", decode_timedelta=True) as tree:
        assert tree["fields/age"].dtype == np.float64


def test_it_is_hdf5_that_every_netcdf_library_reads(tmp_path):
    write_result(tmp_path / "result.h5", example())
    numbers = []

    def check(name: str, data: h5py.Dataset | h5py.Group) -> None:
        if isinstance(data, h5py.Group):
            return
        assert data.maxshape == data.shape, "no unlimited dimension"
        assert data.compression in (None, "gzip")
        if not data.is_scale:
            assert all(len(dimension) == 1 for dimension in data.dims), f"{name}: one scale for each axis"
            assert [dimension[0].shape for dimension in data.dims] == [(length,) for length in data.shape]
        else:
            numbers.append(int(data.attrs["_Netcdf4Dimid"]))
        if name.rpartition("/")[2] in ("y", "basis"):
            assert data.attrs["NAME"] == b"This is a netCDF dimension but not a netCDF variable.%10d" % len(data)
        else:
            assert {"units", "long_name"} <= set(data.attrs)

    with h5py.File(tmp_path / "result.h5") as file:
        file.visititems(check)
        assert file["fields/u"].compression == "gzip"
        assert file["fields/u"].shuffle
        assert file["fields/psi"].dtype == np.complex128
    assert sorted(numbers) == list(range(len(numbers)))


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((50, 40, 40), (50, 40, 40)),
        ((5, 300, 300), (1, 300, 300)),
        ((7, 128, 128), (7, 128, 128)),
        ((2, 600, 600), (1, 218, 600)),
        ((2, 300, 20, 20, 20), (1, 16, 20, 20, 20)),
        ((1, 2, 140_000), (1, 1, 131_072)),
        ((300_000,), (131_072,)),
    ],
)
def test_chunks_are_pieces_of_the_array_that_fit_into_the_cache_of_hdf5(tmp_path, shape, chunks):
    dims = ("time", "x", "y", "z", "basis")[: len(shape)]
    fields = Group({"u": Variable(dims, np.zeros(shape))})
    write_result(tmp_path / "result.h5", Result({"fields": fields}, {}))
    with h5py.File(tmp_path / "result.h5") as file:
        assert file["fields/u"].chunks == chunks
        assert np.prod(chunks) * 8 <= 1 << 20


@pytest.mark.skipif(shutil.which("h5dump") is None, reason="h5dump is not installed (Debian: hdf5-tools)")
def test_h5dump_sees_plain_hdf5(tmp_path):
    result = example()
    write_result(tmp_path / "result.h5", result)

    def dump(*options: str) -> str:
        command = ["h5dump", *options, "result.h5"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    listed = dump("--contents")
    assert all(f"/{name}/{key}" in listed for name, group in result.groups.items() for key in group.variables)
    header = dump("--header", "--properties", "--dataset=/fields/u")
    assert "H5T_IEEE_F64LE" in header
    assert "( 3, 40, 30 ) / ( 3, 40, 30 )" in header
    assert "COMPRESSION DEFLATE { LEVEL 1 }" in header
    assert "PREPROCESSING SHUFFLE" in header
    dump("--noindex", "--width=1", "--format=%.17g", "--dataset=/series/energy", "--output=numbers.txt")
    numbers = [float(text.strip(", ")) for text in (tmp_path / "numbers.txt").read_text().splitlines() if text.strip()]
    np.testing.assert_array_equal(numbers, result.groups["series"].variables["energy"].data)
    assert 'H5T_IEEE_F64LE "r"' in dump("--header", "--dataset=/fields/psi")
    assert "temperature" in dump("--attribute=/fields/u/long_name")


def test_the_same_result_gives_the_same_bytes_at_another_time(tmp_path):
    write_result(tmp_path / "a", example())
    time.sleep(1.1)  # HDF5 counts its time stamps in seconds
    write_result(tmp_path / "b", example())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_estimates_are_read_by_name(tmp_path):
    write_result(tmp_path / "result.h5", example())
    estimates = read_estimates(tmp_path / "result.h5")
    assert list(estimates) == ["energy", "energy_error", "energy_tau"]
    assert estimates["energy"] == -1.5
    assert np.isnan(estimates["energy_error"])


def test_only_the_wanted_groups_are_read(tmp_path):
    write_result(tmp_path / "result.h5", example())
    assert list(read_result(tmp_path / "result.h5", ["estimates", "absent"]).groups) == ["estimates"]
    attributes = read_result(tmp_path / "result.h5", ())
    assert (attributes.groups, attributes.attributes["steps"]) == ({}, 500)


def test_what_is_no_result_is_a_storage_error(tmp_path):
    path = tmp_path / "result.h5"
    with pytest.raises(StorageError, match=r"result\.h5: cannot be read"):
        read_result(path)
    path.write_bytes(b"not HDF5")
    with pytest.raises(StorageError, match=r"result\.h5: cannot be read"):
        read_result(path)
    with h5py.File(path, "w") as file:
        file["estimates/energy"] = 1.0
    with pytest.raises(StorageError, match=r"result\.h5: cannot be read"):
        read_estimates(path)


def test_a_full_disk_leaves_the_old_result(small_disk: Path):
    write_result(small_disk / "result.h5", example())
    before = (small_disk / "result.h5").read_bytes()
    noise = np.random.default_rng(1).random((1000, 1000))
    with pytest.raises(StorageError, match=r"no space left on device: 6\.\d MB needed"):
        write_result(small_disk / "result.h5", Result({"fields": Group({"u": Variable(("x", "y"), noise)})}, {}))
    assert (small_disk / "result.h5").read_bytes() == before
    assert os.listdir(small_disk) == ["result.h5"]


def test_groups_that_netcdf_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        Variable(("x",), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="v: dimension x has length 3, elsewhere 2"):
        Group({"u": Variable(("x",), np.zeros(2)), "v": Variable(("x",), np.zeros(3))})
    with pytest.raises(ValueError, match="x names a dimension"):
        Group({"x": Variable(("x",), np.zeros(2))})
    with pytest.raises(ValueError, match="x names a dimension"):
        Group({"u": Variable(("x",), np.zeros(2))}, {"x": Variable((), np.zeros(()))})
    with pytest.raises(ValueError, match="both variable and coordinate: u"):
        Group({"u": Variable(("x",), np.zeros(2))}, {"u": Variable(("x",), np.zeros(2))})
