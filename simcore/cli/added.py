"""The commands that installed packages add; they stand behind those of simcore and take the name of none."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from simcore.plugins import PluginError, Registry

COMMANDS: Registry[Any] = Registry("simcore.commands", {})
"""By name a function with the parameters of a typer command."""


class Commands(TyperGroup):
    """The group of all commands. A package is imported when its command is called, or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """simcore's own, then those of packages."""
        own = super().list_commands(ctx)
        return [*own, *(name for name in COMMANDS if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name. One whose package fails says so, when it is listed and when it is called."""
        found = super().get_command(ctx, cmd_name)
        if found is not None or cmd_name not in COMMANDS:
            return found
        made = typer.Typer(add_completion=False, rich_markup_mode=None)
        try:
            function = COMMANDS[cmd_name]
        except PluginError as error:
            function = _failing(error)
        made.command(cmd_name)(function)
        return typer.main.get_command(made)


def _failing(error: PluginError) -> Any:
    def fail() -> None:
        raise error

    fail.__doc__ = str(error)
    return fail
