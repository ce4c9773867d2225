"""Every model that comes with simcore, as `simcore models NAME` describes it."""

from __future__ import annotations

from simcore.cli.description import describe
from simcore.models import registry


def page() -> str:
    """The page, Markdown."""
    parts = [
        "# Models\n",
        "What `simcore models NAME` prints. `simcore models` lists them, with those of installed packages.\n",
    ]
    for name in registry.names():
        parts += [f"## {name}\n", f"```text\n{describe(name)}\n```\n"]
    return "\n".join(parts)
