"""The HostPhase of docs/phases.md: a mode decays exactly, noise has its variance, and no bit depends on who works."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import simcore
from simcore.runs.verify import digest

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "noisy-diffusion.yaml"

pytestmark = pytest.mark.usefixtures("nothing_left")


def run(place, workers=1, **overrides):
    changed = {path.replace("__", "."): value for path, value in overrides.items()}
    return simcore.run(EXAMPLE, workers=workers, overrides=changed, out=place)


def test_a_mode_decays_as_it_must(tmp_path):
    """Without noise: exp(-D k² t) to rounding, for any length of the steps."""
    made = run(tmp_path / "run", model__parameters__noise=0.0, model__size=32, run__steps=40)
    u = made.fields["u"].isel(time=-1).values
    x = np.arange(32)[:, None]
    expected = np.exp(-((2 * np.pi / 32) ** 2) * 20.0) * np.cos(2 * np.pi * x / 32)
    assert np.abs(u - expected).max() < 1e-12


@pytest.mark.parametrize(("dt", "steps"), [(0.5, 20), (2.5, 4)])
def test_noise_has_the_variance_of_each_mode(tmp_path, dt, steps):
    """From nothing, |u_k|² is on average N noise (1 - exp(-2 D k² t)) / (2 D k²): chi-square over all modes.

    A mode and its complex conjugate are one; p below 1e-6 at either end would be a fault.
    """
    n, noise, t = 64, 0.5, dt * steps
    made = run(tmp_path / "run", model__amplitude=0.0, run__dt=dt, run__steps=steps, run__measure_every=1)
    modes = np.fft.fft2(made.fields["u"].isel(time=-1).values)
    k = 2 * np.pi * np.fft.fftfreq(n)
    rate = k[:, None] ** 2 + k**2
    rate[0, 0] = 1e-300
    variance = n * n * noise * -np.expm1(-2 * rate * t) / (2 * rate)
    variance[0, 0] = n * n * noise * t
    # the transform of a real field has as many independent real numbers as the field has cells
    total = (np.abs(modes) ** 2 / variance).sum()
    assert 1e-6 < stats.chi2.cdf(total, n * n) < 1 - 1e-6
    for part in (k[:, None] ** 2 + k**2 < 0.5, k[:, None] ** 2 + k**2 > 8):
        assert 1e-6 < stats.chi2.cdf((np.abs(modes) ** 2 / variance)[part].sum(), part.sum()) < 1 - 1e-6


def test_no_bit_depends_on_workers_or_on_a_stop(tmp_path):
    hashes = [digest(run(tmp_path / str(n), n, model__size=16, run__steps=30).path) for n in (1, 2, 3, 7)]
    assert len(set(hashes)) == 1
    run(tmp_path / "parts", 2, model__size=16, run__steps=11)
    simcore.resume(tmp_path / "parts", workers=3, overrides={"run.steps": 17})
    simcore.resume(tmp_path / "parts", workers=1, overrides={"run.steps": 30})
    assert digest(tmp_path / "parts") == hashes[0]


def test_another_seed_is_another_noise(tmp_path):
    ends = [run(tmp_path / str(n), run__seed=n, model__size=16, run__steps=2).fields["u"][-1].values for n in (1, 2)]
    assert np.abs(ends[0] - ends[1]).min() > 0.0


def test_the_page_quotes_the_examples_as_they_are():
    """But for how far the lines are indented."""

    def bare(text: str) -> str:
        return "\n".join(line.strip() for line in text.strip().splitlines())

    page = (EXAMPLE.parents[1] / "phases.md").read_text()
    code = bare(
        "\n".join((EXAMPLE.parent / f"{name}.py").read_text() for name in ("noisy_diffusion", "wolff", "clusters"))
    )
    parts = [
        bare(p) for block in page.split("```python\n")[1:] for p in block.split("```")[0].split("\n\n") if p.strip()
    ]
    assert len(parts) >= 7
    assert [part for part in parts if part not in code] == []
