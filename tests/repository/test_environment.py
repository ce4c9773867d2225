"""environment.yml (conda) asks for what setup.cfg asks for."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]


def from_setup() -> set[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lists = setup["options"]["install_requires"] + "".join(setup["options.extras_require"].values())
    return {f"python{setup['options']['python_requires']}"} | set(lists.split())


def listed() -> tuple[list[str], list[str]]:
    """What environment.yml has conda install, and what pip."""
    dependencies = YAML(typ="safe").load(ROOT / "environment.yml")["dependencies"]
    by_conda = [package for package in dependencies if isinstance(package, str)]
    (by_pip,) = (package["pip"] for package in dependencies if isinstance(package, dict))
    return by_conda, by_pip


def from_conda() -> set[str]:
    by_conda, by_pip = listed()
    return {*by_conda, *by_pip} - {"pip", "--editable ."}


def test_conda_and_pip_install_the_same_packages():
    assert from_conda() == from_setup()


def test_every_requirement_has_a_lower_bound_and_nothing_else():
    assert all(re.fullmatch(r"[\w.-]+>=[\d.]+", requirement) for requirement in from_setup())


def test_the_package_itself_is_installed_by_conda():
    by_conda, by_pip = listed()
    assert "pip" in by_conda
    assert "--editable ." in by_pip
