"""Erases accounts: who may be, what stays and why, what goes. A reference then designates nobody any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.personal_data import DATA_MAP
from ptce_aap.domain.retention import Kept
from ptce_aap.mail.message import on_one_line
from ptce_aap.models import (
    Authenticator,
    Base,
    BoundIdentity,
    Call,
    Dossier,
    DossierLabel,
    DossierNote,
    DossierPerson,
    Erasure,
    ErasureRequest,
    HalfSignIn,
    Job,
    JournalEntry,
    MailMessage,
    MessageReading,
    OutboxItem,
    Passkey,
    Person,
    PersonToken,
    RecoveryCode,
    ReminderStop,
    ResourceUpload,
    ResourceVisit,
    RoleGrant,
    SavedView,
    SignIn,
    TableUpload,
)
from ptce_aap.models.erasure import ERASED, is_erased
from ptce_aap.models.visibility import is_dossier
from ptce_aap.services.accounts import claims
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.retention import erasing

NAME = "Compte effacé"
_GOES = (State.DRAFT, State.WITHDRAWN)
_WAYS_IN: tuple[Any, ...] = (
    Authenticator,
    RecoveryCode,
    Passkey,
    BoundIdentity,
    HalfSignIn,
    PersonToken,
    SignIn,
    TableUpload,
    ReminderStop,
    MessageReading,
    ResourceUpload,
    ResourceVisit,
    DossierLabel,
    DossierNote,
    SavedView,
)


def owned_by(person_id: int) -> ColumnElement[bool]:
    """Tell whether a dossier is somebody's own, with its content: neither a revision nor an erased one."""
    return (Dossier.owner_id == person_id) & is_dossier() & ~is_erased()


def goes_with_account(state: str) -> bool:
    """Tell whether a dossier in this state goes with the account of its owner; others stay until their term."""
    return state in _GOES


def _stays() -> ColumnElement[bool]:
    return Dossier.state.not_in(_GOES)


def acted_officially(person: InstrumentedAttribute[int] | int) -> ColumnElement[bool]:
    """Tell whether a person's acts are part of what founds decisions: his name stays with them."""
    return or_(*(exists().where(column == person) for column in _acts()))


@cache
def _acts() -> tuple[Any, ...]:
    """Return the columns of evidence that name a person, as the map of personal data has them."""
    tables = [Base.metadata.tables[use.table] for use in DATA_MAP if use.kept is Kept.DECISIONS]
    return tuple(key.parent for table in tables for key in table.foreign_keys if key.column.table.name == "person")


def require_erasable(session: Session, person: Person, *, held: Collection[str]) -> None:
    """Refuse to erase whoever still holds a role, or whose dossier waits for its decision or for a court's.

    ``held``: the calls of which nothing is erased for now.
    Errors: ``erasure_holds_roles``, ``erasure_suspended``, ``erasure_waits``.
    """
    if session.scalar(select(RoleGrant.id).where(RoleGrant.person_id == person.id).limit(1)) is not None:
        raise RuleViolation("erasure_holds_roles")
    if session.scalar(select(Person.id).where(Person.id == person.id, _in_a_dossier_of(held))) is not None:
        raise RuleViolation("erasure_suspended")
    waits = (owned_by(person.id), _stays(), Call.published_at.is_(None))
    if session.scalar(select(Dossier.id).join(Call, Call.id == Dossier.call_id).where(*waits).limit(1)) is not None:
        raise RuleViolation("erasure_waits")


