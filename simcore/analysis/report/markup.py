"""Pieces of HTML: every text goes through `text`, so that nothing a user wrote becomes markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def text(value: object) -> str:
    """A value as the text of an element or an attribute."""
    return escape(str(value), quote=True)


def section(title: str, body: str) -> str:
    """A part of the page with its heading; nothing if there is nothing to say."""
    return f"<section>\n<h2>{text(title)}</h2>\n{body}\n</section>" if body else ""


def paragraph(words: str) -> str:
    return f'<p class="note">{text(words)}</p>'


def bullets(items: Iterable[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{text(item)}</li>" for item in items) + "\n</ul>"


def definitions(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and what they are; nothing if there are none."""
    rows = "\n".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs)
    return f"<dl>\n{rows}\n</dl>" if rows else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]], kinds: Sequence[str]) -> str:
    """A table that scrolls by itself where it is too wide. kinds: `head`, `estimate`, `number` or none."""
    head = "".join(_cell("th", name, kind, ' scope="col"') for name, kind in zip(header, kinds, strict=True))
    body = "\n".join(f"<tr>{_row(row, kinds)}</tr>" for row in rows)
    inside = f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>"
    return f'<div class="scroll" role="region" aria-label="table" tabindex="0">\n<table>\n{inside}\n</table>\n</div>'


def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
    return "".join(
        _cell("th", cell, "", ' scope="row"') if kind == "head" else _cell("td", cell, kind, "")
        for cell, kind in zip(row, kinds, strict=True)
    )


def _cell(tag: str, value: str, kind: str, scope: str) -> str:
    named = f' class="{kind}"' if kind in ("number", "estimate") else ""
    return f"<{tag}{named}{scope}>{text(value)}</{tag}>"
