"""The settings of Sphinx for the pages that `assemble.py` lays out."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

import simcore

project = "simcore"
author = copyright = "the simcore authors"
version = release = simcore.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
html_theme = "furo"
html_title = f"simcore {release}"
html_copy_source = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # the tests run the notebooks; the site shows what they keep
suppress_warnings = ["mystnb.unknown_mime_type"]

add_module_names = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
napoleon_use_rtype = False
default_role = "code"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

_SPECIAL = re.compile(r"(`[^`]*`)|([|*])")


def escape(_app: Sphinx, _what: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    """Docstrings hold formulas, |z| and 2**64, and not the marks of reStructuredText."""
    lines[:] = [
        line if line.lstrip().startswith((">>>", "...")) else _SPECIAL.sub(lambda m: m[1] or f"\\{m[2]}", line)
        for line in lines
    ]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", escape, priority=100)  # before napoleon
