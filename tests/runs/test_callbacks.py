"""Functions of the user that a run calls: what they see, what becomes of what they return, and how they may fail."""

from __future__ import annotations

import operator
import os
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simcore
from simcore.errors import CallbackError, StoppedError, UsageError
from simcore.runs import status
from simcore.runs.verify import digest
from simcore.statistics import estimate
from tests.runs.callback_functions import heat, ising, spread, walls

pytestmark = pytest.mark.usefixtures("nothing_left")


def nothing(view: Any) -> None:
    return None


def test_every_and_at_are_called_after_their_steps_in_the_order_of_the_list(tmp_path):
    calls: list[tuple[str, int, float]] = []

    def noting(name: str) -> Any:
        return lambda view: calls.append((name, view.step, view.time))

    callbacks = [
        simcore.every(20, noting("a")),
        simcore.at(noting("b"), steps=[41, 3, 40]),
        simcore.at(noting("c"), times=[4.0, 0.3]),
    ]
    simcore.run(heat(), workers=1, out=tmp_path / "run", callbacks=callbacks)
    assert [call[:2] for call in calls] == [
        ("b", 3),
        ("c", 3),
        ("a", 20),
        ("a", 40),
        ("b", 40),
        ("c", 40),
        ("b", 41),
        ("a", 60),
    ]
    assert all(time == step * 0.1 for _, step, time in calls)


def test_it_sees_the_state_and_the_newest_observables(tmp_path):
    seen: dict[int, tuple[np.ndarray, dict[str, float]]] = {}

    def look(view: simcore.StepView) -> None:
        seen[view.step] = view.arrays["u"].copy(), dict(view.observables)

    run = simcore.run(
        {**heat(), "output": {"fields": {"every": 12}}},
        workers=2,
        out=tmp_path / "r",
        callbacks=[simcore.every(4, look)],
    )
    for step, values in zip((12, 24, 36, 48, 60), run.fields["u"].values, strict=True):
        assert np.array_equal(seen[step][0], values)
    for step, (_, observables) in seen.items():
        measured = step // 5 * 5
        if not measured:
            assert observables == {}
            continue
        row = run.series.sel(step=measured)
        assert observables == {name: row[name].item() for name in run.series.data_vars}
    assert run.series["mean_u"].sel(step=60).item() == pytest.approx(seen[60][0].mean(), rel=1e-14)


def test_a_model_of_sweeps_has_no_time_and_its_whole_state_is_seen(tmp_path):
    run = simcore.run(ising(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(10, walls)])
    returned = run.series["walls"].dropna("step")
    assert returned["step"].values.tolist() == list(range(10, 501, 10))
    energy = run.series["energy"].sel(step=returned["step"])
    assert np.allclose(returned.values, (2 + energy.values) / 4, rtol=0, atol=1e-15)
    assert run.series["walls"].attrs["callback"] == "every(10, walls)"
    assert run.tree.attrs["callbacks"] == "every(10, walls): walls"


def test_its_numbers_have_estimates_with_errors(tmp_path, capsys):
    run = simcore.run(ising(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(10, walls)])
    kept = run.series["walls"].dropna("step")
    kept = kept.values[kept["step"].values > 100]
    wanted = estimate(kept)
    found = run.estimates
    assert found["walls"].item() == wanted.value
    assert found["walls_error"].item() == wanted.error > 0
    assert found["walls_tau"].item() == wanted.tau * 10
    assert found["walls_ess"].item() == wanted.ess
    assert found["walls"].attrs["cautions"] == "few samples"
    from simcore.cli.estimates import as_table, read

    assert re.search(r"^walls +0\.\d+\(\d+\)", as_table(read(run.path)), re.MULTILINE)
    from simcore.analysis import plots

    assert len(plots.series(run.tree, "walls").axes[0].lines[0].get_xdata()) == 50


def test_errors_of_numbers_at_unequal_distances_are_unknown(tmp_path):
    at = simcore.at(walls, steps=[110, 120, 200, 300, 402])
    found = simcore.run(ising(), workers=1, out=tmp_path / "r", callbacks=[at]).estimates
    assert np.isfinite(found["walls"].item())
    assert all(np.isnan(found[f"walls_{part}"].item()) for part in ("error", "tau", "ess"))


def test_numbers_of_the_thermalisation_alone_or_that_are_nan_give_no_estimate_in_silence(tmp_path):
    callbacks = [
        simcore.at(lambda view: {"early": 1.0}, steps=[50]),
        simcore.every(100, lambda view: {"undefined": float("nan") if view.step == 300 else 1.0}),
    ]
    found = simcore.run(ising(), workers=1, out=tmp_path / "r", callbacks=callbacks).estimates
    for name, caution in (("early", "no samples"), ("undefined", "not finite")):
        assert np.isnan(found[name].item())
        assert found[name].attrs["cautions"] == caution


