"""The page of our PDF documents: masthead, title, running head, numbered pages, footer, metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from ptce_aap.documents import characters, fonts, style, text

MARGIN = 16 * mm
_HEAD = 14 * mm
_FOOT = 15 * mm
_MASTHEAD = 25 * mm
FICTIONAL = "DÉMONSTRATION : données fictives, document sans valeur"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every page of one document carries, and what its metadata say."""

    service: str
    call: str
    title: str
    footer: str
    subject: str = ""
    wide: bool = False
    fictional: bool = False
    watermark: str = ""

    @property
    def size(self) -> tuple[float, float]:
        """Return the width and height of the page in points."""
        return landscape(A4) if self.wide else A4

    @property
    def room(self) -> float:
        """Return the width left between the margins, in points."""
        return float(self.size[0] - 2 * MARGIN)


def rendered(sheet: Sheet, story: Sequence[Flowable]) -> bytes:
    """Lay the story out and return the PDF: the same story gives the same bytes."""
    fonts.drawable()
    buffer = BytesIO()
    height = sheet.size[1]
    document = _Document(
        buffer,
        pagesize=sheet.size,
        invariant=1,
        lang="fr",
        title=characters.printable(f"{sheet.title} — {sheet.call}"),
        author=characters.printable(sheet.service),
        subject=characters.printable(sheet.subject),
        creator="ptce-aap",
    )

    def frame(top: float) -> Frame:
        return Frame(
            MARGIN,
            _FOOT,
            sheet.room,
            height - _FOOT - top,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )

    document.addPageTemplates(
        [
            PageTemplate("first", [frame(_MASTHEAD)], onPage=lambda canvas, _: _masthead(canvas, sheet)),
            PageTemplate("next", [frame(_HEAD)], onPage=lambda canvas, _: _running_head(canvas, sheet)),
        ]
    )
    document.build([NextPageTemplate("next"), *story], canvasmaker=_numbered(sheet))
    return buffer.getvalue()


class _Document(BaseDocTemplate):
    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the library's hook
        if isinstance(flowable, text.Heading):
            self.parts = getattr(self, "parts", 0) + 1
            key = f"part-{self.parts}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry("".join(f.text for f in flowable.frags), key, 0)


def _masthead(canvas: Canvas, sheet: Sheet) -> None:
    """Draw the service's name and the call at the top of the first page."""
    width, height = sheet.size
    canvas.setFillColor(style.ACCENT)
    canvas.rect(0, height - 5, width, 5, stroke=0, fill=1)
    base = height - 13 * mm
    canvas.setFillColor(style.INK)
    canvas.setFont(fonts.BOLD, 10.5)
    canvas.drawString(MARGIN, base, text.fitted(sheet.service, fonts.BOLD, 10.5, sheet.room))
    canvas.setFillColor(style.QUIET)
    canvas.setFont(fonts.REGULAR, 9.5)
    canvas.drawString(MARGIN, base - 13, text.fitted(sheet.call, fonts.REGULAR, 9.5, sheet.room))
    _rule(canvas, sheet, base - 21)
    _watermark(canvas, sheet)
    _ribbon(canvas, sheet)


def _running_head(canvas: Canvas, sheet: Sheet) -> None:
    """Draw the short head of the following pages."""
    base = sheet.size[1] - 9 * mm
    canvas.setFillColor(style.QUIET)
    canvas.setFont(fonts.REGULAR, 8)
    canvas.drawString(MARGIN, base, text.fitted(sheet.call, fonts.REGULAR, 8, sheet.room * 0.68))
    canvas.drawRightString(sheet.size[0] - MARGIN, base, text.fitted(sheet.title, fonts.REGULAR, 8, sheet.room * 0.3))
    _rule(canvas, sheet, base - 5)
    _watermark(canvas, sheet)
    _ribbon(canvas, sheet)


def _watermark(canvas: Canvas, sheet: Sheet) -> None:
    """Write across the page, under the text, what the document is not."""
    if not sheet.watermark:
        return
    width, height = sheet.size
    canvas.saveState()
    canvas.setFillColor(style.WATERMARK)
    canvas.setFont(fonts.BOLD, 40)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.drawCentredString(0, 0, sheet.watermark)
    canvas.restoreState()


def _ribbon(canvas: Canvas, sheet: Sheet) -> None:
    """Say at the very top of a page of a demonstration that nothing in it is real."""
    if not sheet.fictional:
        return
    width, height = sheet.size
    canvas.setFillColor(style.WARNING_PALE)
    canvas.rect(0, height - 15, width, 15, stroke=0, fill=1)
    canvas.setFillColor(style.WARNING)
    canvas.setFont(fonts.BOLD, 8)
    canvas.drawCentredString(width / 2, height - 10.5, FICTIONAL.replace(" :", "\u00a0:"))


def _rule(canvas: Canvas, sheet: Sheet, y: float) -> None:
    canvas.setStrokeColor(style.RULE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, y, sheet.size[0] - MARGIN, y)


def _numbered(sheet: Sheet) -> type[Canvas]:
    """Return a canvas that writes the footer once the number of pages is known."""

    class NumberedCanvas(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []
            self.setViewerPreference("DisplayDocTitle", "true")

        def showPage(self) -> None:  # noqa: N802 - the library's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                _footer(self, sheet, f"{number} / {len(self._pages)}")
                super().showPage()
            super().save()

    return NumberedCanvas


def _footer(canvas: Canvas, sheet: Sheet, number: str) -> None:
    """Write what identifies the document, and the page among all."""
    _rule(canvas, sheet, _FOOT - 8)
    canvas.setFillColor(style.QUIET)
    canvas.setFont(fonts.REGULAR, 7.5)
    canvas.drawString(MARGIN, _FOOT - 18, text.fitted(sheet.footer, fonts.REGULAR, 7.5, sheet.room - 60))
    canvas.drawRightString(sheet.size[0] - MARGIN, _FOOT - 18, number)
