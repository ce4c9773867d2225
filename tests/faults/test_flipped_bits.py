"""A changed byte of a result, of the estimates of a sweep or of its ledger is an error, never another number."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

import simcore
from simcore.analysis.integrity import check_files
from simcore.errors import StorageError
from simcore.runs import status
from simcore.runs.verify import digest
from simcore.storage import Group, Result, Variable, read_result, seal, write_result
from simcore.storage.result import open_result, verify_result
from simcore.sweeps.ledger import Ledger

RUN = {
    "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.3}},
    "run": {"seed": 3, "sweeps": 20, "measure_every": 5},
}
SWEEP = {**RUN, "sweep": {"grid": {"model.parameters.temperature": [2.0, 2.5]}}}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return simcore.run(RUN, out=tmp_path_factory.mktemp("run") / "out", workers=1).path


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    return simcore.sweep(SWEEP, out=tmp_path_factory.mktemp("sweep") / "out", workers=1).path


@pytest.fixture
def copy(tmp_path):
    """A copy of a file, to be spoiled."""

    def make(path: Path) -> Path:
        (tmp_path / path.name).write_bytes(path.read_bytes())
        return tmp_path / path.name

    return make


def spoiled(path: Path, places: range | list[int]) -> Iterator[int]:
    """Flip one bit of the byte at each place in turn; the file is whole again afterwards."""
    whole = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for place in places:
            file.seek(place)
            file.write(bytes([whole[place] ^ 1 << place % 8]))
            yield place
            file.seek(place)
            file.write(whole[place : place + 1])
    assert path.read_bytes() == whole


def passed_over(path: Path, places: range | list[int]) -> list[int]:
    """The places at which a changed byte was no error that names the file in one line."""
    found = []
    for place in spoiled(path, places):
        try:
            open_result(path).close()
        except StorageError as error:
            if str(error).startswith(f"{path}: ") and "\n" not in str(error):
                continue
        found.append(place)
    open_result(path).close()
    return found


def sampled(path: Path, count: int) -> list[int]:
    """Places all over the file, and each byte of its beginning and of its checksums."""
    size = path.stat().st_size
    return sorted({*range(64), *range(0, size, size // count), *range(size - 200, size)})


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_flipped_bit_of_a_result_is_an_error(every, run, sweep, copy):
    for whole in (run / "result.h5", sweep / "estimates.h5"):
        path = copy(whole)
        assert passed_over(path, range(path.stat().st_size) if every else sampled(path, 300)) == []


def test_a_file_that_is_cut_or_longer_is_an_error(run, copy):
    path = copy(run / "result.h5")
    whole = path.read_bytes()
    for changed in (*(whole[:end] for end in range(0, len(whole), len(whole) // 97)), whole[:-1], whole + b"\0", b""):
        path.write_bytes(changed)
        with pytest.raises(StorageError, match=r"result\.h5: cannot be read as a result file"):
            open_result(path)


def test_a_flipped_bit_of_a_large_result_gives_no_other_number(run, copy, monkeypatch):
    """Of a file that is not read whole, each block is verified when it is read."""
    path, result = copy(run / "result.h5"), read_result(run / "result.h5")
    monkeypatch.setattr(seal, "WHOLE", 0)
    monkeypatch.setattr(seal, "BLOCK", 512)
    write_result(path, result)
    before, errors = everything(path), 0
    places = sampled(path, 150)
    for _ in spoiled(path, places):
        try:
            assert everything(path) == before
        except StorageError:
            errors += 1
        with pytest.raises(StorageError):
            verify_result(path)
    assert errors > len(places) / 2


def everything(path: Path) -> list[bytes]:
    """All numbers and attributes, as `load` gives them."""
    with simcore.load(path) as tree:
        return [
            repr(sorted(tree.attrs.items())).encode(),
            *(v.values.tobytes() for node in tree.subtree for v in node.variables.values()),
        ]


def test_of_a_large_result_a_changed_byte_counts_where_it_is_used(tmp_path):
    path = tmp_path / "result.h5"
    noise = np.random.default_rng(1).random((8, 400, 500))
    fields = Group({"u": Variable(("time", "x", "y"), noise)}, {"time": Variable(("time",), np.arange(8.0))})
    numbers = Group({"energy": Variable((), np.float64(-1.5))})
    write_result(path, Result({"estimates": numbers, "fields": fields}, {}))
    assert path.stat().st_size > seal.WHOLE
    for place in spoiled(path, [path.stat().st_size // 2]):
        with simcore.load(path) as tree:
            assert tree["estimates/energy"].item() == -1.5
            with pytest.raises(StorageError, match=rf"bytes {place // seal.BLOCK * seal.BLOCK} to \d+ are not those"):
                tree["fields/u"].load()
        with pytest.raises(StorageError, match="are not those that were written"):
            verify_result(path)
    verify_result(path)


def noisy(path: Path, cells: int) -> Path:
    """A result with a field of noise, and an estimate."""
    fields = Group({"u": Variable(("x",), np.random.default_rng(1).random(cells))})
    write_result(path, Result({"estimates": Group({"energy": Variable((), np.float64(-1.5))}), "fields": fields}, {}))
    return path


def test_of_a_small_result_a_changed_byte_counts_wherever_it_is(tmp_path):
    path = noisy(tmp_path / "result.h5", 100_000)
    assert seal.BLOCK < path.stat().st_size < seal.WHOLE
    for _ in spoiled(path, [path.stat().st_size // 2]):
        with pytest.raises(StorageError, match="are not those that were written"):
            simcore.load(path)


def read_badly(path: Path, place: int, error: type[Exception] | None) -> None:
    """Read a byte as a library does that passes over errors, and then ends in one of its own or in none."""
    image = open_result(path)
    image.seek(place)
    with seal.telling(image):
        with suppress(StorageError):
            image.read(1)
        if error is not None:
            raise error


@pytest.mark.parametrize("error", [None, AttributeError])
def test_what_a_library_makes_of_a_damaged_block_does_not_hide_it(error, tmp_path, monkeypatch):
    monkeypatch.setattr(seal, "WHOLE", 0)
    path = noisy(tmp_path / "result.h5", 100_000)
    for place in spoiled(path, [path.stat().st_size // 2]):
        with pytest.raises(StorageError, match="are not those that were written"):
            read_badly(path, place, error)


LOADS_DAMAGED = """
import sys
import simcore
from simcore.analysis.integrity import check_files
from simcore.errors import StorageError
from simcore.storage import seal
seal.WHOLE = 0
try:
    simcore.load(sys.argv[1])
