"""The typeface of our PDF documents: Lato, whose files and licence come with the application."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "Lato"
BOLD = "Lato-Bold"

_FOLDER = Path(__file__).resolve().parent / "fonts"
_FILES = {REGULAR: "Lato-Regular.ttf", BOLD: "Lato-Bold.ttf"}
_LOCK = Lock()


@cache
def drawable() -> frozenset[int]:
    """Make the typeface known to the PDF library and return the code points that it can draw."""
    with _LOCK:
        known = [_registered(name, file) for name, file in _FILES.items()]
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return frozenset.intersection(*known)


def width(text: str, font: str, size: float) -> float:
    """Return the width of the text in points."""
    drawable()
    return float(pdfmetrics.stringWidth(text, font, size))


def _registered(name: str, file: str) -> frozenset[int]:
    font = TTFont(name, str(_FOLDER / file))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)
