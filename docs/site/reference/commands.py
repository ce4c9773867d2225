"""Every command with its arguments and options, as `simcore COMMAND --help` prints them."""

from __future__ import annotations

import subprocess
import sys

from typer.main import get_command

from simcore.cli.commands import app


def page() -> str:
    """The page, Markdown."""
    parts = ["# Commands\n", "The command is `simcore`; `python -m simcore` is the same.\n", _block(_help())]
    for name in sorted(get_command(app).commands):
        parts += [f"## simcore {name}\n", _block(_help(name))]
    return "\n".join(parts)


def _help(*command: str) -> str:
    arguments = [sys.executable, "-m", "simcore", *command, "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```\n"
