"""Flows by kernels: lattice Boltzmann."""
