"""simcore: experiments in YAML, state in shared memory, compiled kernels on every core, results in HDF5."""

__version__ = "0.1.0"
