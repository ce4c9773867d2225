"""The command `schema`, and where the schema lies for editors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer


def schema(
    install: Annotated[
        bool, typer.Option("--install", help="Write it to a place of this user, and print the line that names it.")
    ] = False,
) -> None:
    """Print the JSON Schema of an experiment, for editors.

    --install writes it to $XDG_DATA_HOME/simcore/schema-VERSION.json and prints the first line of an experiment file
    that names it by its whole path: the experiment may then be moved.
    """
    from simcore.sweeps.schema import schema as compose

    text = json.dumps(compose(), indent=2, ensure_ascii=False)
    if not install:
        print(text)
        return
    from simcore.errors import StorageError
    from simcore.storage.atomic import write_file

    to = installed()
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{to.parent} cannot be made: {error.strerror}") from error
    write_file(to, f"{text}\n".encode())
    print(f"# yaml-language-server: $schema={to}")


def installed() -> Path:
    """Where `--install` writes."""
    import simcore

    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home, "simcore", f"schema-{simcore.__version__}.json")


def place() -> Path:
    """The schema that a new experiment names: that of this user if there is one, else the one of the package."""
    import simcore

    own = installed()
    return own if own.is_file() else Path(simcore.__file__).parent / "schema.json"
