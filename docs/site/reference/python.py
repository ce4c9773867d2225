"""The Python interface, from the docstrings of what the public modules export."""

from __future__ import annotations

import inspect
from types import ModuleType

import simcore

MODULES = ("simcore", "simcore.statistics", "simcore.reweighting", "simcore.scaling", "simcore.plots", "simcore.random")


def page() -> str:
    """The page, Markdown with the directives of Sphinx."""
    parts = ["# Python\n", "Everything here is imported from `simcore`: `import simcore`, then `simcore.run(...)`.\n"]
    for name in MODULES:
        module = simcore if name == "simcore" else getattr(simcore, name.partition(".")[2])
        parts += [f"## {name}\n", *(_entry(module, each) for each in module.__all__)]
    return "\n".join(part for part in parts if part)


def _entry(module: ModuleType, name: str) -> str:
    thing = getattr(module, name)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)) or thing.__name__ != name:
        return ""  # a number, a module, or another name of what stands here already
    kind = "autoclass" if inspect.isclass(thing) else "autofunction"
    members = "   :members:\n" if kind == "autoclass" and not issubclass(thing, Exception) else ""
    directive = f".. {kind}:: {thing.__module__}.{thing.__qualname__}\n{members}"
    return f"### {name}\n\n```{{eval-rst}}\n{directive}```\n"
