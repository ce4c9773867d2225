"""From text to a checked tree, by a whitelist over Python's grammar. Nothing of the text is ever run."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Mapping

from simcore.formulas.error import SHOWN, ExpressionError
from simcore.formulas.expression import Expression
from simcore.formulas.fold import fold
from simcore.formulas.notations import advice, attribute, decimal_comma, unknown_function
from simcore.formulas.tree import LIST, Binary, Call, Name, Negative, Node, Number, is_boolean
from simcore.formulas.vocabulary import CONSTANTS, FUNCTIONS, OTHER_NAMES, Arity

LONGEST = 10_000
DEEPEST = 200
ALLOWED = "numbers, names, + - * / **, comparisons, & |, calls are"

KEYWORDS = {
    "if": "if ... else is not allowed; a choice is written where(condition, a, b)",
    "else": "if ... else is not allowed; a choice is written where(condition, a, b)",
    "and": "and, or, not are written as & and | between brackets: (x > 1) & (y < 2)",
    "or": "and, or, not are written as & and | between brackets: (x > 1) & (y < 2)",
    "not": "and, or, not are written as & and | between brackets: (x > 1) & (y < 2)",
}
"""What to write in place of a word of Python."""

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def parse(
    text: str,
    operators: Collection[str] = (),
    *,
    complex_numbers: bool = False,
    components: bool = False,
    lists: bool = False,
    variables: Collection[str] = (),
) -> Expression:
    """The expression that `text` stands for; raises `ExpressionError`. Whether its names are known is asked later.

    operators: names that may be called beside the functions; if a mapping, to their `Arity`, which is checked.
    complex_numbers: whether `1j` is allowed. components: whether `a[0]` is; it becomes the name "a[0]". lists: whether
    `[a, b]` is; it becomes a call of `LIST`. variables: what is a variable even if a constant (pi, e) has that name.
    """
    line = one_line(text, brackets=components or lists)
    tree = Reader(line, operators, complex_numbers, variables, components, lists).node(python_tree(line), 0)
    return Expression(line, fold(line, tree))


def one_line(text: str, *, brackets: bool = False) -> str:
    """The text without line ends; raises `ExpressionError` where a character has no meaning in any expression."""
    line = re.sub(r"\s", " ", text.strip())
    if len(line) > LONGEST:
        raise ExpressionError(line, LONGEST + 1, f"{len(line)} characters are too long; at most {LONGEST}")
    if stranger := re.search(r"[^\w .+\-*/(),<>=!&|\[\]]" if brackets else r"[^\w .+\-*/(),<>=!&|]", line):
        column, written = advice(line) or (stranger.start() + 1, "")
        found = f"unexpected {line[column - 1]!r}" if written else f"unexpected {stranger.group()!r}"
        raise ExpressionError(line, column, f"{found}; {written}" if written else found)
    return line


def python_tree(line: str) -> ast.expr:
    """Python's own tree of a line; raises `ExpressionError`."""
    if not line:
        raise ExpressionError(line, 1, "is empty; a formula is expected")
    try:
        return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        if word := re.search(rf"\b({'|'.join(keyword.kwlist)})\b", line):
            other = "such as lam or λ" if word.group() == "lambda" else "for what it stands for"
            reason = f"cannot be read: '{word.group()}' is a reserved word; choose another name {other}"
            raise ExpressionError(line, word.start() + 1, KEYWORDS.get(word.group(), reason)) from None
        if found := decimal_comma(line) or advice(line):
            raise ExpressionError(line, found[0], f"cannot be read: {found[1]}") from None
        column = min(max(error.offset or 1, 1), len(line))
        raise ExpressionError(line, column, f"cannot be read: {error.msg.partition(';')[0]}") from None
    except (RecursionError, MemoryError):  # the grammar's own limits
        raise ExpressionError(line, 1, f"is nested more than {DEEPEST} deep") from None