def test_no_callback_changes_a_bit_of_the_run_nor_do_workers_change_one_of_its_numbers(tmp_path):
    plain = simcore.run(heat(), workers=1, out=tmp_path / "plain")
    seen = [
        simcore.run(heat(), workers=workers, out=tmp_path / str(workers), callbacks=[simcore.every(5, spread)])
        for workers in (1, 2, 3, 7)
    ]
    assert len({digest(run.path) for run in seen}) == 1
    assert plain.series.identical(seen[0].series.drop_vars(["spread", "hottest"]))
    assert plain.fields.identical(seen[0].fields)
    simcore.run(heat(), workers=1, out=tmp_path / "silent", callbacks=[simcore.every(1, nothing)])
    assert digest(tmp_path / "silent") == digest(tmp_path / "plain")


def test_a_resume_with_the_same_callbacks_gives_the_same_bits(tmp_path):
    callbacks = [simcore.every(10, spread), simcore.at(lambda view: {"late": view.time}, steps=[15, 55])]
    whole = simcore.run(heat(), workers=1, out=tmp_path / "whole", callbacks=callbacks)
    part = simcore.run(heat(steps=35), workers=2, out=tmp_path / "part", callbacks=[*callbacks])
    assert part.series["spread"].dropna("step")["step"].values.tolist() == [10, 20, 30]
    again = simcore.resume(tmp_path / "part", workers=3, overrides={"run.steps": 60}, callbacks=callbacks)
    assert again.series.identical(whole.series)
    assert again.estimates.identical(whole.estimates)
    assert digest(again.path) == digest(whole.path)


def test_a_resume_without_them_is_refused_with_what_to_write(tmp_path):
    place = tmp_path / "r"
    simcore.run(heat(steps=35), workers=1, out=place, callbacks=[simcore.every(10, spread), simcore.every(7, nothing)])
    before = digest(place)
    expected = (
        f"{place} has series that callbacks return (spread, hottest): go on in Python, with the same callbacks, "
        f"simcore.resume('{place}', callbacks=[simcore.every(10, spread)])"
    )
    for callbacks in ([], [simcore.every(20, spread)], [simcore.every(10, walls)]):
        with pytest.raises(UsageError) as error:
            simcore.resume(place, overrides={"run.steps": 60}, callbacks=callbacks)
        assert str(error.value) == expected
    assert digest(place) == before
    simcore.resume(place, workers=1, overrides={"run.steps": 60}, callbacks=[simcore.every(10, spread)])
    assert status(place).step == 60


def test_a_callback_that_is_added_on_a_resume_has_a_series_from_there_on(tmp_path):
    simcore.run(heat(steps=35), workers=1, out=tmp_path / "r")
    added = [simcore.every(10, spread)]
    run = simcore.resume(tmp_path / "r", workers=1, overrides={"run.steps": 60}, callbacks=added)
    assert run.series["spread"].dropna("step")["step"].values.tolist() == [40, 50, 60]


def test_a_run_that_is_still_going_shows_them(tmp_path):
    def fails_late(view: Any) -> dict[str, float]:
        if view.step > 40:
            raise ValueError("enough")
        return spread(view)

    callbacks = [simcore.every(5, fails_late)]
    with pytest.raises(CallbackError):
        simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=callbacks)
    tree = simcore.load(tmp_path / "r")
    steps = int(tree.attrs["steps"])
    assert steps in (15, 30)
    whole = simcore.run(heat(steps=steps), workers=1, out=tmp_path / "w", callbacks=[simcore.every(5, spread)])
    assert np.array_equal(tree["series"]["spread"].values, whole.series["spread"].values)
    assert tree["series"]["spread"].attrs["callback"] == "every(5, fails_late)"
    assert tree["estimates"]["spread"].item() == whole.estimates["spread"].item()


def test_an_exception_ends_the_run_and_its_last_checkpoint_is_kept(tmp_path):
    place, broken = tmp_path / "r", [True]

    def count(view: Any) -> dict[str, float]:
        if broken and view.step == 40:
            raise ZeroDivisionError("no\nluck")
        return {"count": view.step}

    callbacks = [simcore.every(10, count)]
    with pytest.raises(CallbackError) as error:
        simcore.run(heat(), workers=2, out=place, callbacks=callbacks)
    found = status(place)
    assert found.checkpoint in (15, 30)  # that of 30 waits if the writer is busy
    message = f"ZeroDivisionError: no luck (the checkpoint of step {found.checkpoint} is kept)"
    assert str(error.value) == f"the callback every(10, count) failed at step 40: {message}"
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    assert error.value.exit_code == 1
    assert (found.state, found.message) == ("failed", str(error.value))
    broken.clear()
    again = simcore.resume(place, workers=1, callbacks=callbacks)
    whole = simcore.run(heat(), workers=1, out=tmp_path / "whole", callbacks=callbacks)
    assert again.series.identical(whole.series)
    assert digest(place) == digest(whole.path)


