"""What a result says of the user's repository, and that no program of that repository runs for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simcore.runs import repository
from simcore.runs.repository import state_of
from simcore.storage import read_result
from tests.environments.conftest import HEAT

if shutil.which("git") is None:
    pytest.skip("there is no git here", allow_module_level=True)


def git(place: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=place, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(place: Path, *arguments: str) -> str:
    git(place, "init", "-q", *arguments)
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "first")
    return git(place, "rev-parse", "HEAD")


@pytest.fixture(params=["sha1", pytest.param("sha256", marks=pytest.mark.slow)])
def tree(tmp_path, request):
    """A repository with a file, a program, a link and a folder, committed long ago."""
    (tmp_path / "file").write_text("one\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "program").write_text("#!/bin/sh\n")
    (tmp_path / "folder" / "program").chmod(0o755)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "with\nline end").write_text("")
    for path in (tmp_path / "file", tmp_path / "folder" / "program", tmp_path / "with\nline end"):
        os.utime(path, (1e9, 1e9))
    commit(tmp_path, f"--object-format={request.param}")
    return tmp_path


def rewrite(tree: Path) -> None:
    """Other contents of the same size at the same time."""
    before = (tree / "file").stat()
    (tree / "file").write_text("two\n")
    os.utime(tree / "file", ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))


def stage(tree: Path) -> None:
    (tree / "new").write_text("")
    git(tree, "add", "new")


def relink(tree: Path) -> None:
    (tree / "link").unlink()
    (tree / "link").symlink_to("folder")


CHANGES = {
    "contents": rewrite,
    "size": lambda tree: (tree / "file").write_text("longer\n"),
    "staged": stage,
    "gone": lambda tree: (tree / "folder" / "program").unlink(),
    "mode": lambda tree: (tree / "folder" / "program").chmod(0o644),
    "link": relink,
    "kind": lambda tree: ((tree / "file").unlink(), (tree / "file").mkdir()),
    "staged and taken back": lambda tree: (rewrite(tree), git(tree, "add", "."), (tree / "file").write_text("one\n")),
}
NO_CHANGES = {
    "nothing": lambda tree: None,
    "time": lambda tree: os.utime(tree / "file"),
    "untracked": lambda tree: (tree / "other").write_text(""),
    "written again": lambda tree: (tree / "file").write_text("one\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(change, tree):
    CHANGES[change](tree)
    assert git(tree, "status", "--porcelain", "--untracked-files=no")
    assert state_of(tree / "folder") == (git(tree, "rev-parse", "HEAD"), 1)


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_is_no_change_is_none(change, tree):
    NO_CHANGES[change](tree)
    assert state_of(tree) == (git(tree, "rev-parse", "HEAD"), 0)


def test_a_change_within_the_tick_of_the_clock_in_which_the_index_was_written_is_noticed(tree):
    (tree / "file").write_text("two\n")
    git(tree, "add", "file")
    git(tree, "commit", "-q", "-m", "second")
    index, before = tree / ".git" / "index", (tree / "file").stat()
    (tree / "file").write_text("six\n")
    os.utime(tree / "file", ns=(before.st_mtime_ns, before.st_mtime_ns))
    os.utime(index, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert state_of(tree) == (git(tree, "rev-parse", "HEAD"), 1)


def test_without_a_repository_or_a_commit_there_is_no_state(tmp_path):
    assert state_of(tmp_path) == ("", 0)
    git(tmp_path, "init", "-q")
    assert state_of(tmp_path) == ("", 0)


def test_what_takes_too_long_is_not_called_clean(tree, monkeypatch):
    asked = []

    def slow(place: Path, deadline: float, *arguments: str) -> bytes | None:
        asked.append(arguments)
        if len(asked) > 1:
            raise subprocess.TimeoutExpired("git", 2)
        return b"abc\n"

    monkeypatch.setattr(repository, "_git", slow)
    assert state_of(tree) == ("abc", 1)


def test_a_program_called_git_in_the_folder_is_not_git(tmp_path, monkeypatch):
    fake = tmp_path / "git"
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/seen\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    state_of(tmp_path)
    assert not (tmp_path / "seen").exists()


HOOKS = ("post-index-change", "fsmonitor-watchman", "pre-commit", "post-checkout", "reference-transaction")


@pytest.fixture
def hostile(folder, tmp_path):
    """The experiment in a repository whose configuration names programs wherever git takes some.

    Returns what ran. A tracked file has changed, the tree of the commit is missing, and a promisor is said to have it.
    """
    seen, trap = tmp_path / "seen", tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {seen}\ncat\n')
    trap.chmod(0o755)
    (folder / "data.bin").write_bytes(b"data")
    (folder / "sweep.yaml").write_text(f"{HEAT}sweep: {{grid: {{model.parameters.D: [0.5, 1.0]}}}}\n")
    commit(folder)
    lost = git(folder, "rev-parse", "HEAD^{tree}")
    (folder / ".gitattributes").write_text("* filter=trap diff=trap text working-tree-encoding=UTF-16 ident\n")
    (folder / ".git" / "info" / "attributes").write_text("* filter=trap diff=trap\n")
    for name in HOOKS:
        shutil.copy(trap, folder / ".git" / "hooks" / name)
    (folder / "included").write_text(f'[core]\nfsmonitor = {trap}\n[filter "trap"]\nprocess = {trap}\n')
    settings = {
        "include.path": "../included",
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(folder / ".git" / "hooks"),
        "core.pager": str(trap),
        "pager.ls-files": str(trap),
        "pager.diff-index": str(trap),
        "core.sshCommand": str(trap),
        "core.editor": str(trap),
        "core.askPass": str(trap),
        "core.alternateRefsCommand": str(trap),
        "credential.helper": f"!{trap}",
        "gpg.program": str(trap),
        "diff.external": str(trap),
        "diff.trap.textconv": str(trap),
        "diff.trap.command": str(trap),
        "filter.trap.clean": str(trap),
        "filter.trap.smudge": str(trap),
        "filter.trap.required": "true",
        "alias.rev-parse": f"!{trap}",
        "alias.ls-files": f"!{trap}",
        "alias.diff-index": f"!{trap}",
        "remote.origin.url": f"ext::sh -c {trap}",
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(trap),
        "protocol.ext.allow": "always",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
    }
    for key, value in settings.items():
        git(folder, "config", key, value)
    (folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    (folder / "data.bin").write_bytes(b"atad")
    return lambda: seen.read_text() if seen.exists() else ""


def test_the_traps_are_set(folder, hostile):
    """Else the next test shows nothing: what git itself does here runs them."""
    subprocess.run(["git", "status"], cwd=folder, capture_output=True, check=False)
    assert hostile() != ""


RUN = ["run", "heat.yaml", "--out", "out"]
OTHERS = [
    ["resume", "out", "--set", "run.steps=300"],
    ["verify", "heat.yaml", "--workers", "2"],
    ["sweep", "sweep.yaml", "--out", "points", "--workers", "2"],
]


@pytest.mark.parametrize("commands", [[RUN], pytest.param([RUN, *OTHERS], marks=pytest.mark.slow)])
def test_no_program_of_a_repository_runs(commands, folder, simcore, hostile):
    for command in commands:
        done = simcore(*command)
        assert (done.returncode, done.stderr, hostile()) == (0, "", ""), command
    attributes = read_result(folder / "out" / "result.h5", ()).attributes
    assert attributes["git_dirty"] == 1
    assert len(str(attributes["git_commit"])) == 40
