"""The numbers of a model, and what it reads from files."""

from __future__ import annotations

from simcore.config import Section


class Parameters(Section):
    """The numbers of a model: declare each with `simcore.parameter`. They are arguments of kernels, never constants."""


class InputData:
    """A parameter that the model itself reads and no kernel is given by its name, such as `simcore.ArrayFile`."""
