"""The functions of a model as plain Python, one cell at a time: slow, and so simple that they can be looked into."""

from simcore.program.plain.cells import Place, PlainCells, State
from simcore.program.plain.draws import Draw, Entangled, outcomes
from simcore.program.plain.memory import Memory
from simcore.program.plain.step import first_step

__all__ = ["Draw", "Entangled", "Memory", "Place", "PlainCells", "State", "first_step", "outcomes"]
