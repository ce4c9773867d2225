"""The checked build: with `SIMCORE_BOUNDS=1` in the environment every index of a generated module is tested.

It finds what else reads foreign memory: an index beyond the ghost cells, and a negative one, which NumPy and numba take
from the other end. Functions of whole arrays, which see no ghost cells, may count from there. The first fault ends the
run with an error that names kernel and array. It serves tests and the search for a fault: a checked program is several
times slower.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Collection

from simcore.errors import WorkerError

VARIABLE = "SIMCORE_BOUNDS"
OWN = {"_array", "_partial", "_sums", "_series", "_scratch", "_clock", "_tuned", "_control", "_runs"}
BUFFERS = "_lines_"
_TESTED = "boundscheck=True"
GUARDED = "boundscheck=1, "  # of functions whose indices are always tested
GUARD = "guarded"
SAYS = "an index beyond the array"


def asked() -> bool:
    """Whether this process writes checked programs."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


def checked(text: str, arrays: Collection[str]) -> str:
    """The generated module `text` with a test of every index. arrays: those that kernels know by name.

    Indices of arrays under other names, and slices, are left to numba, which tests the upper end (`boundscheck`).
    """
    module = ast.parse(text)
    known = _known(module, {*arrays, *OWN})
    tests: list[tuple[str, bool]] = []
    for definition in module.body:
        if isinstance(definition, ast.FunctionDef):
            wraps = any(isinstance(each, ast.Name) and each.id == GUARD for each in definition.decorator_list)
            _Indices(definition.name, known[definition.name], tests, wraps=wraps).visit(definition)
    last = max(place for place, node in enumerate(module.body) if not isinstance(node, ast.FunctionDef)) + 1
    lines = [
        f"@inner\ndef _inside_{number}(_at, _size):\n    if _at < {'-_size' if wraps else '0'} or _at >= _size:\n"
        f"        raise IndexError({said!r})\n    return _at"
        for number, (said, wraps) in enumerate(tests)
    ]
    module.body[last:last] = ast.parse("\n".join(lines)).body
    written = ast.unparse(ast.fix_missing_locations(module))
    return written.replace(GUARDED, "").replace("error_model='numpy'", f"error_model='numpy', {_TESTED}")


def is_checked(text: str) -> bool:
    """Whether a generated module has been written with tests."""
    return _TESTED in text


def is_guarded(text: str) -> bool:
    """Whether a generated module has functions of whole arrays."""
    return f"\n@{GUARD}\n" in text


def fault(error: IndexError, *, tested: bool) -> WorkerError:
    """What a failed test is reported as. tested: whether it is one of a checked program."""
    said = str(error)
    if not tested:
        return WorkerError(f"a function of whole arrays has {SAYS} ({said}); with {VARIABLE}=1 it is named")
    return WorkerError(f"{VARIABLE}: {said if SAYS in said else f'{SAYS}, in a function of this program: {said}'}")


def _known(module: ast.Module, arrays: set[str]) -> dict[str, set[str]]:
    """The names of arrays in each function: those in `arrays`, and what a function is given one of them as."""
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    known = {
        name: {n for n in _names(node) if n in arrays or n.startswith(BUFFERS)} for name, node in functions.items()
    }
    grown = True
    while grown:
        grown = False
        for name, node in functions.items():
            for call in ast.walk(node):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions):
                    continue
                called = functions[call.func.id]
                for given, argument in zip(call.args, called.args.args, strict=False):
                    into = known[called.name]
                    if isinstance(given, ast.Name) and given.id in known[name] and argument.arg not in into:
                        into.add(argument.arg)
                        grown = True
    return known


def _names(node: ast.FunctionDef) -> set[str]:
    arguments = {argument.arg for argument in node.args.args}
    return arguments | {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


class _Indices(ast.NodeTransformer):
    """Puts a test around every index of the arrays in one function. wraps: negative ones count from the end."""

    def __init__(self, function: str, arrays: set[str], tests: list[tuple[str, bool]], *, wraps: bool) -> None:
        self._function, self._arrays, self._tests, self._wraps = function, arrays, tests, wraps

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Name) or node.value.id not in self._arrays:
            return node
        name = node.value.id
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        tested = [
            index if isinstance(index, ast.Slice) else self._test(index, name, axis)
            for axis, index in enumerate(indices)
        ]
        node.slice = ast.Tuple(tested, ast.Load()) if isinstance(node.slice, ast.Tuple) else tested[0]
        return node

    def _test(self, index: ast.expr, name: str, axis: int) -> ast.expr:
        said = f"{self._function} has {SAYS} '{name}', along axis {axis}", self._wraps
        if said not in self._tests:
            self._tests.append(said)
        call = ast.parse(f"_inside_{self._tests.index(said)}(0, {name}.shape[{axis}])", mode="eval").body
        assert isinstance(call, ast.Call)
        call.args[0] = index
        return call
