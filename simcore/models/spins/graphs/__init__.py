"""Spins on a graph: sites that are joined by listed edges, without axes; neighbours stand in tables."""
