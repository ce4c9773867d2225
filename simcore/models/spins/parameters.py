"""Parameters of models of spins: the temperature, and numbers that the energy names."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from simcore.config import parameter
from simcore.spec.parameters import Parameters


class SpinParameters(Parameters):
    """The temperature; a named model adds its own."""

    temperature: float = parameter(unit="energy", doc="temperature, k_B = 1", above=0.0)


class FreeParameters(SpinParameters):
    """The temperature, and numbers of any names."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]]
