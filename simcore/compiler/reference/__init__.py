"""The functions of a model as plain Python, one cell at a time: slow, and so simple that they can be looked into."""

from simcore.compiler.reference.cells import Place, PlainCells, State
from simcore.compiler.reference.draws import Draw, NotEnumerable, outcomes
from simcore.compiler.reference.step import first_step
from simcore.compiler.reference.transition_cache import TransitionCache

__all__ = ["Draw", "Entangled", "Memory", "Place", "PlainCells", "State", "first_step", "outcomes"]
