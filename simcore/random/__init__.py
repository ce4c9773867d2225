"""Counter-based random numbers: functions for kernels, and streams of arrays."""

from simcore.random.lines import fill_uniforms
from simcore.random.philox import key_words, philox4x32, uniform53
from simcore.random.serial import begin_stream, next_integer, next_normal, next_uniform
from simcore.random.stream import PhaseStream, Stream, uniform_of_steps

__all__ = [
    "PhaseStream",
    "Stream",
    "begin_stream",
    "fill_uniforms",
    "key_words",
    "next_integer",
    "next_normal",
    "next_uniform",
    "philox4x32",
    "uniform53",
    "uniform_of_steps",
]
