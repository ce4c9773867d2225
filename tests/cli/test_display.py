from __future__ import annotations

import io
import os
import pty
import sys
import types
from contextlib import suppress

import pytest

from simcore.cli import display
from simcore.cli.display.lines import Lines, sentence
from simcore.cli.display.notebook import Notebook
from simcore.cli.display.terminal import Terminal
from simcore.runs.progress import Progress

PROGRESS = Progress(4800, 11000, 35.2e6, 12.0, {"energy": -1.43412, "magnetization": 0.661})


class Clock:
    """A clock that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Closed(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def isatty(self) -> bool:
        return True


def watched(shown, clock, seconds, *, calls_a_second=20):
    """Let a display watch a run of so many seconds."""
    shown.started("ising", 11000, 2, "results/ising")
    for _ in range(int(seconds * calls_a_second)):
        clock.now += 1 / calls_a_second
        shown.progressed(PROGRESS)
    shown.ended()


def test_a_sentence_tells_step_rate_time_left_and_observables():
    assert sentence(PROGRESS) == (
        "step 4800 of 11000 (43 %), 35.2 Msite/s, 12 s left; energy -1.4341, magnetization 0.661"
    )
    assert sentence(Progress(0, 10)) == "step 0 of 10 (0 %)"


def test_off_a_terminal_there_is_one_line_every_ten_seconds():
    stream, clock = io.StringIO(), Clock()
    watched(Lines(stream, clock), clock, 35.5)
    lines = stream.getvalue().splitlines()
    assert lines == [f"ising: {sentence(PROGRESS)}"] * 3


def test_off_a_terminal_a_short_run_says_nothing():
    stream, clock = io.StringIO(), Clock()
    watched(Lines(stream, clock), clock, 9)
    assert stream.getvalue() == ""


def test_notices_are_shown_at_once():
    stream = io.StringIO()
    Lines(stream).said("a checkpoint was set aside")
    assert stream.getvalue() == "a checkpoint was set aside\n"


@pytest.mark.parametrize("make", [Lines, Terminal])
def test_a_closed_stream_never_stops_a_run(make):
    clock = Clock()
    shown = make(Closed(), clock)
    shown.said("notice")
    watched(shown, clock, 30)


def test_without_a_standard_error_nothing_is_shown():
    clock = Clock()
    watched(Lines(None, clock), clock, 30)


@pytest.fixture
def terminal():
    """A pseudo-terminal: the stream to draw on, and a function that reads what was drawn."""
    leader, follower = pty.openpty()
    stream = os.fdopen(follower, "w")

    def drawn() -> str:
        stream.close()
        # The other end of a terminal that is gone fails with EIO once all is read; it may come in pieces.
        pieces = []
        with suppress(OSError):
            while piece := os.read(leader, 1 << 16):
                pieces.append(piece)
        return b"".join(pieces).decode()

    yield stream, drawn
    stream.close()
    os.close(leader)


def test_a_terminal_shows_the_run_and_is_left_as_it_was(terminal, monkeypatch):
    stream, drawn = terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    clock = Clock()
    watched(Terminal(stream, clock), clock, 1)
    text = drawn()
    assert text.startswith("ising: starting 2 workers ...\r\x1b[K")
    for part in ("4800/11000", "43 %", "35.2 Msite/s", "12 s left", "energy -1.4341"):
        assert part in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is visible again"
    assert text.rindex("\x1b[2K") > text.rindex("energy"), "the picture is erased"


def test_a_terminal_shows_no_bar_for_a_moment(terminal):
    stream, drawn = terminal
    clock = Clock()
    watched(Terminal(stream, clock), clock, 0.25)
    assert drawn() == "ising: starting 2 workers ...\r\x1b[K"


def test_a_notice_stands_above_the_bar(terminal, monkeypatch):
    stream, drawn = terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    clock = Clock()
    shown = Terminal(stream, clock)
    shown.started("ising", 10, 1, "results/ising")
    clock.now += 1
    shown.progressed(PROGRESS)
    shown.said("[a] notice: 12 tokens")
    shown.ended()
    assert "[a] notice: 12 tokens" in drawn()


class Shell:
    """What IPython shows under a cell."""

    def __init__(self) -> None:
        self.outputs: list[str] = []

    def module(self) -> types.ModuleType:
        module = types.ModuleType("IPython.display")
        module.display = self.display
        return module

    def display(self, data, *, raw, display_id):
        self.outputs.append(data["text/plain"])
        return self

    def update(self, data, *, raw):
        self.outputs[-1] = data["text/plain"]


def test_a_notebook_rewrites_one_line_and_keeps_the_last(monkeypatch):
    shell, clock = Shell(), Clock()
    monkeypatch.setitem(sys.modules, "IPython.display", shell.module())
    shown = Notebook(clock)
    shown.started("ising", 11000, 2, "results/ising")
    for step in range(100):
        clock.now += 0.05
        shown.progressed(Progress(step, 99))
    shown.ended()
    assert shell.outputs == ["ising: step 99 of 99 (100 %)"]


def test_a_notebook_is_recognised(monkeypatch):
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert isinstance(display.choose(), Notebook)


def test_the_display_fits_where_standard_error_goes(monkeypatch, terminal):
    monkeypatch.setattr(sys, "stderr", terminal[0])
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(display.choose(), Terminal)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(display.choose(), Lines)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(display.choose(), Lines)
