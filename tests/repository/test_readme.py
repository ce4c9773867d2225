"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """An empty directory with the shipped experiments, and the current one."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_experiment_is_the_one_that_is_shipped(tmp_path):
    (tmp_path / "shown.yaml").write_text(blocks("yaml")[0])
    assert resolve(tmp_path / "shown.yaml").resolved == resolve(ROOT / "configs/ising-2d.yaml").resolved


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_every_experiment_is_a_whole_one(number, tmp_path):
    (tmp_path / "shown.yaml").write_text(blocks("yaml")[number])
    assert resolve(tmp_path / "shown.yaml").total_steps > 0


def test_the_message_is_what_is_said(tmp_path, monkeypatch):
    shown, (message,) = blocks("yaml")[0], blocks("text")
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/ising-2d.yaml").write_text(shown.replace("temperature", "temprature"))
    with pytest.raises(ExperimentError) as refused:
        resolve("configs/ising-2d.yaml")
    assert message.strip() in str(refused.value).splitlines()


def test_every_command_is_told_and_no_other():
    from typer.main import get_command

    from simcore.cli.commands import app

    told = re.findall(r"^\| `simcore (\w+)", README, re.MULTILINE)
    assert sorted(told) == sorted(get_command(app).commands)


def test_every_file_that_is_linked_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_runs_as_it_stands(code, elsewhere):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout
