"""What is written is read back value for value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simcore.config import to_text
from simcore.config.syntax import parse

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
WORDS = st.sampled_from(
    ["null", "1e5", "0x1", "", " a", "a: b", "- a", "a #b", ".nan", "~", "\x85", "\ufeff", "\U0001f600"]
)
SCALARS = st.none() | st.booleans() | st.integers(1 - 2**64, 2**64 - 1) | TEXT | WORDS
SCALARS |= st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | WORDS, inner, max_size=3), max_leaves=8
)


def same(left: Any, right: Any) -> bool:
    """Equal, types and signs of zero included."""
    return repr(left) == repr(right)


@given(st.dictionaries(TEXT | WORDS, VALUES, max_size=4))
def test_any_data_survives_being_written_and_read(data: dict[str, Any]) -> None:
    node, problems = parse(to_text(data) if data else "{}", lambda line, column: "")
    assert node is not None
    assert not problems
    assert same(node.plain(), data)


def test_a_resolved_experiment_is_pleasant_to_read() -> None:
    data = {"name": "ising-2d", "model": {"shape": [64, 64], "T": 2.0}, "every": "400 steps", "u": "sin(pi*x/128)"}
    text = "name: ising-2d\nmodel:\n  shape: [64, 64]\n  T: 2.0\nevery: 400 steps\nu: sin(pi*x/128)\n"
    assert to_text(data) == text
