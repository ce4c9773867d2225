"""The numbers of a model, and what it reads from files."""

from __future__ import annotations

from simcore.config import Section

PARAMETERS = "model.parameters."
"""What the path of a parameter in an experiment begins with."""


class Parameters(Section):
    """The parameters of a model: declare each with `simcore.parameter`. They are arguments of kernels.

    Example:
        >>> class Growth(Parameters):
        ...     rate: float = simcore.parameter(0.1, doc="growth rate", at_least=0.0)
        >>> Growth(rate=0.5).rate
        0.5
    """


class InputData:
    """A parameter that the model itself reads and no kernel is given by its name, such as `simcore.ArrayFile`."""
