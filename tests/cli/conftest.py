"""The command line, called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from simcore.cli import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch, capsys) -> Callable[..., Outcome]:
    """`command("show", "DIR")` as the shell would run it, without the fork server that `run` and `resume` warm up."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["simcore", *map(str, arguments)])
        monkeypatch.setattr("simcore.parallel.process.warm_up", lambda *modules: None)
        with pytest.raises(SystemExit) as leave:
            main()
        return Outcome(leave.value.code, *capsys.readouterr())

    return call
