"""Boundaries: how they are written, and the ghost cells they give."""

import pytest

from simcore.models.contract import Periodic, Wall
from simcore.models.grid.boundary import Condition, read_boundary


def ghost(wall, mirror):
    return wall.scale * mirror + wall.shift


@pytest.mark.parametrize("u", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("h", [0.5, 2.0])
def test_ghost_cells_satisfy_the_condition_halfway(u, h):
    value, derivative = (ghost(Condition(kind, (3.0,)).side(h), u) for kind in ("value", "derivative"))
    assert (value + u) / 2 == pytest.approx(3.0)
    assert (derivative - u) / h == pytest.approx(3.0)
    for a, b in [(0.0, 3.0), (2.0, -1.0), (-0.4, 0.5)]:
        mixed = ghost(Condition("mixed", (a, b)).side(h), u)
        assert (mixed - u) / h + a * (mixed + u) / 2 == pytest.approx(b)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("periodic", [(Periodic(), Periodic())] * 2),
        ({"value": 1}, [(Wall(-1.0, 2.0), Wall(-1.0, 2.0))] * 2),
        ({"x": {"value": 0.0}}, [(Wall(-1.0, 0.0), Wall(-1.0, 0.0)), (Periodic(), Periodic())]),
        (
            {"x": {"value": 0.0}, "x+": {"derivative": 3.0}, "y": "periodic"},
            [(Wall(-1.0, 0.0), Wall(1.0, 1.5)), (Periodic(), Periodic())],
        ),
        ({"y+": {"mixed": [0, 1]}, "y-": {"value": 2}}, [(Periodic(), Periodic()), (Wall(-1.0, 4.0), Wall(1.0, 2.0))]),
    ],
)
def test_sides_are_found_by_side_then_axis_then_all(raw, wanted):
    boundary = read_boundary(raw)
    assert list(boundary.sides((0.5, 2.0))) == wanted
    assert read_boundary(boundary.keys()) == boundary


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("perodic", "'perodic' is no boundary; periodic, {value: v}"),
        (None, "None is no boundary"),
        ([1, 2], "is no boundary"),
        ({}, "is no boundary"),
        ({"value": 1, "derivative": 2}, "is no boundary"),
        ({"valu": 1}, "unknown boundary 'valu'; did you mean 'value'?"),
        ({"x": {"valu": 1}}, "x: unknown boundary 'valu'"),
        ({"value": "a"}, "value must be a number"),
        ({"value": True}, "value must be a number"),
        ({"value": [1]}, "value must be a number"),
        ({"value": float("nan")}, "value must be a number"),
        ({"derivative": 1e300}, "up to 1e+100"),
        ({"value": 10**400}, "up to 1e+100"),
        ({"mixed": 1}, "mixed must be two numbers [a, b]"),
        ({"mixed": [1, 2, 3]}, "mixed must be two numbers"),
        ({"mixed": [-4.0, 0.0]}, "a must be above -2/spacing = -4"),
        ({"x-": {"value": 1}}, "x cannot be periodic at one end only; give both x- and x+"),
        ({"z": "periodic"}, "this grid has no side 'z'"),
        ({"x*": "periodic"}, "no side 'x*'; did you mean"),
    ],
)
def test_a_wrong_boundary_says_what_is_allowed(raw, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        read_boundary(raw).sides((0.5, 0.5))
    assert words in str(caught.value)
