"""Forms made from a grid: one mark and one comment a criterion, whatever the call marks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from wtforms import Field, IntegerField, TextAreaField
from wtforms.validators import ValidationError

from ptce_aap.domain.scoring import HALF, Grid
from ptce_aap.domain.sheets import BLANK, COMMENT_MAXIMUM, Entries, Entry
from ptce_aap.web.forms import PageForm

MARK, COMMENT = "mark-", "comment-"


class MarkField(Field):
    """A mark in half points, or none yet."""

    def __init__(self, label: str, *, allowed: Sequence[int], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.allowed = {str(mark): mark for mark in allowed}

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was chosen; an empty choice is no mark."""
        typed = valuelist[0] if valuelist else ""
        if typed and typed not in self.allowed:
            raise ValueError("Choisissez une note de l’échelle.")
        self.data = self.allowed.get(typed)


class SheetForm(PageForm):
    """What every sheet carries: the version that the juror has before him."""

    version = IntegerField(default=0)

    def entries(self) -> dict[str, Entry]:
        """Return what was typed, criterion by criterion; only what the request carries."""
        found = {}
        for name, field in self._fields.items():
            if name.startswith(MARK) and (field.raw_data is not None):
                key = name.removeprefix(MARK)
                found[key] = Entry(field.data, self[COMMENT + key].data or "")
        return found


@lru_cache(maxsize=32)
def sheet_form(grid: Grid) -> type[SheetForm]:
    """Return the form of a whole sheet."""
    fields: dict[str, Any] = {}
    for criterion in grid.criteria:
        fields[MARK + criterion.key] = MarkField(criterion.label, allowed=grid.allowed_marks())
        fields[COMMENT + criterion.key] = TextAreaField(f"Commentaire – {criterion.label}", [_short_enough])
    return type("GridForm", (SheetForm,), fields)


def filled(grid: Grid, entries: Entries, version: int) -> SheetForm:
    """Return the form that shows a saved sheet."""
    data: dict[str, Any] = {"version": version}
    for criterion in grid.criteria:
        entry = entries.get(criterion.key, BLANK)
        data |= {MARK + criterion.key: entry.half_points, COMMENT + criterion.key: entry.comment}
    return sheet_form(grid)(formdata=None, data=data)


def points(half_points: int | None) -> str:
    """Write a mark: 3,5."""
    if half_points is None:
        return "–"
    return f"{half_points // HALF}{',5' if half_points % HALF else ''}"


def asked_in_words(grid: Grid, asked: Sequence[int]) -> str:
    """Say which marks ask for a sentence: « 1 ou moins », « 1 ou moins, ou 4,5 ou plus »."""
    low = [mark for mark in asked if _run_from_the_bottom(grid, asked, mark)]
    high = [mark for mark in asked if mark not in low]
    words = []
    if low:
        words.append(points(low[-1]) + (" ou moins" if low[-1] else ""))
    if high:
        words.append(points(high[0]) + (" ou plus" if high[0] < grid.maximum else ""))
    return ", ou de ".join(words)


def _run_from_the_bottom(grid: Grid, asked: Sequence[int], mark: int) -> bool:
    return all(lower in asked for lower in range(0, mark + 1, grid.step))


def _short_enough(_form: PageForm, field: Field) -> None:
    over = len((field.data or "").replace("\r\n", "\n").strip()) - COMMENT_MAXIMUM
    if over > 0:
        plural = "s" if over > 1 else ""
        raise ValidationError(f"Ce commentaire compte {over} signe{plural} de trop\u00a0: raccourcissez-le.")
