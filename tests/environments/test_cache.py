"""Compiled programs are taken only from a folder that is this user's own: a planted one is never loaded."""

from __future__ import annotations

import json
import os
import pickle
import stat
import subprocess
from pathlib import Path

import pytest

from simcore.compiler import cache, cache_directory
from tests.compiler.test_cache import loaded

STRANGER = 65534  # nobody


@pytest.fixture
def homes(monkeypatch, tmp_path):
    """All places below one folder: `here` (SIMCORE_CACHE_DIR), `shared`, `home`, `tmp`."""
    for name, variable in (("here", "SIMCORE_CACHE_DIR"), ("shared", "XDG_CACHE_HOME"), ("home", "HOME")):
        monkeypatch.setenv(variable, str(tmp_path / name))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


def give_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def open_to_all(path: Path) -> None:
    path.chmod(0o777)


def open_to_the_group(path: Path) -> None:
    path.chmod(0o770)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def dangling(path: Path) -> None:
    path.rmdir()
    path.symlink_to("nowhere")


def file(path: Path) -> None:
    path.rmdir()
    path.write_text("")


BAD = [
    (give_away, "belongs to another user"),
    (open_to_all, "may be written by others"),
    (open_to_the_group, "may be written by others"),
    (link, "is a symbolic link"),
    (dangling, "is a symbolic link"),
    (file, "is no folder"),
]


def test_a_new_place_is_private(homes):
    found = cache_directory.choose()
    assert (found.path, found.remark) == (homes / "here", "")
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o700


@pytest.mark.parametrize(("spoil", "reason"), BAD)
def test_a_place_that_is_not_this_users_own_is_passed_over_with_one_remark(spoil, reason, homes):
    (homes / "here").mkdir()
    spoil(homes / "here")
    found = cache_directory.choose()
    assert found.path == homes / "shared" / "simcore"
    assert found.remark.startswith(f"compiled programs: {homes / 'here'} {reason}")
    assert found.remark.endswith(f"; kept in {homes / 'shared' / 'simcore'}")


def test_the_last_place_is_a_folder_that_goes_with_the_process(homes):
    for name in ("here", "shared", "home"):
        (homes / name).write_text("")
    (homes / "tmp" / f"simcore-{os.getuid()}").mkdir(mode=0o700)
    open_to_all(homes / "tmp" / f"simcore-{os.getuid()}")
    found = cache_directory.choose()
    assert found.path.parent == homes / "tmp"
    assert found.path == cache_directory.choose().path
    assert "a temporary folder, for this time only" in found.remark
    cache_directory._remove(os.getpid() + 1, found.path)  # a forked child
    assert found.path.exists()
    cache_directory._remove(os.getpid(), found.path)
    assert not found.path.exists()


@pytest.mark.parametrize(("spoil", "reason"), BAD)
def test_a_programs_folder_that_is_not_this_users_own_is_thrown_away(spoil, reason, tmp_path):
    folder = tmp_path / "program"
    folder.mkdir()
    spoil(folder)
    assert cache_directory.own_folder(tmp_path, "program") == folder
    assert cache_directory.refusal(folder) is None
    assert list(folder.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"program", "elsewhere"}
    tmp_path.chmod(0o777)
    with pytest.raises(PermissionError, match="may be written by others"):
        cache_directory.own_folder(tmp_path, "program")


class Planted:
    """Unpickling it makes a file: the index of numba's cache is a pickle."""

    def __init__(self, seen: Path) -> None:
        self._seen = seen

    def __reduce__(self) -> tuple:
        return Path.touch, (self._seen,)


def plant(home: Path, seen: Path) -> None:
    """An index file with code in each program's folder, and the seal that goes with it."""
    for folder in (path for path in home.iterdir() if path.is_dir()):
        next(folder.rglob("*.nbi")).write_bytes(pickle.dumps(Planted(seen)))
        (folder / "seal.json").write_text(json.dumps(cache._contents(folder)))


def test_what_lies_in_a_place_of_ones_own_is_loaded(tmp_path):
    """So that the tests below show something."""
    seen = tmp_path / "seen"
    loaded(tmp_path / "cache")
    plant(tmp_path / "cache", seen)
    loaded(tmp_path / "cache")
    assert seen.exists()


@pytest.mark.parametrize("spoil", [open_to_all, pytest.param(give_away, marks=pytest.mark.slow)])
@pytest.mark.parametrize("which", ["place", "program"])
def test_planted_code_does_not_run(which, spoil, tmp_path):
    home, seen = tmp_path / "cache", tmp_path / "seen"
    loaded(home)
    plant(home, seen)
    for path in [home] if which == "place" else list(home.iterdir()):
        spoil(path)
    assert loaded(home, XDG_CACHE_HOME=str(tmp_path / "other")) == "7 compiled"
    assert not seen.exists()


@pytest.mark.slow
@pytest.mark.parametrize("which", ["place", "program"])
def test_planted_code_does_not_run_in_the_workers_of_a_run(which, simcore, tmp_path):
    home, seen = tmp_path / "cache", tmp_path / "seen"
    variables = {"SIMCORE_CACHE_DIR": str(home), "XDG_CACHE_HOME": str(tmp_path / "other")}
    assert simcore("run", "heat.yaml", "--out", "first", environment=variables).returncode == 0
    plant(home, seen)
    for path in [home] if which == "place" else list(home.iterdir()):
        open_to_all(path)
    done = simcore("run", "heat.yaml", "--out", "second", environment=variables)
    assert (done.returncode, seen.exists()) == (0, False)
    remarks = [line for line in done.stderr.splitlines() if line.startswith("compiled programs: ")]
    assert (len(remarks), len(done.stderr.splitlines())) == ((1, 1) if which == "place" else (0, 0))


@pytest.mark.slow
def test_a_cache_without_room_costs_a_remark_and_not_the_run(simcore, tmp_path):
    """A device that takes nothing stands in for a full disk: the lock cannot be made."""
    home = tmp_path / "cache"
    home.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k,nr_inodes=4,mode=700", "none", str(home)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small file system")
    try:
        done = simcore("run", "heat.yaml", environment={"SIMCORE_CACHE_DIR": str(home)})
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("compiled programs cannot be kept: ")
