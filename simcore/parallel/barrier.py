"""The barrier between two phases, inside compiled code.

A generation barrier on two shared words (Mellor-Crummey and Scott, ACM TOCS 9, 21 (1991), section 3.1): the last
worker to arrive sets the count back and raises the generation, which the others watch.
"""

from __future__ import annotations

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from simcore.parallel.shared import ABORT, BARRIER_COUNT, BARRIER_GENERATION, SPINS

_YIELDS = 2000  # about a millisecond on an idle core; then the peer is stopped or busy with long work
_NAP = 50  # microseconds

_sched_yield = types.ExternalFunction("sched_yield", types.int32())
_usleep = types.ExternalFunction("usleep", types.int32(types.uint32))


@njit(nogil=True)
def wait(control, workers, rank):
    """Wait until all `workers` have called this; return 0, or 1 if the run was aborted meanwhile.

    control: int64[:], `ControlWords.array`, the same memory in all of them. What a worker wrote before the call every
    other reads after it. After an abort the words are of no more use. rank: the caller's number from 0, which a central
    barrier does not need; generated programs hand it over so that a tree can take its place on many cores.
    """
    if workers == 1:
        return 0
    generation = _load(control, BARRIER_GENERATION)
    if _add(control, BARRIER_COUNT, 1) == workers - 1:
        _store(control, BARRIER_COUNT, 0)
        _store(control, BARRIER_GENERATION, generation + 1)
        return 0
    turns = -_load(control, SPINS)
    while _load(control, BARRIER_GENERATION) == generation:
        if _load(control, ABORT) != 0:
            return 1
        turns += 1
        if turns <= 0:
            _pause()
        elif turns <= _YIELDS:
            _sched_yield()
        else:
            _usleep(_NAP)
    return 0


def _word(context, builder, array_type, array, index):
    """Return the address of control[index]; no bounds check, the indices are constants of this package."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


@intrinsic
def _load(typing_context, control, index):
    """control[index], with acquire order."""

    def generate(context, builder, signature, arguments):
        address = _word(context, builder, signature.args[0], arguments[0], arguments[1])
        return builder.load_atomic(address, "acquire", 8)

    return types.int64(control, index), generate


@intrinsic
def _store(typing_context, control, index, value):
    """control[index] = value, with release order."""

    def generate(context, builder, signature, arguments):
        address = _word(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store_atomic(arguments[2], address, "release", 8)
        return context.get_dummy_value()

    return types.void(control, index, value), generate


@intrinsic
def _add(typing_context, control, index, value):
    """Return control[index] and add `value` to it, in one step, with acquire and release order."""

    def generate(context, builder, signature, arguments):
        address = _word(context, builder, signature.args[0], arguments[0], arguments[1])
        return builder.atomic_rmw("add", address, arguments[2], "acq_rel")

    return types.int64(control, index, value), generate


@intrinsic
def _pause(typing_context):
    """Tell the core that this is a spin loop (x86 pause, ARM yield; nothing elsewhere)."""

    def generate(context, builder, signature, arguments):
        hint = _SPIN_HINTS.get(binding.get_default_triple().partition("-")[0])
        if hint is not None:
            name, operands = hint
            kind = ir.FunctionType(ir.VoidType(), [operand.type for operand in operands])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), operands)
        return context.get_dummy_value()

    return types.void(), generate


_ARM_YIELD = ("llvm.aarch64.hint", [ir.Constant(ir.IntType(32), 1)])
_SPIN_HINTS = {"x86_64": ("llvm.x86.sse2.pause", []), "aarch64": _ARM_YIELD, "arm64": _ARM_YIELD}
