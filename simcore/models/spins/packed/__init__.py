"""Spins of two states, 64 in a word: the layout, the rule of a sweep, and compiled updates."""
