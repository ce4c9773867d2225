"""The heat kernels as plain Python, the stability limit by eigenvalues, and how a field starts."""

import inspect
import itertools
import re

import h5py
import numpy as np
import pytest
from pydantic import ValidationError

from simcore.errors import InvalidValueError
from simcore.models.grid.presets.heat import Heat
from simcore.spec.arrays import Periodic
from tests.physics.oracles.heat import Mode, cold_mode, insulated_mode, periodic_mode

MODES = {"periodic": periodic_mode, "cold": cold_mode, "insulated": insulated_mode}
BOUNDARIES = {"periodic": "periodic", "cold": {"value": 0.0}, "insulated": {"derivative": 0.0}}


def heat(grid, initial="0", D=1.0, **field):
    return Heat.model_validate({"grid": grid, "parameters": {"D": D}, "fields": {"u": {"initial": initial, **field}}})


def step(model, u, dt):
    """One step with the model's own kernel and sides, its ghost cells filled here."""
    sides = model.state()[0].boundary
    padded = np.pad(u, 1)
    for axis, (lower, upper) in enumerate(sides):
        lines = np.moveaxis(padded, axis, 0)
        lines[0] = lines[-2] if isinstance(lower, Periodic) else lower.scale * lines[1] + lower.shift
        lines[-1] = lines[1] if isinstance(upper, Periodic) else upper.scale * lines[-2] + upper.shift
    (phase,) = model.phases()
    kernel, names = plain(phase.update)
    given = {"u": padded, "dt": dt, **dict(model.parameters), **model.constants()}
    new = np.empty_like(u)
    for cell in np.ndindex(u.shape):
        given.update(zip("ijk", (c + 1 for c in cell), strict=False))
        new[cell] = kernel(*(given[name] for name in names))
    return new


def plain(function):
    """A generated function as Python runs it, and what it wants."""
    module = {"np": np, **function.uses}
    exec(function.source, module)
    kernel = module[re.match(r"def (\w+)", function.source)[1]]
    return kernel, list(inspect.signature(kernel).parameters)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("kind", MODES)
def test_a_discrete_mode_is_multiplied_by_its_factor(dimensions, kind):
    shape, spacing = (6, 4, 5)[:dimensions], (0.5, 0.25, 0.3)[:dimensions]
    mode: Mode = MODES[kind](tuple(n * h for n, h in zip(shape, spacing, strict=True)))
    grid = {"shape": list(shape), "spacing": list(spacing), "boundary": BOUNDARIES[kind]}
    model = heat(grid, mode.formula(), D=0.7)
    start = model.state()[0].initial
    np.testing.assert_allclose(start, mode.at([model.grid.centres(axis) for axis in range(dimensions)]), atol=1e-15)
    dt = 0.5 * model.stability_limit()
    rate = sum(4.0 * np.sin(k * h / 2.0) ** 2 / h**2 for k, h in zip(mode.wave_numbers, spacing, strict=True))
    np.testing.assert_allclose(step(model, start, dt), (1.0 - 0.7 * dt * rate) * start, atol=1e-14)


def test_a_constant_field_stays_to_the_last_bit():
    model = heat({"shape": [3, 4, 5], "spacing": [0.3, 0.7, 1.1]}, "0.1")
    u = model.state()[0].initial
    np.testing.assert_array_equal(step(model, u, model.stability_limit()), u)


WALLS = [{"value": 1.0}, {"derivative": 1.0}, {"mixed": [2.0, 1.0]}, {"mixed": [-1.9, 0.3]}]
SIDES = [("periodic", "periodic"), *itertools.product(WALLS, repeat=2)]


@pytest.mark.parametrize("cells", [1, 2, 3, 6, 7])
@pytest.mark.parametrize(("lower", "upper"), SIDES, ids=str)
def test_no_eigenvalue_of_a_step_passes_minus_one_at_the_limit(cells, lower, upper):
    model = heat({"shape": [cells], "boundary": {"x-": lower, "x+": upper}})
    model.check(model.stability_limit())
    still = step(model, np.zeros(cells), model.stability_limit())
    columns = [step(model, one, model.stability_limit()) - still for one in np.eye(cells)]
    assert np.linalg.eigvals(np.stack(columns, axis=1)).real.min() >= -1.0 - 1e-12


