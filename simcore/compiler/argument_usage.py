"""What a plain function does with its arguments, from its source: which places it reads, and what it may not do.

Nothing is run. An index is followed through assignments, loops over constant ranges and calls of other plain functions.
What cannot be followed is left open (None); the trial of the first step finds it (`simcore.compiler.reference.trial`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from simcore.compiler.accesses import Argument, Index, Read, Usage, Value, either, opened
from simcore.compiler.argument_names import CELL_INDICES
from simcore.compiler.functions import definition_of, is_users_function, outside_of

DEEPEST = 8  # calls within calls that are followed
_PLAIN_ATTRIBUTES = {"shape", "ndim", "size", "dtype", "nbytes", "strides", "T"}
_OF_SHAPES = {"shape", "size", "ndim", "zeros_like", "ones_like", "empty_like"}
_CHANGING = {"fill", "sort", "partition", "put", "itemset", "resize", "setfield", "byteswap"}
_RANDOM_MODULES = ("random", "numpy.random", "secrets")


_KNOWN: WeakKeyDictionary[FunctionType, Usage | None] = WeakKeyDictionary()


def usage(function: FunctionType) -> Usage | None:
    """What a function does; None if Python has no source of it."""
    if function not in _KNOWN:
        found = Usage()
        try:
            _Function(function, None, found, (function,)).walk()
            _KNOWN[function] = found
        except (OSError, TypeError, SyntaxError):
            _KNOWN[function] = None
    return _KNOWN[function]


def foreign_numbers(function: FunctionType) -> list[tuple[str, str]]:
    """(name, place) of random numbers that are not the engine's, in a function itself; what it calls is not looked at.

    For plain Python, which may call whole libraries. Empty if there is no source.
    """
    found = Usage()
    try:
        _Function(function, None, found, (function,) * (DEEPEST + 1)).walk()
    except (OSError, TypeError, SyntaxError, AssertionError):
        return []
    return found.foreign


class _Function:
    """One function with what is known of its arguments; None: it is the kernel itself."""

    def __init__(
        self, function: FunctionType, given: Mapping[str, Value] | None, found: Usage, above: Sequence[FunctionType]
    ) -> None:
        self._tree = definition_of(function)
        self._outside = outside_of(function)
        self._found, self._above = found, above
        code = function.__code__
        self._first, self._title = code.co_firstlineno, function.__qualname__
        self._file = code.co_filename.rpartition("/")[2]
        names = [argument.arg for argument in (*self._tree.args.posonlyargs, *self._tree.args.args)]
        if given is None:
            given = {name: _of_kernel(name) for name in names}
        self._given = {name: given.get(name) for name in names}
        self._assigned: dict[str, list[ast.expr | Index | None]] = {}
        self._asked: set[str] = set()
        self._collect()

    # -- what names stand for --------------------------------------------------------------------------------------

    def _collect(self) -> None:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                self._assign(node.target, node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                self._assigned.setdefault(node.target.id, []).append(None)
            elif isinstance(node, ast.For | ast.comprehension):
                self._loop(node.target, node.iter)

    def _assign(self, target: ast.expr, value: ast.expr | Index | None) -> None:
        if isinstance(target, ast.Name):
            self._assigned.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts: list[Any] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                parts = list(value.elts)
            for each, part in zip(target.elts, parts, strict=True):
                self._assign(each, part)

    def _loop(self, target: ast.expr, over: ast.expr) -> None:
        """A loop variable takes one of several values: each is an assignment."""
        if isinstance(over, ast.Tuple | ast.List):
            for each in over.elts:
                self._assign(target, each)
        elif isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id == "range":
            ends = over.args if len(over.args) > 1 else [ast.Constant(0), *over.args]
            self._assign(target, ast.Call(ast.Name("range"), ends[:2], []) if len(ends) < 3 else None)
        else:
            self._assign(target, None)

    def value(self, node: ast.expr | Index | None) -> Value:
        """What an expression stands for: an index, an argument of the kernel, or what is not known."""
        match node:
            case None | Index():
                return node
            case ast.Constant(bool()):
                return None
            case ast.Constant(int() as number):
                return Index(None, number, number)
            case ast.Name(name):
                return self._named(name)
            case ast.UnaryOp(ast.USub(), operand):
                return self._sum(Index(None, 0, 0), self.value(operand), -1, node)
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.value(operand)
            case ast.BinOp(left, ast.Add(), right):
                return self._sum(self.value(left), self.value(right), 1, node)
            case ast.BinOp(left, ast.Sub(), right):
                return self._sum(self.value(left), self.value(right), -1, node)
            case ast.BinOp(left, ast.Mod(), _):
                found = self._cells_in(node)
                return (
                    None if found is None else Index(found.axis, mixed=True, wrapped=self._cells_in(left) is not None)
                )
            case ast.IfExp(_, body, other):
                return either([self.value(body), self.value(other)]) or self._cells_in(node)
            case ast.Call(ast.Name("range"), [first, last]):
                return self._range(self.value(first), self.value(last), node)
        return self._cells_in(node)

    def _named(self, name: str) -> Value:
        if name in self._asked:
            return None
        self._asked.add(name)
        try:
            values = [self._given[name]] if name in self._given else []
            if name in self._assigned:
                values += [self.value(each) for each in self._assigned[name]]
            elif not values:
                number = self._outside.get(name)
                if not isinstance(number, int) or isinstance(number, bool):
                    return None
                return Index(None, int(number), int(number))
        finally:
            self._asked.discard(name)
        return either(values) or next((opened(each) for each in values if isinstance(each, Index)), None)

    def _sum(self, left: Value, right: Value, sign: int, node: ast.expr) -> Value:
        if isinstance(left, Index) and isinstance(right, Index):
            if right.axis is None:
                return left.moved(right, sign)
            if left.axis is None and sign > 0:
                return right.moved(left, sign)
        for one, other in ((left, right), (right, left))[: 2 if sign > 0 else 1]:
            shifts = isinstance(one, Index) and one.axis is not None and not one.mixed
            if shifts and not (isinstance(other, Index) and other.axis == one.axis):  # type: ignore[union-attr]
                return Index(one.axis)  # type: ignore[union-attr]  # moved by what is not known
        return self._cells_in(node)

    def _range(self, first: Value, last: Value, node: ast.expr) -> Value:
        if isinstance(first, Index) and isinstance(last, Index) and first.axis == last.axis:
            if first.known and last.known:
                return Index(first.axis, first.low, last.high - 1)  # type: ignore[operator]
            return Index(first.axis, mixed=first.axis is not None)
        return self._cells_in(node)

    def _cells_in(self, node: ast.expr) -> Index | None:
        """A cell index that an expression is made of in some other way; what only chooses an entry does not count."""
        for part in _outside_of_entries(node):
            if isinstance(part, ast.Name):
                found = self._named(part.id)
                if isinstance(found, Index) and found.axis is not None:
                    return Index(found.axis, mixed=True)
        return None

    # -- what is done ----------------------------------------------------------------------------------------------

    def walk(self) -> None:
        """Enter all that the function does with its arguments."""
        handled: set[int] = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Subscript):
                self._subscript(node, handled)
            elif isinstance(node, ast.Attribute):
                self._attribute(node, handled)
            elif isinstance(node, ast.Call):
                self._call(node, handled)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
                handled.add(id(node.value))  # another name for the same thing
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if id(node) not in handled and isinstance(found := self._named(node.id), Argument):
                    self._found.whole.append((found.name, self._place(node)))
                self._look_for_random(node)

    def _subscript(self, node: ast.Subscript, handled: set[int]) -> None:
        if id(node) in handled:
            return  # a part of `u[i][j]`
        indices: list[ast.expr] = []
        base: ast.expr = node
        while isinstance(base, ast.Subscript):
            handled.add(id(base))
            indices = [*(base.slice.elts if isinstance(base.slice, ast.Tuple) else [base.slice]), *indices]
            base = base.value
        found = self.value(base) if isinstance(base, ast.Name) else None
        if not isinstance(found, Argument):
            return
        handled.add(id(base))
        text = ast.unparse(node)
        if not isinstance(node.ctx, ast.Load):
            self._found.writes.append((found.name, self._place(node), text))
        elif found.name == "random":
            index = self.value(indices[0])
            if isinstance(index, Index) and index.axis is None and index.known:
                highest = max(index.high, -index.low - 1)  # type: ignore[operator,type-var]
                self._found.draws.append((highest, self._place(node)))
            else:
                self._found.worked_out = True
        else:
            every = tuple(each for index in indices for each in self._along(index))
            self._found.worked_out |= not all(index.known or index.open for index in every)
            self._found.reads.append(Read(found.name, every, self._place(node), text))

    def _along(self, node: ast.expr) -> list[Index]:
        """The one index that an expression is, or both ends of a slice."""
        if not isinstance(node, ast.Slice):
            found = self.value(node)
            return [found if isinstance(found, Index) else Index()]
        if node.lower is None or node.upper is None:
            return [Index(open=True)]
        return [self._range(self.value(node.lower), self.value(node.upper), node) or Index()]  # type: ignore[list-item]

    def _attribute(self, node: ast.Attribute, handled: set[int]) -> None:
        self._look_for_random(node)
        if not isinstance(node.value, ast.Name) or not isinstance(found := self._named(node.value.id), Argument):
            return
        if node.attr in _PLAIN_ATTRIBUTES:
            handled.add(id(node.value))
        elif node.attr in _CHANGING:
            self._found.writes.append((found.name, self._place(node), f"{ast.unparse(node)}(...)"))
        else:
            self._found.taken.append((found.name, self._place(node), ast.unparse(node)))

    def _call(self, node: ast.Call, handled: set[int]) -> None:
        for keyword in node.keywords:
            if keyword.arg == "out" and isinstance(found := self.value(keyword.value), Argument):
                self._found.writes.append((found.name, self._place(node), ast.unparse(node)))
        if isinstance(node.func, ast.Name) and node.func.id == "len":
            handled.update(id(each) for each in node.args)
        called = getattr(self._object(node.func), "py_func", self._object(node.func))
        if str(getattr(called, "__module__", None) or type(called).__module__).startswith("numpy"):
            self._given_to_numpy(node)
        if str(getattr(called, "__module__", "")).startswith("simcore.random"):
            handled.update(id(each) for each in node.args)  # simcore's own, which changes its stream only
            return
        if not is_users_function(called) or len(self._above) > DEEPEST or called in self._above:
            return
        if any(isinstance(each, ast.Starred) for each in node.args):
            return
        code = called.__code__
        given = dict(zip(code.co_varnames[: code.co_argcount], map(self.value, node.args), strict=False))
        given |= {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        try:
            _Function(called, given, self._found, (*self._above, called)).walk()
        except (OSError, TypeError, SyntaxError):
            self._found.worked_out = True
            return
        handled.update(id(each) for each in (*node.args, *(keyword.value for keyword in node.keywords)))

    def _given_to_numpy(self, node: ast.Call) -> None:
        if ast.unparse(node.func).rpartition(".")[2] in _OF_SHAPES:
            return
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            if isinstance(each, ast.Name) and isinstance(found := self._named(each.id), Argument):
                self._found.taken.append((found.name, self._place(node), ast.unparse(node)))

    def _look_for_random(self, node: ast.Name | ast.Attribute) -> None:
        found = self._object(node)
        if found is not None and _is_random(found):
            self._found.foreign.append((ast.unparse(node), self._place(node)))

    def _object(self, node: ast.expr) -> Any:
        """What a name from outside the function, or an attribute of a module, is; None if it is something else."""
        if isinstance(node, ast.Name) and node.id not in self._given and node.id not in self._assigned:
            return self._outside.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(module := self._object(node.value), ModuleType):
            return getattr(module, node.attr, None)
        return None

    def _place(self, node: ast.expr) -> str:
        line = self._first + node.lineno - 1
        return f"{self._title} ({self._file}:{line})"


def _of_kernel(name: str) -> Value:
    return Index(CELL_INDICES.index(name), 0, 0) if name in CELL_INDICES else Argument(name)


def _outside_of_entries(node: ast.AST) -> list[ast.AST]:
    """All parts of an expression but what stands in brackets."""
    parts: list[ast.AST] = [node]
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Subscript) and child is node.slice):
            parts += _outside_of_entries(child)
    return parts


def _is_random(value: Any) -> bool:
    """Whether it is a module of random numbers that are not the engine's, or a function or generator of one."""
    if isinstance(value, ModuleType):
        return value.__name__ in _RANDOM_MODULES
    owner = getattr(value, "__self__", None)
    modules = (getattr(value, "__module__", None), type(value).__module__, type(owner).__module__)
    return any(str(name).startswith("numpy.random") or name in ("random", "secrets") for name in modules)
