"""An edited comment is the same model; other code is named, refused, and taken with --accept-source."""

from __future__ import annotations

from pathlib import Path

import pytest

import simcore
from simcore.errors import UsageError
from simcore.runs import model_source, resume, run
from simcore.runs.experiment import resolve
from simcore.sweeps.launch import LaunchOptions, sweep
from simcore.sweeps.planning import plan_sweep

pytestmark = pytest.mark.usefixtures("nothing_left")

KERNELS = '''"""Kernels."""

def added(value, rate):
    """One step."""
    return value + rate  # more
'''
MODEL = '''"""A model."""
import numpy as np
from simcore import Model, Observable, Parameters, Phase, StateArray, parameter
from kernels import added

class Rate(Parameters):
    """Of growth."""
    rate: float = parameter(0.5)

def step(u, i, rate):
    return added(u[i], rate)

def value(u, i):
    return u[i]

class Growing(Model):
    """Grows."""
    parameters: Rate

    def state(self):
        return [StateArray("u", (3,), "float64", np.zeros(3))]

    def phases(self):
        return [Phase(step, "u", own_cell=True)]

    def observables(self):
        return [Observable("mean_u", value)]
'''


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "growing.py").write_text(MODEL)
    (tmp_path / "kernels.py").write_text(KERNELS)
    return tmp_path


def experiment(desk: Path, sweeps: int = 4, **more) -> dict:
    model = {"type": f"{desk}/growing.py:Growing", "parameters": {"rate": 0.5}}
    return {"model": model, "run": {"seed": 1, "sweeps": sweeps}, **more}


def fresh(desk: Path) -> None:
    """Look at the sources again."""
    model_source._parts.cache_clear()
    model_source.source_digest.cache_clear()


def edit(desk: Path, name: str, old: str, new: str) -> None:
    text = (desk / name).read_text()
    assert old in text
    (desk / name).write_text(text.replace(old, new))
    fresh(desk)


COSMETIC = [
    ("growing.py", '"""A model."""', '"""Another text,\n\nlonger."""\n# a remark'),
    ("growing.py", '    """Grows."""\n', ""),
    ("growing.py", "    return u[i]", "    return (u[ i ])  # here"),
    ("kernels.py", '    """One step."""\n', '    """A step."""\n\n'),
    ("kernels.py", "  # more", ""),
]


def test_comments_docstrings_and_layout_do_not_count(desk):
    fresh(desk)
    first = resolve(experiment(desk))
    parts = dict(first.source_parts)
    path = run(experiment(desk), workers=1, out=desk / "out").path
    for edited in COSMETIC:
        edit(desk, *edited)
        again = resolve(experiment(desk))
        assert again.source == first.source, edited
        assert again.identity() == first.identity()
    edit(desk, "kernels.py", "value + rate", "rate + value")
    assert resolve(experiment(desk)).source != first.source
    assert model_source.changed_parts(parts, resolve(experiment(desk)).source_parts) == "kernels.py"
    edit(desk, "kernels.py", "rate + value", "value + rate")
    assert resume(path, overrides=["run.sweeps=6"]).step == 6


def test_other_code_is_named_and_refused_and_taken_if_it_is_accepted(desk):
    fresh(desk)
    path = run(experiment(desk), workers=1, out=desk / "out").path
    edit(desk, "growing.py", "added(u[i], rate)", "added(u[i], 2.0 * rate)")
    with pytest.raises(UsageError, match=r"another version of growing\.py \(comments .* --accept-source goes on"):
        resume(path, overrides=["run.sweeps=6"])
    with pytest.raises(UsageError, match=r"another version of growing\.py "):
        run(experiment(desk, 6), workers=1, out=path, resume=True)
    outcome = resume(path, overrides=["run.sweeps=6"], accept_source=True)
    tree = simcore.load(outcome.path)
    assert tree["series/mean_u"].values.tolist() == [0.5, 1.0, 1.5, 2.0, 3.0, 4.0]
    assert "going on with another version of growing.py" in (path / "run.log").read_text()
    assert resume(path, overrides=["run.sweeps=7"]).step == 7, "from then on it is the run of the new code"


def test_a_sweep_and_its_plan_agree_on_edited_sources(desk):
    fresh(desk)
    source = experiment(desk, sweep={"grid": {"model.parameters.rate": [0.5, 1.0]}})
    out = desk / "sweep"
    assert sweep(source, out=out, wishes=LaunchOptions(1)).done == 2
    edit(desk, *COSMETIC[0])
    assert plan_sweep(source, out=out).done == 2
    assert sweep(source, out=out, wishes=LaunchOptions(1)).done == 2
    edit(desk, "growing.py", "added(u[i], rate)", "added(u[i], 2.0 * rate)")
    words = r"another version of the model's source: growing\.py \(comments .* --accept-source"
    for call in (lambda: plan_sweep(source, out=out), lambda: sweep(source, out=out, wishes=LaunchOptions(1))):
        with pytest.raises(UsageError, match=words):
            call()
    assert plan_sweep(source, out=out, accept_source=True).done == 2
    more = {**source, "sweep": {"grid": {"model.parameters.rate": [0.5, 1.0, 2.0]}}}
    outcome = sweep(more, out=out, wishes=LaunchOptions(1, accept_source=True))
    assert outcome.done == 3
    assert not outcome.failed
    assert sweep(more, out=out, wishes=LaunchOptions(1)).done == 3
    longer = {**more, "run": {"seed": 1, "sweeps": 6}}
    outcome = sweep(longer, out=out, wishes=LaunchOptions(1, accept_source=True))
    assert (outcome.done, dict(outcome.failed)) == (3, {}), "points of the old code go on with the new one"
