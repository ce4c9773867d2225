"""Many points of one experiment: expand, claim, execute, collect."""
