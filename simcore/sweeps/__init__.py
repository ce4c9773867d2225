"""Many points of one experiment: expand, claim, execute, collect. `simcore.sweep(...)` is `simcore.run` for a sweep."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _CallableModule(ModuleType):
    """To import any part of a package puts the package where users expect the function `simcore.sweep`: it is both."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return import_module("simcore").carry_out_sweep(*arguments, **options)


sys.modules[__name__].__class__ = _CallableModule
