"""The operations that installed packages add: an experiment names those that it wants, `run.operations: [NAME]`."""

from __future__ import annotations

from typing import Any

from simcore.plugins import Registry

ADDED: Registry[Any] = Registry("simcore.operations", {})
"""By name a class derived from `simcore.runs.operations.operation.Operation`, which is called with the run."""
