"""The lattice section: what it takes, what it becomes, and what it says to a slip."""

import json

import pytest

from simcore.config import Section, from_dict, validate
from simcore.models.spins.geometry import Bond, Plaquette
from simcore.models.spins.lattice_section import Lattice
from simcore.models.spins.lattices import AXES_OF

NEIGHBOURS = {"nn": [[1, 0], [0, 1]], "nnn": [[1, 1], [1, -1]]}
HEXAGON = [[0, [0, 0]], [1, [0, 0]], [0, [1, 0]], [1, [1, -1]], [0, [1, -1]], [1, [0, -1]]]
HONEYCOMB = {
    "type": "custom",
    "basis": [[0.0, 0.0], [1 / 3, 1 / 3]],
    "neighbours": {"nn": [[0, 1, [0, 0]], [1, 0, [1, 0]], [0, 1, [0, -1]]]},
    "plaquettes": {"hexagon": [HEXAGON]},
    "vectors": [[3**0.5, 0.0], [3**0.5 / 2, 1.5]],
    "shape": [3, 4],
}


class Holder(Section):
    lattice: Lattice


def read(**keys):
    section, problems = validate(from_dict({"lattice": keys}), Holder)
    assert not problems, [str(problem) for problem in problems]
    return section.lattice


def complaints(**keys):
    _, problems = validate(from_dict({"lattice": keys}), Holder)
    return [str(problem).removeprefix("dict lattice").lstrip(".") for problem in problems]


@pytest.mark.parametrize("name", list(AXES_OF))
def test_every_name_is_taken_with_as_many_sides_as_it_has_axes(name):
    least, most = AXES_OF[name]
    for axes in (least, most):
        assert read(type=name, shape=[3] * axes).geometry(["nn"]).shape == (3,) * axes
    assert complaints(type=name, shape=[3] * (most + 1))[0].startswith("shape: must be a list of")


@pytest.mark.parametrize(
    ("keys", "shape"),
    [
        ({"type": "chain", "size": 5}, [5]),
        ({"type": "square", "size": 5}, [5, 5]),
        ({"type": "fcc", "size": 2}, [2, 2, 2]),
        ({"type": "custom", "neighbours": NEIGHBOURS, "size": 4}, [4, 4]),
        ({"type": "custom", "vectors": [[1.0]], "size": 4}, [4]),
        ({"type": "custom", "basis": [[0, 0, 0]], "size": 4}, [4, 4, 4]),
    ],
)
def test_a_size_becomes_a_shape(keys, shape):
    resolved = read(**keys).model_dump(mode="json")
    assert resolved["shape"] == shape
    assert "size" not in resolved


@pytest.mark.parametrize(
    ("given", "wrap", "resolved"),
    [
        ("open", ("open", "open"), "open"),
        ({"y": "antiperiodic"}, ("periodic", "antiperiodic"), {"x": "periodic", "y": "antiperiodic"}),
        ({"x": "open", "y": "open"}, ("open", "open"), "open"),
        ({}, ("periodic", "periodic"), "periodic"),
    ],
)
def test_a_boundary_is_one_word_or_one_by_axis(given, wrap, resolved):
    lattice = read(type="square", size=4, boundary=given)
    assert lattice.geometry(["nn"]).wrap == wrap
    assert lattice.model_dump(mode="json")["boundary"] == resolved


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "kagome", "size": 3, "boundary": {"x": "open"}},
        {"type": "hypercubic", "shape": [2, 3, 4, 5, 6], "boundary": {"x4": "antiperiodic"}},
        {"type": "custom", "neighbours": NEIGHBOURS, "size": 4},
        {"type": "custom", "neighbours": {"nn": [[0, 0, [1, 0]]]}, "shape": [4, 5]},
        HONEYCOMB,
    ],
)
def test_the_resolved_form_reads_back_as_itself(keys):
    resolved = json.loads(json.dumps(read(**keys).model_dump(mode="json")))
    assert read(**resolved).model_dump(mode="json") == resolved


