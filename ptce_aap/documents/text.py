"""The only place where a text becomes something that is laid out: never markup, never lost, never quadratic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph
from reportlab.platypus.paraparser import ParaFrag, ParaParser

from ptce_aap.documents import characters, fonts
from ptce_aap.documents.style import HEADING

# The layout of one paragraph is quadratic in its length.
LONGEST = 2_000
# A page holds some sixty lines; past this number of line breaks they are shown as « / », as in quoted verse.
MOST_LINES = 2_000
# Characters, of the widest letters.
_OF_A_LINE, _OF_HALF_A_PAGE = 40, 1_200

_BLANK_RUNS = re.compile(r"\n[ \u00a0]*(?:\n[ \u00a0]*)+")


def paragraphs(text: str, style: ParagraphStyle) -> list[Paragraph]:
    """Return the whole text, its line breaks kept, as paragraphs short enough to be laid out quickly."""
    return [_paragraph(piece or "\u00a0", style) for piece in _pieces(drawn(text))]


def line(text: str, style: ParagraphStyle, *, limit: int = 400) -> Paragraph:
    """Return the text as one paragraph without line breaks, cut with a visible mark past the limit."""
    return _paragraph(shown(characters.one_line(text, limit)), style)


class Heading(Paragraph):
    """A heading that the PDF's outline also lists."""


def heading(value: str) -> Heading:
    """Return a heading of a part of the document."""
    return Heading("", HEADING, frags=line(value, HEADING).frags)


def clamped(text: str, style: ParagraphStyle, room: float, *, rows: int = 2) -> Paragraph:
    """Return one paragraph of at most so many lines in the room given, ended by an ellipsis where it was cut."""
    whole = shown(characters.one_line(text, 400))
    paragraph = _paragraph(whole, style)
    if fonts.width(whole, style.fontName, style.fontSize) < room or _rows(paragraph, room) <= rows:
        return paragraph
    short, long = 0, len(whole)
    while short < long:
        middle = (short + long + 1) // 2
        if _rows(_paragraph(whole[:middle].rstrip() + "…", style), room) <= rows:
            short = middle
        else:
            long = middle - 1
    return _paragraph(whole[:short].rstrip() + "…", style)


def drawn(text: str) -> str:
    """Return the text as it will be printed: what the typeface cannot draw is named by its code."""
    return shown(characters.printable(text))


def shown(text: str) -> str:
    """Name every character that the typeface lacks, as in [U+1F600], rather than print an empty box."""
    lacking = {c for c in set(text) if ord(c) not in fonts.drawable() and c != "\n"}
    if not lacking:
        return text
    run = re.compile("[" + "".join(re.escape(c) for c in sorted(lacking)) + "]+")
    return run.sub(lambda m: "[" + " ".join(f"U+{ord(c):04X}" for c in m.group()) + "]", text)


def may_fill_a_page(text: str) -> bool:
    """Tell whether a text beside its label may be higher than a page: its row must then be cut, or nothing is made."""
    whole = drawn(text)
    return len(whole) + _OF_A_LINE * whole.count("\n") > _OF_HALF_A_PAGE


def fitted(text: str, font: str, size: float, room: float) -> str:
    """Return one line that is no wider than the room in points, ended by an ellipsis where it was cut."""
    flat = shown(characters.one_line(text, 300))
    if fonts.width(flat, font, size) <= room:
        return flat
    short, long = 0, len(flat)
    while short < long:
        middle = (short + long + 1) // 2
        if fonts.width(flat[:middle].rstrip() + "…", font, size) <= room:
            short = middle
        else:
            long = middle - 1
    return flat[:short].rstrip() + "…"


def _rows(paragraph: Paragraph, room: float) -> int:
    return len(paragraph.breakLines(room).lines)


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a paragraph whose text was never read as markup: the parser only sees a letter of ours."""
    return Paragraph("", style, frags=[_letter(style).clone(text=text)])


@lru_cache(maxsize=64)
def _letter(style: ParagraphStyle) -> ParaFrag:
    fonts.drawable()
    letter: ParaFrag = ParaParser().parse("x", style)[1][0]  # type: ignore[no-untyped-call]
    return letter


def _pieces(text: str) -> Iterator[str]:
    """Yield the lines, blank runs as one; a line that is too long in pieces, cut at a space where there is one."""
    rows = _BLANK_RUNS.sub("\n\n", text.strip("\n")).split("\n", MOST_LINES)
    rows[MOST_LINES:] = [" / ".join(rest.split("\n")) for rest in rows[MOST_LINES:]]
    for row in rows:
        start = 0
        while len(row) - start > LONGEST:
            space = row.rfind(" ", start + LONGEST // 2, start + LONGEST)
            end = space + 1 if space > 0 else start + LONGEST
            yield row[start:end]
            start = end
        yield row[start:]
