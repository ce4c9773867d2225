"""Runs and sweeps of simcore, reweighted: against the exact 4 x 4 and 8 x 8 Ising models (|z| < 4.5 a number)."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

import simcore
from simcore import reweighting
from simcore.errors import UsageError

pytestmark = pytest.mark.slow  # minutes together: part of scripts/test --all

BOUND = 4.5
DATA = Path(__file__).parents[1] / "data" / "ising2d_exact.csv"
THERMALIZATION = 300


def exact() -> dict[tuple[int, float], tuple[float, float]]:
    """Energy and specific heat per site of L x L sites at T (Kaufman 1949)."""
    lines = [line for line in DATA.read_text().splitlines() if not line.startswith("#")]
    rows = [row for row in csv.DictReader(lines) if row["L"] != "inf"]
    return {(int(row["L"]), float(row["T"])): (float(row["e"]), float(row["C_or_m"])) for row in rows}


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    """A sweep over temperatures, sizes and replicas."""
    experiment = {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 2.2}},
        "run": {"seed": 5, "thermalization": THERMALIZATION, "sweeps": 40_000, "measure_every": 4},
        "sweep": {
            "grid": {"model.parameters.temperature": [2.15, 2.6], "model.lattice.size": [4, 8]},
            "replicas": 2,
        },
    }
    out = tmp_path_factory.mktemp("sweep") / "ising"
    assert not simcore.sweep(experiment, workers=1, out=out).failed
    return out


def a_point(directory: Path) -> Path:
    return next(iter(sorted((directory / "points").iterdir())))


def test_a_sweep_gives_the_exact_energies_of_every_size_at_other_temperatures(directory):
    known = exact()
    temperatures = sorted({T for L, T in known if L in (4, 8) and 2.0 < T < 2.8})
    assert len(temperatures) >= 2
    curves = reweighting.curves(directory, temperatures)
    assert dict(curves.sizes) == {"size": 2, "temperature": len(temperatures)}
    assert curves.sites.values.tolist() == [16, 64]
    for L in (4, 8):
        for T in temperatures:
            here = curves.sel(size=L, temperature=T)
            for name, truth in zip(("energy", "specific_heat"), known[L, T], strict=True):
                assert abs((here[name] - truth) / here[f"{name}_error"]) < BOUND, (L, T, name)
    assert curves.energy.attrs == {"units": "energy", "long_name": "energy per site"}


def test_the_directory_its_tree_and_its_file_give_the_same(directory):
    by_directory = reweighting.curves(directory, [2.3])
    with simcore.load(directory) as tree:
        assert reweighting.curves(tree, [2.3]).identical(by_directory)
    assert reweighting.curves(directory / "estimates.h5", [2.3]).identical(by_directory)


def test_samples_of_the_thermalisation_are_left_out(directory):
    point = a_point(directory)
    with simcore.load(point) as tree:
        series = tree["series"].to_dataset()
        kept = series.energy.values[series.step.values > THERMALIZATION]
        temperature = reweighting.lattices(tree)[0].lattice.histograms.mixture.couplings.item() ** -1
    found = reweighting.curves(point, temperature)
    assert len(kept) == 10_000 < series.sizes["step"]
    assert found.energy.item() == pytest.approx(kept.mean(), abs=0.2 * found.energy_error.item())
    assert found.abs_magnetization.item() == pytest.approx(tree_estimate(point, "abs_magnetization"), rel=2e-3)
    assert found.binder.item() == pytest.approx(tree_estimate(point, "binder"), rel=2e-3)


def tree_estimate(point: Path, name: str) -> float:
    with simcore.load(point) as tree:
        return float(tree["estimates"][name])


def test_points_that_differ_in_the_field_are_combined_where_it_is_varied(tmp_path):
    experiment = {
        "model": {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 3.5}},
        "run": {"seed": 6, "thermalization": 100, "sweeps": 20_000, "measure_every": 2},
        "sweep": {"grid": {"model.parameters.h": [0.0, 0.2]}},
    }
    simcore.sweep(experiment, workers=1, out=tmp_path / "field")
    apart = reweighting.curves(tmp_path / "field", [3.5])
    assert apart.energy.dims == ("h", "temperature")
    together = reweighting.curves(tmp_path / "field", [3.5], [0.0, 0.1, 0.2])
    assert together.energy.dims == ("temperature", "h")
    for h in (0.0, 0.2):
        one, both = apart.sel(h=h).isel(temperature=0), together.sel(h=h).isel(temperature=0)
        assert both.magnetization_error < one.magnetization_error
        assert abs(both.magnetization - one.magnetization) < 4.0 * one.magnetization_error
    middle = together.magnetization.isel(temperature=0)
    assert middle.sel(h=0.0) < middle.sel(h=0.1) < middle.sel(h=0.2)


def test_what_cannot_be_reweighted_is_said(directory, tmp_path):
    heat = {
        "model": {
            "type": "heat",
            "grid": {"shape": [8], "spacing": 1.0},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": "x"}},
        },
        "run": {"dt": 0.1, "steps": 20},
    }
    with pytest.raises(UsageError, match="no Monte Carlo run; only these can be reweighted"):
        reweighting.curves(simcore.run(heat, workers=1, out=tmp_path / "heat"), [1.0])
    with pytest.raises(UsageError, match="the model has no parameter 'B', only temperature, J, h"):
        reweighting.curves(directory, [2.0], [0.0], field="B")
    with simcore.load(directory) as tree:
        tree.encoding = {}
        with pytest.raises(UsageError, match="give the directory of the sweep"):
            reweighting.curves(tree, [2.0])


def test_to_import_it_costs_no_heavy_library():
    code = (
        "import sys\nfrom simcore import reweighting, scaling\n"
        "assert not {'h5py', 'matplotlib', 'numba', 'scipy', 'xarray'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
