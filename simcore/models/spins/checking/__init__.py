"""Is it right? What can be found out about a Hamiltonian and an algorithm without running a simulation."""
