"""Observables that are arrays, in runs: exact values, the same bits everywhere, and what is refused in one line."""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

import simcore
from simcore.analysis import pooled
from simcore.analysis.plots.files import write_plot
from simcore.analysis.report.page import write_report
from simcore.cli import outcome
from simcore.cli.estimates import read
from simcore.errors import ExperimentError, MeasurementError
from simcore.runs import resume, run
from simcore.runs.experiment import resolve
from simcore.runs.verify import digest

pytestmark = pytest.mark.usefixtures("nothing_left")

TEMPERATURE = 2.5
ALARM = 4.9  # |z| of one of about 40 elements is beyond it in 4e-5 of all runs
ARRAYS = {
    "s": "structure_factor()",
    "sr": "radial_structure_factor()",
    "c": "correlation()",
    "cx": "correlation(x)",
    "m2": "profile(a*a, y)",
    "m": "profile(a, x)",
    "g": "histogram(energy, -2.125, 2.125, 17)",
}


def ising(observables: dict[str, str], sweeps: int = 30, **keys: Any) -> dict[str, Any]:
    lattice = {"type": "square", "size": keys.pop("size", 4)}
    output = {"observables": observables, "covariance": keys.pop("covariance", [])}
    return {
        "model": {"type": "ising", "lattice": lattice, "parameters": {"temperature": TEMPERATURE}},
        "run": {"seed": 5, "thermalization": 10, "sweeps": sweeps, "measure_every": 2, **keys},
        "checkpoint": {"every": "16 steps"},
        "output": output,
    }


def heat(observables: dict[str, str], steps: int = 40, **keys: Any) -> dict[str, Any]:
    return {
        "model": {
            "type": "heat",
            "grid": {"shape": [16, 10], "spacing": [0.5, 1.0]},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": "1 + sin(2*pi*x/8)*(1 + cos(2*pi*y/10))"}},
        },
        "run": {"seed": 1, "dt": 0.02, "steps": steps, "measure_every": 10, **keys},
        "checkpoint": {"every": "16 steps"},
        "output": {"observables": observables},
    }


FIELDS = {
    "p": "profile(u, x)",
    "q": "profile(u**2 + dx(u), x)",
    "xy": "profile(u, x, y)",
    "spectrum_u": "spectrum(u)",
    "r": "radial_spectrum(u)",
    "h": "histogram(u, 0.0, 2.0, 8)",
    "square": "mean(u**2)",
}


