"""All the final marks of a call as rows, read from the database a few hundred at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.documents.marks import Cell, Column, Kind
from ptce_aap.domain import scoring
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.models import Call, Conflict, Dossier, Mark, Person, RoleGrant, Sheet
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.reading import region_name, stage_name
from ptce_aap.services.jury import given_marks
from ptce_aap.services.jury.given_marks import Revision

CHUNK = 500
Progress = Callable[[int, int], None]


def columns(definition: CallDefinition) -> tuple[Column, ...]:
    """Return the columns: the dossier, the reader, a mark and a comment a criterion, the total.

    Those are of the first marks; what the discussion made of them comes last, empty where it changed nothing.
    """
    criteria = [
        column
        for number, criterion in enumerate(definition.grid.criteria, start=1)
        for column in (
            Column(f"mark_{number}", criterion.label, Kind.MARK, 9),
            Column(f"comment_{number}", f"{criterion.label} – commentaire", Kind.TEXT, 40),
        )
    ]
    return (
        Column("number", "Numéro", Kind.TEXT, 18),
        Column("title", "Dossier", Kind.TEXT, 42),
        Column("carrier", "Porteur", Kind.TEXT, 34),
        Column("territory", "Territoire", Kind.TEXT, 24),
        Column("stage", "Stade", Kind.TEXT, 18),
        Column("requested", "Montant demandé", Kind.MONEY),
        Column("reader", "Lecture par", Kind.TEXT, 26),
        Column("seat", "Siège", Kind.TEXT, 34),
        Column("final_at", "Fiche rendue le", Kind.INSTANT),
        Column("total", f"Total sur {definition.grid.total_on}", Kind.FIGURE, 12),
        *criteria,
        Column("total_after", f"Total sur {definition.grid.total_on} après la discussion", Kind.FIGURE, 12),
        *(
            Column(f"mark_after_{number}", f"{criterion.label} – après la discussion", Kind.MARK, 9)
            for number, criterion in enumerate(definition.grid.criteria, start=1)
        ),
        Column("discussion", "Motifs des notes révisées en séance", Kind.TEXT, 60),
    )


def rows(session: Session, call: Call, progress: Progress) -> Iterator[list[Cell]]:
    """Give one row a final sheet, in the order of the dossiers' numbers; sheets of readers in conflict are left out."""
    definition = calls.definition_of(session, call)
    total = session.scalar(select(func.count()).select_from(_sheets(call).subquery())) or 0
    progress(0, total)
    seats = _seats(session, call, definition)
    done, after = 0, ("", 0)
    while True:
        page = (
            _sheets(call)
            .where((Dossier.number > after[0]) | ((Dossier.number == after[0]) & (Sheet.id > after[1])))
            .limit(CHUNK)
        )
        sheets = session.execute(page).all()
        if not sheets:
            return
        marks = _marks(session, [sheet.id for sheet in sheets])
        made = given_marks.revisions(session, [sheet.id for sheet in sheets])
        for sheet in sheets:
            first = marks.get(sheet.id, {})
            yield [
                *_row(sheet, first, seats.get(sheet.person_id, ""), definition),
                *_after(first, made.get(sheet.id, ()), definition),
            ]
        done, after = done + len(sheets), (sheets[-1].number, sheets[-1].id)
        progress(done, total)


def _sheets(call: Call) -> Any:
    in_conflict = exists().where(Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id)
    return (
        select(
            Sheet.id,
            Sheet.person_id,
            Sheet.final_at,
            Person.name.label("reader"),
            Dossier.number,
            Dossier.title,
            Dossier.carrier,
            Dossier.region,
            Dossier.stage,
            Dossier.amount_cents,
        )
        .join(Dossier, Dossier.id == Sheet.dossier_id)
        .join(Person, Person.id == Sheet.person_id)
        .where(Dossier.call_id == call.id, Dossier.state == State.ELIGIBLE.value, Sheet.state == "final", ~in_conflict)
        .order_by(Dossier.number, Sheet.id)
    )


def _marks(session: Session, sheet_ids: list[int]) -> dict[int, dict[str, tuple[int | None, str]]]:
    found: dict[int, dict[str, tuple[int | None, str]]] = {}
    query = select(Mark.sheet_id, Mark.criterion, Mark.half_points, Mark.comment).where(Mark.sheet_id.in_(sheet_ids))
    for sheet_id, criterion, half_points, comment in session.execute(query):
        found.setdefault(sheet_id, {})[criterion] = (half_points, comment)
    return found


def _seats(session: Session, call: Call, definition: CallDefinition) -> dict[int, str]:
    labels = {seat.key: seat.label for seat in definition.sheet.seats}
    query = select(RoleGrant.person_id, RoleGrant.seat).where(
        RoleGrant.seat.is_not(None), RoleGrant.call_id.is_(None) | (RoleGrant.call_id == call.id)
    )
    held: dict[int, dict[str, None]] = {}
    for person_id, seat in session.execute(query.order_by(RoleGrant.id)):
        held.setdefault(person_id, {})[labels.get(seat or "", "")] = None
    return {person_id: ", ".join(seats) for person_id, seats in held.items()}


def _row(
    sheet: Row[Any], marks: dict[str, tuple[int | None, str]], seat: str, definition: CallDefinition
) -> list[Cell]:
    grid = definition.grid
    given = {key: mark for key, (mark, _) in marks.items() if mark is not None}
    cells: list[Cell] = [
        sheet.number,
        sheet.title,
        sheet.carrier,
        region_name(definition, sheet.region),
        stage_name(definition, sheet.stage),
        sheet.amount_cents,
        sheet.reader,
        seat,
        sheet.final_at,
        scoring.sheet_total(grid, given) if scoring.is_complete(grid, given) else None,
    ]
    for criterion in grid.criteria:
        mark, comment = marks.get(criterion.key, (None, ""))
        cells += [mark, comment or None]
    return cells


def _after(
    first: dict[str, tuple[int | None, str]], made: tuple[Revision, ...], definition: CallDefinition
) -> list[Cell]:
    """Return the total, the marks and the reasons after the discussion; empty where it changed nothing."""
    grid = definition.grid
    if not made:
        return [None] * (len(grid.criteria) + 2)
    after = given_marks.revised({}, made)
    marks = given_marks.revised({key: mark for key, (mark, _) in first.items() if mark is not None}, made)
    labels = {criterion.key: criterion.label for criterion in grid.criteria}
    reasons = [f"{labels[one.criterion]}\u00a0: {one.reason}" for one in made]
    return [
        scoring.sheet_total(grid, marks) if scoring.is_complete(grid, marks) else None,
        *(after.get(criterion.key) for criterion in grid.criteria),
        " ".join(dict.fromkeys(reasons)),
    ]