def test_the_limit_of_anisotropic_cells():
    model = heat({"shape": [4, 4], "spacing": [1.0, 0.5]}, D=0.4)
    assert model.stability_limit() == pytest.approx(0.25)


def test_a_start_by_a_formula_of_coordinates_and_parameters():
    model = heat({"shape": [2, 3], "spacing": 2.0}, "D*x + 10*y", D=3.0)
    np.testing.assert_array_equal(model.state()[0].initial, [[13.0, 33.0, 53.0], [19.0, 39.0, 59.0]])
    assert heat({"shape": [2]}, 4).state()[0].initial.tolist() == [4.0, 4.0]
    single = heat({"shape": [2]}, "x", dtype="float32").state()[0]
    assert single.initial.dtype == np.dtype(single.dtype) == np.float32


def test_a_start_from_a_file_counts_by_its_contents(tmp_path):
    wanted = np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "start.npy", wanted)
    with h5py.File(tmp_path / "start.h5", "w") as file:
        file["fields/u"] = wanted
    for keys in ({"file": "start.npy"}, {"file": "start.h5", "dataset": "fields/u"}):
        raw = heat({"shape": [2, 3]}).model_dump(mode="json")
        raw["fields"]["u"]["initial"] = keys
        model = Heat.model_validate(raw, context={"directory": tmp_path})
        np.testing.assert_array_equal(model.state()[0].initial, wanted)
        assert Heat.model_validate(model.model_dump(mode="json")) == model
    resolved = model.model_dump(mode="json")
    with h5py.File(tmp_path / "start.h5", "a") as file:
        file["more"] = 1.0
    with pytest.raises(ValidationError, match="has changed since"):
        Heat.model_validate(resolved)


@pytest.mark.parametrize(
    ("initial", "words"),
    [
        ("sin(x", "never closed"),
        ("x + z", "unknown name 'z'; allowed: x, y, D"),
        ("1/(x - 0.5)", r"is inf at cell \[0, 0\]"),
        (True, "must be a formula, a number, {file"),
        (float("inf"), "must be a formula, a number, {file"),
        ([1.0], "must be a formula, a number, {file"),
        ({"file": "no.npy"}, "No such file"),
        ({"fil": "no.npy"}, "unknown key 'fil'; did you mean 'file'"),
        ({"file": "start.txt"}, "must end in .npy"),
        ({"file": "start.npy", "dataset": "u"}, "data set of an HDF5 file"),
        ({"file": 3}, "file must be text"),
        ({"file": "words.npy"}, "cannot be read"),
        ({"file": "small.npy"}, r"shape \[2, 2\]; \[2, 3\] is needed"),
        ({"file": "complex.npy"}, "no array of real numbers"),
        ({"file": "nan.npy"}, r"is nan at cell \[1, 2\]"),
        ({"file": "u.h5", "dataset": "fields/v"}, "no data set 'fields/v'; did you mean 'fields/u'"),
        ({"file": "broken.h5", "dataset": "u"}, "cannot be read"),
    ],
)
def test_a_wrong_start_is_one_error(tmp_path, monkeypatch, initial, words):
    monkeypatch.chdir(tmp_path)
    for name in ("words.npy", "broken.h5"):
        (tmp_path / name).write_text("no array")
    np.save("small.npy", np.zeros((2, 2)))
    np.save("complex.npy", np.zeros((2, 3), complex))
    np.save("nan.npy", np.array([[0.0, 0.0, 0.0], [0.0, 0.0, np.nan]]))
    with h5py.File("u.h5", "w") as file:
        file["fields/u"] = np.zeros((2, 3))
    with pytest.raises((ValidationError, InvalidValueError), match=words):
        heat({"shape": [2, 3]}, initial).state()


def test_a_grid_beyond_all_memory_is_refused():
    with pytest.raises(InvalidValueError, match=r"^model.grid.shape: \[2000000000, 2000000000\] cells do not fit"):
        heat({"shape": [2_000_000_000, 2_000_000_000]}, "x").state()


def test_a_field_may_have_its_own_boundary():
    model = heat({"shape": [4], "boundary": {"value": 1.0}}, boundary="periodic")
    assert model.state()[0].boundary == ((Periodic(), Periodic()),)
    with pytest.raises(InvalidValueError, match=r"^model.fields.u.boundary: this grid has no side 'y'"):
        heat({"shape": [4]}, boundary={"y": "periodic"}).check(0.1)
