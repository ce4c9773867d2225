from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from simcore.errors import ExperimentError, Problem, StoppedError, WorkerError

COMMANDS = (
    *("run", "sweep", "resume", "show", "check", "plot", "report", "new", "ls", "compare", "clean", "cache", "schema"),
    *("plan", "verify", "models", "status"),
)


def shell(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "simcore", *arguments], capture_output=True, text=True, **options)


def test_help_names_every_command(command):
    told = command("--help")
    assert told.code == 0
    listed = [line.split()[0] for line in told.out.partition("Commands:\n")[2].splitlines()]
    assert tuple(listed) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command, name):
    told = command(name, "--help")
    assert told.code == 0
    assert told.out.startswith(f"Usage: simcore {name} [OPTIONS]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("run",),
        ("run", "x.yaml", "--workers", "0"),
        ("run", "x.yaml", "--wrkers", "1"),
        ("run", "x.yaml", "--resume", "--overwrite"),
        ("verify", "x.yaml", "--workers", "1,zero"),
        ("verify", "x.yaml", "--workers", "0,1"),
        ("show", "nowhere"),
    ],
)
def test_a_wrong_command_leaves_with_2_and_says_why_on_standard_error(command, arguments):
    told = command(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ExperimentError([Problem("a.yaml:1:2", "run.seed", "wrong"), Problem("a.yaml:3:1", "x", "unknown")]), 2),
        (WorkerError("worker 1 died"), 1),
        (StoppedError(15, "stopped at step 7"), 143),
    ],
)
def test_a_failure_is_its_message_and_its_exit_code(command, monkeypatch, failure, code):
    def fail(*arguments, **options):
        raise failure

    monkeypatch.setattr("simcore.runs.run", fail, raising=False)
    assert command("run", "x.yaml") == (code, "", f"{failure}\n")


def test_a_bug_is_a_traceback(command, monkeypatch):
    def fail(*arguments, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("simcore.runs.status", fail, raising=False)
    with pytest.raises(ZeroDivisionError):
        command("status", "x")


def test_run_hands_its_options_over(command, monkeypatch):
    seen = {}

    def run(source, **options):
        seen.update(options, source=source)
        raise WorkerError("far enough")

    monkeypatch.setattr("simcore.runs.run", run, raising=False)
    command("run", "x.yaml", "--set", "a.b=1", "--set", "c=[1, 2]", "--workers", "3", "--out", "o", "--overwrite")
    assert seen.pop("watch").started
    assert {key: str(value) for key, value in seen.items()} == {
        "source": "x.yaml", "workers": "3", "overrides": "['a.b=1', 'c=[1, 2]']",
        "out": "o", "overwrite": "True", "resume": "False", "accept_source": "False",
    }  # fmt: skip


def test_verify_fails_where_two_hashes_differ(command, monkeypatch):
    asked = []

    def verify(source, *, workers, overrides):
        asked.append(workers)
        return [SimpleNamespace(label=f"{n} workers", digest="ab" if n < 7 else "cd") for n in workers]

    monkeypatch.setattr("simcore.runs.verify", verify, raising=False)
    same = command("verify", "x.yaml")
    assert (same.code, same.out) == (0, "ab  1 workers\nab  2 workers\nab  3 workers\n")
    assert command("verify", "x.yaml", "--workers", "2,7").code == 1
    assert asked == [(1, 2, 3), (2, 7)]


def test_status_says_how_far_a_run_is(command, monkeypatch):
    running = SimpleNamespace(
        state="running",
        step=50,
        total=200,
        rate=2e6,
        seconds_left=90.0,
        latest={"energy": -1.5},
        checkpoint=40,
        message="",
    )
    monkeypatch.setattr("simcore.runs.status", lambda directory: running, raising=False)
    told = command("status", "x")
    assert told.out.splitlines() == [
        "state       running",
        "step        50 of 200 (25 %)",
        "rate        2.00 Msite/s",
        "time left   1 min 30 s",
        "checkpoint  step 40",
        "latest      energy -1.5",
    ]


def test_plan_prints_the_resolved_experiment_with_the_forecast_as_a_comment(command, monkeypatch, tmp_path):
    made = SimpleNamespace(
        resolved="name: x\n", memory=5 << 20, seconds=90.0, rate=2e6, workers=2, steps=100, rows=64,
        solvers=0, set_up=0.0, remarks=(),
    )  # fmt: skip
    monkeypatch.setattr("simcore.runs.plan", lambda source, **options: made, raising=False)
    (tmp_path / "x.yaml").write_text("name: x")
    assert command("plan", tmp_path / "x.yaml").out.splitlines() == [
        "name: x",
        "# steps    100",
        "# workers  2 for 64 rows",
        "# memory   5.00 MiB",
        "# rate     2.00 Msite/s",
        "# time     about 1 min 30 s",
    ]
    made.solvers, made.set_up = 3 << 20, 2.5
    assert "# solvers  3.00 MiB besides, set up in 2.5 s" in command("plan", tmp_path / "x.yaml").out.splitlines()


def test_a_missing_experiment_is_one_line_and_exit_code_2(tmp_path):
    done = shell("run", "nowhere.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "nowhere.yaml" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_early_sees_no_complaint():
    script = f"{sys.executable} -m simcore schema | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode in (1, 141)


def test_the_schema_is_json(command):
    assert json.loads(command("schema").out)["type"] == "object"


@pytest.mark.parametrize("program", ["simcore.exe", "-m"])
def test_windows_is_refused_in_one_line(program):
    code = f"import sys; sys.platform = 'win32'; sys.argv = [{program!r}]; import simcore.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode
    assert done.stderr == "simcore runs on Linux and macOS, not on Windows; there, use it inside WSL\n"


def test_who_imports_simcore_on_windows_gets_an_import_error():
    code = "import sys; sys.platform = 'win32'\ntry: import simcore\nexcept ImportError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout[:34]) == (0, "simcore runs on Linux and macOS, n")
