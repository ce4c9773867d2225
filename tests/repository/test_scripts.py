"""scripts/run and scripts/test on a bare checkout: what they install, when, and what they hand over."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOG = 'echo "$0 $*" >> "$(dirname -- "$0")/../log"'
# What a Python must do for scripts/environment.sh: pass the check of its version, then run install.py.
PYTHON = f'#!/bin/sh\n[ "$1" = -c ] && exit 0\n{LOG}\n'


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A checkout whose path has a blank, with stubs for all that would be installed."""
    root = tmp_path / "bare checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    executable(root / ".venv/bin/python", '#!/bin/sh\nprintf "<%s>" "$@"\n')
    executable(root / ".venv/bin/simcore", '#!/bin/sh\nprintf "<%s>" "$@"\n')
    (tmp_path / "log").touch()
    return root


def stamp(checkout: Path, purpose: str) -> None:
    """Say that everything is installed, in the words of install.py."""
    wanted = runpy.run_path(str(checkout / "scripts/install.py"))["wanted"]
    (checkout / f".venv/.simcore-{purpose}").write_text(wanted())


def call(script: Path, *arguments: str, path: Path | None = None, **options) -> subprocess.CompletedProcess[str]:
    """Call a script with only the stubs of `path` and the ordinary tools on PATH, but no Python."""
    tools = script.parents[2] / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("bash", "sh", "env", "cat", "cmp", "dirname", "readlink", "rm"):
        if not (tools / tool).exists():
            (tools / tool).symlink_to(shutil.which(tool))
    environment = {
        "PATH": os.pathsep.join(map(str, filter(None, (path, tools)))),
        "VIRTUAL_ENV": "/another/environment",
    }
    return subprocess.run([script, *arguments], capture_output=True, text=True, env=environment, **options)


def test_a_second_call_starts_no_python_and_hands_all_arguments_over(checkout, tmp_path):
    stamp(checkout, "run")
    done = call(checkout / "scripts/run", "my file.yaml", "--set", "a=[1, 2]", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "<run><my file.yaml><--set><a=[1, 2]>", "")


def test_it_can_be_called_through_a_symbolic_link(checkout, tmp_path):
    stamp(checkout, "run")
    link = tmp_path / "links" / "deep" / "sim"
    link.parent.mkdir(parents=True)
    link.symlink_to(checkout / "scripts/run")
    assert call(link, "x").stdout == "<run><x>"


BESIDE = ["-n", "logical", "--dist", "worksteal"]


@pytest.mark.parametrize(
    ("arguments", "handed"),
    [
        ([], ["-m", "pytest", "-m", "not alone and not slow", *BESIDE, "-m", "pytest", "-m", "alone and not slow"]),
        (
            ["--all"],
            [
                *["-m", "pytest", "-m", "not alone", *BESIDE],
                *["-m", "pytest", "-m", "not slow", *BESIDE, "tests/compiler", "tests/models"],
                *["-m", "pytest", "-m", "alone"],
            ],
        ),
        (["tests/cli", "-k", "a b"], ["-m", "pytest", "-m", "not slow", "tests/cli", "-k", "a b"]),
        (["--all", "-x"], ["-m", "pytest", "-x"]),
    ],
)
def test_tests_are_the_fast_ones_unless_all_are_asked_for(checkout, arguments, handed):
    stamp(checkout, "test")
    assert call(checkout / "scripts/test", *arguments).stdout == "".join(f"<{argument}>" for argument in handed)


@pytest.mark.parametrize("spoil", ["no stamp", "setup.cfg", "pyproject.toml", "moved", "no python"])
def test_it_installs_again_when_something_has_changed(checkout, tmp_path, spoil):
    if spoil != "no stamp":
        stamp(checkout, "run")
    if spoil in ("setup.cfg", "pyproject.toml"):
        (checkout / spoil).write_text((checkout / spoil).read_text() + "# changed\n")
    if spoil == "moved":
        checkout = checkout.rename(tmp_path / "elsewhere")
    if spoil == "no python":
        (checkout / ".venv/bin/python").unlink()
    executable(tmp_path / "bin/python3.12", PYTHON)
    call(checkout / "scripts/run", path=tmp_path / "bin")
    assert (tmp_path / "log").read_text() == f"{tmp_path}/bin/python3.12 {checkout}/scripts/install.py run\n"


def test_the_newest_python_that_really_starts_is_taken(checkout, tmp_path):
    executable(tmp_path / "bin/python3.14", "#!/bin/sh\nexit 127\n")
    executable(tmp_path / "bin/python3.13", PYTHON)
    executable(tmp_path / "bin/python3", PYTHON)
    call(checkout / "scripts/run", path=tmp_path / "bin")
    assert (tmp_path / "log").read_text().startswith(f"{tmp_path}/bin/python3.13 ")


def test_without_a_suitable_python_it_says_what_it_needs(checkout, tmp_path):
    executable(tmp_path / "bin/python3", "#!/bin/sh\nexit 1\n")
    done = call(checkout / "scripts/run", path=tmp_path / "bin")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("simcore needs Python 3.11 or newer")


