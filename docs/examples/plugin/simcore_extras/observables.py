"""Observables: of fields a formula of others, of spins what is reduced over all sites."""

from simcore.formulas.tree import Binary, Number
from simcore.models.grid.whole_field import Macro
from simcore.models.spins.local_energy import total
from simcore.models.spins.observables.expressed import Measure
from simcore.models.spins.observables.reductions import of_cell

RMS = Macro(formula="sqrt(mean(a**2))")


def share_above(asked):
    """up(x): the share of the sites whose spin is above a number."""
    spins = [asked.system.value(site) for site in range(asked.system.geometry.basis)]
    above = [Binary(">", spin, asked.call.arguments[0]) for spin in spins]
    sites = float(asked.system.geometry.sites)
    return Binary("/", asked.behind.reduced(of_cell(asked, total(above))), Number(sites))


UP = Measure(1, 1, share_above)
