"""The command `new`: an experiment file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Set a key of the example; repeatable.")
]


def new(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="A model; without it all are listed.")] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="The file to write, else MODEL.yaml.")] = None,
    overrides: Overrides = None,
) -> None:
    """Write an experiment file for a model: its example, with the line that makes editors complete and check it."""
    from simcore.cli.description import catalogue
    from simcore.cli.outcome import shortest

    if model is None:
        print(f"{catalogue()}\n\nsimcore new MODEL writes an experiment to begin with")
        return
    written = to or Path(f"{model.rpartition(':')[2]}.yaml")
    text = experiment_of(model, written.stem, overrides or ())
    try:
        with written.open("x") as file:
            file.write(text)
    except FileExistsError:
        from simcore.errors import UsageError

        raise UsageError(f"{written} exists; --to FILE names another") from None
    except OSError as error:
        from simcore.errors import StorageError

        raise StorageError(f"{written} cannot be written: {error.strerror}") from error
    print(f"{shortest(written)}\nsimcore run {shortest(written)}")


def experiment_of(model: str, name: str, overrides: list[str] | tuple[str, ...] = ()) -> str:
    """The text of an experiment with a model. Raises InvalidValueError, UsageError, ExperimentError."""
    from simcore.cli.schema import place
    from simcore.config import to_text
    from simcore.config.document import Document
    from simcore.config.overrides import override
    from simcore.config.syntax import parse
    from simcore.errors import UsageError
    from simcore.models import registry

    found = registry.find(model, Path())
    if not found.example:
        raise UsageError(f"{model} has no example to begin with; simcore models {model} describes it")
    title = (found.__doc__ or model).strip().partition("\n")[0]
    head = f"# yaml-language-server: $schema={place()}\n# {title}\n# simcore models {model} describes all keys.\n"
    node, _ = parse(found.example, lambda line, column: f"{model}.example:{line + 1}:{column + 1}")
    assert node is not None
    document = override(Document(node, None, Path()), overrides)
    body = found.example.strip("\n") + "\n" if not overrides else to_text(document.data)
    named = "" if "name" in document.data else f"name: {name}\n"
    if "sweep" not in document.data:
        from simcore.runs.experiment import resolved

        resolved(document)  # so that what is written runs
    return f"{head}{named}{body}"
