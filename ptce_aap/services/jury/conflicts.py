"""Conflicts of interest: each member goes through the list of dossiers before anything opens, and may declare later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.domain.persons import fold
from ptce_aap.domain.sheets import SheetState
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.models import (
    Call,
    Conflict,
    ConflictStatement,
    Dossier,
    EligibilityDecision,
    Member,
    Person,
    ProposedAct,
    ProposedActEnd,
    Sheet,
)
from ptce_aap.models.visibility import declarable, listed_for_conflicts
from ptce_aap.services.accounts import accounts, one_person
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_refresh
from ptce_aap.services.selection.export_ends import end_exports

REASON_MAXIMUM = 1_000


@dataclass(frozen=True, slots=True)
class ListedDossier:
    """All that a member sees of a dossier before he has said that he has no conflict on it."""

    reference: str
    title: str
    carrier: str
    members: tuple[str, ...]
    declared_at: datetime | None
    added: bool  # found eligible after the member's statement
    asked: str = ""  # reference of his own request of correction, while it waits


@dataclass(frozen=True, slots=True)
class Declaration:
    """The page of the declaration."""

    page: dossiers.Page[ListedDossier]
    length: int  # of the whole list, whatever is searched
    declared: int
    added: int
    finished_at: datetime | None
    open: bool
    judges: bool  # the reader sits in the jury, or presides it


def declaration(session: Session, actor: Actor, call: Call, *, search: str, number: int, now: datetime) -> Declaration:
    """Return a page of the list that a member goes through; a member sees title, carrier and members, nothing else."""
    accounts.require(actor, Permission.DECLARE_CONFLICT, call.id)
    finished = finished_at(session, actor, call)
    searched = dossiers.found_by(search, _is_member(fold(search)))
    found = dossiers.paged(session, _listed(actor, call, now=now).where(*searched), number)
    members = _members(session, [dossier.id for dossier, _, _ in found.items])
    asked = _asked(session, actor, call, now=now)
    items = [
        ListedDossier(
            reference=dossier.reference,
            title=dossier.title,
            carrier=dossier.carrier,
            members=tuple(members.get(dossier.id, ())),
            declared_at=declared_at,
            added=finished is not None and decided_at is not None and decided_at > finished,
            asked=asked.get(dossier.reference, ""),
        )
        for dossier, declared_at, decided_at in found.items
    ]
    return Declaration(
        page=dossiers.Page(items, found.number, found.pages, found.total),
        length=_length(session, actor, call),
        declared=declared_by(session, actor, call),
        added=added_since(session, call, finished),
        finished_at=finished,
        open=is_open(call, now),
        judges=judges(actor, call),
    )


def listed(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> ListedDossier:
    """Return the line of one dossier, before a conflict is declared on it. Errors: ``not_found``."""
    accounts.require(actor, Permission.DECLARE_CONFLICT, call.id)
    row = session.execute(_listed(actor, call, now=now).where(Dossier.reference == reference)).one_or_none()
    if row is None:
        raise NotFound()
    dossier, declared_at, _ = row
    members = _members(session, [dossier.id])
    return ListedDossier(
        dossier.reference, dossier.title, dossier.carrier, tuple(members.get(dossier.id, ())), declared_at, added=False
    )


def declare(session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, now: datetime) -> None:
    """Declare a conflict: from now on the dossier does not exist for this person, whatever his roles.

    A sheet already written is kept for the audit and counts nowhere; exports already made are nobody's any more.
    Errors: ``not_found``, ``conflicts_closed``, ``conflict_reason_missing``, ``conflict_reason_too_long``,
    ``already_done``.
    """
    accounts.require(actor, Permission.DECLARE_CONFLICT, call_id)
    call = calls.locked(session, call_id)
    dossier = session.scalar(_declarable(actor, call).where(Dossier.reference == reference))
    if dossier is None or now < call.closes_at:
        raise NotFound()
    if not is_open(call, now):
        raise RuleViolation("conflicts_closed")
    if session.get(Conflict, (dossier.id, actor.person_id)) is not None:
        raise RuleViolation("already_done")
    session.add(
        Conflict(
            dossier_id=dossier.id,
            person_id=actor.person_id,
            call_id=call.id,
            reason=_read_reason(reason),
            declared_at=now,
        )
    )
    end_exports(session, actor.person_id, call.id, "deport", now=now)  # they hold what was said of that dossier
    sheet = session.scalar(select(Sheet).where(Sheet.dossier_id == dossier.id, Sheet.person_id == actor.person_id))
    late = {"sheet": sheet.reference, "sheet_state": sheet.state} if sheet is not None else {}
    journal.record(
        session,
        actor,
        "conflict.declared",
        on=("dossier", dossier.reference),
        at=now,
        call_id=call.id,
        facts={"late": finished_at(session, actor, call) is not None, **late},
    )
    if sheet is not None and sheet.state == SheetState.FINAL:
        corrected_refresh.ask(session, call.id, at=now)
    one_person.spread(session, session.get_one(Person, actor.person_id), dossier, _read_reason(reason), now=now)


def finish(session: Session, actor: Actor, call_id: int, *, now: datetime, listed: int | None = None) -> None:
    """State that the whole list was gone through: the dossiers given to this member open to him.

    ``listed``: how many dossiers the list showed him; another number today, and he looks again. What is found eligible
    afterwards stays closed to him until he states once more.
    Errors: ``conflicts_closed``, ``nothing_to_declare_on``, ``already_done``, ``changed_meanwhile``.
    """
    accounts.require(actor, Permission.DECLARE_CONFLICT, call_id)
    call = calls.locked(session, call_id)
    if not is_open(call, now):
        raise RuleViolation("conflicts_closed")
    count = _length(session, actor, call)
    if not count:
        raise RuleViolation("nothing_to_declare_on")
    if listed is not None and listed != count:
        raise Changed()
    _state(session, actor, call, now=now)
    journal.record(
        session,
        actor,
        "conflict.statement",
        on=("call", call.slug),
        at=now,
        call_id=call.id,
        facts={"listed": count, "declared": declared_by(session, actor, call)},
    )


def is_open(call: Call, now: datetime) -> bool:
    """Tell whether conflicts may be declared: from the closing until the shortlist is frozen."""
    return call.allows(Deed.DECLARE_CONFLICT, now=now)


def finished_at(session: Session, actor: Actor, call: Call) -> datetime | None:
    """Return when this member finished his declaration, None while he has not."""
    return session.scalar(
        select(ConflictStatement.at).where(
            ConflictStatement.call_id == call.id, ConflictStatement.person_id == actor.person_id
        )
    )


def declared_by(session: Session, actor: Actor, call: Call) -> int:
    """Return how many conflicts this person has declared."""
    query = select(func.count()).where(Conflict.call_id == call.id, Conflict.person_id == actor.person_id)
    return session.scalar(query) or 0


def added_since(session: Session, call: Call, finished: datetime | None) -> int:
    """Return how many dossiers were found eligible after a member's statement: he has not seen them on the list."""
    if finished is None:
        return 0
    query = (
        listed_for_conflicts(call)
        .join(EligibilityDecision, EligibilityDecision.dossier_id == Dossier.id)
        .where(EligibilityDecision.at > finished)
    )
    return dossiers.counted(session, query)


