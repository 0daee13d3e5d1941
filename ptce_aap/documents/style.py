"""How our PDF documents look: colours, sizes, paragraph styles; black on white reads the same once printed."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle

from ptce_aap.documents.fonts import BOLD, REGULAR

INK = HexColor("#1f2933")
QUIET = HexColor("#52606d")
RULE = HexColor("#cbd2d9")
ACCENT = HexColor("#0b5563")
PALE = HexColor("#e8f1f2")
WASH = HexColor("#f5f7fa")
WATERMARK = HexColor("#eceff2")
WARNING = HexColor("#8a4b00")
WARNING_PALE = HexColor("#fdf3e1")


def _style(
    name: str, size: float, leading: float, *, font: str = REGULAR, color: Color = INK, **more: Any
) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=leading, textColor=color, allowWidows=0, allowOrphans=0, **more
    )


BODY = _style("body", 9.5, 13.5)
STRONG = _style("strong", 9.5, 13.5, font=BOLD)
LABEL = _style("label", 9.5, 13.5, color=QUIET)
TITLE = _style("title", 21, 26, font=BOLD, color=ACCENT, spaceAfter=2)
SUBTITLE = _style("subtitle", 11, 15.5, color=QUIET, spaceAfter=10)
HEADING = _style("heading", 12, 16, font=BOLD, color=ACCENT, spaceBefore=12, spaceAfter=4, keepWithNext=1)
# Before a table that fills pages: « keep with next » would push the whole table to the next page.
TABLE_HEADING = _style("table-heading", 12, 16, font=BOLD, color=ACCENT, spaceAfter=4)
SMALL_HEADING = _style("small-heading", 9.5, 13, font=BOLD, spaceBefore=5, keepWithNext=1)
TABLE_SMALL_HEADING = _style("table-small-heading", 9.5, 13, font=BOLD, spaceBefore=5)
FINE = _style("fine", 8.5, 11.5, color=QUIET)
WARNING_STRONG = _style("warning-strong", 9.5, 13.5, font=BOLD, color=WARNING)
HERO = _style("hero", 24, 30, font=BOLD, alignment=TA_CENTER)
HERO_LABEL = _style("hero-label", 9, 12, color=QUIET, alignment=TA_CENTER)
HERO_LINE = _style("hero-line", 11, 16, alignment=TA_CENTER)

CELL = _style("cell", 7.8, 8.8)
CELL_STRONG = _style("cell-strong", 7.8, 8.8, font=BOLD)
CELL_NUMBER = _style("cell-number", 7.8, 8.8, alignment=TA_RIGHT)
CELL_NUMBER_STRONG = _style("cell-number-strong", 7.8, 8.8, font=BOLD, alignment=TA_RIGHT)
CELL_TIE = _style("cell-tie", 6.2, 7, color=QUIET, alignment=TA_RIGHT)
CELL_HEAD = _style("cell-head", 7.4, 9, font=BOLD, color=ACCENT)
CELL_HEAD_NUMBER = _style("cell-head-number", 7.4, 9, font=BOLD, color=ACCENT, alignment=TA_RIGHT)
CELL_PART = _style("cell-part", 8.6, 11, font=BOLD, color=HexColor("#ffffff"))
CELL_LINE = _style("cell-line", 8, 10, font=BOLD, color=ACCENT, alignment=TA_CENTER)
