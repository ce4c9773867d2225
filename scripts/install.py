"""Make .venv and install the package in it: `python scripts/install.py PURPOSE`, called by scripts/environment.sh.

The purpose is run, test, docs or lowest. `lowest` installs what `test` does, each package in the lowest version that
setup.cfg allows, as a job of the CI does.

Only one process installs at a time; the lock falls with the process, however that ends. A virtual environment whose
making was cut short is made anew.
"""

from __future__ import annotations

import configparser
import fcntl
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"
UNFINISHED = HOME / ".simcore-unfinished"
EXTRAS = {"run": "", "test": "[test]", "docs": "[docs]", "lowest": "[test]"}
COVERED = {"run": ("run",), "test": ("run", "test"), "docs": ("run", "docs"), "lowest": ("run", "test", "lowest")}


def stamp(purpose: str) -> Path:
    """The file that says what was installed for this purpose."""
    return HOME / f".simcore-{purpose}"


def wanted() -> str:
    """What the stamp must hold: where the checkout lies (a moved one needs a new environment), and its metadata."""
    return f"{ROOT}\n{(ROOT / 'setup.cfg').read_text()}{(ROOT / 'pyproject.toml').read_text()}"


def installed(purpose: str) -> bool:
    """Whether the environment is whole and up to date."""
    return PYTHON.exists() and stamp(purpose).exists() and stamp(purpose).read_text() == wanted()


def make_environment() -> None:
    """A fresh virtual environment, unless a usable one is there already."""
    stamps = [stamp(purpose) for purpose in EXTRAS if stamp(purpose).exists()]
    moved = any(path.read_text().partition("\n")[0] != str(ROOT) for path in stamps)
    if PYTHON.exists() and not UNFINISHED.exists() and not moved:
        return
    say(f"making .venv with Python {platform.python_version()} (once; takes a minute or two)")
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    UNFINISHED.touch()
    venv.create(HOME, with_pip=True, symlinks=True)


def install(purpose: str) -> None:
    """Install the package, editable; what is installed for one purpose stays, and may cover another."""
    whole = {name for name in EXTRAS if installed(name)} | set(COVERED[purpose])
    for name in EXTRAS:
        stamp(name).unlink(missing_ok=True)
    say("installing simcore and what it needs")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-user"]
    package = ["--editable", f"{ROOT}{EXTRAS[purpose]}"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        if purpose == "lowest":
            constraints.write(lowest())
            constraints.flush()
            package += ["--constraint", constraints.name]
        subprocess.run([*pip, *package], check=True, stdout=sys.stderr)
    for name in whole:
        stamp(name).write_text(wanted())
    UNFINISHED.unlink(missing_ok=True)


def lowest() -> str:
    """What pip may install of each package: its lower bound in setup.cfg."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    requirements = setup["options"]["install_requires"] + setup["options.extras_require"]["test"]
    return requirements.replace(">=", "==")


def say(text: str) -> None:
    print(f"simcore: {text}", file=sys.stderr, flush=True)


def main(purpose: str) -> None:
    with open(ROOT / ".venv.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another process that is installing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed(purpose):
            make_environment()
            install(purpose)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as failure:
        sys.exit(f"simcore: the installation failed: pip left with {failure.returncode}; its message stands above")
    except KeyboardInterrupt:
        sys.exit(130)
