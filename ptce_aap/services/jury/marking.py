"""A juror marks: his sheet beside the dossier, saved as often as he likes, then made final once and for all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain import sheets
from ptce_aap.domain.bundles.computed import marks_digest
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.scoring import Explanation, is_complete, missing_criteria, sheet_total, shown
from ptce_aap.domain.sheets import BLANK, Entries, Entry, SheetState
from ptce_aap.models import Assignment, Call, Dossier, Mark, Sheet
from ptce_aap.models.base import canonical_json
from ptce_aap.models.visibility import read_by_juror
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers, reading
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_refresh, deliberation


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """A sheet as it stands in the database; version 0 while nothing was saved."""

    version: int = 0
    state: SheetState = SheetState.DRAFT
    entries: Mapping[str, Entry] = ()  # type: ignore[assignment]
    saved_at: datetime | None = None
    final_at: datetime | None = None

    @property
    def final(self) -> bool:
        """Tell whether nothing changes this sheet any more."""
        return self.state is SheetState.FINAL


NOT_BEGUN = SavedSheet(entries={})


@dataclass(frozen=True, slots=True)
class SheetPage:
    """What a juror has before him: a dossier that he may read, and his own sheet."""

    dossier: Dossier
    definition: CallDefinition
    sheet: SavedSheet
    open: bool  # marks may be given now


@dataclass(frozen=True, slots=True)
class Review:
    """A sheet about to be made final: its total, or what is still wanting."""

    page: SheetPage
    total: str | None  # on ``grid.total_on``, as printed; None while a mark is missing
    missing: tuple[str, ...]
    unexplained: Mapping[str, tuple[Explanation, ...]]

    @property
    def ready(self) -> bool:
        """Tell whether the sheet can be made final."""
        return not self.missing and not self.unexplained


def sheet_page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> SheetPage:
    """Return a dossier given to this juror, with his sheet. Errors: ``not_found``."""
    accounts.require(actor, Permission.SCORE, call.id)
    dossier = session.scalar(read_by_juror(actor.person_id, call).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    return SheetPage(
        dossier=dossier,
        definition=calls.definition_of(session, call),
        sheet=_as_saved(_sheet_of(session, dossier.id, actor.person_id)),
        open=call.allows(Deed.MARK, now=now),
    )


def piece(session: Session, actor: Actor, call: Call, reference: str, piece: str) -> reading.Piece:
    """Return a piece of a dossier given to this juror. Errors: ``not_found``."""
    accounts.require(actor, Permission.SCORE, call.id)
    return reading.piece_of(session, read_by_juror(actor.person_id, call), reference, piece)


def review(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Review:
    """Return what making this sheet final would mean. Errors: ``not_found``."""
    page = sheet_page(session, actor, call, reference, now=now)
    grid, entries = page.definition.grid, page.sheet.entries
    marks = sheets.marks_of(entries)
    evaluation = evaluation_of(session, call, page.definition, page.dossier)
    asked = sheets.explanations(grid, evaluation, entries)
    return Review(
        page=page,
        total=shown(sheet_total(grid, marks)) if is_complete(grid, marks) else None,
        missing=missing_criteria(grid, marks),
        unexplained={key: why for key, why in asked.items() if not entries[key].comment},
    )


def save(
    session: Session, actor: Actor, call_id: int, reference: str, entries: Entries, *, version: int, now: datetime
) -> SavedSheet:
    """Save marks and comments on some or all criteria; a draft may be incomplete.

    ``version`` is the one the juror had before him (0: no sheet yet): an older one is refused, nothing is written.
    What is saved already needs no version: nothing changes.
    Errors: ``not_found``, ``marking_not_open``, ``sheet_is_final``, ``changed_meanwhile``, those of ``sheets.clean``.
    """
    call, dossier = _open_for(session, actor, call_id, reference, now=now)
    definition = calls.definition_of(session, call)
    given = sheets.clean(definition.grid, entries)
    sheet = _draft_of(session, dossier, actor)
    changed = _changed(_as_saved(sheet).entries, given)
    if not changed:
        return _as_saved(sheet)
    _require_version(sheet, version)
    if sheet is None:
        sheet = Sheet(
            call_id=call.id,
            dossier_id=dossier.id,
            person_id=actor.person_id,
            grid_digest=deliberation.grid_digest(call, definition),
            state=SheetState.DRAFT.value,
            saved_at=now,
            marks=[],
        )
        session.add(sheet)
    _write(sheet, changed, now=now)
    session.flush()
    journal.record(
        session,
        actor,
        "sheet.saved",
        on=("sheet", sheet.reference),
        at=now,
        call_id=call.id,
        # Neither marks nor comments: the journal is read while they are still hidden.
        facts={"dossier": dossier.reference, "criteria": sorted(changed), "version": sheet.version},
    )
    return _as_saved(sheet)


def make_final(session: Session, actor: Actor, call_id: int, reference: str, *, version: int, now: datetime) -> Sheet:
    """Freeze a complete sheet: it counts from now on and nobody edits it.

    Errors: ``not_found``, ``marking_not_open``, ``sheet_is_final``, ``changed_meanwhile``, ``sheet_incomplete``,
    ``explanations_missing``.
    """
    call, dossier = _open_for(session, actor, call_id, reference, now=now)
    definition = calls.definition_of(session, call)
    sheet = _draft_of(session, dossier, actor)
    _require_version(sheet, version)
    entries = _as_saved(sheet).entries
    missing = missing_criteria(definition.grid, sheets.marks_of(entries))
    if sheet is None or missing:
        raise RuleViolation("sheet_incomplete", missing=missing)
    evaluation = evaluation_of(session, call, definition, dossier)
    if unexplained := sheets.unexplained(definition.grid, evaluation, entries):
        raise RuleViolation("explanations_missing", criteria=unexplained)
    sheet.state = SheetState.FINAL.value
    sheet.final_at = now
    journal.record(
        session,
        actor,
        "sheet.final",
        on=("sheet", sheet.reference),
        at=now,
        call_id=call.id,
        facts=final_facts(sheet.reference, dossier.reference, entries, grid_digest=sheet.grid_digest),
    )
    corrected_refresh.ask(session, call.id, at=now)
    return sheet


def evaluation_of(session: Session, call: Call, definition: CallDefinition, dossier: Dossier) -> Evaluation:
    """Return what the rules say of a filed dossier."""
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    return evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)


def final_facts(sheet: str, dossier: str, entries: Entries, *, grid_digest: str) -> dict[str, str]:
    """Return what the journal keeps of a final sheet: digests, of its marks alone and of all that it says."""
    return {
        "dossier": dossier,
        "grid": grid_digest,
        "marks": marks_digest(sheet, sheets.marks_of(entries)),
        "sha256": digest_of(entries),
    }


def digest_of(entries: Entries) -> str:
    """Return the digest of a sheet's marks and comments: what the journal keeps of a final sheet."""
    content = {key: [entry.half_points, entry.comment] for key, entry in entries.items()}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _open_for(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> tuple[Call, Dossier]:
    """Return the call and the dossier that this juror may mark now.

    The call is held so that the marking cannot close meanwhile, the assignment so that two tabs save one by one.
    """
    accounts.require(actor, Permission.SCORE, call_id)
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    query = read_by_juror(actor.person_id, call).where(Dossier.reference == reference).with_for_update(of=Assignment)
    dossier = session.scalar(query)
    if dossier is None:
        raise NotFound()
    if not call.allows(Deed.MARK, now=now):
        raise RuleViolation("marking_not_open")
    return call, dossier


def _draft_of(session: Session, dossier: Dossier, actor: Actor) -> Sheet | None:
    sheet = _sheet_of(session, dossier.id, actor.person_id)
    if sheet is not None and sheet.state == SheetState.FINAL:
        raise RuleViolation("sheet_is_final")
    return sheet


def _require_version(sheet: Sheet | None, version: int) -> None:
    if (0 if sheet is None else sheet.version) != version:
        raise Conflict()


def _sheet_of(session: Session, dossier_id: int, person_id: int) -> Sheet | None:
    query = select(Sheet).where(Sheet.dossier_id == dossier_id, Sheet.person_id == person_id)
    return session.scalars(query.options(joinedload(Sheet.marks))).unique().one_or_none()


def _as_saved(sheet: Sheet | None) -> SavedSheet:
    if sheet is None:
        return NOT_BEGUN
    return SavedSheet(
        version=sheet.version,
        state=SheetState(sheet.state),
        entries={mark.criterion: Entry(mark.half_points, mark.comment) for mark in sheet.marks},
        saved_at=sheet.saved_at,
        final_at=sheet.final_at,
    )


def _changed(held: Entries, given: Entries) -> dict[str, Entry]:
    return {key: entry for key, entry in given.items() if entry != held.get(key, BLANK)}


def _write(sheet: Sheet, changed: Entries, *, now: datetime) -> None:
    held = {mark.criterion: mark for mark in sheet.marks}
    for key, entry in changed.items():
        if key in held:
            held[key].half_points, held[key].comment = entry.half_points, entry.comment
        else:
            sheet.marks.append(Mark(criterion=key, half_points=entry.half_points, comment=entry.comment))
    sheet.marks_count = sum(mark.half_points is not None for mark in sheet.marks)
    sheet.saved_at = now
