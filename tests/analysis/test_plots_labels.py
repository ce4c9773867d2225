"""What stands at axes."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from simcore.analysis.plots.labels import labelled, plain, typeset


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("N (<m^2> - <|m|>^2)/T", "N (⟨m²⟩ − ⟨|m|⟩²)/T"),
        ("1 - <m^4>/(3 <m^2>^2)", "1 − ⟨m⁴⟩/(3 ⟨m²⟩²)"),
        ("integral(abs(psi)**2)", "integral(abs(psi)²)"),
        ("mean(u > 0.5)", "mean(u > 0.5)"),
        ("where(a < b, c > d, 0)", "where(a < b, c > d, 0)"),
        ("x^-1", "x⁻¹"),
        ("x^2.5", "x^2.5"),
    ],
)
def test_formulas_are_typeset(text, shown):
    assert plain(text) == shown


def test_units_stand_in_brackets_where_there_are_any():
    assert labelled("specific heat", "k_B") == r"specific heat [$k_\mathrm{B}$]"
    assert labelled("mean spin", "1") == labelled("mean spin", "") == "mean spin"


@pytest.mark.parametrize("text", ["$", "a$b$", r"\frac", "k_B $", "%", "{", "x^{2", "a_b_c"])
def test_no_text_of_a_user_breaks_a_figure(text):
    figure = Figure()
    figure.subplots().set_title(typeset(text))
    figure.draw_without_rendering()
