"""Lay out the pages of the documentation site: those of `docs/`, README, notebooks, and references made from the code.

    python docs/site/assemble.py FOLDER

Links that are right in the repository are led to where things are on the site.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from reference import commands, experiment, models, python

ROOT = Path(__file__).parents[2]
RENAMED = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
GENERATED = {
    "reference/commands.md": commands.page,
    "reference/experiment.md": experiment.page,
    "reference/models.md": models.page,
    "reference/python.md": python.page,
}
CONTENTS: Mapping[str, tuple[str, ...]] = {
    "Tutorials": (
        "notebooks/1-first-steps",
        "notebooks/2-ising-transition",
        "notebooks/3-pattern-formation",
        "notebooks/4-your-own-model",
        "notebooks/5-crossing-barriers",
    ),
    "How-to": (
        "sweeps",
        "clusters",
        "parameters",
        "schedules",
        "replicas",
        "tempering",
        "percolation",
        "arrays",
        "results",
        "reliability",
        "plots",
        "callbacks",
        "prepare",
        "log",
        "extending",
    ),
    "Methods": ("equations", "kernels", "spins", "models", "phases", "statistics", "reweighting"),
    "Reference": tuple(name.removesuffix(".md") for name in GENERATED),
    "Project": ("scope", "architecture", "performance", "contributing", "changelog"),
}
LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".cfg": "ini", ".md": "markdown"}
LINK = re.compile(r"(?<=\]\()([^)#\s]+)(?=[)#])")


def assemble(folder: Path) -> None:
    """Write all pages, and the files that they link to, into a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    sources = [Path(name) for name in RENAMED] + [path.relative_to(ROOT) for path in (ROOT / "docs").glob("*.md")]
    for source in sources:
        page = page_of(source.as_posix())
        text = LINK.sub(lambda link, here=source: _on_site(link[1], here, folder), (ROOT / source).read_text())
        _write(folder / page, text + (_contents() if page == "index.md" else ""))
    for name, write in GENERATED.items():
        _write(folder / name, write())
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        text = notebook.read_text().replace("](../docs/", "](../").replace("](../configs/", "](../files/configs/")
        _write(folder / "notebooks" / notebook.name, text)


def page_of(source: str) -> str:
    """Where a file of the repository is on the site; files that are no pages stand under `files/`."""
    if source in RENAMED:
        return RENAMED[source]
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    return source if source.startswith("notebooks") else f"files/{source}"


def _on_site(target: str, source: Path, folder: Path) -> str:
    if "://" in target:
        return target
    path = posixpath.normpath(posixpath.join(source.parent.as_posix(), target))
    there = page_of(path)
    if path == "notebooks":
        there = CONTENTS["Tutorials"][0] + ".ipynb"
    elif (ROOT / path).is_dir():
        there = f"{there}/index.md"
        _write(folder / there, _listing(ROOT / path))
    elif (ROOT / path).is_file() and not path.endswith((".md", ".ipynb", ".png")):
        _write(folder / there, (ROOT / path).read_text())
    return posixpath.relpath(there, posixpath.dirname(page_of(source.as_posix())) or ".")


def _listing(folder: Path) -> str:
    """A page with all files of a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in LANGUAGES]
    parts = [f"---\norphan: true\n---\n\n# {folder.relative_to(ROOT)}"]
    parts += [f"## {path.relative_to(folder)}\n\n```{LANGUAGES[path.suffix]}\n{path.read_text()}```" for path in files]
    return "\n\n".join(parts) + "\n"


def _contents() -> str:
    """The table of contents, which the site shows beside each page."""
    blocks = [
        "\n".join([f"```{{toctree}}\n:hidden:\n:caption: {caption}\n", *pages, "```"])
        for caption, pages in CONTENTS.items()
    ]
    return "\n\n" + "\n\n".join(blocks) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    assemble(Path(sys.argv[1]))