def test_an_exception_before_the_first_checkpoint_says_that_there_is_none(tmp_path):
    with pytest.raises(CallbackError, match=r"KeyError: 'v' \(no checkpoint had been written\)"):
        simcore.run(
            heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(5, lambda view: {"v": view.arrays["v"]})]
        )


@pytest.mark.parametrize(
    "write",
    [
        lambda u: u.__setitem__((0, 0), 1.0),
        lambda u: np.add(u, 1.0, out=u),
        lambda u: setattr(u.flags, "writeable", True),
    ],
)
def test_a_write_to_an_array_is_an_error(write, tmp_path):
    with pytest.raises(CallbackError, match=r"ValueError: .*(read-only|WRITEABLE)"):
        simcore.run(
            heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(5, lambda view: write(view.arrays["u"]))]
        )


@pytest.mark.parametrize("what", ["arrays", "observables"])
def test_the_view_cannot_be_written_to(what, tmp_path):
    with pytest.raises(CallbackError, match=r"TypeError: .*does not support item assignment"):
        simcore.run(
            heat(),
            workers=1,
            out=tmp_path / "r",
            callbacks=[simcore.every(5, lambda view: operator.setitem(getattr(view, what), "u", 1.0))],
        )


def test_views_that_are_kept_are_no_danger(tmp_path):
    kept: list[np.ndarray] = []
    simcore.run(
        heat(), workers=2, out=tmp_path / "r", callbacks=[simcore.every(5, lambda view: kept.append(view.arrays["u"]))]
    )
    assert all(np.isfinite(array).all() and array.shape == (12, 7) for array in kept)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_callback_lets_it_return_and_a_resume_gives_the_same_bits(number, tmp_path):
    sent: list[int] = []

    def interrupted(view: Any) -> dict[str, float]:
        if view.step == 20 and not sent:
            sent.append(number)
            os.kill(os.getpid(), number)
        return {"squares": float((view.arrays["u"] ** 2).sum())}

    callbacks = [simcore.every(10, interrupted)]
    with pytest.raises(StoppedError, match=f"stopped by {number.name} at step 20 of 60, its checkpoint is written"):
        simcore.run(heat(), workers=2, out=tmp_path / "r", callbacks=callbacks)
    found = status(tmp_path / "r")
    assert (found.state, found.step, found.total, found.checkpoint) == ("stopped", 20, 60, 20)
    again = simcore.resume(tmp_path / "r", workers=1, callbacks=callbacks)
    whole = simcore.run(heat(), workers=1, out=tmp_path / "whole", callbacks=callbacks)
    assert again.series.identical(whole.series)
    assert digest(again.path) == digest(whole.path)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([1.0], "it returned [1.0]; a callback returns None or a dict of numbers"),
        ({"a": "b"}, "'a' must be one real number, not a value of type str"),
        ({"a": 1j}, "'a' must be one real number, not a value of type complex"),
        ({"a": None}, "'a' must be one real number, not a value of type NoneType"),
        ({"a": np.ones(2)}, "'a' must be one real number, not a value of shape (2,)"),
        ({"a/b": 1}, "it returned 'a/b': a name is printable text without '/'"),
        ({1: 1}, "it returned 1: a name is printable text without '/'"),
        ({"mean_u": 1}, "'mean_u' is the name of an observable; choose another name"),
        ({"step": 1}, "'step' is a coordinate of the result; choose another name"),
        ({"mean_u_error": 1}, "'mean_u_error' is what the result calls the standard error of 'mean_u'"),
        ({"a": 1, "a_tau": 1}, "'a_tau' is what the result calls the autocorrelation time of 'a'"),
    ],
)
def test_what_cannot_become_series_is_refused_in_one_line(returned, message, tmp_path):
    def give(view: Any) -> Any:
        return returned

    with pytest.raises(CallbackError) as error:
        simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(5, give)])
    assert str(error.value).startswith(f"the callback every(5, give) at step 5: {message}")
    assert "\n" not in str(error.value)
    assert status(tmp_path / "r").state == "failed"


def test_numbers_at_a_step_that_is_not_measured_are_refused(tmp_path):
    with pytest.raises(CallbackError, match=r"every\(4, spread\) at step 4: it returned numbers, and this step is not"):
        simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(4, spread)])


