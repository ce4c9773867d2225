"""run.log: JSON lines with the events of docs/log.md, read by their keys, whatever a kill or an old version left."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import StorageError, UsageError
from simcore.runs import events, run, status
from simcore.runs.log import LOGGER, LogFile, read_log
from simcore.runs.status import log_in_words

PAGE = (Path(__file__).parents[2] / "docs/log.md").read_text()
STARTED = events.Started(0, 100, 2, 17, "node3")
PROGRESS = events.Progress(40, 100, 3.5e6, 12.0, {"energy": -1.25, "m": float("nan")})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The directory of a run of which only its log is missing."""
    (tmp_path / "experiment.yaml").write_text("{}")
    return tmp_path


def written(place: Path, *noted: events.Event) -> Path:
    path = place / "run.log"
    log = LogFile(path, place.name)
    log.begin()
    for event in noted:
        log.write(event)
    log.close()
    return path


def experiment(**keys: Any) -> dict[str, Any]:
    model = {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 2.0}}
    return {"model": model, "run": {"seed": 1, "workers": 1, "sweeps": 20, **keys}, "checkpoint": {"every": 8}}


def test_the_page_lists_every_event_with_its_keys():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE))
    told = {kind: re.findall(r"`(\w+)`", keys) for kind, keys in rows.items()}
    assert told == {event.kind: [one.name for one in dataclasses.fields(event)] for event in events.EVENTS}


def test_every_event_class_is_listed():
    classes = {one for one in vars(events).values() if isinstance(one, type) and issubclass(one, events.Event)}
    assert classes - {events.Event} == set(events.EVENTS)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
COUNTS = st.integers(0, 10**15)
VALUES = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.one_of(
    st.builds(events.Started, COUNTS, COUNTS, COUNTS, COUNTS, TEXTS),
    st.builds(events.Progress, COUNTS, COUNTS, VALUES, st.none() | VALUES, st.dictionaries(TEXTS, VALUES, max_size=3)),
    st.builds(events.CheckpointWritten, COUNTS, COUNTS, VALUES),
    st.builds(events.Thermalized, COUNTS),
    st.builds(events.Warned, TEXTS),
    st.builds(events.Done, COUNTS, COUNTS, st.booleans()),
    st.builds(events.Paused, COUNTS, COUNTS),
    st.builds(events.Stopped, COUNTS, st.none() | COUNTS, st.none() | COUNTS, TEXTS),
    st.builds(events.Failed, TEXTS, TEXTS),
)


@given(noted=st.lists(ANY, max_size=4), cut=st.integers(0, 60))
def test_what_is_written_is_read_and_a_torn_last_line_is_passed_over(tmp_path_factory, noted, cut):
    place = tmp_path_factory.mktemp("log")
    path = written(place, *noted)
    assert [entry.event for entry in read_log(path).entries] == noted
    assert all("\n" not in entry.words() for entry in read_log(path).entries)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"time": "2026-03-01T12:00:00.000+01:00", "event": "done", "st'[:cut])
    assert [entry.event for entry in read_log(path).entries] == noted
    assert not read_log(path).is_text
    written(place, STARTED)  # a resume after the kill
    assert [entry.event for entry in read_log(path).entries] == [*noted, STARTED]


def test_a_line_is_json_with_numbers_that_are_not_finite_as_null(place):
    line = json.loads(written(place, PROGRESS).read_text(), parse_constant=lambda name: pytest.fail(name))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", line.pop("time"))
    assert re.fullmatch("[0-9a-f]{8}", line.pop("crc32"))
    assert line == {
        "event": "progress",
        "step": 40,
        "total": 100,
        "sites_per_second": 3.5e6,
        "seconds_left": 12.0,
        "latest": {"energy": -1.25, "m": None},
    }


@pytest.mark.parametrize(
    ("last", "state", "step", "message"),
    [
        (events.Done(100, 100, met=False), "done", 100, ""),
        (events.Paused(60, 100), "paused", 60, "paused at step 60 of 100: the end of run.max_walltime"),
        (events.Stopped(15, 70, 100, "stopped by SIGTERM"), "stopped", 70, "stopped by SIGTERM"),
        (events.Failed("WorkerError", "worker 1 died:\nOOM"), "failed", 40, "worker 1 died: OOM"),
        (PROGRESS, "failed", 40, "it ended without a final log entry: killed, or out of memory"),
    ],
)
def test_status_reads_keys(last, state, step, message, place):
    stale = events.Done(7, 7, met=False)
    written(place, STARTED, stale, STARTED, PROGRESS, events.Warned("step 99 of 99, 1 s left"), last)
    found = status(place)
    assert (found.state, found.step, found.total, found.message) == (state, step, 100, message)


