"""The page: valid, alone, and true."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import simcore
from simcore.analysis.report import write_report
from simcore.analysis.report.markup import table, text
from simcore.errors import UsageError
from simcore.statistics import notation
from simcore.storage.sealed_text import read_sealed

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed in order."""

    def __init__(self, words: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(words)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.ids += [value for name, value in attrs if name == "id"]
        self.targets += [value for name, value in attrs if name in ("href", "src", "xlink:href", "action", "data")]
        self.targets += [url for _, value in attrs for url in re.findall(r"url\(([^)]*)\)", value or "")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if self.open and self.open[-1] != "style" else ""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """An Ising run whose observable has markup in its formula."""
    experiment = {
        "name": "<b>small & bold",
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.5}},
        "run": {"seed": 1, "sweeps": 2000, "thermalization": 200, "measure_every": 5},
    }
    return simcore.run(experiment, out=tmp_path_factory.mktemp("report") / "run", workers=1).path


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    """Two of three points; the third blows up."""
    experiment = {
        "name": "blow-up",
        "model": {
            "type": "heat",
            "grid": {"shape": [16]},
            "parameters": {},
            "fields": {"u": {"initial": "cos(pi*x/8)"}},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 400, "measure_every": 20, "allow_unstable": True},
        "sweep": {"grid": {"model.parameters.D": [0.5, 1.0, 100.0]}},
    }
    return simcore.sweep(experiment, out=tmp_path_factory.mktemp("report") / "sweep", workers=1).path


@pytest.fixture(scope="module")
def pages(run, sweep) -> dict[str, Page]:
    return {path.name: Page(write_report(path).read_text("utf-8")) for path in (run, sweep)}


@pytest.mark.parametrize("which", ["run", "sweep"])
def test_the_page_is_well_formed_and_its_ids_are_unique(pages, which):
    page = pages[which]
    assert [id for id, count in Counter(page.ids).items() if count > 1] == []
    assert page.tags["svg"] == page.tags["figure"] > 0
    assert page.tags["h1"] == page.tags["title"] == 1


@pytest.mark.parametrize("which", ["run", "sweep"])
def test_it_needs_nothing_but_itself(pages, which, request):
    page = pages[which]
    inside = {f"#{id}" for id in page.ids}
    assert [target for target in page.targets if not target.startswith("data:") and target not in inside] == []
    assert page.tags["script"] == 0
    assert "@import" not in (request.getfixturevalue(which) / "report.html").read_text("utf-8")


def test_every_estimate_stands_in_the_usual_notation(pages, run):
    page, estimates = pages["run"], simcore.load(run)["estimates"]
    for name in ("energy", "magnetization", "specific_heat", "binder"):
        assert notation(estimates[name].item(), estimates[f"{name}_error"].item()).replace("-", "−") in page.text


def test_experiment_and_provenance_are_told(pages, run):
    page = pages["run"]
    assert read_sealed(run / "experiment.yaml").strip() in page.text
    tree = simcore.load(run)
    for name in ("numpy_version", "cpu", "started", "seed"):
        assert str(tree.attrs[name]) in page.text


def test_what_a_user_wrote_never_becomes_markup(pages):
    page = pages["run"]
    assert page.tags["b"] == 0
    assert "<b>small & bold" in page.text


def test_cells_are_text():
    page = Page(table(["<i>"], [["</td><script>"]], [""]))
    assert (page.tags["i"], page.tags["script"], page.text.split()) == (0, 0, ["<i>", "</td><script>"])
    assert text('"') == "&quot;"


def test_failed_points_of_a_sweep_are_told_with_their_values_and_reasons(pages, sweep):
    page = pages["sweep"]
    assert "1 of 3 points failed" in page.text
    assert "D = 100" in page.text
    assert re.search(r"blow|unstable|not finite|inf|nan", page.text)
    estimates = simcore.load(sweep)["estimates"]
    assert np.isnan(estimates["mean_u"].sel(D=100.0)).all()


def test_a_damaged_checkpoint_is_a_warning_of_the_page(run, monkeypatch):
    import warnings

    from simcore.analysis.report import page as module

    def load(path):
        warnings.warn("step-7.h5 is damaged", stacklevel=2)
        return simcore.load(path)

    monkeypatch.setattr(module, "load", load)
    assert "step-7.h5 is damaged" in Page(write_report(run).read_text("utf-8")).text


@pytest.mark.slow
def test_the_same_results_give_the_same_page(run):
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first


def test_a_directory_without_results_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no run in this directory"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []
