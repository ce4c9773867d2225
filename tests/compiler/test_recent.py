"""What is kept of what was used last."""

from __future__ import annotations

import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simcore.compiler import build, worker
from simcore.compiler.recent import Recent
from simcore.runs import provenance
from simcore.runs.prepared import Prepared, document_of
from simcore.runs.provenance import Provenance

HEAT = {
    "model": {
        "type": "pde",
        "grid": {"shape": [8]},
        "parameters": {"D": 0.1},
        "fields": {"u": {"initial": "x"}},
        "equations": {"u": "D*laplace(u)"},
    },
    "run": {"seed": 1, "dt": 0.1, "steps": 5},
}
RATES = ["D*laplace(u)", "D*laplace(u) - u", "D*laplace(u) - 2*u", "D*laplace(u) - u**3"]


@given(st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 6))))
def test_the_one_that_was_used_longest_ago_makes_room(most, acts):
    kept, used = Recent[int](most), []
    for is_get, key in acts:
        if is_get:
            assert kept.get(key) == (key * 10 if key in used else None)
            if key not in used:
                continue
        else:
            gone = kept.keep(key, key * 10)
            assert gone == ([used[0]] if key not in used and len(used) == most else [])
        used = [*(other for other in used if other != key), key][-most:]
        assert len(kept) == len(used)
        assert all(other in kept for other in used)


def test_programs_of_a_process_are_bounded_and_come_again(monkeypatch):
    monkeypatch.setattr(worker, "_LOADED", Recent(2))
    monkeypatch.setattr(build, "_REMEMBERED", Recent(2))
    modules = {name for name in sys.modules if name.startswith("simcore_program_")}
    f = Prepared(document_of(HEAT))
    first = [f({"model.equations.u": rate}).final["u"] for rate in RATES]
    assert len(worker._LOADED) == len(build._REMEMBERED) == 2
    assert len({name for name in sys.modules if name.startswith("simcore_program_")} - modules) <= 2
    again = [f({"model.equations.u": rate}).final["u"] for rate in RATES]
    assert np.array_equal(first, again)
    assert len({values.tobytes() for values in first}) == len(RATES)


def test_answers_about_places_are_bounded(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "MOST_PLACES", 3)
    monkeypatch.setattr(provenance, "_ANSWERS", {})
    for number in range(6):
        place = tmp_path / str(number)
        place.mkdir()
        with_answer = Provenance(place, once=True)
        assert with_answer.attributes()["git_commit"] == ""
        assert list(provenance._ANSWERS)[-1] == place
        assert len(provenance._ANSWERS) <= 3
    assert Provenance(place, once=True)._inquiry is None
