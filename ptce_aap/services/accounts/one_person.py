"""A conflict belongs to a person, not to an account: all accounts of one mailbox are in conflict together.

What is believed of a mailbox is what its owner did: an account that only says its address is told of his conflicts,
and brings none of its own. Whoever registers with the address of a juror puts that juror in conflict with nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import UNREAD
from ptce_aap.domain.sheets import SheetState
from ptce_aap.models import Conflict, Dossier, Person, Sheet
from ptce_aap.services.accounts.accounts import actor_of
from ptce_aap.services.joint_acts import act_rights
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_refresh
from ptce_aap.services.selection.export_ends import end_exports

PREPARES = "Prépare le dossier avec un autre compte"


def spread(session: Session, person: Person, dossier: Dossier, reason: str, *, now: datetime) -> None:
    """Put the other accounts of a person in conflict with a dossier, as he now is; each in the call's journal."""
    if _believed(person):
        for other in act_rights.accounts_of(session, person.email):
            if other.id not in {person.id, dossier.owner_id}:
                declare_for(session, other, person, dossier, reason, now=now)


def level(session: Session, person: Person, *, now: datetime) -> None:
    """Put every account of a person in conflict with the same dossiers: his address was proved, or a role given him."""
    everybody = act_rights.accounts_of(session, person.email)
    if len(everybody) < 2:
        return
    for source in filter(_believed, everybody):
        for dossier, reason in [*conflicts_of(session, source.id), *_prepared_by(session, source.id)]:
            for other in everybody:
                if other.id not in {source.id, dossier.owner_id}:
                    declare_for(session, other, source, dossier, reason, now=now)


def declare_for(
    session: Session, other: Person, person: Person, dossier: Dossier, reason: str, *, now: datetime
) -> None:
    """Write that an account is in conflict because another account of the same person is; once."""
    if session.get(Conflict, (dossier.id, other.id)) is not None:
        return
    session.add(
        Conflict(dossier_id=dossier.id, person_id=other.id, call_id=dossier.call_id, reason=reason, declared_at=now)
    )
    end_exports(session, other.id, dossier.call_id, "deport", now=now)
    on, facts = ("dossier", dossier.reference), {"as": person.reference}
    who = actor_of(other)
    journal.record(session, who, "conflict.declared", on=on, at=now, call_id=dossier.call_id, facts=facts)
    sheet = select(Sheet.state).where(Sheet.dossier_id == dossier.id, Sheet.person_id == other.id)
    if session.scalar(sheet) == SheetState.FINAL:
        corrected_refresh.ask(session, dossier.call_id, at=now)


def conflicts_of(session: Session, person_id: int) -> list[tuple[Dossier, str]]:
    """Return the dossiers with which an account was put in conflict, each with the reason that was given."""
    query = select(Dossier, Conflict.reason).join(Conflict, Conflict.dossier_id == Dossier.id)
    return [
        (row[0], row[1]) for row in session.execute(query.where(Conflict.person_id == person_id).order_by(Dossier.id))
    ]


def _prepared_by(session: Session, person_id: int) -> list[tuple[Dossier, str]]:
    """Return what an account has filed as its own: it is in conflict with it by that alone."""
    query = select(Dossier).where(
        Dossier.owner_id == person_id, Dossier.state.not_in(UNREAD), Dossier.revises_id.is_(None)
    )
    return [(dossier, PREPARES) for dossier in session.scalars(query.order_by(Dossier.id))]


def _believed(person: Person) -> bool:
    return person.active and (person.email_confirmed_at is not None or bool(person.grants))
