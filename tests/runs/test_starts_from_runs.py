"""A start from another run: which field, which moment, what counts for the identity, and what is refused."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

import simcore
from simcore.errors import ExperimentError
from simcore.runs import resume, run
from simcore.runs.experiment import resolve
from simcore.runs.initial_values import start_values
from simcore.runs.model_errors import asking_model
from simcore.storage.result import read_result
from simcore.sweeps.expansion import expand

pytestmark = pytest.mark.usefixtures("nothing_left")

SHAPE = (6, 5)
HEAT = {
    "name": "heat",
    "model": {
        "type": "pde",
        "grid": {"shape": list(SHAPE), "spacing": 0.5},
        "fields": {"u": {"initial": {"random": {"uniform": [0, 1]}}}, "v": {"initial": "x"}},
        "equations": {"u": "0.1*laplace(u) + v", "v": "-v"},
    },
    "run": {"seed": 1, "dt": 0.125, "steps": 16, "measure_every": 4},
    "checkpoint": {"every": "8 steps"},
    "output": {"fields": {"every": "4 steps"}},
}


def changed(given, **values):
    """With other values under dotted keys (`__` for the dots)."""
    found = copy.deepcopy(given)
    for path, value in values.items():
        *above, key = path.split("__")
        section = found
        for part in above:
            section = section.setdefault(part, {})
        section[key] = value
    return found


def fields(path: Path) -> dict[str, np.ndarray]:
    return {name: one.data for name, one in read_result(path / "result.h5").groups["fields"].variables.items()}


def started(given) -> dict[str, np.ndarray]:
    found = resolve(given)
    return dict(start_values(found.description, found.description.initial_values(), SHAPE, found.key))


def _made(given) -> None:
    found = resolve(given)
    with asking_model(found.document):
        found.model.state()


def problem(given) -> str:
    """What is wrong with an experiment, or with its arrays before the first step."""
    with pytest.raises(ExperimentError) as error:
        _made(given)
    (only,) = error.value.problems
    return str(only).removeprefix("dict ")


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return run(HEAT, workers=1, out=tmp_path_factory.mktemp("runs") / "heat").path


def from_run(file, **keys):
    """The same experiment, both fields from a run."""
    start = {"file": str(file), **keys}
    return changed(HEAT, model__fields={"u": {"initial": dict(start)}, "v": {"initial": dict(start)}})


def test_the_last_snapshot_of_the_field_of_the_same_name(source):
    kept = fields(source)
    for file in (source, source / "result.h5"):
        values = started(from_run(file))
        assert np.array_equal(values["u"], kept["u"][-1])
        assert np.array_equal(values["v"], kept["v"][-1])
        assert not np.array_equal(values["u"], values["v"])


def test_a_run_goes_on_from_the_result_of_another_to_the_same_bits(source, tmp_path):
    """The equations do not name the time."""
    whole = run(changed(HEAT, run__steps=24), workers=1, out=tmp_path / "whole").path
    later = run(changed(from_run(source), run__steps=8), workers=2, out=tmp_path / "later").path
    for name, values in fields(later).items():
        assert np.array_equal(values[-1], fields(whole)[name][-1])


@pytest.mark.parametrize(("keys", "index"), [({"time": 1}, 1), ({"step": 8}, 1), ({"time": 2.0}, 3), ({"step": 16}, 3)])
def test_time_and_step_pick_the_snapshot(source, keys, index):
    assert np.array_equal(started(from_run(source, **keys))["u"], fields(source)["u"][index])


def test_field_names_another(source):
    given = changed(HEAT, model__fields__v__initial={"file": str(source), "field": "u", "time": 0.5})
    assert np.array_equal(started(given)["v"], fields(source)["u"][0])


def test_a_checkpoint(source):
    values = started(from_run(source / "checkpoints" / "step-16.h5"))
    assert np.array_equal(values["u"], fields(source)["u"][-1])
    assert problem(
        changed(HEAT, model__fields__u__initial={"file": str(source / "checkpoints" / "step-16.h5"), "time": 1})
    ).endswith("step-16.h5 holds one moment, step 16; leave out 'time' and 'step'")


def test_a_parameter_from_a_run(source):
    given = changed(
        HEAT,
        model__parameters={"u0": {"file": str(source), "field": "u"}, "D": 1.0},
        model__fields__u__initial="2*u0",
    )
    assert np.array_equal(started(given)["u"], 2 * fields(source)["u"][-1])
    wrong = changed(given, model__parameters={"u0": {"file": str(source)}, "D": 1.0})
    assert problem(wrong).startswith("model.parameters.u0: ")
    assert "holds no field 'u0'; did you mean 'u'? (the key 'field' names another)" in problem(wrong)


def test_it_resolves_to_itself_and_records_the_moment(source):
    found = resolve(from_run(source))
    written = found.resolved["model"]["fields"]["v"]["initial"]
    assert {key: written[key] for key in ("file", "field", "time")} == {
        "file": str(source / "result.h5"),
        "field": "v",
        "time": 2.0,
    }
    assert resolve(found.resolved).identity() == found.identity()


def test_a_plan_shows_the_moment(source):
    found = resolve(from_run(source, step=8))
    file = source / "result.h5"
    assert found.model.remarks() == [
        ("fields.u.initial", f"u of {file} at time 1", False),
        ("fields.v.initial", f"v of {file} at time 1", False),
    ]


def test_only_the_numbers_count_that_are_read(source, tmp_path):
    """Not the file, nor what else is in it."""
    twin = run(changed(HEAT, run__steps=24), workers=1, out=tmp_path / "twin").path
    assert resolve(from_run(twin, time=2.0)).key == resolve(from_run(source)).key
    assert resolve(from_run(twin, step=16)).identity() == resolve(from_run(source)).identity()
    assert resolve(from_run(twin)).key != resolve(from_run(source)).key


def test_the_run_it_starts_from_may_be_extended(tmp_path):
    first = run(HEAT, workers=1, out=tmp_path / "first").path
    second = run(from_run(first), workers=1, out=tmp_path / "second").path
    resume(first, overrides=["run.steps=32"])
    assert resume(second, overrides=["run.steps=20"]).step == 20


def test_a_run_whose_source_has_changed_does_not_resume(tmp_path):
    first = run(HEAT, workers=1, out=tmp_path / "first").path
    second = run(from_run(first), workers=1, out=tmp_path / "second").path
    run(changed(HEAT, run__seed=2), workers=1, out=first, overwrite=True)
    with pytest.raises(ExperimentError, match=r"model\.fields\.u\.initial: .* has changed since the experiment was"):
        resume(second, overrides=["run.steps=32"])


def test_a_damaged_result_is_refused(tmp_path):
    first = run(HEAT, workers=1, out=tmp_path / "first").path
    data = bytearray((first / "result.h5").read_bytes())
    data[len(data) // 2] ^= 1
    (first / "result.h5").write_bytes(data)
    found = problem(changed(HEAT, model__fields__u__initial={"file": str(first)}))
    assert found.startswith("model.fields.u.initial: ")
    assert "are not those that were written" in found


def test_a_damaged_checkpoint_is_refused(source, tmp_path):
    data = bytearray((source / "checkpoints" / "step-16.h5").read_bytes())
    data[-9] ^= 1
    (tmp_path / "step-16.h5").write_bytes(data)
    found = problem(changed(HEAT, model__fields__u__initial={"file": str(tmp_path / "step-16.h5")}))
    assert found.startswith("model.fields.u.initial: ")
    assert "its checksum does not match its contents" in found


def test_a_sweep_over_the_moment(source):
    given = {**from_run(source), "sweep": {"grid": {"model.fields.u.initial.time": [0.5, 1.0]}}}
    assert len({point.id for point in expand(given).points}) == 2


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"time": 0.6}, "holds no fields at time 0.6; the nearest times are 0.5 and 1"),
        ({"time": 3}, "holds no fields at time 3; the nearest is 2"),
        ({"step": 5}, "holds no fields at time 0.625; the nearest times are 0.5 and 1"),
        ({"time": 1, "step": 8}, "give either 'time' or 'step', not both"),
        ({"time": "end"}, "time must be a number, not 'end'"),
        ({"step": 0.5}, "step must be a whole number from 0, not 0.5"),
        ({"field": "w"}, "holds no field 'w'; allowed: u, v (the key 'field' names another)"),
        ({"fields": "w"}, "unknown key 'fields'; did you mean 'field'?"),
        ({"scale": [0, 1]}, "'scale' goes with pictures"),
        ({"dataset": "fields/u"}, r"has the shape [4, 6, 5]; [6, 5] is needed"),
        (
            {"dataset": "fields/u", "time": 1},
            "'time' goes with a result of simcore, {file: result.h5}, and no 'dataset'",
        ),
    ],
)
def test_what_the_result_does_not_hold_is_refused(source, keys, words):
    found = problem(changed(HEAT, model__fields__u__initial={"file": str(source / "result.h5"), **keys}))
    assert found.startswith("model.fields.u.initial: ")
    assert words in found


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"shape": [5, 6], "spacing": 0.5}, "result.h5 has the shape [6, 5]; [5, 6] is needed"),
        (
            {"shape": [6, 5], "spacing": 1.0},
            "its cells and those of this grid lie at x = 0.25 to 2.75 and 0.5 to 5.5; give the grid the same spacing",
        ),
        (
            {"shape": [6, 5], "spacing": 0.5, "origin": [0, 1]},
            "its cells and those of this grid lie at y = 0.25 to 2.25 and 1.25 to 3.25",
        ),
    ],
)
def test_another_grid_is_refused(source, grid, words):
    given = changed(HEAT, model__grid=grid, model__fields__u__initial={"file": str(source)})
    assert words in problem(given)


def test_a_complex_field_starts_from_a_real_one_and_not_the_other_way_round(source, tmp_path):
    wave = {"u": {"initial": {"file": str(source)}, "dtype": "complex128"}, "v": {"initial": 0, "dtype": "complex128"}}
    given = changed(HEAT, model__fields=wave, model__equations={"u": "0.1j*laplace(u)", "v": "0"}, model__scheme="rk4")
    path = run(given, workers=1, out=tmp_path / "wave").path
    assert fields(path)["u"].dtype == complex
    assert problem(changed(HEAT, model__fields__u__initial={"file": str(path)})).endswith(
        "result.h5 holds no array of real numbers, but complex ones"
    )


def test_no_result_of_simcore(tmp_path):
    import h5py

    def of(file):
        return problem(changed(HEAT, model__fields__u__initial={"file": str(file)}))

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["u"] = np.zeros(SHAPE)
    assert "'dataset' names the data set of another HDF5 file" in of(tmp_path / "other.h5")
    assert "holds no result.h5; only a run that has ended has one" in of(tmp_path)
    (tmp_path / "points").mkdir()
    assert "holds a sweep; name the directory of a point" in of(tmp_path)
    assert "cannot be read: No such file" in of(tmp_path / "none.h5")
    assert "none must end in .npy, .h5" in of(tmp_path / "none")


WAVE = {
    "model": {
        "type": "pde",
        "grid": {"shape": [8]},
        "fields": {"u": {"initial": "sin(pi*x/4)", "velocity": "0"}},
        "equations": {"u": {"tt": "laplace(u)"}},
        "scheme": "rk4",
    },
    "run": {"seed": 1, "dt": 0.125, "steps": 8, "measure_every": 4},
}


def test_a_velocity_goes_on(tmp_path):
    whole = run(changed(WAVE, run__steps=16), workers=1, out=tmp_path / "whole").path
    first = run(WAVE, workers=1, out=tmp_path / "first").path
    start = {"file": str(first)}
    later = run(
        changed(WAVE, model__fields__u={"initial": start, "velocity": start}), workers=1, out=tmp_path / "later"
    ).path
    for name in ("u", "u_t"):
        assert np.array_equal(fields(later)[name][-1], fields(whole)[name][-1])


def test_a_velocity_half_a_step_behind_is_refused(tmp_path):
    leapfrog = changed(WAVE, model__scheme="leapfrog")
    first = run(leapfrog, workers=1, out=tmp_path / "first").path
    found = problem(changed(leapfrog, model__fields__u__velocity={"file": str(first)}))
    assert found.startswith("model.fields.u.velocity: ")
    assert "by scheme: leapfrog u_t lies half a step behind the field; run it by rk4" in found
    assert resolve(changed(leapfrog, model__fields__u__initial={"file": str(first)}))


def test_steps_of_an_adaptive_run_are_not_known(tmp_path):
    given = changed(HEAT, model__scheme="rk45", run={"seed": 1, "dt": 0.125, "t_end": 2.0, "measure_every": 1})
    path = run(changed(given, output={"fields": {"times": [1.0]}}), workers=1, out=tmp_path / "a").path
    found = problem(changed(HEAT, model__fields__u__initial={"file": str(path), "step": 2}))
    assert "give 'time' in place of 'step'" in found
    assert np.array_equal(started(from_run(path, time=1))["u"], fields(path)["u"][0])


# -- spins -------------------------------------------------------------------------------------------------------------

SPINS = {
    "ising": {"type": "ising", "lattice": {"type": "square", "size": 6}, "parameters": {"temperature": 2.0}},
    "kagome": {"type": "ising", "lattice": {"type": "kagome", "size": 3}, "parameters": {"temperature": 2.0}},
    "potts": {"type": "potts", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 1.0}},
    "heisenberg": {"type": "heisenberg", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 1.0}},
}


@pytest.mark.parametrize("name", SPINS)
def test_spins_start_from_a_run(name, tmp_path):
    given = {"model": {**SPINS[name], "initial": "random"}, "run": {"seed": 1, "sweeps": 4}}
    given["output"] = {"fields": {"every": "2 steps"}}
    path = run(given, workers=1, out=tmp_path / "first").path
    kept = fields(path)["s"]
    for keys, index in (({}, -1), ({"step": 2}, 0)):
        later = {"model": {**SPINS[name], "initial": {"file": str(path), **keys}}, "run": {"seed": 2, "sweeps": 1}}
        found = resolve(later)
        written = found.resolved["model"]["initial"]
        assert (written["field"], written["step"]) == ("s", 4 if index else 2)
        model = found.model
        arrays = dict(
            start_values(found.description, found.description.initial_values(), tuple(model.geometry.shape), found.key)
        )
        (field,) = model.result_fields()
        made = [np.broadcast_to(arrays[part], model.geometry.shape) for part in field.of]
        values = made[0] if field.assemble is None else field.assemble(*made)
        assert np.allclose(values, kept[index], rtol=0, atol=4e-16)  # vectors are made of length 1 once more


def test_spins_refuse_a_time_and_a_checkpoint(tmp_path):
    given = {"model": {**SPINS["ising"], "initial": "random"}, "run": {"seed": 1, "sweeps": 4}}
    path = run(given, workers=1, out=tmp_path / "first").path
    assert "counts its snapshots by steps; give 'step' in place of 'time'" in problem(
        changed(given, model__initial={"file": str(path), "time": 1})
    )
    found = problem(changed(given, model__initial={"file": str(path / "checkpoints" / "step-4.h5")}))
    assert found.startswith("model.initial: ")
    assert "a checkpoint holds spins as the kernels have them; take the result of the run" in found


def test_a_field_of_ones_own_model(source, tmp_path):
    file = simcore.ArrayFile.read({"file": str(source), "field": "v"})
    assert np.array_equal(file.load(SHAPE), fields(source)["v"][-1])
    with pytest.raises(ValueError, match="holds several fields; name one by 'field': u, v"):
        simcore.ArrayFile.read({"file": str(source)})
