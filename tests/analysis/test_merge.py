"""`load` of a list: what goes together, over which dimensions, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

import simcore
from simcore.analysis import pooled
from simcore.config.syntax import parse
from simcore.errors import UsageError
from simcore.statistics import z_score
from simcore.statistics.cautions import of_mask
from simcore.storage import Result, read_result, write_result

MODEL = {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.0}}
RUN = {"seed": 1, "sweeps": 200, "thermalization": 20, "measure_every": 2}
TEMPERATURES = "model.parameters.temperature"


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def run(places) -> Callable[..., Path]:
    """A run with these overrides, carried out once."""

    def run(name: str, **overrides: Any) -> Path:
        if not (places / name).exists():
            given = {key.replace("__", "."): value for key, value in overrides.items()}
            simcore.run({"model": MODEL, "run": RUN}, overrides=given, out=places / name, workers=1)
        return places / name

    return run


@pytest.fixture(scope="module")
def replicas(run) -> list[Path]:
    """Two seeds, and another stream of the first one."""
    return [run("a"), run("b", run__seed=2), run("c", run__replica=3)]


@pytest.fixture(scope="module")
def sweep(places) -> Callable[..., Path]:
    """A sweep over temperatures, carried out once."""

    def sweep(name: str, temperatures: list[float], seed: int = 1, replicas: int = 2, **more: Any) -> Path:
        if not (places / name).exists():
            section = {"grid": {TEMPERATURES: temperatures}, "replicas": replicas}
            source = {"model": MODEL, "run": RUN | {"seed": seed, "sweeps": 40}, "sweep": section} | more
            simcore.sweep(source, out=places / name, workers=1)
        return places / name

    return sweep


def relabelled(place: Path, copy: Path, **attributes: str) -> Path:
    """The same result with other attributes, as another version would have written it."""
    copy.mkdir()
    result = read_result(place / "result.h5")
    write_result(copy / "result.h5", Result(result.groups, {**result.attributes, **attributes}))
    return copy


def test_runs_of_other_seeds_are_replicas(replicas):
    tree = simcore.load(replicas)
    assert set(tree.children) == {"estimates", "series", "fields", "pooled"}
    estimates = tree["estimates"].to_dataset()
    assert dict(estimates.sizes) == {"replica": 3}
    np.testing.assert_array_equal(estimates["seed"], [1, 2, 1])
    assert estimates["directory"].values.tolist() == list(map(str, replicas))
    for number, place in enumerate(replicas):
        with simcore.load(place) as one:
            for name, value in one["estimates"].data_vars.items():
                assert float(estimates[name][number]) == float(value)
                assert estimates[name].attrs == {key: x for key, x in value.attrs.items() if key != "cautions"}
                words = value.attrs.get("cautions", "")
                mask = estimates.get(f"{name}_caution")
                assert "; ".join(of_mask(0 if mask is None else int(mask[number]))) == words
            np.testing.assert_array_equal(tree["series/energy"][number], one["series/energy"])
            np.testing.assert_array_equal(tree["fields/s"].isel(replica=number, x=slice(2, 5)), one["fields/s"][:, 2:5])
    assert len({float(value) for value in estimates["energy"]}) == 3
    xarray.testing.assert_identical(tree["pooled"].to_dataset(), pooled(estimates))
    assert tree["series/energy"].dims == ("replica", "step")
    assert tree["fields/s"].dtype == np.int8


def test_nothing_but_estimates_is_read_before_it_is_used(replicas):
    tree = simcore.load(replicas)
    assert not tree["series/energy"].variable._in_memory
    assert not tree["fields/s"].variable._in_memory


def test_what_the_experiments_have_in_common_is_kept(replicas):
    attributes = simcore.load(replicas).attrs
    node, _ = parse(attributes["experiment"], lambda line, column: "")
    experiment = node.plain()
    assert experiment["model"]["parameters"]["temperature"] == 2.0
    assert experiment["run"]["thermalization"] == 20
    assert not {"seed", "replica"} & experiment["run"].keys()
    assert attributes["simcore_version"] == simcore.__version__
    assert "started" not in attributes or "seed" not in attributes


def test_runs_of_other_settings_are_points(run, replicas):
    warm = run("warm", model__parameters__temperature=3.0)
    tree = simcore.load([*replicas, warm])
    energy = tree["estimates/energy"]
    assert energy.dims == ("point", "replica")
    np.testing.assert_array_equal(energy["temperature"], [2.0, 3.0])
    np.testing.assert_array_equal(np.isnan(energy), [[False] * 3, [False, True, True]])
    with simcore.load(warm) as one:
        assert float(energy[1, 0]) == float(one["estimates/energy"])
        np.testing.assert_array_equal(tree["series/energy"][1, 0], one["series/energy"])
        assert float(tree["pooled/energy"][1]) == float(one["estimates/energy"])
    assert np.isnan(tree["series/energy"][1, 1]).all()
    assert tree["estimates/seed"].values.tolist() == [[1, 2, 1], [1, -1, -1]]


def test_replicas_may_be_of_different_lengths(run, replicas):
    longer = run("longer", run__seed=5, run__sweeps=400)
    tree = simcore.load([replicas[0], longer])
    assert set(tree.children) == {"estimates", "pooled"}
    steps = 2 * tree["estimates/energy_tau"] * tree["estimates/energy_ess"]
    np.testing.assert_allclose(steps, [200, 400])
    mean = (tree["estimates/energy"] * steps).sum() / 600
    assert float(tree["pooled/energy"]) == pytest.approx(float(mean), rel=1e-12)


def test_two_results_are_compared_in_standard_errors(replicas):
    first, second = (simcore.load(place)["estimates"].to_dataset() for place in replicas[:2])
    z = z_score(first, second)
    assert float(z["energy"]) == pytest.approx(
        float((first["energy"] - second["energy"]) / np.hypot(first["energy_error"], second["energy_error"]))
    )
    assert abs(float(z["energy"])) < 4.5


def test_what_has_the_same_random_numbers_is_no_replica(run, replicas):
    finer = run("finer", run__measure_every=1)
    for pair in ([replicas[0], replicas[0]], [replicas[0], finer]):
        with pytest.raises(UsageError, match=r"have the same random numbers \(run\.seed: 1, run\.replica: 0\)"):
            simcore.load(pair)


@pytest.mark.parametrize("attribute", ["simcore_version", "model_source"])
def test_different_versions_do_not_mix_unless_told(replicas, tmp_path, attribute):
    first = relabelled(replicas[0], tmp_path / "first", **{attribute: "5.1"})
    second = relabelled(replicas[1], tmp_path / "second", **{attribute: "5.2"})
    what = "simcore" if attribute == "simcore_version" else "the model's file"
    with pytest.raises(UsageError, match=rf"different versions of {what} \(5\.1 and 5\.2\); mixed=True takes them"):
        simcore.load([first, second])
    tree = simcore.load([first, second], mixed=True)
    assert tree["estimates"].sizes == {"replica": 2}
    assert attribute not in tree.attrs


def test_what_does_not_go_together_is_refused(run, replicas, sweep, tmp_path):
    with pytest.raises(UsageError, match="an empty list: there is nothing to load"):
        simcore.load([])
    with pytest.raises(UsageError, match=r"holds a run and .* a sweep"):
        simcore.load([replicas[0], sweep("s", [2.0, 3.0])])
    heat = {
        "model": {"type": "heat", "grid": {"shape": [4]}, "parameters": {"D": 1.0}, "fields": {"u": {"initial": 1}}}
    }
    simcore.run(heat | {"run": {"seed": 1, "dt": 0.1, "steps": 1}}, out=tmp_path / "heat", workers=1)
    with pytest.raises(UsageError, match="hold different models: ising and heat"):
        simcore.load([replicas[0], tmp_path / "heat"])


def test_a_sweep_of_another_seed_brings_replicas_and_other_values_bring_values(sweep):
    first, other = sweep("s", [2.0, 3.0]), sweep("seed", [3.0, 4.0], seed=9, replicas=1)
    tree = simcore.load([first, other])
    estimates = tree["estimates"].to_dataset()
    np.testing.assert_array_equal(estimates["temperature"], [2.0, 3.0, 4.0])
    np.testing.assert_array_equal(estimates["replica"], [0, 1, 2])
    np.testing.assert_array_equal(estimates["point_done"], [[True, True, False], [True] * 3, [False, False, True]])
    with simcore.load(first) as a, simcore.load(other) as b:
        np.testing.assert_array_equal(estimates["energy"][:2, :2], a["estimates/energy"])
        np.testing.assert_array_equal(estimates["energy"][1:, 2], b["estimates/energy"][:, 0])
        np.testing.assert_array_equal(tree["series/energy"][1, 2], b["series/energy"][0, 0])
        np.testing.assert_array_equal(tree["fields/s"][0, 1], a["fields/s"][0, 1])
    assert np.isnan(tree["series/energy"][0, 2]).all()
    assert tree["pooled/energy"].dims == ("temperature",)
    assert estimates["energy"].attrs["long_name"]


def test_a_point_that_is_in_two_sweeps_counts_once(sweep):
    first, wider = sweep("s", [2.0, 3.0]), sweep("wider", [1.0, 3.0])
    estimates = simcore.load([first, wider])["estimates"].to_dataset()
    np.testing.assert_array_equal(estimates["temperature"], [1.0, 2.0, 3.0])
    assert estimates.sizes["replica"] == 2
    assert estimates["point_done"].all()
    three = simcore.load([first, sweep("seed", [3.0, 4.0], seed=9, replicas=1), wider])["estimates"].to_dataset()
    assert len(set(three["point_id"].values[three["point_done"].values])) == three["point_done"].sum() == 8


def test_points_along_one_dimension_are_found_by_their_values(sweep):
    def along(values: list[float]) -> dict[str, Any]:
        return {"sweep": {"zip": {TEMPERATURES: values, "model.parameters.J": [1.0] * len(values)}}}

    first, more = sweep("zip", [], **along([2.0, 2.5])), sweep("zip2", [], seed=4, **along([3.0, 2.0]))
    estimates = simcore.load([first, more])["estimates"].to_dataset()
    np.testing.assert_array_equal(estimates["temperature"], [2.0, 2.5, 3.0])
    np.testing.assert_array_equal(estimates["point_done"], [[True, True], [True, False], [False, True]])
    with simcore.load(more) as b:
        np.testing.assert_array_equal(estimates["energy"][[2, 0], 1], b["estimates/energy"][:, 0])


def test_sweeps_that_differ_in_what_none_sweeps_are_refused(sweep):
    weak = sweep("weak", [2.0], seed=3, model=MODEL | {"parameters": {"temperature": 2.0, "J": 0.5}})
    with pytest.raises(UsageError, match=r"model\.parameters\.J is not swept and differs: None in .*, 0\.5 in "):
        simcore.load([sweep("s", [2.0, 3.0]), weak])
    sizes = sweep("sizes", [], sweep={"grid": {"model.lattice.size": [4]}})
    with pytest.raises(UsageError, match=r"sweeps replica, temperature, and .* replica, size"):
        simcore.load([sweep("s", [2.0, 3.0]), sizes])


def test_sweeps_of_the_same_random_numbers_in_another_way_are_refused(sweep):
    other = sweep("other", [2.0], run=RUN | {"sweeps": 40, "measure_every": 1})
    with pytest.raises(UsageError, match="with the same random numbers, run or measured in another way"):
        simcore.load([sweep("s", [2.0, 3.0]), other])
