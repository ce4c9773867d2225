"""Files stay small enough to be read at once, and the repository keeps what it should."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("simcore", "tests", "benchmarks", "scripts") for path in (ROOT / folder).rglob("*.py")
)
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}


def test_no_file_is_longer_than_600_lines():
    long = {str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 600}
    assert not long


def test_no_file_has_a_name_that_says_nothing():
    assert not [path for path in SOURCES if VAGUE & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}]


@pytest.mark.parametrize("script", ["scripts/run", "scripts/test", "scripts/install-browser", ".ci/run"])
def test_scripts_are_executable_and_sound_bash(script):
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True)


def test_results_are_kept_but_not_their_contents():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"results/*", "!results/.gitkeep"} <= set(ignored)
    assert (ROOT / "results/.gitkeep").is_file()


def test_the_package_is_typed():
    assert (ROOT / "simcore/py.typed").is_file()
