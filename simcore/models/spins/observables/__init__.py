"""What an experiment asks to measure of spins, `output.observables: {name: formula}`.

A formula is arithmetic of parameters and of what `MEASURES` lists, each a function in a file of this package.
"""

from simcore.models.spins.observables.expressed import MEASURES, expressed

__all__ = ["MEASURES", "expressed"]
