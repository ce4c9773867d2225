"""The report in a real browser: nothing overflows or is asked of the network; light and dark, screen and paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import simcore
from simcore.analysis.report import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--enable-logging=stderr",
)  # fmt: skip
PHONE, SCREEN = 375, 1100
HEADINGS = ["Estimates", "Figures", "Experiment", "Provenance"]
MEASURE = """
const measured = frame => {
  const page = frame.contentDocument, root = page.documentElement;
  const boxes = [...page.querySelectorAll("figure svg")].map(svg => svg.getBoundingClientRect());
  return {
    wide: root.scrollWidth, inside: root.clientWidth,
    figures: boxes.map(box => [box.width, box.height]),
    outside: frame.contentWindow.performance.getEntriesByType("resource").map(entry => entry.name),
    title: page.title, headings: [...page.querySelectorAll("h2")].map(h => h.textContent),
    letters: [...page.querySelectorAll("th, td, li, p")].map(e => parseFloat(getComputedStyle(e).fontSize)),
  };
};
document.querySelector("pre").textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(measured));
"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="neither chromium nor google-chrome is on PATH")


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    experiment = {
        "name": "seen-by-a-browser",
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.3}},
        "run": {"seed": 1, "sweeps": 400, "measure_every": 5},
    }
    return write_report(simcore.run(experiment, out=tmp_path_factory.mktemp("browser") / "run", workers=1).path)


def browse(folder: Path, page: Path, *options: str) -> str:
    """What the browser prints of a page, of which its console has nothing to say."""
    call = [BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", *options, page.as_uri()]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    return done.stdout


def measured(report: Path, folder: Path, *widths: int) -> list[dict]:
    """The report in frames of these widths, as a script beside them measures it."""
    words = escape(report.read_text("utf-8"))
    frames = [
        f'<iframe style="width: {width}px; height: 900px; border: 0" srcdoc="{words}"></iframe>' for width in widths
    ]
    script = f"<script>addEventListener('load', () => {{ {MEASURE} }})</script>"
    page = folder / "frames.html"
    page.write_text(f'<!DOCTYPE html><meta charset="utf-8">{"".join(frames)}<pre></pre>{script}', "utf-8")
    printed = browse(folder, page, "--dump-dom")
    found = re.search(r"<pre>(.*?)</pre><script>", printed, re.DOTALL)
    assert found, printed[-2000:]
    return json.loads(unescape(found[1]))


def photographed(report: Path, folder: Path, *options: str) -> np.ndarray:
    """The top of the page as an array (height, width, 3)."""
    picture = folder / "picture.png"
    browse(folder, report, f"--window-size={SCREEN},1400", f"--screenshot={picture}", *options)
    return np.asarray(Image.open(picture).convert("RGB")).astype(int)


def test_it_fits_a_phone_and_a_screen_and_asks_for_nothing(report, tmp_path):
    for width, seen in zip((PHONE, SCREEN), measured(report, tmp_path, PHONE, SCREEN), strict=True):
        assert seen["inside"] == width
        assert seen["wide"] <= width
        assert len(seen["figures"]) == 2
        assert all(wide > 200 and high > 100 for wide, high in seen["figures"])
        assert min(seen["letters"]) >= 12
        assert seen["outside"] == []
        assert seen["title"] == "seen-by-a-browser"
        assert [name for name in seen["headings"] if name != "Warnings"] == HEADINGS


@pytest.mark.slow
def test_it_is_light_by_day_and_dark_by_night_with_letters_that_stand_out(report, tmp_path):
    for options, ground in (((), 255), (("--force-dark-mode",), 25)):
        seen = photographed(report, tmp_path, *options)
        grey = seen.mean(axis=2)
        assert abs(grey[5, 5] - ground) < 10
        assert abs(grey[:120] - ground).max() > 180  # the title
        assert np.abs(np.diff(seen, axis=2)).max() > 60  # curves in colour


@pytest.mark.slow
def test_it_prints(report, tmp_path):
    browse(tmp_path, report, f"--print-to-pdf={tmp_path / 'page.pdf'}")
    printed = (tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type /Page\b", printed)) <= 4