@pytest.fixture(scope="module")
def states() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All states of the 4x4 lattice (65536, 4, 4), their energies per site and probabilities."""
    spins = (np.arange(1 << 16)[:, np.newaxis] >> np.arange(16) & 1).reshape(-1, 4, 4) * 2.0 - 1.0
    energy = -(spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).sum(axis=(1, 2))
    weight = np.exp(-(energy - energy.min()) / TEMPERATURE)
    return spins, energy / 16.0, weight / weight.sum()


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = ising(ARRAYS, 20000, measure_every=4, thermalization=200, covariance=["cx"])
    return run(source, workers=1, out=tmp_path_factory.mktemp("exact") / "r").path


def test_all_elements_agree_with_the_sum_over_all_states(measured, states):
    """S(k) at every k, correlations at every distance, and the distribution of the energy, of the 4x4 Ising model."""
    spins, energy, weight = states
    k = 2.0 * np.pi * np.arange(-2, 2) / 4.0
    waves = np.exp(-1j * np.multiply.outer(k, np.arange(4)))
    squares = np.abs(np.einsum("kx,sxy,ly->skl", waves, spins, waves)) ** 2 / 16.0
    s = np.tensordot(weight, squares, 1)
    pairs = {d: (spins * np.roll(spins, d, (1, 2))).mean(axis=(1, 2)) @ weight for d in np.ndindex(3, 3)}
    lengths = np.hypot(*np.meshgrid(k, k, indexing="ij"))
    expected = {
        "s": s,
        "sr": [s[np.isclose(np.rint(lengths / (np.pi / 2)), n)].mean() for n in range(4)],
        "c": [1.0, (pairs[0, 1] + pairs[1, 0]) / 2, pairs[1, 1], (pairs[0, 2] + pairs[2, 0]) / 2],
        "cx": [1.0, pairs[1, 0], pairs[2, 0]],
        "m2": np.ones(4),
        "m": np.zeros(4),
        "g": np.histogram(energy, 17, (-2.125, 2.125), weights=weight)[0],
    }
    found = simcore.load(measured)["estimates"].to_dataset()
    assert np.allclose(found["kx"], k)
    assert np.allclose(found["r"], [0.0, 1.0, np.sqrt(2.0), 2.0])
    for name, exact in expected.items():
        error = np.maximum(found[f"{name}_error"].values, 1e-12)
        z = (found[name].values - np.asarray(exact)) / error
        assert np.nanmax(np.abs(z), initial=0.0) < ALARM, name
    assert found["c_error"][0] == 0.0
    assert np.isnan(found["m2_error"]).all()  # a**2 is not known to be conserved
    assert np.isnan(found["g_error"].values[found["g"].values == 0.0]).all()
    assert found["g"].sum() == pytest.approx(1.0)
    assert "never changed" in found["g"].attrs["cautions"]
    for part in ("tau", "ess"):
        assert found[f"s_{part}"].dims == ("kx", "ky")
        assert np.isfinite(found[f"s_{part}"]).all()


def test_the_covariance_holds_the_errors_and_gives_a_chi_square(measured, states):
    spins, _, weight = states
    exact = [(spins * np.roll(spins, d, 1)).mean(axis=(1, 2)) @ weight for d in (1, 2)]
    found = simcore.load(measured)["estimates"]
    matrix = found["cx_covariance"]
    assert matrix.dims == ("dx", "dx_2")
    assert np.allclose(np.diag(matrix), found["cx_error"] ** 2)
    away = found["cx"].values[1:] - exact
    assert away @ np.linalg.solve(matrix.values[1:, 1:], away) < 27.6  # 2 degrees of freedom: 1e-6
    assert 0.9 < matrix.values[1, 2] / np.sqrt(matrix.values[1, 1] * matrix.values[2, 2]) <= 1.0


def test_xarray_opens_the_file_alone_and_its_dimensions_have_coordinates(measured):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = xarray.open_datatree(measured / "result.h5", engine="h5netcdf")
    assert tree["series"]["s"].dims == ("step", "kx", "ky")
    assert tree["estimates"]["s"].dims == ("kx", "ky")
    assert {"kx", "ky", "k", "r", "dx", "dx_2", "bin", "x"} <= set(tree["estimates"].coords)


def test_show_plot_and_report_have_the_arrays(measured):
    rows = read(measured)
    assert "s" not in [row.name for row in rows]
    table = outcome.with_arrays(measured, rows, json=False, csv=False)
    assert "kx: 4, ky: 4" in table
    every = json.loads(outcome.with_arrays(measured, rows, json=True, csv=False))
    assert every["s"]["dims"] == ["kx", "ky"]
    assert np.shape(every["s"]["error"]) == (4, 4)
    lines = list(csv.DictReader(io.StringIO(outcome.with_arrays(measured, rows, json=False, csv=True))))
    assert len([line for line in lines if line["name"].startswith("s[kx=")]) == 16
    for name in ("arrays", "s", "series"):
        write_plot(measured, measured / f"{name}.png", [name])
    assert "kx: 4, ky: 4" in write_report(measured).read_text()


def test_the_profile_of_the_heat_equation_is_the_exact_one_and_parseval_holds(tmp_path):
    """The scheme damps each wave by 1 - dt*D*K**2 in a step, K**2 its discrete wave number squared."""
    source = heat(FIELDS)
    tree = simcore.load(run(source, workers=2, out=tmp_path / "r").path)
    series = tree["series"]
    x, y = series["x"].values, np.arange(10) + 0.5
    of_x, of_y = (4.0 * np.sin(k * h / 2) ** 2 / h**2 for k, h in ((2 * np.pi / 8, 0.5), (2 * np.pi / 10, 1.0)))
    n = series["step"].values[:, np.newaxis]
    damped = (1.0 - 0.02 * of_x) ** n
    assert np.allclose(series["p"], 1.0 + damped * np.sin(2 * np.pi * x / 8), rtol=1e-13)
    slow = (1.0 - 0.02 * (of_x + of_y)) ** n
    assert np.allclose(
        series["xy"],
        1.0
        + np.sin(2 * np.pi * x / 8)[:, np.newaxis]
        * (damped[..., np.newaxis] + slow[..., np.newaxis] * np.cos(2 * np.pi * y / 10)),
        rtol=1e-13,
    )
    u = series["xy"].values
    slope = (np.roll(u, -1, 1) - np.roll(u, 1, 1)) / (2 * 0.5)
    assert np.allclose(series["q"], (u**2 + slope).mean(axis=2), rtol=1e-12, atol=1e-13)
    square = series["square"].values
    assert np.allclose(series["spectrum_u"].sum(("kx", "ky")), square, rtol=1e-14)
    assert np.allclose(series["r"].sum("k"), square, rtol=1e-14)
    first = series["spectrum_u"].sel(kx=2 * np.pi / 8, ky=0.0, method="nearest")
    assert np.allclose(first, damped[:, 0] ** 2 / 4.0, rtol=1e-12)
    assert np.allclose(series["h"], [np.histogram(one, 8, (0.0, 2.0))[0] / u[0].size for one in u])
    assert series["spectrum_u"].attrs["long_name"] == "spectrum(u)"


CASES = {"ising": lambda n: ising(ARRAYS, n, size=9), "heat": lambda n: heat(FIELDS, n)}


@pytest.mark.parametrize("name", CASES)
def test_any_number_of_workers_and_a_stop_give_the_same_bits(name, tmp_path):
    make = CASES[name]
    seen = {digest(run(make(40), workers=n, out=tmp_path / f"{n}").path) for n in (1, 2, 3, 7)}
    path = run(make(20), workers=3, out=tmp_path / "half").path
    key = "sweeps" if name == "ising" else "steps"
    seen.add(digest(resume(path, workers=2, overrides=[f"run.{key}=40"]).path))
    assert len(seen) == 1
    whole, again = (simcore.load(tmp_path / place)["estimates"].to_dataset() for place in ("1", "half"))
    assert whole.identical(again)
    prepared = simcore.prepare(make(40))()
    assert prepared.series.equals(simcore.load(tmp_path / "1")["series"].to_dataset())
    assert prepared.estimates.equals(whole)


def test_each_replica_has_its_arrays_and_they_are_pooled(tmp_path):
    arrays = {"s": "structure_factor()", "g": "histogram(energy, -2.125, 2.125, 17)"}
    both = simcore.load(run(ising(arrays, 40, replicas=2), workers=2, out=tmp_path / "both").path)
    for replica in (0, 1):
        alone = simcore.load(run(ising(arrays, 40, replica=replica), workers=1, out=tmp_path / f"{replica}").path)
        for group in ("series", "estimates"):
            for name in arrays:
                assert np.array_equal(both[group][name][replica], alone[group][name], equal_nan=True)
    assert both["pooled"]["s"].dims == ("kx", "ky")
    assert np.allclose(pooled(both["estimates"].to_dataset())["s"], both["pooled"]["s"])


def test_a_sweep_and_merged_runs_have_the_numbers_and_the_series_of_arrays(tmp_path):
    """The result of a short point is small, and written from the skeleton of one that looks the same."""
    source = ising({"s": "structure_factor()"}, sweep={"grid": {"model.parameters.temperature": [2.0, 2.5]}})
    source["sweep"] = source["run"].pop("sweep")
    simcore.sweep(source, out=tmp_path / "s", workers=1)
    tree = simcore.load(tmp_path / "s")
    assert tree["series"]["s"].dims == ("temperature", "replica", "step", "kx", "ky")
    assert "s" not in tree["estimates"]
    points = sorted((tmp_path / "s" / "points").iterdir())
    assert simcore.load(points[0])["estimates"]["s"].attrs["own_dims"] == "kx ky"
    both = simcore.load(points)
    assert "s" not in both["estimates"]
    assert both["series"]["s"].dims[-3:] == ("step", "kx", "ky")


MODEL = '''
import numpy as np

from simcore import ArrayObservable, Model, Observable, Parameters, Phase, StateArray


def drawn(random):
    return random[0]


def value(u, i, j):
    return u[i, j]


def rows(u):
    {body}


class Noise(Model):
    """Every cell is drawn anew in every step."""

    parameters: Parameters

    def state(self):
        return [StateArray("u", (8, 6), "float64", np.zeros(()))]

    def phases(self):
        return [Phase(drawn, "u", draws=1)]

    def observables(self):
        return [Observable("mean_u", value)]

    def array_observables(self):
        places = np.array(["a", "b", "c", "d", "e", "f", "g", "h"])
        return [ArrayObservable("rows", rows, ("u",), (("row", places),), doc="mean of each row")]
'''


def own(desk: Path, body: str = "return u.mean(axis=1)") -> dict[str, Any]:
    (desk / "noise.py").write_text(MODEL.replace("{body}", body))
    return {"model": {"type": f"{desk}/noise.py:Noise"}, "run": {"seed": 3, "sweeps": 400}}


def test_a_model_of_ones_own_measures_a_function_of_python(tmp_path):
    tree = simcore.load(run(own(tmp_path), workers=2, out=tmp_path / "r").path)
    found = tree["estimates"]
    assert found["rows"].dims == ("row",)
    assert list(found["row"].values) == list("abcdefgh")
    z = (found["rows"] - 0.5) / found["rows_error"]
    assert np.abs(z).max() < ALARM
    assert np.allclose(found["rows_error"], np.sqrt(1 / 12 / 6 / 400), rtol=0.3)
    assert np.allclose(tree["series"]["rows"].mean("row"), tree["series"]["mean_u"], rtol=1e-14)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return u", r"the observable 'rows' at step 1 must be real numbers of shape \(8,\) \(row: 8\), not float64"),
        ("return 1/0", "the observable 'rows' at step 1 failed: ZeroDivisionError: division by zero"),
        ("u[0] = 1.0", "the observable 'rows' at step 1 failed: ValueError: assignment destination is read-only"),
    ],
)
def test_a_function_that_fails_ends_the_run_with_its_name(tmp_path, body, words):
    with pytest.raises(MeasurementError, match=words):
        run(own(tmp_path, body), workers=1, out=tmp_path / "r")


REFUSED = [
    (ising({"s": "2*structure_factor()"}), "structure_factor is an array, which stands alone"),
    (ising({"p": "profile(a, z)"}), "profile takes a formula and the axes that stay, each once"),
    (ising({"p": "profile(a)"}), "profile takes 2 to [49] arguments, not 1"),
    (ising({"s": "structure_factor()", "t": "2*s"}), "'s' is an array, which stands alone"),
    (ising({"g": "histogram(energy, 2, 1, 5)"}), "the first below the second, not 2 and 1"),
    (ising({"g": "histogram(energy, 0, 1, 2.5)"}), "a whole number of bins"),
    (ising({"g": "histogram(binder, 0, 1, 5)"}), "'binder' is a function of means, which has no value in each sample"),
    (ising({"s": "structure_factor()"}, covariance=["t"]), "output.covariance: unknown array 't'"),
    (ising({}, covariance=["t"]), "no observable of this experiment is an array"),
    (ising({"s": "structure_factor()", "s_tau": "mean(a)"}), "cannot both be names in a result"),
    (ising({"s": "structure_factor()"}, until={"error": {"s": 0.1}}), "'s' is an array; a run ends at a number"),
    (ising({"s": "structure_factor()"}, 10**6, size=64), "a series at most 256; take run.measure_every of at least"),
    (
        {
            **ising({"s": "structure_factor()"}),
            "tempering": {"parameter": "model.parameters.temperature", "values": [2, 3], "every": 2},
        },
        "'s': arrays are not measured with tempering; take numbers",
    ),
    (heat({"p": "1 + profile(u, x)"}), r"write profile\(2\*u, ...\), not 2\*profile\(u, ...\)"),
    (heat({"p": "profile(u, x, x)"}), "profile takes a formula and the axes that stay, each once"),
    (heat({"p": "profile(w, x)"}), "unknown name 'w'"),
    (heat({"h": "histogram(u, 0, x, 5)"}), "takes numbers and parameters here, not 'x'"),
]


@pytest.mark.parametrize(("source", "words"), REFUSED)
def test_what_cannot_be_measured_is_refused_in_one_line(source, words):
    with pytest.raises(ExperimentError, match=words) as refused:
        resolve(source)
    assert len(str(refused.value).splitlines()) == 1


def test_a_spectrum_needs_periodic_sides():
    source = heat({"s": "spectrum(u)"})
    source["model"]["grid"]["boundary"] = {"x": {"value": 0.0}, "y": "periodic"}
    with pytest.raises(ExperimentError, match="spectrum needs periodic sides, and there are walls along x"):
        resolve(source)


def test_dimensions_of_one_name_and_other_places_are_told_apart():
    bins = {"g": "histogram(energy, -2, 2, 5)", "h": "histogram(energy, -2, 2, 6)", "c": "correlation(x)"}
    assert dict(resolve(ising(bins)).array_dims) == {"g": ("g_bin",), "h": ("h_bin",), "c": ("dx",)}
