"""Formulas in experiment files: parsed by a whitelist, checked, evaluated by NumPy. No text of a user is ever run."""

from simcore.expressions.condition import parse_condition
from simcore.expressions.error import ExpressionError
from simcore.expressions.expression import Expression
from simcore.expressions.parse import parse
from simcore.expressions.text import ExpressionText

__all__ = ["Expression", "ExpressionError", "ExpressionText", "parse", "parse_condition"]
