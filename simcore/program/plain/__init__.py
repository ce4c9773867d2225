"""The functions of a model as plain Python, one cell at a time: slow, and so simple that they can be looked into."""

from simcore.program.plain.cells import PlainCells, Place, State
from simcore.program.plain.draws import Entangled, outcomes
from simcore.program.plain.memory import Memory

__all__ = ["Entangled", "Memory", "Place", "PlainCells", "State", "outcomes"]
