"""A dossier on a juror's desk: its answers and, beside each axis, what was computed and which marks ask why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.requirements import Check, State
from ptce_aap.domain.scoring import Axis, Explanation, Grid
from ptce_aap.domain.sheets import explanations, guides, marks_of, marks_to_explain
from ptce_aap.models import Call
from ptce_aap.services.dossiers.reading import Document, read
from ptce_aap.services.instruction.evidence import AxisReading
from ptce_aap.services.jury.marking import SheetPage, sheet_page


@dataclass(frozen=True, slots=True)
class AxisDesk:
    """An axis of the grid with its evidence."""

    axis: Axis
    reading: AxisReading
    asked: tuple[int, ...]  # marks, in half points, that ask for a sentence
    given: int  # criteria marked

    @property
    def unmet(self) -> tuple[Check, ...]:
        """Return the demands that the dossier does not respect."""
        return tuple(check for check in self.reading.checks if check.state is State.NOT_RESPECTED)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the page where a juror marks."""

    page: SheetPage
    document: Document
    axes: tuple[AxisDesk, ...]
    explanations: Mapping[str, tuple[Explanation, ...]]  # of the marks saved, those that ask for a sentence

    @property
    def given(self) -> int:
        """Return how many criteria are marked."""
        return sum(axis.given for axis in self.axes)


def desk(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Desk:
    """Return a dossier given to this juror, ready to be read and marked. Errors: ``not_found``."""
    page = sheet_page(session, actor, call, reference, now=now)
    document = read(session, page.dossier, call, page.definition)
    grid, entries = page.definition.grid, page.sheet.entries
    return Desk(
        page=page,
        document=document,
        axes=_axes(grid, document, marks_of(entries)),
        explanations=explanations(grid, document.evaluation, entries),
    )


def _axes(grid: Grid, document: Document, marks: Mapping[str, int]) -> tuple[AxisDesk, ...]:
    guide = guides(document.evaluation)
    found = []
    for axis in grid.axes:
        level, ceiling = guide.get(axis.key, (None, None))
        found.append(
            AxisDesk(
                axis=axis,
                reading=document.axis(axis.key),
                asked=marks_to_explain(grid, level, ceiling),
                given=sum(criterion.key in marks for criterion in axis.criteria),
            )
        )
    return tuple(found)
