"""Estimates as a table of pandas."""

from __future__ import annotations

import numpy as np
import pytest
import xarray

from simcore.analysis import Run, load, to_dataframe
from simcore.storage import Group, Result, Variable, write_result

PARTS = ("", "_error", "_tau", "_ess")


def test_a_run_has_a_line_for_each_observable(tmp_path):
    numbers = dict(zip(PARTS, (-1.4, 0.01, 3.0, 50.0), strict=True))
    group = Group({f"energy{part}": Variable((), np.float64(x), "J", "energy per site") for part, x in numbers.items()})
    write_result(tmp_path / "result.h5", Result({"estimates": group}, {}))
    for table in (to_dataframe(load(tmp_path)), Run(tmp_path).to_dataframe()):
        assert table.index.tolist() == ["energy"]
        assert table.loc["energy"].to_dict() == {
            "value": -1.4, "error": 0.01, "tau": 3.0, "ess": 50.0, "unit": "J", "long_name": "energy per site"
        }  # fmt: skip


def test_a_sweep_has_a_line_for_each_point_that_has_a_result():
    value = np.array([[1.0, np.nan], [2.0, 3.0]])
    dims = ("temperature", "replica")
    labels = {"temperature": [1.5, 2.5], "replica": [0, 1], "point_id": (dims, [["a", "b"], ["c", "d"]])}
    estimates = xarray.Dataset({f"energy{part}": (dims, value) for part in PARTS}, labels)
    table = to_dataframe(estimates)
    assert table.index.tolist() == [(1.5, 0), (2.5, 0), (2.5, 1)]
    assert table["energy_error"].tolist() == pytest.approx([1.0, 2.0, 3.0])
    assert table.loc[(2.5, 1), "point_id"] == "d"
