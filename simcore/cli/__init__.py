"""The command line: each command says what it does in `commands`; `display` shows a run while it goes on."""

from simcore.cli.entry import main

__all__ = ["main"]
