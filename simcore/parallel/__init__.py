"""Processes and the memory they share: arrays, partition, barrier, team. Knows no physics and no file."""