def test_words_in_a_message_are_no_state(place):
    written(place, STARTED, events.Failed("ValueError", "done: step 5 of 9, progress: 3 sites/s"))
    assert (status(place).state, status(place).step, status(place).total) == ("failed", 0, 100)


def test_an_event_or_a_key_of_a_newer_version_is_passed_over(place):
    path = written(place, STARTED)
    with path.open("a") as log:
        log.write('{"time": "t", "event": "exchange", "pair": [0, 1]}\n')
        log.write('{"time": "t", "event": "paused", "step": 5, "total": 100, "why": "lunch"}\n[1, 2]\n')
        log.write('{"time": "t", "event": "done", "step": "many", "total": 100, "met": true}\n')
    assert (status(place).state, status(place).step) == ("paused", 5)


def test_a_text_log_of_an_earlier_version_is_told_in_one_line(place):
    text = "2026-01-01T00:00:00 started: step 0 of 20, workers 1, process 1 on a\n2026-01-01T00:00:01 done: step 20\n"
    (place / "run.log").write_text(text)
    for call in (status, log_in_words):
        with pytest.raises(UsageError, match=r"run.log is a text, as versions before") as error:
            call(place)
        assert "\n" not in str(error.value)
    written(place, STARTED, events.Done(100, 100, met=True))  # as a resume does
    assert status(place).state == "done"


def test_a_first_line_that_was_torn_is_no_text_log(place):
    (place / "run.log").write_text('{"time": "2026-03-01T12:00:00.000+01:00", "eve')
    assert status(place).state == "failed"


def test_a_run_notes_its_events_and_they_are_told_in_words(tmp_path, capsys):
    path = run(experiment(), out=tmp_path / "run").path
    kinds = [json.loads(line)["event"] for line in (path / "run.log").read_text().splitlines()]
    assert (kinds[0], kinds[-1]) == ("started", "done")
    assert set(kinds[1:-1]) == {"checkpoint"}
    lines = log_in_words(path)
    assert re.fullmatch(r"\S+ started: started at step 0 of 20, workers 1, process \d+ on .+", lines[0])
    assert re.fullmatch(r"\S+ checkpoint: checkpoint of step 8: \d+ bytes in \d\.\d{3} s", lines[1])
    assert lines[-1].endswith(" done: done at step 20 of 20")


def test_the_command_prints_the_log(tmp_path, capsys):
    from typer.testing import CliRunner

    from simcore.cli.commands import app

    path = run(experiment(), out=tmp_path / "run").path
    told = CliRunner().invoke(app, ["status", str(path), "--log"])
    assert told.output.splitlines() == log_in_words(path)


def test_the_logger_gets_the_same_and_is_silent_by_default(tmp_path, caplog, capfd):
    run(experiment(), out=tmp_path / "a")
    assert capfd.readouterr() == ("", "")
    assert any(isinstance(handler, logging.NullHandler) for handler in LOGGER.handlers)
    assert logging.getLogger("simcore") is LOGGER
    with caplog.at_level(logging.INFO, logger="simcore"):
        run(experiment(thermalization="auto", thermalization_limit=10), out=tmp_path / "b")
    entries = [entry.event for entry in read_log(tmp_path / "b/run.log").entries]
    assert [record.getMessage() for record in caplog.records] == [f"b: {event.words()}" for event in entries]
    levels = {record.getMessage(): record.levelname for record in caplog.records}
    warned = "b: not thermalised: an observable still drifts after 10 sweeps, all that it was given"
    assert levels[warned] == "WARNING"
    assert {level for message, level in levels.items() if message != warned} == {"INFO"}


def test_a_failure_is_noted_with_its_class(tmp_path, monkeypatch):
    monkeypatch.setattr("simcore.runs.finishing.result", _no_disk)
    with pytest.raises(StorageError):
        run(experiment(), out=tmp_path / "run")
    last = read_log(tmp_path / "run/run.log").entries[-1].event
    assert last == events.Failed("StorageError", "the disk is full")
    assert status(tmp_path / "run").message == "the disk is full"


def _no_disk(*_: Any) -> None:
    raise StorageError("the disk is full")


def test_the_python_of_the_page_shows_the_log(tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "configs").symlink_to(Path(__file__).parents[2] / "configs")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    noted = [line for line in done.stderr.splitlines() if re.match("INFO |WARNING ", line)]
    entries = read_log(tmp_path / "results/logged/run.log").entries
    assert noted == [f"INFO logged: {entry.event.words()}" for entry in entries]
    assert noted[-1] == "INFO logged: done at step 12000 of 12000"
