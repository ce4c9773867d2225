"""Figures inside the page: SVG that takes the colour of the text, so that it does on a light and on a dark ground."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib.figure import Figure

from simcore.analysis.plots.fitting import Fitting
from simcore.analysis.plots.style import PALETTE, rendered
from simcore.analysis.report.markup import text

_RASTER_DPI = 150
_LEAST_WIDTH = 34.0  # em on a phone, where a wide figure is scrolled; smaller, its text could not be read
_EM_IN_POINTS = 12.0


def figures(fitting: Iterable[Fitting]) -> str:
    """All figures with their captions."""
    return "\n".join(_figure(number, each) for number, each in enumerate(fitting, 1))


def _figure(number: int, fitting: Fitting) -> str:
    svg = inline_svg(fitting.draw(), f"figure-{number}", fitting.title)
    caption = f"<figcaption>{text(fitting.title)}</figcaption>"
    scrolled = f'<div class="scroll" role="region" aria-label="figure {number}" tabindex="0">\n{svg}\n</div>'
    return f"<figure>\n{scrolled}\n{caption}\n</figure>"


def inline_svg(figure: Figure, prefix: str, title: str) -> str:
    """The figure as an `svg` element without a ground. prefix: of its ids, which are then unique in a page."""
    width = figure.get_figwidth() * 72.0
    whole = rendered(figure, "svg", dpi=_RASTER_DPI, transparent=True).decode()
    _, _, inside = whole[whole.index("<svg") :].partition(">")
    inside = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<defs>\s*</defs>", "", inside, flags=re.DOTALL)
    inside = inside.replace("xlink:href", "href").replace("#000000", "currentColor")
    for number, colour in enumerate(PALETTE):
        inside = inside.replace(colour.lower(), f"var(--colour-{number})")
    inside = re.sub(r'\bid="', f'id="{prefix}-', inside)
    inside = re.sub(r'href="#', f'href="#{prefix}-', inside).replace("url(#", f"url(#{prefix}-")
    box = f"0 0 {width:g} {figure.get_figheight() * 72.0:g}"
    least = min(width / _EM_IN_POINTS, _LEAST_WIDTH)
    look = f"max-width: {width / 72.0 * 1.15:.3g}in; --least: {least:.3g}em"
    return f'<svg role="img" aria-label="{text(title)}" viewBox="{box}" style="{look}">{inside.strip()}'
