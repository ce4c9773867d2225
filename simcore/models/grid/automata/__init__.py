"""Cellular automata."""
