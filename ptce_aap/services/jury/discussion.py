"""A juror revises his marks in session: the chair records it with the reason, and the ranking is computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap import addresses
from ptce_aap.domain.bundles.computed import marks_digest
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.scoring import check_marks, sheet_total, shown
from ptce_aap.domain.sheets import Entry, marks_of
from ptce_aap.mail import messages
from ptce_aap.models import Call, DiscussionMark, Dossier, Person, RankingEntry, Sheet
from ptce_aap.models import Conflict as Declared
from ptce_aap.models.visibility import presided_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.jury import given_marks
from ptce_aap.services.jury.given_marks import Revision
from ptce_aap.services.ranking import standings
from ptce_aap.services.ranking.deliberation import compute_ranking, require_deliberation, required_reason

REASON_MOST = 2_000


@dataclass(frozen=True, slots=True)
class SheetInSession:
    """A final sheet before the committee: first marks, marks in force, and what was revised."""

    reference: str
    reader: str
    dossier: Dossier
    definition: CallDefinition
    first: Mapping[str, Entry]
    marks: Mapping[str, int]  # in force, criterion → half points
    revisions: tuple[Revision, ...]

    @property
    def version(self) -> int:
        """Return how many marks were revised: what is recorded on an older reading is refused."""
        return len(self.revisions)

    @property
    def first_total(self) -> str:
        """Return the total before the discussion, as printed."""
        return shown(sheet_total(self.definition.grid, marks_of(self.first)))

    @property
    def total(self) -> str:
        """Return the total of the marks in force, as printed."""
        return shown(sheet_total(self.definition.grid, self.marks))


def sheet_in_session(session: Session, actor: Actor, call: Call, sheet: str) -> SheetInSession:
    """Return a final sheet that counts, to the chair who may record its revision.

    Errors: ``not_allowed``, ``deport``, ``marking_not_closed``, ``already_frozen``, ``not_found``.
    """
    found, dossier, reader = _sheet(session, actor, call, sheet)
    return _in_session(session, call, found, dossier, reader)


def revise(
    session: Session,
    actor: Actor,
    call_id: int,
    sheet: str,
    marks: Mapping[str, int],
    reason: str,
    *,
    version: int,
    base_url: str,
    now: datetime,
) -> tuple[str, ...]:
    """Record the marks that a juror gives after the discussion, and compute the ranking again.

    ``marks`` may repeat marks in force; only those that change are recorded. ``version`` is that of the sheet as it
    was read. The first marks stay; the juror is told. Returns the criteria revised. Errors: those of
    ``sheet_in_session``, ``changed_meanwhile``, ``unknown_criterion``, ``mark_off_scale``, ``nothing_revised``,
    ``reason_missing``, ``reason_too_long``.
    """
    call = calls.locked(session, call_id)
    found, dossier, reader = _sheet(session, actor, call, sheet)
    before = _in_session(session, call, found, dossier, reader)
    if before.version != version:
        raise Conflict()
    changed = _changed(before, marks)
    _record(session, actor, found, before, changed, _reason(reason), now=now)
    facts = {
        "dossier": dossier.reference,
        "criteria": sorted(changed),
        "marks": marks_digest(sheet, {**before.marks, **changed}),
    }
    journal.record(session, actor, "mark.revised", on=("sheet", sheet), at=now, call_id=call.id, facts=facts)
    letter = messages.mark_revised(reader.email, call_title=call.title, link=base_url + addresses.jury(call.slug))
    letters.send(session, letter, at=now, call_id=call.id)
    compute_ranking(session, actor, call, now=now)
    return tuple(sorted(changed))


def _changed(before: SheetInSession, marks: Mapping[str, int]) -> dict[str, int]:
    check_marks(before.definition.grid, marks)
    changed = {key: mark for key, mark in marks.items() if mark != before.marks[key]}
    if not changed:
        raise RuleViolation("nothing_revised")
    return changed


def _reason(given: str) -> str:
    reason = required_reason(given)
    if len(reason) > REASON_MOST:
        raise RuleViolation("reason_too_long", maximum=REASON_MOST)
    return reason


def _record(
    session: Session,
    actor: Actor,
    sheet: Sheet,
    before: SheetInSession,
    changed: Mapping[str, int],
    reason: str,
    *,
    now: datetime,
) -> None:
    """Write the marks given in session beside those that they follow."""
    made = Counter(revision.criterion for revision in before.revisions)
    for key, mark in changed.items():
        session.add(
            DiscussionMark(
                sheet_id=sheet.id,
                criterion=key,
                sequence=made[key] + 1,
                before=before.marks[key],
                half_points=mark,
                reason=reason,
                recorded_by_id=actor.person_id,
                at=now,
            )
        )
    session.flush()


def _sheet(session: Session, actor: Actor, call: Call, reference: str) -> tuple[Sheet, Dossier, Person]:
    accounts.require(actor, Permission.CHAIR_DECISION, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    in_conflict = exists().where(Declared.dossier_id == Sheet.dossier_id, Declared.person_id == Sheet.person_id)
    query = select(Sheet).where(Sheet.reference == reference, Sheet.state == "final", ~in_conflict)
    sheet = session.scalars(query.options(joinedload(Sheet.marks))).unique().one_or_none()
    if sheet is None:
        raise NotFound()
    dossier = session.scalar(presided_by(actor.person_id, call).where(Dossier.id == sheet.dossier_id))
    ranking = standings.latest(session, call.id)
    if dossier is None or ranking is None or session.get(RankingEntry, (ranking.id, dossier.id)) is None:
        raise NotFound()
    return sheet, dossier, session.get_one(Person, sheet.person_id)


def _in_session(session: Session, call: Call, sheet: Sheet, dossier: Dossier, reader: Person) -> SheetInSession:
    first = {mark.criterion: Entry(mark.half_points, mark.comment) for mark in sheet.marks}
    made = given_marks.revisions(session, [sheet.id]).get(sheet.id, ())
    return SheetInSession(
        reference=sheet.reference,
        reader=reader.name or reader.email,
        dossier=dossier,
        definition=calls.definition_of(session, call),
        first=first,
        marks=given_marks.revised(marks_of(first), made),
        revisions=made,
    )
