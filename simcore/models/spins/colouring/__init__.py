"""Colours of a lattice: sets of sites that may be updated at once."""
