"""What is said when a value is not finite any more: the time step is blamed if a shorter one would help."""

from __future__ import annotations

import pytest

from simcore.errors import NotFiniteError
from simcore.runs import run

TERM = "however short the step, a term of its equation is not finite there or beside it"
STEP = "the time step is too long for the scheme, or the equations have no finite solution"


def told(place, rate, *, scheme="euler", initial="1", dt=0.1, workers=1, **more):
    """What a run of u' = rate on ten cells of a line at x = 0.5, 1.5, ... says."""
    model = {
        "type": "pde",
        "grid": {"shape": [10], "spacing": 1.0, "boundary": more.pop("boundary", "periodic")},
        "fields": {"u": {"initial": initial}},
        "equations": {"u": rate},
        "scheme": scheme,
        **more,
    }
    steps = {"dt": dt, "steps": 1000, "allow_unstable": True}
    with pytest.raises(NotFiniteError) as error:
        run({"model": model, "run": steps}, workers=workers, out=place / "out")
    return str(error.value)


@pytest.mark.parametrize(
    ("rate", "scheme", "cell", "step"),
    [
        ("1/(x - 4.5)", "euler", 4, 1),
        ("laplace(u) + 1/(x - 4.5)", "rk4", 1, 1),  # four stages carry it to three neighbours
        ("log(0.45 - t)", "euler", 0, 6),
        ("sqrt(u - 0.95) - 2", "euler", 0, 2),
    ],
)
def test_a_term_that_is_not_finite_is_not_blamed_on_the_time_step(rate, scheme, cell, step, tmp_path):
    text = told(tmp_path, rate, scheme=scheme)
    assert f"at cell [{cell}] after step {step}: {TERM}" in text
    assert "time step" not in text


def test_a_value_that_is_too_large_for_a_term_is_told(tmp_path):
    """u = 1 + 1000 n after n steps, and exp(1001) is no double (1e-300*exp(1) is nothing)."""
    text = told(tmp_path, "1e4 + 1e-300*exp(u)")
    assert f"at cell [0] after step 2: {TERM} ('u' was 1001)" in text
    assert text.endswith("or overflows as exp(1000) does")


@pytest.mark.parametrize(
    ("rate", "scheme", "initial", "dt"),
    [
        ("u**3", "euler", "1", 0.1),
        ("u**3", "rk4", "1e4", 1.0),  # from 10^4 beyond all numbers within one step
        ("laplace(u)", "euler", "mod(floor(x), 2)", 0.9),
    ],
)
def test_values_that_grow_without_bound_are_blamed_on_the_time_step(rate, scheme, initial, dt, tmp_path):
    text = told(tmp_path, rate, scheme=scheme, initial=initial, dt=dt)
    assert text.endswith(STEP)


def test_where_a_solve_hides_the_reason_both_are_said(tmp_path):
    text = told(tmp_path, "laplace(u) + 1/(x - 4.5)", scheme="imex2")
    assert f"{STEP}, or a term divides by zero, say" in text
