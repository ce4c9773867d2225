"""Named equations, one a file: the same formulas that an experiment of type `pde` could write."""
