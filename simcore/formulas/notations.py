"""Notations of other packages and of textbooks: what to write in place of what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from simcore.config import hint, nearest
from simcore.formulas.vocabulary import CONSTANTS, FUNCTIONS

PACKAGES = ("np", "numpy", "math", "sp", "scipy", "jnp", "torch", "sympy", "cmath")
POWERS = {"²": 2, "³": 3, "⁴": 4}
_NAME = r"[^\W\d]\w*"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SECOND = r"(?:\^?2|²)"
_RATE = re.compile(
    rf"\s*(?:{_NAME}_tt?|[d∂]{_SECOND}?\s*{_NAME}\s*/\s*[d∂]\s*t{_SECOND}?|[d∂]_?tt?\s*\(?{_NAME}\)?)\s*"
)

Rule = tuple[str, Callable[[re.Match[str]], str]]

RULES: tuple[Rule, ...] = (
    (r"(?<![<>=!:])=(?!=)", lambda m: _one_side(m)),
    (r"(?<!\w)[d∂](?:\^?2|²)\s*(\w+)\s*/\s*[d∂]\s*([xyz])(?:\^?2|²)", lambda m: f"write d2{m[2]}({m[1]})"),
    (r"(?<!\w)[d∂](\w+)\s*/\s*[d∂]([xyz])(?!\w)", lambda m: f"write d{m[2]}({m[1]})"),
    (r"(?<!\w)[d∂]\s*/\s*[d∂]([xyz])\s*\(?(\w*)", lambda m: f"write d{m[1]}({m[2] or 'u'})"),
    (r"∂²_?([xyz])\s*\(?(\w*)", lambda m: f"write d2{m[1]}({m[2] or 'u'})"),
    (r"∂_?([xyz])\s*\(?(\w*)", lambda m: f"write d{m[1]}({m[2] or 'u'})"),
    (r"∂", lambda m: "write dx(u), d2x(u), ...; the rate of change of u is what equations.u gives"),
    (r"\|\s*∇\s*(\w+)\s*\|\s*(?:²|\^\s*2|\*\*\s*2)", lambda m: f"write gradient_squared({m[1]})"),
    (r"(?:∇\s*(?:²|\^\s*2|\*\*\s*2)|[Δ∆])\s*\(?(\w*)", lambda m: f"write laplace({m[1] or 'u'})"),
    (r"∇\s*[·.⋅]\s*\(?", lambda m: "write divergence(D*gradient(u)), or divergence(flux)"),
    (r"∇\s*(\w*)", lambda m: f"write gradient({m[1] or 'u'}) inside divergence(...); of one number laplace, dx, ..."),
    (r"√\s*\(?(\w*)", lambda m: f"write sqrt({m[1] or 'u'})"),
    (r"∫\s*(\w*)", lambda m: f"write integral({m[1] or 'u'})"),
    (r"(\w*\)?)([²³⁴])", lambda m: f"a power is written **, as in {_of_power(m[1])}**{POWERS[m[2]]}"),
    (r"\|([^|&]+)\|", lambda m: f"write abs({m[1].strip()})"),
    (r"[≥⩾]", lambda m: "write >="),
    (r"[≤⩽]", lambda m: "write <="),
    (r"≠", lambda m: "write !="),
    (r"\^", lambda m: "a power is written **, as in x**2"),
    (r"[·×∗⋅•]", lambda m: "a product is written *"),
    (r"[–—−]", lambda m: "a minus is written -"),
    (r"÷", lambda m: "write /"),
    (r"([¼½¾])", lambda m: "write " + {"¼": "0.25", "½": "0.5", "¾": "0.75"}[m[1]]),
    (r"%", lambda m: "write mod(a, b) for the remainder"),
    (r"∞", lambda m: "infinity is no number of a formula; write a large one, such as 1e30"),
    (r"[‘’“”'\"´`]", lambda m: "quotes and primes mean nothing here; leave them out"),
    (r";", lambda m: "one formula is expected"),
    (r"#.*", lambda m: "a comment stands outside of the quotes"),
    (r"(?<!\w)\.\.\.|…", lambda m: "write the formula out"),
    (
        rf"(?<![\w.])({_NUMBER})\s*({_NAME}(?:\([^()]*\))?|\()",
        lambda m: f"a product is written *, as in {m[1]}*{m[2] if m[2] != '(' else '(...)'}",
    ),
    (r"\)\s*(\(|\w)", lambda m: f"a product is written *, as in (...)*{m[1] if m[1] != '(' else '(...)'}"),
    (rf"(?<!\w)({_NAME})\s+({_NAME}(?:\([^()]*\))?|{_NUMBER})", lambda m: _side_by_side(m[1], m[2])),
)
"""A pattern, and what to write in place of what it finds; the first that fits."""


def advice(line: str) -> tuple[int, str] | None:
    """The column (from 1) of the first notation of another language in a line, and what to write in its place."""
    for pattern, written in RULES:
        if (found := re.search(pattern, line)) is not None and (text := written(found)):
            return found.start() + 1, text
    return None


def decimal_comma(line: str) -> tuple[int, str] | None:
    """As `advice`, for a number that is written with a comma."""
    found = re.search(r"(?<![\w.])(\d+),(\d+)(?![\w.])", line)
    if found is None:
        return None
    groups = f", or {found[1]}{found[2]} without a comma" if len(found[2]) == 3 else ""
    return found.start() + 1, f"a decimal point is a point; write {found[1]}.{found[2]}{groups}"


OTHER_OPERATORS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("laplacian", "lap", "del2", "nabla2", "delta"), ("laplace", "laplace(u)")),
    **dict.fromkeys(("grad", "nabla"), ("gradient", "gradient(u) inside divergence(...), or dx(u), dy(u)")),
    **dict.fromkeys(("div",), ("divergence", "divergence(D*gradient(u))")),
    **dict.fromkeys(("diff", "d_dx", "ddx", "derivative", "partial", "grad_x"), ("dx", "dx(u), d2x(u), dy(u)")),
    **dict.fromkeys(("d2_dx2", "d2dx2", "dxx", "d_dxx"), ("d2x", "d2x(u)")),
    **dict.fromkeys(("dyy", "d2dy2"), ("d2y", "d2y(u)")),
    **dict.fromkeys(("d_dy", "ddy"), ("dy", "dy(u)")),
    **dict.fromkeys(("curl", "rot"), ("dx", "dx(v) - dy(u)")),
    **dict.fromkeys(("gradsq", "grad2", "gradient_norm", "grad_squared"), ("gradient_squared", "gradient_squared(u)")),
    **dict.fromkeys(("dt", "ddt", "d_dt"), ("laplace", "only the right side: equations.u is the rate of change of u")),
    **dict.fromkeys(("sum", "integrate", "trapz"), ("integral", "integral(u), or mean(u)")),
    **dict.fromkeys(("average", "avg", "mean_of"), ("mean", "mean(u)")),
    **dict.fromkeys(("stdev", "std_dev", "sd"), ("std", "std(u)")),
    **dict.fromkeys(("norm", "norm2", "l2"), ("integral", "sqrt(integral(u**2))")),
    **dict.fromkeys(
        ("noise", "rand", "random", "randn", "gauss", "gaussian", "normal", "uniform", "wiener", "white_noise"),
        ("laplace", 'model.noise: {u: "0.1"} for noise, {random: {normal: [0, 1]}} for a random start'),
    ),
    **dict.fromkeys(("kronecker", "kronecker_delta", "same"), ("equal", "equal(a, b)")),
}
"""What others call an operator; the operator here, and what to write if a formula of its kind may call that."""


def unknown_function(name: str, functions: Collection[str], operators: Collection[str]) -> str:
    """What is wrong with a call of `name`, in words."""
    others = {other.casefold(): meant for other, meant in OTHER_OPERATORS.items()}
    if (found := others.get(name.casefold())) is not None and found[0] in operators:
        return f"unknown function {name!r}; write {found[1]}"
    allowed = (*functions, *operators)
    if nearest(name, allowed) is None:
        return f"unknown function {name!r} (a product is written {name}*(...)); {hint(name, allowed)}"
    return f"unknown function {name!r}; {hint(name, allowed)}"


OTHER_CONSTANTS = {
    "π": "write pi",
    "zero": "write 0",
    "one": "write 1",
    **dict.fromkeys(("inf", "infinity", "nan", "none", "null"), "a number is needed"),
}


def unknown_name(name: str, known: Iterable[str]) -> str:
    """What is wrong with a variable that a formula does not know, in words."""
    known = tuple(known)
    return f"unknown name '{name}'; {_meant(name, known) or hint(name, known)}"


def _meant(name: str, known: Collection[str]) -> str:
    """What is written here for `u_xx`, `dudx`, `Δu`, `sinu`, `Du`; '' if that is not known."""
    if name.casefold() in OTHER_CONSTANTS:
        return OTHER_CONSTANTS[name.casefold()]
    if (found := re.fullmatch(r"[Δ∆](\w+)", name)) is not None:
        return f"write laplace({found[1]})"
    if (found := re.fullmatch(r"(\w+?)_([xyz])\2?", name)) is not None and found[1] in known:
        return f"write d{2 if len(name) - len(found[1]) == 3 else ''}{found[2]}({found[1]})"
    if (found := re.fullmatch(r"d(\w+?)_?d([xyz])", name)) is not None and found[1] in known:
        return f"write d{found[2]}({found[1]})"
    if (found := re.fullmatch(r"d2?(\w?)", name)) is not None and (not found[1] or found[1] in known):
        return "derivatives are written dx(u), d2x(u), dy(u)"
    if re.fullmatch(r"\w+_tt?", name):
        return "the rate of change of u is what equations.u gives; write the right side alone"
    for cut in range(len(name) - 1, 0, -1):
        first, rest = name[:cut], name[cut:]
        if first in FUNCTIONS and rest in known:
            return f"write {first}({rest})"
        if first != rest and first in known and rest in known:
            return f"a product is written *, as in {first}*{rest}"
    return ""


def attribute(called: str) -> str:
    """What to write for `np.exp` or `u.laplace`, after a semicolon."""
    before, _, last = called.rpartition(".")
    if before.partition(".")[0] in PACKAGES:
        what = last if last in CONSTANTS else f"{last}(...)"
        return f"; write {what} without '{before}.'"
    return f"; write {last}({before})" if before.isidentifier() and last.isidentifier() else ""


def _one_side(found: re.Match[str]) -> str:
    left, right = found.string[: found.start()], found.string[found.end() :]
    side = left if _RATE.fullmatch(right) and not _RATE.fullmatch(left) else right
    return f"'=' has no place in a formula; write the right side alone, here '{side.strip():.60}' (== compares)"


def _side_by_side(first: str, second: str) -> str:
    if first in ("if", "else", "and", "or", "not", "lambda") or second.partition("(")[0] in ("if", "else", "and", "or"):
        return ""
    if first in FUNCTIONS or first in ("laplace", "gradient", "divergence", "dx", "dy", "dz", "lap", "laplacian", "ln"):
        return f"a function takes brackets, as in {first}({second})"
    return f"a product is written *, as in {first}*{second}"


def _of_power(base: str) -> str:
    if base in FUNCTIONS:
        return f"{base}(x)"
    return "(...)" if base.endswith(")") else base or "x"