def _asked(session: Session, actor: Actor, call: Call, *, now: datetime) -> dict[str, str]:
    """Return the requests of correction that a person has made about himself and that wait, by dossier."""
    ended = exists().where(ProposedActEnd.act_id == ProposedAct.id)
    own = (ProposedAct.proposed_by_id == actor.person_id) & (ProposedAct.concerns_id == actor.person_id)
    query = select(ProposedAct.object, ProposedAct.reference).where(
        ProposedAct.call_id == call.id, ProposedAct.kind == JointAct.CORRECTION, own, ProposedAct.expires_at > now
    )
    return {row.object: row.reference for row in session.execute(query.where(~ended))}


def _state(session: Session, actor: Actor, call: Call, *, now: datetime) -> None:
    held = session.get(ConflictStatement, (call.id, actor.person_id))
    if held is None:
        session.add(ConflictStatement(call_id=call.id, person_id=actor.person_id, at=now))
    elif added_since(session, call, held.at):
        held.at = now
    else:
        raise RuleViolation("already_done")


def _length(session: Session, actor: Actor, call: Call) -> int:
    return dossiers.counted(session, _declarable(actor, call))


def judges(actor: Actor, call: Call) -> bool:
    """Tell whether a person sits in the jury of a call, or presides it: nothing opens to him before his statement."""
    return not actor.roles_on(call.id).isdisjoint({Role.JUROR, Role.CHAIR})


def _declarable(actor: Actor, call: Call) -> Select[Dossier]:
    return declarable(
        call,
        judged=judges(actor, call),
        managed=not actor.roles_on(call.id).isdisjoint({Role.TEAM, Role.AUDITOR}),
        regions=actor.regions_on(call.id),
    )


def _listed(actor: Actor, call: Call, *, now: datetime) -> Select[Any]:
    query = (
        _declarable(actor, call)
        .outerjoin(Conflict, (Conflict.dossier_id == Dossier.id) & (Conflict.person_id == actor.person_id))
        .outerjoin(EligibilityDecision, EligibilityDecision.dossier_id == Dossier.id)
        .add_columns(Conflict.declared_at, EligibilityDecision.at)
        .order_by(Dossier.title_key, Dossier.id)
    )
    # Before the closing nothing is eligible; the condition is said all the same, as everywhere.
    return query if now >= call.closes_at else query.where(false())


def _is_member(words: str) -> ColumnElement[bool]:
    return exists().where(
        Member.dossier_id == Dossier.id,
        or_(Member.name_key.contains(words, autoescape=True), Member.siren == words.replace(" ", "")),
    )


def _members(session: Session, identifiers: list[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(Member.dossier_id, Member.name)
        .where(Member.dossier_id.in_(identifiers), Member.name != "")
        .order_by(Member.dossier_id, Member.position)
    )
    found: dict[int, list[str]] = {}
    for dossier_id, name in rows:
        found.setdefault(dossier_id, []).append(name)
    return found


def _read_reason(raw: str) -> str:
    reason = raw.replace("\r\n", "\n").replace("\x00", "").strip()
    if not reason:
        raise RuleViolation("conflict_reason_missing")
    if len(reason) > REASON_MAXIMUM:
        raise RuleViolation("conflict_reason_too_long", maximum=REASON_MAXIMUM, over=len(reason) - REASON_MAXIMUM)
    return reason