def test_a_custom_lattice_is_the_named_one_that_it_describes():
    square = read(
        type="custom", neighbours=NEIGHBOURS, plaquettes={"square": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, shape=[3, 4]
    )
    assert square.geometry(["nn", "nnn", "square"]) == read(type="square", shape=[3, 4]).geometry(
        ["nn", "nnn", "square"]
    )
    custom = read(**HONEYCOMB).geometry(["nn", "hexagon"])
    named = read(type="honeycomb", shape=[3, 4]).geometry(["nn", "hexagon"])
    assert (custom.positions, custom.vectors, custom.plaquettes) == (named.positions, named.vectors, named.plaquettes)
    assert custom.bonds[1] == Bond("nn", 1, 0, (1, 0))
    assert custom.meetings(0, 1) == named.meetings(0, 1)


def test_a_plaquette_may_begin_in_any_cell():
    lattice = read(type="custom", plaquettes={"p": [[[1, 1], [2, 1], [1, 2]]]}, size=4)
    assert lattice.geometry(["p"]).plaquettes == (Plaquette("p", ((0, (0, 0)), (0, (1, 0)), (0, (0, 1)))),)


def test_only_the_kinds_that_are_asked_for_count():
    lattice = read(type="chain", size=9)
    assert [lattice.geometry(kinds).reach for kinds in ([], ["nn"], ["nn", "nnn"])] == [0, 1, 2]
    assert (lattice.bond_kinds, lattice.plaquette_kinds, lattice.usual_kinds) == (("nn", "nnn"), (), ("nn",))
    assert read(**HONEYCOMB).usual_kinds == ("nn",)
    assert read(type="custom", neighbours=NEIGHBOURS, size=4).usual_kinds == ("nn", "nnn")
    with pytest.raises(ValueError, match="no bonds or plaquettes of the kind 'nm'; allowed: nn, nnn"):
        lattice.geometry(["nm"])


def test_a_basis_may_be_a_number():
    lattice = read(
        type="custom", basis=2, neighbours={"rung": [[0, 1, [0]]], "leg": [[0, 0, [1]], [1, 1, [1]]]}, size=5
    )
    geometry = lattice.geometry(lattice.bond_kinds)
    assert (geometry.basis, geometry.sites, len(geometry.bonds)) == (2, 10, 3)
    assert geometry.positions == ((0.0,), (0.0,))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"type": "sqare", "size": 4}, ["type: must be one of chain, square, triangular"]),
        ({"size": 4}, ["type: missing; one of chain, square, triangular"]),
        ({"type": "square"}, [": give either size: 64 or shape: [64, 64]"]),
        ({"type": "square", "size": 4, "shape": [4, 4]}, ["shape: give either size: 64 or shape: [64, 64]"]),
        ({"type": "square", "size": 0, "boundary": {"y": "open"}}, ["size: must be at least 1, not 0"]),
        ({"type": "square", "shape": [4, 0]}, ["shape.1: must be at least 1, not 0"]),
        ({"type": "square", "shape": 4}, ["shape: must be a list of 2 whole numbers, such as [64, 64], not 4"]),
        ({"type": "chain", "shape": [4, 4]}, ["shape: must be a list of 1 whole number, such as [64], not [4, 4]"]),
        ({"type": "hypercubic", "size": 4}, [": give shape, one number for each axis"]),
        ({"type": "square", "size": 4, "boundary": "opn"}, ["boundary: unknown boundary 'opn'; did you mean 'open'?"]),
        (
            {"type": "square", "size": 4, "boundary": ["open"]},
            ["boundary: unknown boundary ['open']; did you mean 'open'?"],
        ),
        (
            {"type": "square", "size": 4, "boundary": {"z": "open"}},
            ["boundary: this lattice has no axis 'z'; allowed: x, y"],
        ),
        ({"type": "square", "size": 4, "boundary": {"x": 1}}, ["boundary: x: unknown boundary 1; allowed: periodic"]),
        ({"type": "square", "size": 4, "neighbours": {}}, ["neighbours: unknown key"]),
    ],
)
def test_a_slip_in_any_lattice_is_one_line_at_its_key(keys, said):
    found = complaints(**keys)
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"neighbours": {"nn": [[1, 0], [-1, 0]]}}, "neighbours.nn: [1, 0] and [-1, 0] are the same; write each once"),
        ({"neighbours": {"nn": [[1, 0], [1, 0]]}}, "neighbours.nn: [1, 0] and [1, 0] are the same; write each once"),
        (
            {"basis": 2, "neighbours": {"nn": [[0, 1, [1, 0]], [1, 0, [-1, 0]]]}},
            "neighbours.nn: [0, 1, [1, 0]] and [1, 0, [-1, 0]] are the same",
        ),
        ({"neighbours": {"nn": [[0, 0]]}}, "neighbours.nn: [0, 0] visits the same site twice"),
        ({"neighbours": {"nn": [[1, 0], [1]]}}, "neighbours.nn: the offset in [1] must have 2 components"),
        ({"neighbours": {"a": [[1, 0]], "b": [[1]]}}, "neighbours: all offsets must have as many components"),
        (
            {"basis": [[0.0]], "neighbours": {"a": [[1, 0]]}},
            "neighbours.a: the offset in [1, 0] must have 1 components",
        ),
        ({"neighbours": {"nn": [1, 0]}}, "neighbours.nn: must hold [dx, dy], whole numbers up to 1000, not 1"),
        (
            {"neighbours": {"nn": [[1, 0.5]]}},
            "neighbours.nn: must hold [dx, dy], whole numbers up to 1000, not [1, 0.5]",
        ),
        ({"neighbours": {"nn": [[1, True]]}}, "neighbours.nn: must hold [dx, dy]"),
        ({"neighbours": {"nn": []}}, "neighbours.nn: must be a list of [dx, dy]"),
        ({"neighbours": {"nn": [[0, 1, [1, 0]]]}}, "neighbours.nn: [0, 1, [1, 0]] names a site that is not there"),
        (
            {"basis": 2, "neighbours": {"nn": [[1, 0]]}},
            "neighbours.nn: with 2 sites in a cell, write [from, to, [dx, dy]], not [1, 0]",
        ),
        ({"neighbours": {"n n": [[1, 0]]}}, "neighbours: 'n n' is no name for a kind"),
        ({"neighbours": [[1, 0]], "boundary": {"y": "antiperiodic"}}, "neighbours: must be a section, not a list"),
        ({"basis": 0, "neighbours": NEIGHBOURS}, "basis: must be a number of sites up to 1000, or a list"),
        (
            {"basis": [[0, 0], [0.5]], "neighbours": NEIGHBOURS},
            "basis: must be a number of sites up to 1000, or a list",
        ),
        ({"basis": [["0"]], "neighbours": NEIGHBOURS}, "basis: must be a number of sites up to 1000, or a list"),
        ({"neighbours": NEIGHBOURS, "vectors": [[1, 0]]}, "vectors: must be 2 vectors of 2 numbers each"),
        ({"neighbours": NEIGHBOURS, "vectors": [[1, 2], [2, 4]]}, "vectors: must be independent of each other"),
        ({"plaquettes": {"p": [[[0, 0], [1, 0]]]}}, "plaquettes.p: [[0, 0], [1, 0]] is no plaquette"),
        ({"plaquettes": {"p": [[[0, 0], [1, 0], [0, 0]]]}}, "plaquettes.p: [[0, 0], [1, 0], [0, 0]] visits the same"),
        (
            {"plaquettes": {"p": [[[0, 0], [1, 0], [1, 1]], [[0, 1], [1, 2], [1, 1]]]}},
            "plaquettes.p: [[0, 0], [1, 0], [1, 1]] and [[0, 1], [1, 2], [1, 1]] are the same",
        ),
        (
            {"neighbours": NEIGHBOURS, "plaquettes": {"nn": [[[0, 0], [1, 0], [1, 1]]]}},
            "plaquettes: 'nn' is a kind of bonds already",
        ),
        (
            {"neighbours": {"far": [[5, 0]]}, "boundary": {"x": "antiperiodic"}},
            "boundary: x cannot be antiperiodic: it has 4 cells, and a term of the energy spans 5",
        ),
    ],
)
def test_a_slip_in_a_custom_lattice_is_one_line_at_its_key(keys, said):
    found = complaints(type="custom", size=4, **keys)
    assert len(found) == 1, found
    assert all(line.startswith(said) for line in found), found


def test_the_schema_says_what_is_allowed():
    found = Holder.model_json_schema()
    custom = found["$defs"]["CustomLattice"]["properties"]
    assert set(custom) == {
        "type",
        "basis",
        "neighbours",
        "plaquettes",
        "vectors",
        "size",
        "shape",
        "shells",
        "boundary",
    }
    assert found["properties"]["lattice"]["discriminator"]["propertyName"] == "type"
    assert set(found["$defs"]["StandardLattice"]["properties"]["type"]["enum"]) == set(AXES_OF)
