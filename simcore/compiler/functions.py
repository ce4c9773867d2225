"""Carry plain Python functions, with all that they call, into the text of a generated module.

A function may name: its arguments, numpy and math, numbers at the level of its module, other plain functions. Their
source is copied, so that the text of the generated module is all that decides what is computed. If Python has no
source (a function typed into `python -c` or standard input) the function travels pickled by value instead.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Function

_MODULES = {"numpy", "math"}


class FunctionSources:
    """The functions of one generated module: imports, numbers, and definitions in order of need."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self.imports: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.definitions: dict[str, str] = {}
        self.pickled: dict[str, bytes] = {}
        self._taken = {*reserved, "np"}
        self._names: dict[Any, str] = {"import numpy": "np"}

    def add(self, function: Function) -> str:
        """Take `function` and all that it calls; returns its name in the generated module.

        Raises InvalidValueError if the function names something that compiled code cannot have.
        """
        if isinstance(function, CellFunction):
            return self._add_written(function)
        plain = getattr(function, "py_func", function)
        if not isinstance(plain, FunctionType):
            raise InvalidValueError(
                "model", f"{function!r} is not a function: a kernel is a plain function written with def"
            )
        _check(plain)
        if plain in self._names:
            return self._names[plain]
        name = self._names[plain] = self._free_name(plain.__name__)
        try:
            definition = definition_of(plain)
        except (OSError, TypeError):
            self.pickled[name] = _pickle(plain)
            return name
        self._define(name, definition, plain.__qualname__, outside_of(plain))
        return name

    def reached(self, name: str) -> set[str]:
        """The definitions that a function of the generated module leads to, itself included, if it has source."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in self.definitions and one not in found:
                found.add(one)
                waiting += [
                    node.id for node in ast.walk(ast.parse(self.definitions[one])) if isinstance(node, ast.Name)
                ]
        return found

    def _add_written(self, function: CellFunction) -> str:
        key = (function.source, tuple((name, type(value), value) for name, value in function.uses.items()))
        if key not in self._names:
            definition = ast.parse(function.source).body[0]
            assert isinstance(definition, ast.FunctionDef)
            name = self._names[key] = self._free_name(definition.name)
            self._define(name, definition, definition.name, {"np": np, "math": math, **function.uses})
        return self._names[key]

    def _define(self, name: str, definition: ast.FunctionDef, title: str, outside: Mapping[str, Any]) -> None:
        free = _free_variables(definition, title, outside)
        renamed = {used: self._resolve(title, used, outside[used]) for used in free}
        shadowing = sorted(_local_names(definition).intersection(renamed.values()))
        renamed |= {local: self._free_name(local) for local in shadowing}
        definition.name = name
        self.definitions[name] = ast.unparse(ast.fix_missing_locations(_Rename(renamed).visit(definition)))

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name

    def _resolve(self, title: str, used: str, value: Any) -> str:
        plain = getattr(value, "py_func", value)
        if is_users_function(plain):
            return self.add(plain)
        text = _import_of(value, used)
        if text is not None:
            return self._line(self.imports, used, text)
        number = _literal(value)
        if number is not None:
            return self._line(self.numbers, used, number)
        raise InvalidValueError(
            "model",
            f"the kernel {title} names '{used}', a {type(value).__name__}; allowed are its arguments, "
            "numpy, math, numbers and plain functions (give an array through Model.constants)",
        )

    def _line(self, lines: dict[str, str], used: str, text: str) -> str:
        """One import or number, once, under a name of its own."""
        key = text if lines is self.imports else (used, text)
        if key not in self._names:
            name = self._names[key] = self._free_name(used)
            lines[name] = _named(text, name) if lines is self.imports else f"{name} = {text}"
        return self._names[key]


def _check(function: FunctionType) -> None:
    """Refuse a function whose source is not what it does."""
    if function.__name__ == "<lambda>":
        raise InvalidValueError("model", f"{function.__qualname__} must be written with def, not as a lambda")
    if hasattr(function, "__wrapped__"):
        raise InvalidValueError(
            "model", f"{function.__qualname__} has a decorator, which compiled code would leave out"
        )


def is_users_function(value: Any) -> bool:
    """Whether it is a plain Python function that neither numpy nor math brings."""
    return isinstance(value, FunctionType) and value.__module__.partition(".")[0] not in _MODULES


def definition_of(function: FunctionType) -> ast.FunctionDef:
    """The parsed source of a function, without annotations. Raises OSError or TypeError if there is none."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list, tree.returns = [], None
    arguments = tree.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    return tree


def outside_of(function: FunctionType) -> dict[str, Any]:
    """What a function can see beside its arguments."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {**function.__globals__, **{name: cell.cell_contents for name, cell in cells}}


def _free_variables(definition: ast.FunctionDef, title: str, outside: Mapping[str, Any]) -> list[str]:
    """The names that a function takes from outside itself. Raises InvalidValueError if one is not there."""
    names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
    loads = dict.fromkeys(node.id for node in names if isinstance(node.ctx, ast.Load))
    local = _local_names(definition)
    free = [name for name in loads if name not in local and (name in outside or not hasattr(builtins, name))]
    for name in free:
        if name not in outside:
            raise InvalidValueError("model", f"the kernel {title} names '{name}', which is not defined")
    return free


def _local_names(definition: ast.FunctionDef) -> set[str]:
    """The arguments of a function, and what it assigns to."""
    nodes = list(ast.walk(definition))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _literal(value: Any) -> str | None:
    """A number as an expression, inf and nan too; None for anything else."""
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        number = _literal(value.item())
        return None if number is None else f"np.{value.dtype.name}({number})"
    if isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):  # an IntEnum, too
        return repr(int(value))
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f"float('{float(value)}')"
    if isinstance(value, complex):
        return f"complex({_literal(value.real)}, {_literal(value.imag)})"
    return None


def _import_of(value: Any, used: str) -> str | None:
    """The import statement (without its `as`) of a thing from numpy or math, or None."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" if value.__name__ in _MODULES else None
    name = getattr(value, "__name__", used)
    if isinstance(value, BuiltinFunctionType) and getattr(math, name, None) is value:
        return f"from math import {name}"
    if (callable(value) or isinstance(value, type)) and getattr(np, name, None) is value:
        return f"from numpy import {name}"
    return None


def _named(statement: str, name: str) -> str:
    return statement if statement.split()[-1] == name else f"{statement} as {name}"


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.get(node.arg, node.arg)
        return node


def _pickle(function: FunctionType) -> bytes:
    import cloudpickle

    return cloudpickle.dumps(function)


def compile_pickled(data: bytes, *, tested: bool = False) -> Any:
    """A function that travelled by value, compiled by numba together with the plain functions that it calls.

    tested: with numba's own test of the upper end of every index.
    """
    import cloudpickle

    return _compile(cloudpickle.loads(data), {}, tested)


def _compile(function: FunctionType, done: dict[FunctionType, Any], tested: bool) -> Any:
    from numba import njit

    def compiled(value: Any) -> Any:
        plain = getattr(value, "py_func", value)
        return _compile(plain, done, tested) if is_users_function(plain) else value

    if function not in done:
        names = dict(function.__globals__)
        closure = tuple(CellType(compiled(cell.cell_contents)) for cell in function.__closure__ or ())
        copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, closure)
        done[function] = njit(error_model="numpy", boundscheck=tested)(
            copy
        )  # it looks up its names when it is first called
        names.update({name: compiled(names[name]) for name in function.__code__.co_names if name in names})
    return done[function]