class Reader:
    """Checks and copies the nodes of one text."""

    def __init__(
        self,
        text: str,
        operators: Collection[str],
        complex_numbers: bool,
        variables: Collection[str] = (),
        components: bool = False,
        lists: bool = False,
    ) -> None:
        self.text, self.operators, self.complex_numbers, self.variables = text, operators, complex_numbers, variables
        self.components, self.lists = components, lists

    def error(self, at: ast.expr, reason: str) -> ExpressionError:
        return ExpressionError(self.text, self.column(at), reason)

    def column(self, at: ast.expr) -> int:
        """From 1; Python counts the bytes of UTF-8."""
        return len(self.text.encode()[: at.col_offset].decode()) + 1

    def source(self, at: ast.expr) -> str:
        return (ast.get_source_segment(self.text, at) or "")[:SHOWN]

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.error(tree, f"is nested more than {DEEPEST} deep")
        match tree:
            case ast.Constant(value=value):
                return self.number(tree, value)
            case ast.Name(id=name):
                return self.name(tree, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.node(operand, depth + 1), self.column(tree))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, depth + 1)
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(tree, op, self.node(left, depth + 1), self.node(right, depth + 1))
            case ast.Compare():
                return self.comparison(tree, depth)
            case ast.Call():
                return self.call(tree, depth)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(number))) if (
                self.components and type(number) is int
            ):
                return Name(f"{name}[{number}]", self.column(tree))
            case ast.IfExp():
                raise self.error(tree, KEYWORDS["if"])
            case ast.List(elts=parts) if self.lists and parts:
                return Call(LIST, tuple(self.node(part, depth + 1) for part in parts), self.column(tree))
            case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise self.error(tree, "and, or, not are written as & and | between brackets: (x > 1) & (y < 2)")
            case ast.Attribute():
                raise self.error(tree, f"{self.source(tree)!r} is not allowed{attribute(self.source(tree))}")
            case ast.Subscript():
                reason = (
                    "is not allowed; a formula is of one cell, and operators such as laplace(u) take its neighbours"
                )
                raise self.error(tree, f"{self.source(tree)!r} {reason}")
            case ast.Tuple() if found := decimal_comma(self.text):
                raise ExpressionError(self.text, *found)
        raise self.error(tree, f"{self.source(tree)!r} is not allowed; {ALLOWED}")

    def number(self, tree: ast.expr, value: object) -> Number:
        if isinstance(value, complex) and self.complex_numbers:
            return Number(value, self.column(tree))
        if isinstance(value, bool):
            raise self.error(tree, f"{value!r} is not a real number; write {int(value)}, or a condition such as 0 < 1")
        if not isinstance(value, int | float):
            raise self.error(tree, f"{value!r} is not a real number")
        try:
            return Number(float(value), self.column(tree))
        except OverflowError:
            raise self.error(tree, "the number is too large; at most 1.8e308") from None

    def name(self, tree: ast.expr, name: str) -> Node:
        if name in FUNCTIONS or name in self.operators:
            raise self.error(tree, f"{name!r} is a function; write {name}(...)")
        if name in CONSTANTS and name not in self.variables:
            return Number(CONSTANTS[name], self.column(tree))
        return Name(name, self.column(tree))

    def binary(self, tree: ast.expr, op: ast.AST, left: Node, right: Node) -> Node:
        operator = OPERATORS.get(type(op))
        if operator is None:
            advice = {ast.Mod: "mod(a, b) is the remainder", ast.FloorDiv: "floor(a/b) is the whole part"}
            allowed = advice.get(type(op), "+ - * / ** are allowed")
            raise self.error(tree, f"unknown operator in {self.source(tree)!r}; {allowed}")
        if operator in "&|" and not (is_boolean(left) and is_boolean(right)):
            raise self.error(tree, f"{operator} stands between comparisons in brackets: (x > 1) {operator} (y < 2)")
        return Binary(operator, left, right, self.column(tree))

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        if len(tree.ops) > 1:
            raise self.error(tree, "each comparison needs its brackets, and & or | between them: (0 < x) & (x < 1)")
        left, right = self.node(tree.left, depth + 1), self.node(tree.comparators[0], depth + 1)
        if is_boolean(left) or is_boolean(right):
            raise self.error(tree, "compares numbers, not comparisons")
        return self.binary(tree, tree.ops[0], left, right)

    def call(self, tree: ast.Call, depth: int) -> Call:
        if not isinstance(tree.func, ast.Name):
            called = self.source(tree.func)
            if not isinstance(tree.func, ast.Attribute):
                shown = called if isinstance(tree.func, ast.Constant) else f"({called})"
                raise self.error(tree, f"a product is written *, as in {shown}*(...)")
            raise self.error(tree, f"{called!r} cannot be called{attribute(called)}")
        name = tree.func.id
        if name in OTHER_NAMES and name not in FUNCTIONS and name not in self.operators:
            raise self.error(tree, f"unknown function {name!r}; write {OTHER_NAMES[name]}")
        if name not in FUNCTIONS and name not in self.operators:
            raise self.error(tree, unknown_function(name, FUNCTIONS, self.operators))
        if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
            raise self.error(tree, f"{name} takes plain arguments only")
        arities = self.arities(name)
        if arities and not any(arity.accepts(len(tree.args)) for arity in arities):
            raise self.error(tree, f"{name} takes {arities[0].arity()}, not {len(tree.args)}")
        arguments = tuple(self.node(argument, depth + 1) for argument in tree.args)
        if name == "where" and not is_boolean(arguments[0]):
            raise self.error(tree, "the first argument of where must be a comparison")
        return Call(name, arguments, self.column(tree))

    def arities(self, name: str) -> list[Arity]:
        """All that it may be called with: `max` of several numbers is a function, of one field perhaps an operator."""
        arities: list[Arity] = [FUNCTIONS[name]] if name in FUNCTIONS else []
        if isinstance(self.operators, Mapping) and name in self.operators:
            return [*arities, self.operators[name]]
        return [] if name in self.operators else arities
