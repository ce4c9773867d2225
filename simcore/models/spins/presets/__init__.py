"""Named models of spins, one a file: the same energies that an experiment of type `spins` could write."""
