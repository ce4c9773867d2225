"""A source file without what computes nothing: comments, docstrings and the way it is laid out."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_digest(path: Path) -> str:
    """32 hexadecimal digits of what a Python file says, equal for any two that parse to the same. Raises OSError.

    A file that does not parse counts by its bytes.
    """
    content = path.read_bytes()
    try:
        text = _written(without_docstrings(ast.parse(content))).encode()
    except (SyntaxError, ValueError, RecursionError):
        text = content
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def without_docstrings(tree: ast.AST) -> ast.AST:
    """The tree itself, changed."""
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and node.body and _is_text(node.body[0]):
            del node.body[0]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant(str())):
            return True
    return False


def _written(node: Any) -> str:
    """A tree as text. What is absent is left out, so that a later Python, whose nodes have more parts, agrees."""
    if isinstance(node, ast.AST):
        parts = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
        inner = ", ".join(f"{name}={_written(value)}" for name, value in parts if name not in ("ctx", "type_comment"))
        return f"{type(node).__name__}({inner})"
    if isinstance(node, list):
        return f"[{', '.join(map(_written, node))}]"
    return repr(node)
