"""`simcore models --check EXPERIMENT`."""

from __future__ import annotations

import textwrap

import pytest

ISING = """
model:
  type: {type}
  lattice: {{type: square, shape: [6, 6]}}
  parameters: {{temperature: 2.0, J: 1.0, h: 0.1}}
run: {{seed: 1, sweeps: 20}}
"""
OWN = '''
import numpy as np
from simcore.models.spins.presets.ising import Ising


class Wrong(Ising):
    """Accepts too often."""

    def constants(self):
        return {name: np.sqrt(value) for name, value in super().constants().items()}
'''


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "experiment.yaml"
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.fixture
def no_runs(monkeypatch):
    """Without the worker processes."""
    monkeypatch.setattr("simcore.cli.check.run_checks", lambda experiment: iter(()))
    monkeypatch.setattr("simcore.models.spins.shared_structure.REMEMBERED", {})


def test_each_thing_looked_at_is_a_line_that_ends_in_what_is_allowed(command, written):
    code, out, err = command("models", "--check", written(ISING.format(type="ising")))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 13
    assert all(line.startswith("ok ") for line in lines)
    assert lines[-1].split()[-3:] == ["1", "hash", "1"]
    assert any("first step compiled" in line and " 0 ulp " in line for line in lines)


def test_a_model_of_ones_own_with_a_wrong_factor_fails(command, written, tmp_path, no_runs):
    (tmp_path / "wrong.py").write_text(OWN)
    code, out, err = command("models", "--check", written(ISING.format(type="wrong.py:Wrong")))
    assert code == 1
    failed = [line for line in out.splitlines() if line.startswith("FAILED")]
    assert err == f"{len(failed)} of {len(out.splitlines())} checks failed\n"
    assert {"detailed", "stationarity"} <= {line.split()[1] for line in failed}
    assert any(line.startswith("ok      energy change by local energies") for line in out.splitlines())


def test_overrides_count(command, written, no_runs):
    arguments = ("--set", "model.algorithm=heat_bath", "--set", "model.lattice.shape=[2, 2]")
    code, out, _ = command("models", "--check", written(ISING.format(type="ising")), *arguments)
    assert code == 0
    assert "ergodicity, 2 x 2  " in out


def test_of_a_model_without_a_hamiltonian_it_says_what_is_not_checked(command, no_runs):
    code, out, _ = command("models", "--check", "docs/examples/forest-fire.yaml", "--set", "model.size=16")
    assert code == 0
    first, second = out.splitlines()
    assert first.split("  ")[-1] == "not checked: ForestFire names no Hamiltonian"
    assert first.startswith("-  ")
    assert second.startswith("ok  first step compiled, and in plain Python, 256 values")


def test_an_energy_that_is_not_finite_is_told_in_one_line(command, written):
    text = """
        model:
          type: spins
          lattice: {type: square, shape: [4, 4]}
          parameters: {temperature: 2.0}
          spin: {states: [0, 1]}
          hamiltonian: {bonds: "a/b"}
        run: {sweeps: 20}
    """
    code, out, err = command("models", "--check", written(text))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "model.hamiltonian.bonds" in err
    assert "must be finite" in err


@pytest.mark.parametrize("other", [("ising",), ("--source", "configs/ising-2d.yaml")])
def test_it_goes_with_no_name_and_no_source(command, other):
    code, _, err = command("models", *other, "--check", "configs/ising-2d.yaml")
    assert code == 2
    assert "exclude each other" in err