def erase(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    why: str,
    now: datetime,
    held: Collection[str],
    again: bool = False,
) -> None:
    """Erase an account and the dossiers that nothing obliges to keep: drafts, and those that were withdrawn.

    A dossier that was decided upon stays until its own term, without account. Files are forgotten by the next rounds
    of tidying. ``again``: it was granted before, on data that are newer than these.
    Errors: those of ``require_erasable``.
    """
    if not again:
        require_erasable(session, person, held=held)
    session.add(Erasure(object_kind="person", object=person.reference, why=why, at=now))
    journal.record(session, actor, "account.erased", on=("person", person.reference), at=now, facts={"why": why})
    session.flush()
    _forget_letters(session, person)
    gone = session.scalars(select(Dossier.id).where(owned_by(person.id), ~_stays())).all()
    erasing.erase_dossiers(session, actor, gone, why=why, now=now)
    for model in _WAYS_IN:
        session.execute(delete(model).where(model.person_id == person.id))
    session.execute(delete(Job).where(Job.requester_id == person.id))
    # His links to the dossiers of others, and the invitations that await him.
    his = DossierPerson.person_id == person.id
    if _is_his(person):
        his |= DossierPerson.email_key == person.email_key
    erasing.end_links(session, his, now=now)
    session.execute(
        update(ErasureRequest)
        .where(ErasureRequest.person_id == person.id, ErasureRequest.ended_at.is_(None))
        .values(outcome="erased", ended_at=now)
    )
    _blank(session, person)


def unused_since(session: Session, before: datetime, *, held: Collection[str]) -> list[int]:
    """Return the accounts that nobody entered since, that hold neither role nor dossier and decided nothing.

    None that had a part in a dossier of a call of which nothing is erased (``held``).
    """
    entered = select(func.max(JournalEntry.at)).where(
        JournalEntry.object == Person.reference,
        JournalEntry.object_kind == "person",
        JournalEntry.act == "account.signed_in",
    )
    seen = select(func.max(SignIn.seen_at)).where(SignIn.person_id == Person.id)
    query = select(Person.id).where(
        Person.created_at <= before,
        func.coalesce(entered.scalar_subquery(), Person.created_at) <= before,
        func.coalesce(seen.scalar_subquery(), Person.created_at) <= before,
        ~exists().where(RoleGrant.person_id == Person.id),
        ~exists().where(Dossier.owner_id == Person.id, ~is_erased()),
        ~exists().where(DossierPerson.person_id == Person.id, DossierPerson.ended_at.is_(None)),
        ~exists().where(Erasure.object_kind == "person", Erasure.object == Person.reference),
        ~acted_officially(Person.id),
        ~_in_a_dossier_of(held),
    )
    return list(session.scalars(query.order_by(Person.id)))


def _in_a_dossier_of(slugs: Collection[str]) -> ColumnElement[bool]:
    """Tell whether a person owns a dossier of these calls, or ever was of its people."""
    of_them = select(Dossier.id).join(Call, Call.id == Dossier.call_id).where(Call.slug.in_(slugs))
    owns = exists().where(Dossier.owner_id == Person.id, Dossier.id.in_(of_them))
    return owns | exists().where(DossierPerson.person_id == Person.id, DossierPerson.dossier_id.in_(of_them))


def _forget_letters(session: Session, person: Person) -> None:
    """Forget the messages that wait for him, those that were refused, and his name in what told of his invitations.

    An address that he only says is somebody else's until it is proved: what waits for it is not his to forget.
    """
    if person.name:
        told = MailMessage.subject.startswith(f"{on_one_line(person.name, 60)} vous invite", autoescape=True)
        invitations = select(OutboxItem.id).where(OutboxItem.topic == "dossier_invitation")
        about = update(MailMessage).where(told, MailMessage.outbox_id.in_(invitations)).values(subject=ERASED)
        session.execute(about.execution_options(synchronize_session=False))
    if not _is_his(person):
        return
    address = person.email.casefold()
    for item in session.scalars(select(OutboxItem).where(OutboxItem.payload != {})):
        if str(item.payload.get("to", item.payload.get("email", ""))).casefold() == address:
            letters.forget(session, item)


def _is_his(person: Person) -> bool:
    return person.claimed_key is None and not claims.is_unproven(person)


def _blank(session: Session, person: Person) -> None:
    address, keeps_name = person.email_key, session.scalar(select(acted_officially(person.id)))
    person.email_key, person.claimed_key = f"~{person.reference}", None
    session.flush()  # the address is free before whoever claims it takes it
    heir = session.scalar(select(Person).where(Person.claimed_key == address).order_by(Person.id).limit(1))
    if heir is not None:
        heir.email_key, heir.claimed_key = address, None
    person.email, person.password_hash, person.email_confirmed_at, person.active = "", None, None, False
    if not keeps_name:
        person.name = NAME
    session.flush()
