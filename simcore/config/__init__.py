"""Strict YAML, overrides, quantities: knows no model."""

from simcore.config.section import Section, parameter

__all__ = ["Section", "parameter"]
