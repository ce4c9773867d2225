"""Counter-based random numbers: functions for kernels, and a stream for initial states."""

from simcore.random.lines import fill_uniforms
from simcore.random.philox import key_words, philox4x32, uniform53
from simcore.random.stream import Stream

__all__ = ["Stream", "fill_uniforms", "key_words", "philox4x32", "uniform53"]
