"""Every function of the vocabulary: evaluated, compiled and differentiated, against NumPy, SciPy and differences."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.special

from simcore.formulas import parse
from simcore.formulas.derivative import derivative
from simcore.formulas.evaluate import evaluate
from simcore.models.grid.cell_source import cell_function
from simcore.spec.arrays import CellFunction

X = np.concatenate([np.linspace(-0.95, 0.95, 20), [0.0, 0.5, -0.5]])
Y = np.linspace(-2.0, 3.0, len(X)) + 0.01
EXACT = {
    "acos(p)": np.arccos(X),
    "asin(p)": np.arcsin(X),
    "atan(3*p)": np.arctan(3 * X),
    "atan2(p, q)": np.arctan2(X, Y),
    "ceil(3*p)": np.ceil(3 * X),
    "erf(2*p)": scipy.special.erf(2 * X),
    "heaviside(p)": np.heaviside(X, 0.5),
    "hypot(p, q)": np.hypot(X, Y),
    "log10(p + 1)": np.log10(X + 1),
    "mod(5*p, q)": np.mod(5 * X, Y),
    "round(3*p)": np.rint(3 * X),
}


def compiled(text: str) -> CellFunction:
    return cell_function("f", [parse(text).tree], dimensions=1, halo=0, complex_names=frozenset())


@pytest.mark.parametrize("text", EXACT)
def test_its_value_is_that_of_numpy(text):
    np.testing.assert_allclose(evaluate(parse(text).tree, {"p": X, "q": Y}), EXACT[text], rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("text", EXACT)
def test_the_function_of_a_cell_has_the_same_value(text):
    function = compiled(text)
    names: dict = {"np": np, "math": __import__("math"), **function.uses}
    exec(compile(function.source, "f", "exec"), names)
    arguments = [name for name in ("p", "q") if re.search(rf"\b{name}\b", text)]
    found = [names["f"](*row) for row in zip(*({"p": X, "q": Y}[name] for name in arguments), strict=True)]
    np.testing.assert_allclose(found, EXACT[text], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("text", ["acos(p)", "asin(p)", "atan(3*p)", "erf(2*p)", "log10(p + 1)"])
def test_its_derivative_is_the_limit_of_differences(text):
    tree, x, h = parse(text).tree, np.linspace(-0.8, 0.8, 9), 1e-5
    slope = (evaluate(tree, {"p": x + h}) - evaluate(tree, {"p": x - h})) / (2 * h)
    np.testing.assert_allclose(evaluate(derivative(tree, "p"), {"p": x}), slope, rtol=1e-8)


@pytest.mark.parametrize("text", ["ceil(p)", "heaviside(p)", "mod(p, 2)", "round(p)"])
def test_what_has_jumps_has_no_derivative(text):
    with pytest.raises(ValueError, match="has no derivative"):
        derivative(parse(text).tree, "p")