def test_two_callbacks_do_not_return_the_same_name(tmp_path):
    callbacks = [simcore.every(10, spread), simcore.every(15, spread)]
    with pytest.raises(CallbackError, match=r"'spread' is what the callback every\(10, spread\) returns"):
        simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=callbacks)


def test_two_of_the_same_text_are_told_apart(tmp_path):
    callbacks = [simcore.every(10, lambda view, name=name: {name: view.time}) for name in ("a", "b")]
    run = simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=callbacks)
    assert run.tree.attrs["callbacks"] == "every(10, <lambda>): a\nevery(10, <lambda>) (2): b"


def test_declared_names_are_checked_before_anything_is_created(tmp_path):
    named = simcore.every(10, spread, names=["spread", "mean_u"])
    with pytest.raises(UsageError, match=r"every\(10, spread\): 'mean_u' is the name of an observable"):
        simcore.run(heat(), out=tmp_path / "r", callbacks=[named])
    assert not (tmp_path / "r").exists()
    with pytest.raises(CallbackError, match=r"it returned 'hottest' and declares names=\['spread'\]"):
        simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.every(10, spread, names=["spread"])])


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        ([spread], "callbacks: must be made by simcore.every or simcore.at"),
        (simcore.every(5, spread), "callbacks: must be a list"),
        ([simcore.at(spread, times=[0.55])], "a time must be a whole number of steps of dt = 0.1, not 0.55"),
    ],
)
def test_bad_callbacks_are_refused_before_anything_is_created(callbacks, message, tmp_path):
    with pytest.raises(UsageError, match=re.escape(message)) as error:
        simcore.run(heat(), out=tmp_path / "r", callbacks=callbacks)
    assert error.value.exit_code == 2
    assert not (tmp_path / "r").exists()


def test_times_need_fixed_steps(tmp_path):
    at = [simcore.at(nothing, times=[1.0])]
    with pytest.raises(UsageError, match="this model counts sweeps and has no times; give steps"):
        simcore.run(ising(), out=tmp_path / "r", callbacks=at)
    adaptive = heat(steps=None, t_end=2.0)
    adaptive["model"]["scheme"] = "rk45"
    with pytest.raises(UsageError, match="steps are adaptive and do not end at given times; give steps"):
        simcore.run(adaptive, out=tmp_path / "r", callbacks=at)


def test_adaptive_steps_are_seen_at_their_own_times(tmp_path):
    adaptive = heat(steps=None, t_end=2.0, measure_every=1)
    adaptive["model"]["scheme"] = "rk45"
    run = simcore.run(
        adaptive, workers=1, out=tmp_path / "r", callbacks=[simcore.every(2, lambda view: {"t": view.time})]
    )
    found = run.series["t"].dropna("step")
    assert np.array_equal(found.values, found["time"].values)
    assert len(found) == run.series.sizes["step"] // 2 > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: simcore.every(0, nothing),
        lambda: simcore.every(2.5, nothing),
        lambda: simcore.every(True, nothing),
        lambda: simcore.every("10", nothing),
        lambda: simcore.every(nothing, 10),
        lambda: simcore.every(10, 3),
        lambda: simcore.every(10, nothing, names="a"),
        lambda: simcore.at(nothing),
        lambda: simcore.at(nothing, steps=[1], times=[1.0]),
        lambda: simcore.at(nothing, steps=[]),
        lambda: simcore.at(nothing, steps=[0]),
        lambda: simcore.at(nothing, times=[-1.0]),
        lambda: simcore.at(nothing, times=[float("nan")]),
        lambda: simcore.at([5], steps=[1]),
    ],
)
def test_what_makes_no_callback_is_refused_in_one_line(make):
    with pytest.raises(UsageError) as error:
        make()
    assert "\n" not in str(error.value)


def test_steps_beyond_the_end_are_told(tmp_path, capfd):
    simcore.run(heat(), workers=1, out=tmp_path / "r", callbacks=[simcore.at(nothing, steps=[10, 61, 70])])
    expected = "the callback at(nothing, steps=[10, 61, 70]): the run ends at step 60, before steps 61, 70"
    assert expected in capfd.readouterr().err
    assert expected in (tmp_path / "r/run.log").read_text()


def test_the_page_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs/callbacks.md").read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert sorted(names["pictures"]) == [10, 100, 1000]
    assert names["run"].estimates["walls_error"].item() > 0


def test_the_examples_of_the_docstrings_run():
    import doctest

    from simcore.runs import callbacks

    assert doctest.testmod(callbacks, extraglobs={"StepView": simcore.StepView}).failed == 0
