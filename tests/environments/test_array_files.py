"""Files that others made: only what lies in the file itself is read, no more than is needed, and none is quoted."""

from __future__ import annotations

import os
import resource

import h5py
import numpy as np
import pytest

import simcore
from simcore.analysis.report import write_report
from simcore.errors import ExperimentError, InvalidValueError, StorageError
from simcore.models.array_file import ArrayFile
from simcore.storage import Group, Result, Variable, write_result
from simcore.sweeps.table import Table


def read(path, dataset: str | None = "u", shape: tuple[int, ...] = (4,)) -> np.ndarray:
    keys = {"file": str(path)} if dataset is None else {"file": str(path), "dataset": dataset}
    return ArrayFile.read(keys).load(shape, "model.fields.u.initial")


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["v"] = np.arange(4.0)
        file["group/u"] = np.arange(4.0)
    return path


def test_an_external_link_is_refused(tmp_path, other):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["u"] = h5py.ExternalLink("other.h5", "/v")
        file["g"] = h5py.ExternalLink("other.h5", "/group")
    for dataset in ("u", "g/u"):
        with pytest.raises(InvalidValueError, match=r"leads to another file, other\.h5; name that one"):
            read(tmp_path / "x.h5", dataset)


def test_a_link_within_the_file_is_followed(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["v"] = np.arange(4.0)
        file["u"] = h5py.SoftLink("/v")
    assert read(tmp_path / "x.h5").tolist() == [0, 1, 2, 3]


def test_a_virtual_data_set_and_external_storage_are_refused(tmp_path, other):
    layout = h5py.VirtualLayout((4,), float)
    layout[:] = h5py.VirtualSource(str(other), "v", (4,))
    (tmp_path / "raw").write_bytes(np.arange(4.0).tobytes())
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_virtual_dataset("u", layout)
        file.create_dataset("w", (4,), float, external=[(str(tmp_path / "raw"), 0, 32)])
    for dataset in ("u", "w"):
        with pytest.raises(InvalidValueError, match="lies in other files, which would not count"):
            read(tmp_path / "x.h5", dataset)


def test_a_large_data_set_in_a_small_file_is_not_read(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("u", (2**20, 2**20), float, chunks=(1024, 1024))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidValueError, match=r"has the shape \[1048576, 1048576\]; \[4\] is needed"):
        read(tmp_path / "x.h5")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 100_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_regular_file_is_refused_at_once(kind, tmp_path):
    path = tmp_path / "x.npy"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match=r"x\.npy (is no regular file|cannot be read)"):
        read(path, None)


@pytest.mark.parametrize("text", ["root:x:0:0:root:/root\n", "password = hunter\n", "<b>,1\n", f"{'x' * 300}\n"])
def test_a_table_of_points_that_is_another_file_is_not_quoted(text, tmp_path):
    (tmp_path / "secret").write_text(text)
    with pytest.raises(ExperimentError, match=r"secret:1:\d+: a header is no key, such as model") as told:
        Table(tmp_path / "secret")
    assert text.split(",")[0].strip()[:20] not in str(told.value)


@pytest.mark.timeout(20)
def test_a_table_of_points_is_a_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ExperimentError, match="is no regular file"):
            Table(path)


NUMBER, TEXT = Variable((), np.float64(1.0), "1", "a number"), Variable((), np.bytes_(b"text"))
ESTIMATES = Group({"x": NUMBER, "x_error": NUMBER, "x_tau": NUMBER, "x_ess": NUMBER})
STRANGE = {
    "nothing": ({}, "holds no group /estimates"),
    "text": ({"estimates": Group({"x": TEXT}), "series": Group({})}, "/estimates/x is no number"),
    "complex": ({"estimates": Group({"x": Variable((), np.complex128(1j))})}, "/estimates/x is no number"),
    "no series": ({"estimates": ESTIMATES}, "holds no group /series"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_whole_file_that_is_no_result_is_told_in_one_line(name, tmp_path):
    groups, words = STRANGE[name]
    write_result(tmp_path / "result.h5", Result(groups, {"experiment": "{}"}))
    (tmp_path / "experiment.yaml").write_text("{}\n")
    with pytest.raises(StorageError, match=words) as told:
        write_report(tmp_path)
    assert "\n" not in str(told.value)
    if name != "no series":
        with pytest.raises(StorageError, match=words):
            simcore.load(tmp_path)
