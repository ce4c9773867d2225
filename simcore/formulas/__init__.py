"""Formulas in experiment files: parsed by a whitelist, checked, evaluated by NumPy. No text of a user is ever run."""

from simcore.formulas.condition import parse_condition
from simcore.formulas.error import ExpressionError
from simcore.formulas.expression import Expression
from simcore.formulas.formula_field import ExpressionText
from simcore.formulas.parse import parse

__all__ = ["Expression", "ExpressionError", "ExpressionText", "parse", "parse_condition"]
