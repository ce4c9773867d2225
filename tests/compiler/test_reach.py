"""What a function reads is found in its source, and has to lie within the ghost cells that there are."""

from __future__ import annotations

import numpy as np
import pytest

from simcore.compiler.build import build
from simcore.compiler.reach import reach_of
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction, Periodic, StateArray
from simcore.spec.description import Description
from simcore.spec.observables import Observable
from simcore.spec.phases import Measurement, Phase, Reduction
from tests.compiler.conftest import model

RING = ((Periodic(), Periodic()),)
NEAR = CellFunction("def near(u, i):\n    return u[i]\n")
FAR = CellFunction("def far(u, i):\n    return u[i + 2] + u[i - 1]\n")
TABLE = CellFunction("def table(u, D, i):\n    return u[i] * D[i - 1]\n")


def array(name, halo, *, work=False):
    return StateArray(name, (6,), np.float64, np.zeros(6), RING, halo, work=work)


def refusal(halo=1, **answers):
    given = {"state": [array("u", halo)], "phases": [Phase(NEAR, "u")], "observables": [Observable("m", NEAR)]}
    with pytest.raises(InvalidValueError) as refused:
        build(Description(model(**(given | answers))(parameters={})))
    return str(refused.value)


def test_the_largest_offset_along_any_axis():
    source = "def f(u, v, i, j):\n    w = u[i - 1, j] + u[i, j + 3]\n    return w * v[i, j]\n"
    assert reach_of(source, {"u", "v"}) == {"u": 3, "v": 0}


def test_an_offset_counts_for_its_own_axis_alone():
    assert reach_of("def f(u, i, j):\n    return u[j + 2, i]\n", {"u"}) == {"u": 0}


@pytest.mark.parametrize(
    "answers",
    [
        {"phases": [Phase(FAR, "u")]},
        {"phases": [Reduction("total", FAR), Phase(NEAR, "u")]},
        {"observables": [Observable("m", FAR)]},
        {"measurement": Measurement([Reduction("total", FAR)])},
        {
            "state": [array("u", 1), array("w", 1, work=True)],
            "measurement": Measurement(snapshots=[Phase(FAR, "w", at=0.0)]),
        },
    ],
    ids=["phase", "reduction", "observable", "sample", "snapshot"],
)
def test_a_generated_function_that_reads_beyond_the_ghost_cells_is_refused(answers):
    assert refusal(**answers) == "model: far reads 'u' 2 cells away, and 'u' has 1 ghost cells; declare a halo of 2"


def test_the_ghost_cells_of_another_array_do_not_count():
    """They are there, but nobody fills them."""
    given = [array("u", 0), array("v", 2)]
    assert "'u' has 0 ghost cells" in refusal(state=given, phases=[Phase(FAR, "u")])


def test_a_table_has_as_many_as_it_is_larger():
    given = {"state": [array("u", 1)], "phases": [Phase(TABLE, "u")]}
    assert "table reads 'D' 1 cell away" in refusal(**given, constants={"D": np.zeros(6)})
    answers = given | {"observables": [Observable("m", NEAR)], "constants": {"D": np.zeros(8)}}
    build(Description(model(**answers)(parameters={})))


@pytest.mark.parametrize(
    ("phase", "wanted"),
    [
        (Phase(NEAR, "u", at=0.0), "writes work arrays only, and 'u' is none"),
        (Phase(NEAR, "w", draws=1), "takes all cells, no random numbers"),
        (Phase(CellFunction("def f(w, i):\n    return w[i]\n"), "w"), "reads 'w', which it writes"),
    ],
)
def test_a_measurement_leaves_the_state_as_it_is(phase, wanted):
    given = [array("u", 1), array("w", 1, work=True)]
    assert wanted in refusal(state=given, measurement=Measurement([phase]))
