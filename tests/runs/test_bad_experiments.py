"""Whatever is done to the text of a shipped experiment, `simcore run` takes it or refuses it in lines with places."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simcore.cli import main
from simcore.config import read
from simcore.runs.simulation import Simulation

EVERY_CONFIG = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
CONFIGS = [path for path in EVERY_CONFIG if "sweep" not in read(path).data]
SCALAR = re.compile(r"(?<=[:\[,] )[^\s,\[\]{}:#][^,\[\]{}#\n]*|(?<=\[)[^\s,\[\]{}]+")
KEY = re.compile(r"\b[A-Za-z_]\w*[-+]?(?=:)")
NASTY = [
    "-1", "0", "1e400", ".inf", ".nan", "null", "true", "''", "no", "1_000", "0x10", "[1, 2]", "[]", "{}", "{a: 1}",
    "1e5", "3.7", "-0.0", "9" * 40, "periodic", "os.system('x')", "sin(", "x/0*x", "exp(1e9)", "__import__('os')",
    "'1' * 5", "u", "lambda: 0", "1j", "&a [*a]", "*missing", "!!python/object:os.system x", "? x", "- x", "\t", "%",
    "../../etc", "5 parsecs", "-3 steps", "0 s", "heat", "ising", "nothing.py:Model", "os:path", "json:loads",
    "√", "\u0000",
]  # fmt: skip


class TakenError(Exception):
    """The experiment is good: instead of a run."""


def taken_only(experiment, directory, workers=None, **_):
    with Simulation(experiment, 1):
        raise TakenError


def in_place_of(found: re.Match[str], text: str, new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A shipped experiment with one to three scalars, keys, lines or characters changed."""
    text = draw(st.sampled_from(CONFIGS)).read_text()
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["scalar", "scalar", "key", "line", "twice", "characters", "cut"]))
        places = list((KEY if how == "key" else SCALAR).finditer(text))
        lines = text.splitlines(keepends=True)
        number = draw(st.integers(0, max(0, len(lines) - 1)))
        if how == "scalar" and places:
            text = in_place_of(draw(st.sampled_from(places)), text, draw(st.sampled_from(NASTY)))
        elif how == "key" and places:
            new = draw(
                st.sampled_from(["modle", "sweep", "type", "x", "''", "0", "dt"]) | st.text("abcdt_ ", max_size=5)
            )
            text = in_place_of(draw(st.sampled_from(places)), text, new)
        elif how == "line":
            text = "".join(lines[:number] + lines[number + 1 :])
        elif how == "twice":
            text = "".join(lines[:number] + lines[number : number + 1] + lines[number:])
        elif how == "cut":
            text = text[: draw(st.integers(0, len(text)))]
        else:
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.text(max_size=4)) + text[place:]
    return text


def outcome(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """Exit code (0: it was taken) and lines of standard error of `simcore run`."""
    sys.argv = ["simcore", "run", str(file), *options]
    capsys.readouterr()
    try:
        main()
    except TakenError:
        return 0, []
    except SystemExit as left:
        return left.code, capsys.readouterr().err.splitlines()
    raise AssertionError("main() returned")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty working directory, in which no run is really made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(import_module("simcore.runs.run"), "conduct", taken_only)
    return tmp_path


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=texts())
def test_a_changed_experiment_is_taken_or_refused_with_places_and_nothing_is_created(text, desk, capsys):
    file = desk / "changed.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    code, errors = outcome(Path("changed.yaml"), capsys)
    assert os.listdir(desk) == ["changed.yaml"]
    if code == 0:
        return
    assert code == 2
    assert errors
    for line in errors:
        assert re.match(r"changed\.yaml(:[1-9]\d*:[1-9]\d*)?: ", line), line
        assert line.isprintable()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_the_shipped_experiments_are_taken(config, desk, capsys):
    assert outcome(config, capsys) == (0, [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "run.seed=-1"], "--set run.seed: "),
        (["--set", "run.seeed=1"], "--set run.seeed: unknown key; did you mean 'seed'?"),
        (["--set", "nonsense"], "--set nonsense"),
        (["--out", "changed.yaml"], "changed.yaml is a file; --out names the directory of the run"),
        (["--workers", "0"], "Error: Invalid value for '--workers'"),
        (["--resume", "--overwrite"], "Error: Invalid value: --resume and --overwrite exclude each other"),
    ],
)
def test_a_wrong_command_is_refused(options, words, desk, capsys):
    Path("changed.yaml").write_text(CONFIGS[0].read_text())
    code, errors = outcome(Path("changed.yaml"), capsys, *options)
    assert code == 2
    assert errors[-1].startswith(words)
    assert os.listdir(desk) == ["changed.yaml"]


EQUATIONS = """\
model:
  type: pde
  grid: {shape: [8, 6]}
  fields:
    u: {initial: "x"}
  equations:
    u: laplace(u)
run: {seed: 1, dt: 0.1, steps: 2}
"""


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("u: laplace(u)", "u: laplace(q)", "7:5: model.equations.u: expression 'laplace(q)', column 9: unknown "),
        ("u: laplace(u)", "u: dz(u)", "7:5: model.equations.u: expression 'dz(u)', column 1: dz needs an axis z"),
        ("u: laplace(u)", "u: divergence(u)", "7:5: model.equations.u: expression 'divergence(u)', column 1: "),
        ("u: laplace(u)", f"u: {'(' * 10000}u{')' * 10000}", "7:5: model.equations.u: expression '((("),
        ("u: laplace(u)", f"u: {'(' * 4000}u{')' * 4000}", "7:5: model.equations.u: expression '((("),
        ("u: laplace(u)", "u: __import__('os').remove('e.yaml')", "7:5: model.equations.u: expression "),
        ("    u: {", "    v: {initial: '0'}\n    u: {", "5:5: model.fields.v: the field 'v' has no equation"),
        ("u: laplace(u)", "u: '0'\n    v: '0'", "8:5: model.equations.v: there is no field 'v'; allowed: u"),
    ],
)  # fmt: skip
def test_a_bad_equation_is_one_line_with_its_place(old, new, wanted, desk, capsys):
    assert EQUATIONS.count(old) == 1
    Path("e.yaml").write_text(EQUATIONS.replace(old, new))
    code, lines = outcome(Path("e.yaml"), capsys)
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith(f"e.yaml:{wanted}")
    assert len(lines[0]) < 300
    assert os.listdir(desk) == ["e.yaml"]
