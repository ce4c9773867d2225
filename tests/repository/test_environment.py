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


def from_conda() -> set[str]:
    listed = YAML(typ="safe").load(ROOT / "environment.yml")["dependencies"]
    return {package for package in listed if isinstance(package, str) and package != "pip"}


def test_conda_and_pip_install_the_same_packages():
    assert from_conda() == from_setup()


def test_every_requirement_has_a_lower_bound_and_nothing_else():
    assert all(re.fullmatch(r"[\w.-]+>=[\d.]+", requirement) for requirement in from_setup())


def test_the_package_itself_is_installed_by_conda():
    listed = YAML(typ="safe").load(ROOT / "environment.yml")["dependencies"]
    assert {"pip": ["--editable ."]} in listed
