"""What the corrected ranking of a call is computed from: the first marks, the line that was announced, the settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import scoring
from ptce_aap.domain.corrected.storing import as_json
from ptce_aap.domain.corrected.values import Reading, Settings
from ptce_aap.domain.dossier import State
from ptce_aap.domain.line import covered
from ptce_aap.domain.ranking import Ranked, announced
from ptce_aap.domain.scoring import HALF, Axis, Grid, Marks
from ptce_aap.models import AmountProposal, Call, Conflict, Dossier, Mark, Person, RankingEntry, Sheet, TieVote
from ptce_aap.models.base import canonical_json
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import deliberation, standings


@dataclass(frozen=True, slots=True)
class FirstMarks:
    """One reader's marks on one dossier as he gave them, before any discussion; both named by reference."""

    dossier: str
    reader: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a corrected ranking depends on; equal digests mean equal results."""

    call_id: int
    read_at: datetime
    grid: Grid
    sheets: tuple[FirstMarks, ...]  # by dossier, then reader
    settings: Settings
    digest: str
    provisional: Mapping[str, tuple[int | None, str]]  # dossier → announced rank and total, before there is a ranking

    def readings(self) -> tuple[Reading, ...]:
        """Return the total of each sheet, on the scale of the call: exact until the last step."""
        return tuple(
            Reading(sheet.dossier, sheet.reader, float(scoring.sheet_total(self.grid, sheet.marks)))
            for sheet in self.sheets
        )

    def readings_by_axis(self) -> dict[str, tuple[Reading, ...]]:
        """Return what each sheet gives on each axis alone, brought to the scale of the totals."""
        return {axis.key: tuple(self._on_axis(axis, sheet) for sheet in self.sheets) for axis in self.grid.axes}

    def _on_axis(self, axis: Axis, sheet: FirstMarks) -> Reading:
        mean = scoring.axis_means(self.grid, sheet.marks)[axis.key]
        score = mean * self.grid.total_on / Fraction(self.grid.maximum, HALF)
        return Reading(sheet.dossier, sheet.reader, float(score))


def inputs_of(session: Session, call: Call, *, now: datetime) -> Inputs:
    """Return what the corrected ranking of a call is computed from now: as many statements at any size."""
    definition = calls.definition_of(session, call)
    sheets = first_marks(session, call)
    ranking = standings.latest(session, call.id)
    provisional: dict[str, tuple[int | None, str]] = {}
    if ranking is not None:
        top = _announced_top(session, call, ranking.id)
    else:
        lines = _ranked_now(definition.grid, sheets, call)
        provisional = {line.reference: (line.rank, line.shown) for line in lines}
        top = _top_now(session, call, lines)
    read = len({sheet.dossier for sheet in sheets})
    settings = Settings(
        low=0.0,
        high=float(definition.grid.total_on),
        # A line above every dossier, or under none, is no line.
        top=top if 0 < top <= read else None,
        seed=call.draw_seed,
    )
    grid_digest = deliberation.grid_digest(call, definition)
    return Inputs(
        call_id=call.id,
        read_at=now,
        grid=definition.grid,
        sheets=sheets,
        settings=settings,
        digest=_digest(sheets, settings, provisional, grid_digest),
        provisional=provisional,
    )


def first_marks(session: Session, call: Call) -> tuple[FirstMarks, ...]:
    """Return the complete final sheets that count, as they were made final: one statement.

    What was said in the discussion is kept apart from the marks and plays no part here.
    """
    grid = calls.definition_of(session, call).grid
    in_conflict = exists().where(Conflict.dossier_id == Sheet.dossier_id, Conflict.person_id == Sheet.person_id)
    rows = session.execute(
        select(Dossier.reference, Person.reference, Mark.criterion, Mark.half_points)
        .join(Sheet, Sheet.dossier_id == Dossier.id)
        .join(Person, Person.id == Sheet.person_id)
        .join(Mark, Mark.sheet_id == Sheet.id)
        .where(
            Dossier.call_id == call.id,
            Dossier.state == State.ELIGIBLE.value,
            Sheet.state == "final",
            Mark.half_points.is_not(None),
            ~in_conflict,
        )
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for dossier, reader, criterion, half_points in rows:
        found.setdefault((dossier, reader), {})[criterion] = int(half_points or 0)
    return tuple(
        FirstMarks(dossier, reader, marks)
        for (dossier, reader), marks in sorted(found.items())
        if scoring.is_complete(grid, marks)
    )


def _announced_top(session: Session, call: Call, ranking_id: int) -> int:
    """Return how many dossiers the envelope covers in the announced order, ties in the order of the vote."""
    voted = (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id)
    amounts = session.scalars(
        select(standings.AMOUNT)
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(TieVote, voted)
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
        .order_by(RankingEntry.rank, func.coalesce(TieVote.place, RankingEntry.position))
    )
    return covered([int(amount) for amount in amounts], call.envelope_cents)


def _ranked_now(grid: Grid, sheets: Sequence[FirstMarks], call: Call) -> tuple[Ranked, ...]:
    readings: dict[str, list[Marks]] = {}
    for sheet in sheets:
        readings.setdefault(sheet.dossier, []).append(sheet.marks)
    return announced(grid, readings, seed=call.draw_seed)


def _top_now(session: Session, call: Call, lines: Sequence[Ranked]) -> int:
    ranked = [line.reference for line in lines if line.rank is not None]
    asked = select(Dossier.reference, Dossier.amount_cents).where(Dossier.call_id == call.id)
    amounts = {row.reference: int(row.amount_cents or 0) for row in session.execute(asked)}
    return covered([amounts[reference] for reference in ranked], call.envelope_cents)


def _digest(
    sheets: Sequence[FirstMarks],
    settings: Settings,
    provisional: Mapping[str, tuple[int | None, str]],
    grid_digest: str,
) -> str:
    content = {
        "grid": grid_digest,
        "provisional": provisional,
        "settings": as_json(settings),
        "sheets": [[sheet.dossier, sheet.reader, sheet.marks] for sheet in sheets],
    }
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
