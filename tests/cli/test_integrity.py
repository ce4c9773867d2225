"""`simcore check`: every file with a checksum, one line each."""

from __future__ import annotations

import pytest

import simcore

RUN = {
    "model": {"type": "heat", "grid": {"shape": [6]}, "parameters": {"D": 0.1}, "fields": {"u": {"initial": "x"}}},
    "run": {"seed": 3, "dt": 0.1, "steps": 20},
    "output": {"fields": {"every": 10}, "vtk": True},
}
SWEEP = {**RUN, "output": {}, "sweep": {"grid": {"model.parameters.D": [0.1, 0.2]}}}
OF_A_RUN = [
    "experiment.yaml",
    "result.h5",
    "fields.vtkhdf",
    "checkpoints/step-20.h5",
    "checkpoints/fields/step-10.h5",
    "checkpoints/fields/step-20.h5",
    "run.log",
]
OF_A_SWEEP = ["sweep/experiment.yaml", "sweep/ledger.jsonl", "sweep/estimates.h5"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("checked")
    simcore.run(RUN, out=place / "run", workers=1)
    simcore.sweep(SWEEP, out=place / "sweep", workers=1)
    return place


def flip(path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def test_whole_files_are_ok(command, place, monkeypatch):
    monkeypatch.chdir(place)
    assert command("check", "run") == (0, "".join(f"run/{name}: ok\n" for name in OF_A_RUN), "")
    done = command("check", "sweep")
    assert (done.code, done.err) == (0, "")
    names = [line.removesuffix(": ok") for line in done.out.splitlines()]
    points = sorted(f"sweep/{path.relative_to(place / 'sweep')}" for path in (place / "sweep/points").glob("*"))
    files = [
        f"{point}/{name}"
        for point in points
        for name in ("experiment.yaml", "result.h5", "checkpoints/step-20.h5", "run.log")
    ]
    assert names == [*OF_A_SWEEP, *files]


@pytest.mark.parametrize("name", [*(f"run/{name}" for name in OF_A_RUN), *OF_A_SWEEP])
def test_a_damaged_file_is_named(name, command, place, monkeypatch):
    monkeypatch.chdir(place)
    before = (place / name).read_bytes()
    flip(place / name)
    try:
        done = command("check", name.partition("/")[0])
    finally:
        (place / name).write_bytes(before)
    assert (done.code, done.err) == (1, "1 damaged\n")
    bad = [line for line in done.out.splitlines() if not line.endswith(": ok")]
    assert len(bad) == 1
    assert bad[0].startswith(f"{name}:")


def test_a_directory_without_files_is_refused(command, tmp_path):
    done = command("check", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"{tmp_path}: no result, checkpoint or ledger is there\n"
