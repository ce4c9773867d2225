"""A guard at run time: what moves are decided by, against the energy as it is written, on the state of the run."""