except StorageError:
    print("refused")
"""


def test_python_ends_well_after_a_damaged_block_was_met(tmp_path):
    """HDF5 must not be left with what holds the file: it would call a Python that has ended."""
    path = noisy(tmp_path / "result.h5", 100_000)
    for _ in spoiled(path, [200]):
        done = subprocess.run([sys.executable, "-c", LOADS_DAMAGED, path], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, "refused\n", "")


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_flipped_bit_of_a_ledger_is_an_error_with_the_line(every, sweep, copy):
    path = copy(sweep / "ledger.jsonl")
    size, passed = path.stat().st_size, []
    places = range(size) if every else sorted({*range(0, size, 7), *ends_of_lines(path)})
    for place in spoiled(path, places):
        number = path.read_bytes()[:place].count(b"\n") + 1
        try:
            Ledger(path.parent).refresh()
        except StorageError as error:
            if str(error).startswith((f"{path}:{number}: ", f"{path}:{number - 1}: ")) and "\n" not in str(error):
                continue
        passed.append(place)
    assert passed == []
    Ledger(path.parent).refresh()


def ends_of_lines(path: Path) -> list[int]:
    return [place for place, byte in enumerate(path.read_bytes()) if byte == ord("\n")]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["experiment.yaml", "run.log"])
def test_a_flipped_bit_or_a_cut_of_a_text_is_a_problem_of_its_file(name, every, run, sweep, copy):
    for place in (run, sweep) if name == "experiment.yaml" else (run,):
        path = copy(place / name)
        whole = path.read_bytes()
        places = range(0, len(whole), 1 if every else 11)
        assert [problem for _, problem in problems(path.parent)] == [""]
        assert [number for number in spoiled(path, places) if not problems(path.parent)[0][1]] == []
        for end in range(1, len(whole) - 1, 7):
            if name == "run.log" and whole[:end].endswith(b"\n"):
                continue
            path.write_bytes(whole[:end])
            # the end of a log may be half a line of a process that was killed
            assert name == "run.log" or problems(path.parent)[0][1]
        path.unlink()


def problems(directory: Path) -> list[tuple[str, str]]:
    return [(checked.path.name, checked.problem) for checked in check_files(directory)]


def test_a_changed_experiment_is_refused_in_one_line_unless_its_checksum_is_deleted(tmp_path):
    path = simcore.run(RUN, out=tmp_path / "out", workers=1).path
    experiment = path / "experiment.yaml"
    whole = experiment.read_text()
    changed = whole.replace("sweeps: 20", "sweeps: 30")
    assert changed != whole
    experiment.write_text(changed)
    for function in (simcore.resume, status):
        with pytest.raises(StorageError, match=r"experiment\.yaml: it is not what was written: .* Without that line"):
            function(path)
    experiment.write_text("".join(changed.splitlines(keepends=True)[:-1]))
    assert simcore.resume(path, workers=1).path == path
    assert status(path).total == 30
    assert {problem for _, problem in problems(path)} == {""}


def test_of_a_damaged_log_only_its_last_line_hinders(tmp_path):
    path = simcore.run(RUN, out=tmp_path / "out", workers=1).path
    log = path / "run.log"
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    log.write_bytes(b"".join([lines[0].replace(b"20", b"21", 1), *lines[1:]]))
    assert status(path).state == "done"
    assert [name for name, problem in problems(path) if problem] == ["run.log"]
    log.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"done", b"dune")]))
    with pytest.raises(StorageError, match=r"run\.log: its last line is damaged"):
        status(path)


COMMANDS = ("show", "report", "plot")


def command(*arguments: object) -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "simcore", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", [COMMANDS[0], *(pytest.param(n, marks=pytest.mark.slow) for n in COMMANDS[1:])])
def test_commands_tell_a_damaged_file_in_one_line(name, run, sweep):
    for path in (run / "result.h5", sweep / "estimates.h5"):
        for _ in spoiled(path, [1000]):
            done = command(name, path.parent)
            assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
            assert done.stderr.startswith(f"{path}: ")


def test_a_damaged_ledger_is_told_in_one_line(sweep):
    for _ in spoiled(sweep / "ledger.jsonl", [30]):
        done = command("status", sweep)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
        assert done.stderr.startswith(f"{sweep / 'ledger.jsonl'}:1: the line is damaged")


def edit(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["remark"] = "by hand"


def overwrite(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["estimates/energy"][...] = -2.0


def rewrite(path: Path) -> None:
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        changed = tree.load()
    changed.to_netcdf(path, engine="h5netcdf")


@pytest.mark.parametrize("how", [edit, overwrite, rewrite])
def test_a_result_that_was_edited_says_what_to_do(how, tmp_path):
    path = simcore.run(RUN, out=tmp_path / "out", workers=1).path
    before = digest(path)
    how(path / "result.h5")
    with pytest.raises(StorageError, match=r"another program has written to it\. `simcore resume` of its run") as told:
        simcore.load(path)
    assert "\n" not in str(told.value)
    simcore.resume(path, workers=1)
    assert digest(path) == before


def test_without_a_damaged_line_a_sweep_goes_on_with_what_is_on_the_disk(tmp_path):
    path = simcore.sweep(SWEEP, out=tmp_path / "out", workers=1).path
    before = (path / "estimates.h5").read_bytes()
    lines = (path / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.startswith(b'{"done"'))
    (path / "ledger.jsonl").write_bytes(
        b"".join([*lines[:number], lines[number].replace(b"0", b"1", 1), *lines[number + 1 :]])
    )
    with pytest.raises(StorageError, match=rf"ledger\.jsonl:{number + 1}: the line is damaged"):
        simcore.sweep(SWEEP, out=path, workers=1)
    (path / "ledger.jsonl").write_bytes(b"".join([*lines[:number], *lines[number + 1 :]]))
    assert simcore.sweep(SWEEP, out=path, workers=1).done == 2
    assert (path / "estimates.h5").read_bytes() == before
