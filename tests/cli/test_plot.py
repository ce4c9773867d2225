"""The commands `plot` and `report`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import simcore
from simcore.analysis.plots.files import WRITERS

BEGINNINGS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF", ".gif": b"GIF8", ".vtkhdf": b"\x89HDF"}


@pytest.fixture(scope="module")
def heat(tmp_path_factory) -> Path:
    experiment = {
        "name": "heat",
        "model": {
            "type": "heat",
            "grid": {"shape": [12, 8], "boundary": {"value": 0.0}},
            "parameters": {"D": 1.0},
            "fields": {"u": {"initial": "sin(pi*x/12)"}},
        },
        "run": {"seed": 1, "dt": 0.1, "steps": 60, "measure_every": 10},
        "output": {"fields": {"every": "20 steps"}},
    }
    return simcore.run(experiment, out=tmp_path_factory.mktemp("plot") / "heat", workers=1).path


@pytest.fixture(scope="module")
def grid(tmp_path_factory) -> Path:
    experiment = {
        "name": "grid",
        "model": {"type": "ising", "lattice": {"type": "square", "size": 4}, "parameters": {"temperature": 2.0}},
        "run": {"seed": 1, "sweeps": 50},
        "sweep": {
            "grid": {
                "model.parameters.temperature": {"linspace": [1.5, 3.0, 4]},
                "model.parameters.h": {"linspace": [0.0, 0.3, 4]},
            }
        },
    }
    return simcore.sweep(experiment, out=tmp_path_factory.mktemp("plot") / "grid", workers=1).path


def test_what_fits_a_run_goes_into_its_folder(command, heat):
    told = command("plot", heat)
    assert told.code == 0
    written = [Path(line) for line in told.out.split()]
    assert [path.name for path in written] == ["series.png", "field-u.png", "snapshots-u.png"]
    assert all(path.read_bytes().startswith(BEGINNINGS[".png"]) for path in (heat / "plots").iterdir())


def test_what_fits_a_sweep_goes_into_its_folder(command, grid):
    assert command("plot", grid).code == 0
    assert sorted(path.name for path in (grid / "plots").iterdir()) == ["estimates.png", "heatmaps.png"]


@pytest.mark.parametrize("suffix", sorted(BEGINNINGS))
def test_the_suffix_chooses_the_kind_of_file(command, heat, tmp_path, suffix):
    to = tmp_path / f"made{suffix}"
    told = command("plot", heat, "--to", to, *(["--figure", "field-u"] if suffix in (".png", ".svg") else []))
    assert (told.code, told.err) == (0, "")
    assert to.read_bytes().startswith(BEGINNINGS[suffix])


def test_every_kind_is_tested():
    assert set(WRITERS) == {*BEGINNINGS, ".mp4"}


def test_a_pdf_has_all_figures_or_those_that_are_named(command, heat, tmp_path):
    pages = []
    for names in ([], ["field-u"], ["series", "mean_u"]):
        to = tmp_path / "field-u.pdf"  # its name means nothing
        assert command("plot", heat, *(part for name in names for part in ("--figure", name)), "--to", to).code == 0
        pages.append(len(re.findall(rb"/Type /Page\b", to.read_bytes())))
    assert pages == [3, 1, 2]


def test_an_observable_is_shown_alone(command, heat, grid, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, file, **options: drawn.append(figure) or file.write(b"x"))
    command("plot", heat, "--figure", "max_u", "--to", tmp_path / "a.svg")
    command("plot", grid, "--figure", "magnetization", "--to", tmp_path / "a.svg")
    assert [[ax.get_title("left") for ax in figure.axes] for figure in drawn] == [["max u"], ["magnetization"]]


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(command, heat, tmp_path):
    for suffix in (".png", ".svg", ".pdf"):
        to = tmp_path / f"field-u{suffix}"
        first, second = (
            command("plot", heat, "--figure", "field-u", "--to", to).code or to.read_bytes() for _ in range(2)
        )
        assert first == second, suffix


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("a.jpg", [], "no file of this kind can be written; allowed: .png, .svg, .pdf, .gif, .mp4, .vtkhdf"),
        ("series.png", [], "holds one figure; name it, --figure series, one of series, field-u, snapshots-u"),
        ("a.png", ["--figure", "field-v"], "no figure is called 'field-v'; did you mean 'field-u'?"),
        ("a.gif", ["--figure", "v"], "an animation shows a field, and none is called 'v'; "),
        ("nowhere/a.png", [], "there is no directory"),
        ("a.vtkhdf", ["--cmap", "magma"], "holds all fields as numbers"),
        (
            "a.png",
            ["--figure", "field-u", "--cmap", "magna"],
            "cmap: matplotlib has no colour map 'magna'; did you",
        ),
        ("a.png", ["--figure", "field-u", "--limits", "1,0"], "limits: must be two numbers that ascend, not 1 and 0"),
        ("a.png", ["--figure", "field-u", "--limits", "1"], "'1' is not two numbers as in 0,1"),
        ("a.png", ["--figure", "series", "--cmap", "magma"], "the figure series has no colour scale"),
        ("a.png", ["--figure", "field-u", "--fps", "3"], "goes with an animation"),
    ],
)
def test_what_cannot_be_written_is_one_line_and_exit_code_2(command, heat, tmp_path, to, options, message):
    told = command("plot", heat, *options, "--to", tmp_path / to)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert message in told.err


@pytest.mark.parametrize("name", ["plot", "report"])
def test_a_directory_without_results_is_one_line_and_exit_code_2(command, tmp_path, name):
    told = command(name, tmp_path)
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert "no run in this directory" in told.err
    assert command(name, tmp_path / "nowhere").code == 2


@pytest.mark.parametrize("suffix", [".gif", ".vtkhdf"])
def test_a_sweep_has_no_fields_of_its_own_to_show(command, grid, tmp_path, suffix):
    told = command("plot", grid, "--to", tmp_path / f"a{suffix}")
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_written_and_named(command, heat):
    told = command("report", heat)
    assert (told.code, Path(told.out.strip()).name) == (0, "report.html")
    assert (heat / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded after `code` in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_a_process_that_runs_an_experiment_never_imports_matplotlib():
    assert "matplotlib" not in loaded_by("import simcore.cli.commands, simcore.analysis, simcore.runs")


def test_figures_are_drawn_without_pyplot(heat):
    code = f"from simcore import plots\nplots.snapshots({str(heat)!r}).savefig({str(heat / 'x.png')!r})"
    modules = loaded_by(code)
    assert "matplotlib" in modules
    assert "matplotlib.pyplot" not in modules
