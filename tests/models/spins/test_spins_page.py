"""What docs/spins.md shows is what happens."""

import re
from pathlib import Path

import numpy as np
import pytest

from simcore.config.syntax import parse
from simcore.models import registry
from simcore.models.spins.algorithms import ALGORITHMS
from simcore.models.spins.lattices import AXES_OF, unit_cell
from simcore.models.spins.observables.expressed import MEASURES
from simcore.models.spins.presets.preset import Preset
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import resolve
from simcore.runs.run import conduct
from simcore.storage import read_result

PAGE = (Path(__file__).parents[3] / "docs/spins.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
WHOLE = [block for block in BLOCKS if "run:" in block]
BASE = {
    "model": {"type": "ising", "lattice": {"size": 32}, "parameters": {"temperature": 2.3}},
    "run": {"seed": 1, "sweeps": 10},
}


def table(heading):
    """The cells of the first table below a heading."""
    rows = re.findall(r"^\|(.*)\|$", PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0], re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_example_is_one_that_simcore_takes(number, tmp_path):
    if BLOCKS[number] in WHOLE:
        (tmp_path / "shown.yaml").write_text(BLOCKS[number])
        assert resolve(tmp_path / "shown.yaml").total_steps > 0
    else:
        node, _ = parse(BLOCKS[number], lambda line, column: f"docs/spins.md:{line}:{column}")
        assert resolve({**BASE, **node.plain()}).total_steps > 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_every_whole_example_runs(number, tmp_path):
    (tmp_path / "shown.yaml").write_text(WHOLE[number])
    experiment = resolve(tmp_path / "shown.yaml", {"run.sweeps": 40, "run.thermalization": 20})
    outcome = conduct(experiment, RunDirectory(tmp_path / "run"), 1, alone=True)
    series = read_result(outcome.path / "result.h5").groups["series"].variables
    assert all(np.isfinite(series[name].data).all() for name in series)
    assert np.ptp(series["energy"].data) > 0.0


def test_the_page_names_all_models_lattices_algorithms_and_measures():
    for name in registry.names():
        assert not issubclass(registry.find(name), Preset) or name in PAGE
    lattices = table("Lattices")
    assert [f"`{name}`" for name in [*AXES_OF, "custom"]] == [row[0] for row in lattices[1:] if row[0].startswith("`")]
    assert [row[0] for row in table("Algorithms") if row[0] in {f"`{name}`" for name in ALGORITHMS}] == [
        f"`{name}`" for name in ALGORITHMS
    ]
    assert {name for name in MEASURES if not name.endswith("_on")} <= set(re.findall(r"(\w+)\(", PAGE))


@pytest.mark.parametrize(
    "row", [row for row in table("Lattices")[1:] if row[0].strip("`") in AXES_OF], ids=lambda r: r[0]
)
def test_the_table_of_lattices_counts_right(row):
    name, axes, sites, bonds = row[0].strip("`"), row[1], int(row[2]), row[3]
    d = 4 if name == "hypercubic" else int(axes)
    cell = unit_cell(name, d)
    assert axes == ("1 to 8" if name == "hypercubic" else f"{AXES_OF[name][0]}")
    assert len(cell.positions) == sites
    ends = {kind: 2 * sum(bond.kind == kind for bond in cell.bonds) / sites for kind in ("nn", "nnn")}
    told = [
        eval(text, {"d": d}) for text in bonds.replace("2d", "2*d").replace("*d(", "*d*(").replace("−", "-").split(", ")
    ]
    assert told == [ends["nn"], ends["nnn"]]
    assert {p.kind for p in cell.plaquettes} == set(re.findall(r"`(\w+)`", row[4]))
