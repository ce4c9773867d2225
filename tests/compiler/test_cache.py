"""The cache of compiled programs: damage is noticed, first runs may be many, and a read-only home is no obstacle."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from simcore.compiler import cache

TEXT = """
from numba import njit
@njit(cache=True)
def advance(x):
    return 2 * x + 1
"""
NAME = "tested"
# Prints what the program computes, and whether it was compiled here or came from the cache.
LOAD = """
import sys
from simcore.compiler.cache import load
found = []
def compile_module(module):
    found.append(module.advance(3))
load(sys.argv[1], sys.argv[2], compile_module)
module = sys.modules["simcore_program_" + sys.argv[1]]
print(found[0], "loaded" if sum(module.advance.stats.cache_hits.values()) else "compiled")
"""


def command(text: str = TEXT) -> list[str]:
    return [sys.executable, "-c", LOAD, NAME, text]


def loaded(home: Path, text: str = TEXT, **environment: str) -> str:
    variables = {**os.environ, "SIMCORE_CACHE_DIR": str(home), **environment}
    return subprocess.run(command(text), env=variables, capture_output=True, text=True, check=True).stdout.strip()


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A home with one compiled program."""
    home = tmp_path_factory.mktemp("cache")
    assert loaded(home) == "7 compiled"
    return home


def intact(home: Path) -> bool:
    folder = home / NAME
    return cache._intact(folder, TEXT)


def test_the_second_process_loads_what_the_first_compiled(sealed):
    assert loaded(sealed) == "7 loaded"
    assert intact(sealed)
    kinds = {path.suffix for path in files(sealed / NAME)}
    assert kinds == {".py", ".json", ".nbi", ".nbc"}


def test_one_flipped_bit_in_any_file_is_noticed(sealed):
    for path in files(sealed / NAME):
        data = path.read_bytes()
        path.write_bytes(data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])
        assert not intact(sealed), path
        path.write_bytes(data)
        assert intact(sealed), path


SLOW = [pytest.param(damage, marks=pytest.mark.slow) for damage in ("flipped", "unlisted", "no seal")]
DAMAGE = ["half written", "other source", *SLOW]


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_thrown_away_and_built_again(damage, tmp_path):
    home = tmp_path
    assert loaded(home) == "7 compiled"
    folder = home / NAME
    code = next(folder.rglob("*.nbc"))
    if damage == "flipped":
        data = code.read_bytes()
        code.write_bytes(bytes([data[0] ^ 255]) + data[1:])
    elif damage == "half written":
        code.write_bytes(code.read_bytes()[:100])
    elif damage == "unlisted":
        (code.parent / "stranger.nbi").write_bytes(b"?")
    elif damage == "no seal":
        (folder / "seal.json").unlink()
    else:
        (folder / f"{NAME}.py").write_text(TEXT.replace("2 * x", "3 * x"))
    assert not intact(home)
    assert loaded(home) == "7 compiled"
    assert intact(home)
    assert not (code.parent / "stranger.nbi").exists()


def test_first_runs_at_once_compile_one_after_the_other_and_agree(tmp_path):
    variables = {**os.environ, "SIMCORE_CACHE_DIR": str(tmp_path)}
    running = [subprocess.Popen(command(), env=variables, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = sorted(process.communicate(timeout=120)[0].strip() for process in running)
    assert said == ["7 compiled", "7 loaded", "7 loaded"]
    assert intact(tmp_path)


def test_a_cache_directory_of_numbas_own_does_not_take_the_code_out_of_the_seal(tmp_path):
    other = tmp_path / "numba"
    home = tmp_path / "home"
    assert loaded(home, NUMBA_CACHE_DIR=str(other)) == "7 compiled"
    assert not other.exists()
    assert loaded(home) == "7 loaded"


@pytest.mark.parametrize("variable", ["SIMCORE_CACHE_DIR", "XDG_CACHE_HOME", "HOME"])
def test_the_first_place_that_can_be_written_is_taken(variable, monkeypatch, tmp_path):
    """A file stands where the folders before it would be: that stops root, too."""
    (tmp_path / "file").write_text("")
    for name in ("SIMCORE_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file" / name))
    monkeypatch.setenv(variable, str(tmp_path / "here"))
    expected = {"SIMCORE_CACHE_DIR": "here", "XDG_CACHE_HOME": "here/simcore", "HOME": "here/.cache/simcore"}
    assert cache.home() == tmp_path / expected[variable]


def test_where_no_place_can_be_written_a_private_folder_serves(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    for name in ("SIMCORE_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file" / name))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = cache.home()
    assert place == tmp_path / f"simcore-{os.getuid()}"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    place.chmod(0o777)  # anybody could have put code there
    assert cache.home() != place
    assert cache.home().parent == tmp_path


def test_a_seal_that_is_no_json_is_no_seal(sealed):
    seal = sealed / NAME / "seal.json"
    before = seal.read_text()
    for text in ("", "[1, 2]", "{", json.dumps({})):
        seal.write_text(text)
        assert not intact(sealed)
    seal.write_text(before)
    assert intact(sealed)
