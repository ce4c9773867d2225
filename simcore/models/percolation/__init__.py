"""Sites or bonds of a lattice that are occupied at random, and the clusters that they form."""
