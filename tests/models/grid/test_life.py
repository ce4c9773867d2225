"""Rules of births and survivals: known patterns, and plain NumPy."""

from itertools import pairwise

import numpy as np
import pytest

import simcore
from simcore.errors import SimcoreError
from simcore.models.grid.automata.life import next_state, read_rle, rule_bits

GUN = "24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo$12b2o!"


def life(sweeps, **model):
    return {"model": {"type": "life", **model}, "run": {"seed": 4, "sweeps": sweeps, "measure_every": 1}}


def test_a_gun_makes_a_glider_every_thirty_generations():
    """Gosper's gun: its 36 cells come again after 30 generations, and five more for each glider that it has made."""
    run = simcore.prepare(life(120, shape=[80, 80], pattern=f"x = 36, y = 9\n{GUN}", at=[2, 68], edges="dead"))()
    population = run.series["population"]
    assert (population[[29, 59, 89, 119]] == [41, 46, 51, 56]).all()
    assert run.series["density"][-1] == 56 / 6400


@pytest.mark.slow
def test_the_r_pentomino_settles_after_1103_generations():
    """116 cells, six gliders among them (M. Gardner 1970); no glider gets around the torus by then."""
    run = simcore.prepare(life(1110, shape=[700, 700], pattern="b2o$2o$bo!"))()
    population = run.series["population"]
    assert population[1102] == 116
    assert (population[1102:] == 116).all()
    assert population[1100] != 116


def numpy_step(cells, rule, edges):
    padded = np.pad(cells, 1, mode="wrap") if edges == "periodic" else np.pad(cells, 1)
    n, m = cells.shape
    around = sum(padded[1 + a : 1 + a + n, 1 + b : 1 + b + m] for a in (-1, 0, 1) for b in (-1, 0, 1)) - cells
    born, survives = (list(map(int, part[1:])) for part in rule.split("/"))
    return np.where(cells == 1, np.isin(around, survives), np.isin(around, born)).astype(np.int8)


@pytest.mark.parametrize(("rule", "edges"), [("B36/S23", "periodic"), ("B3678/S34678", "dead"), ("B08/S8", "periodic")])
def test_any_rule_is_that_of_plain_numpy(rule, edges):
    cells = (np.random.default_rng(1).random((23, 17)) < 0.4).astype(np.int8)
    bits = rule_bits(rule)
    for _ in range(5):
        padded = np.pad(cells, 1, mode="wrap") if edges == "periodic" else np.pad(cells, 1)
        found = [[next_state(padded, i, j, bits) for j in range(1, 18)] for i in range(1, 24)]
        cells = numpy_step(cells, rule, edges)
        np.testing.assert_array_equal(found, cells)


def test_the_same_by_the_engine():
    given = life(20, shape=[40, 33], rule="B36/S23", parameters={"density": 0.4})
    given["output"] = {"fields": {"every": "1 steps"}}
    run = simcore.prepare(given)()
    cells = run.fields["cell"]
    assert 0.3 < cells[0].mean() < 0.6
    for before, after in pairwise(cells):
        np.testing.assert_array_equal(numpy_step(np.asarray(before), "B36/S23", "periodic"), after)
    changed = (numpy_step(np.asarray(cells[-1]), "B36/S23", "periodic") != cells[-1]).mean()
    assert run.series["activity"][-1] == pytest.approx(changed)


def test_patterns_are_read():
    np.testing.assert_array_equal(read_rle("bob$2bo$3o!").T[::-1], [[0, 1, 0], [0, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(read_rle("#C a gap\nx = 2, y = 4\no2$\nbo!").T[::-1], [[1, 0], [0, 0], [0, 1]])


REFUSED = [
    ({"rule": "S23/B3"}, "must be births and survivals"),
    ({"rule": "B9/S23"}, "must be births and survivals"),
    ({"pattern": "bob$2b*o!"}, "is no pattern"),
    ({"pattern": "3o"}, "with ! at its end"),
    ({"pattern": "9o!"}, "does not fit"),
    ({"pattern": "3o!", "at": [4, 4]}, "does not fit"),
    ({"rule": "B0/S8", "edges": "dead"}, "edges: dead"),
    ({"shape": [9]}, "has two axes"),
]


@pytest.mark.parametrize(("keys", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_does_not_fit_is_refused(keys, message):
    with pytest.raises(SimcoreError, match=message):
        simcore.prepare(life(1, **{"shape": [6, 6], **keys}))
