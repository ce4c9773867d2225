"""The model of docs/models.md: run as the page says, and held to the balance between growth and fire."""

from pathlib import Path

import numpy as np
import pytest

import simcore

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_as_many_trees_grow_as_catch_fire(tmp_path):
    """Each empty cell grows a tree with probability p, each fire leaves an empty cell one step later.

    With T trees, F fires and E empty cells, T(t+1) - T(t) = grown(t) - F(t+1), where grown(t) is binomial in E(t). So
    the sum of T(t+1) - T(t) + F(t+1) - p E(t) is a martingale of known variance: |z| < 4.5 but for 1 seed in 150,000.
    """
    overrides = {"run.sweeps": 2000, "run.thermalization": 0, "run.measure_every": 1, "model.size": 64}
    run = simcore.run(EXAMPLES / "forest-fire.yaml", workers=2, overrides=overrides, out=tmp_path / "run")
    cells, growth = 64 * 64, 0.05
    trees, fires = (np.rint(run.series[name].values * cells) for name in ("trees", "fires"))
    empty = cells - trees - fires
    surplus = np.diff(trees) + fires[1:] - growth * empty[:-1]
    assert fires.sum() > 1000
    assert abs(surplus.sum()) < 4.5 * np.sqrt(growth * (1 - growth) * empty[:-1].sum())


@pytest.mark.parametrize("initial", ["empty", "random"])
def test_a_forest_without_lightning_only_grows(tmp_path, initial):
    overrides = {"model.parameters.lightning": 0.0, "model.initial": initial, "model.size": 32, "run.sweeps": 50}
    overrides |= {"run.thermalization": 0, "run.measure_every": 1}
    run = simcore.run(EXAMPLES / "forest-fire.yaml", workers=1, overrides=overrides, out=tmp_path / "run")
    trees = run.series["trees"].values
    assert (np.diff(trees) >= 0).all()
    assert (run.series["fires"].values == 0).all()
    assert (trees[0] > 0.3) == (initial == "random")


def test_the_page_quotes_the_example_as_it_is():
    page = (EXAMPLES.parent / "models.md").read_text()
    code = (EXAMPLES / "forest_fire.py").read_text()
    blocks = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    quoted = [line for block in blocks for line in block.splitlines() if "def " in line or "class " in line]
    assert len(quoted) >= 7
    assert [line for line in quoted if line not in code] == []