@pytest.mark.parametrize("broken", ["", "tests", "lint", "format", "types", "docs"])
def test_ci_sums_up_and_fails_where_one_check_fails(checkout, broken):
    stamp(checkout, "test")
    stamp(checkout, "docs")
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    pages, tests = int(broken == "docs"), int(broken == "tests")
    executable(checkout / ".venv/bin/python", f'#!/bin/sh\n[ "$2" = pytest ] && exit {tests}\nexit {pages}\n')
    lint, form = int(broken == "lint"), int(broken == "format")
    executable(checkout / ".venv/bin/ruff", f'#!/bin/sh\n[ "$1" = check ] && exit {lint}\nexit {form}\n')
    executable(checkout / ".venv/bin/mypy", f"#!/bin/sh\nexit {int(broken == 'types')}\n")
    done = call(checkout / ".ci/run")
    assert done.returncode == int(bool(broken))
    verdicts = dict(line.split()[:2] for line in done.stdout.partition("== summary\n")[2].splitlines())
    assert verdicts == {
        name: "FAILED" if name == broken else "ok" for name in ("tests", "lint", "format", "types", "docs")
    }


DRIVER = """
import runpy, subprocess, sys, time, venv
from pathlib import Path
root, purpose, pip = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def create(home, **options):
    log("create")
    (home / "bin").mkdir()
    (home / "bin/python").touch()

def run(command, **options):
    log("pip")
    if "--constraint" in command:
        allowed = Path(command[command.index("--constraint") + 1]).read_text()
        (root.parent / "allowed").write_text(allowed)
    time.sleep(0.3)
    if pip == "killed":
        raise SystemExit(1)
    if pip == "fails":
        raise subprocess.CalledProcessError(1, command)

def log(text):
    with open(root.parent / "log", "a") as log:
        print(text, file=log)

venv.create, subprocess.run = create, run
sys.argv = ["install.py", purpose]
runpy.run_path(str(root / "scripts/install.py"), run_name="__main__")
"""


def installing(checkout: Path, purpose: str = "run", pip: str = "works") -> subprocess.Popen[str]:
    """install.py in a process of its own, with a virtual environment and a pip that only keep a log."""
    command = [sys.executable, "-c", DRIVER, str(checkout), purpose, pip]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate()
    return process.returncode, errors


@pytest.fixture
def bare(checkout) -> Path:
    """A checkout without .venv."""
    shutil.rmtree(checkout / ".venv")
    return checkout


def log_of(checkout: Path) -> list[str]:
    return (checkout.parent / "log").read_text().split()


def test_of_two_first_runs_one_installs_and_the_other_waits(bare):
    outcomes = [finished(process) for process in [installing(bare), installing(bare)]]
    assert [code for code, _ in outcomes] == [0, 0]
    assert log_of(bare) == ["create", "pip"]
    assert "waiting for another process" in outcomes[0][1] + outcomes[1][1]


def test_an_installation_that_was_killed_is_made_anew(bare):
    assert finished(installing(bare, pip="killed"))[0] == 1
    (bare / ".venv/half a package").touch()
    assert finished(installing(bare))[0] == 0
    assert log_of(bare) == ["create", "pip"] * 2
    assert not (bare / ".venv/half a package").exists()


def test_a_failure_of_pip_is_one_line_and_leaves_no_stamp(bare):
    code, errors = finished(installing(bare, pip="fails"))
    assert code == 1
    assert errors.splitlines()[-1].startswith("simcore: the installation failed")
    assert not list((bare / ".venv").glob(".simcore-run"))


def test_what_serves_the_tests_serves_a_run(bare):
    for purpose in ("test", "run", "test"):
        assert finished(installing(bare, purpose))[0] == 0
    assert log_of(bare) == ["create", "pip"]


def test_the_lowest_versions_are_those_of_setup_cfg_and_serve_the_tests(bare):
    assert finished(installing(bare, "lowest"))[0] == 0
    requirements = re.findall(r"^    ([\w.-]+)>=([\d.]+)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    allowed = (bare.parent / "allowed").read_text().split()
    assert (
        {"numpy==2.0", "h5py==3.15", "hypothesis==6.100"} <= set(allowed) <= {"==".join(each) for each in requirements}
    )
    assert finished(installing(bare, "test"))[0] == 0
    assert log_of(bare) == ["create", "pip"]


def test_what_the_pages_need_is_installed_beside_what_the_tests_need(bare):
    for purpose in ("test", "docs", "test", "docs", "run"):
        assert finished(installing(bare, purpose))[0] == 0
    assert log_of(bare) == ["create", "pip", "pip"]


def test_an_environment_of_the_users_own_is_kept(checkout):
    (checkout / ".venv/mine").touch()
    assert finished(installing(checkout))[0] == 0
    assert log_of(checkout) == ["pip"]
    assert (checkout / ".venv/mine").exists()


@pytest.mark.slow
def test_a_bare_checkout_runs(tmp_path):
    """The real thing: needs whatever pip installs from."""
    root = tmp_path / "bare checkout"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    experiment = [root / "configs/ising-2d.yaml", "--set", "run.sweeps=20", "--set", "run.thermalization=0"]
    done = subprocess.run([root / "scripts/run", *experiment], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "simcore.load('results/ising-2d')" in done.stdout
    assert (tmp_path / "results/ising-2d/result.h5").is_file()
