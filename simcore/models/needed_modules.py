"""Which modules of a user's the functions of a model need in another process."""

from __future__ import annotations

import sys

from simcore.models import module_file, registry
from simcore.models.function_transport import UserModule


def modules_of(model: type) -> tuple[UserModule, ...]:
    """The modules that the functions of a model need; none for a model of simcore's own, or of a script."""
    module = sys.modules.get(model.__module__)
    file = getattr(module, "__file__", None)
    if registry.name_of(model) is not None or model.__module__ == "__main__" or module is None or file is None:
        return ()
    return (UserModule(model.__module__, file, module_file.content_of(module)),)
