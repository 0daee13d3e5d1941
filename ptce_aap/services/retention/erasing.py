"""Erases the content of dossiers: a draft goes whole; of a filed one stay its number, its digest and the decisions.

Stored files are not touched here: once no row names them, they are forgotten as any other (``jobs/tidying.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import State
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.persons import fold
from ptce_aap.mail.message import on_one_line
from ptce_aap.models import (
    Answer,
    Attachment,
    Base,
    ComplementQuestion,
    ComplementRequest,
    Conflict,
    ConflictCorrection,
    Consultation,
    Dossier,
    DossierConfirmation,
    DossierCopy,
    DossierLabel,
    DossierMessage,
    DossierNote,
    DossierPerson,
    Erasure,
    Filing,
    MailMessage,
    Member,
    MessageFile,
    MessageReading,
    OutboxItem,
    Reminder,
    ReminderStop,
    ResourceVisit,
    TableUpload,
    Withdrawal,
)
from ptce_aap.models.base import canonical_json
from ptce_aap.models.erasure import ERASED
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.selection.export_ends import end_exports_of

TITLE = "Dossier effacé"
_AT_ONCE = 200
_SHOWN = 80
"""How much of a title a subject shows (``templates/mail``)."""
# Of whoever is written to about a dossier; others may say in passing what somebody chose to call his.
_TITLED = ("ownership_offered", "ownership_transferred", "people_news", "piece_infected", "new_message")
_BY_SECRET = ("dossier_invitation", "representative_confirmation", "consultation_request")
# What may be forgotten of a filed dossier, with the column that says of which one it is.
_FORGOTTEN: tuple[Any, ...] = (
    Answer.dossier_id,
    Member.dossier_id,
    Attachment.dossier_id,
    TableUpload.dossier_id,
    DossierCopy.dossier_id,
    DossierCopy.source_id,
    Reminder.dossier_id,
    ReminderStop.dossier_id,
    MessageReading.dossier_id,
    ResourceVisit.dossier_id,
    Consultation.dossier_id,
    DossierLabel.dossier_id,
    DossierNote.dossier_id,
)


def erase_dossiers(session: Session, actor: Actor, dossiers: Sequence[int], *, why: str, now: datetime) -> None:
    """Erase dossiers, each with its line of the journal; revisions go with what they revise."""
    for start in range(0, len(dossiers), _AT_ONCE):
        _erase(session, actor, dossiers[start : start + _AT_ONCE], why, now)
    session.expire_all()


def _erase(session: Session, actor: Actor, dossiers: Sequence[int], why: str, now: datetime) -> None:
    columns = (Dossier.id, Dossier.reference, Dossier.call_id, Dossier.state, Dossier.title)
    query = select(*columns).where(Dossier.id.in_(dossiers)).order_by(Dossier.call_id, Dossier.id)
    found = session.execute(query).all()
    _forget_letters(session, found)
    end_exports_of(session, [one.reference for one in found], "export_outdated", now=now)
    # First: triggers let texts go where this stands.
    session.execute(
        insert(Erasure),
        [{"object_kind": "dossier", "object": one.reference, "why": why, "at": now} for one in found],
    )
    for call_id in sorted({one.call_id for one in found}):
        lines = [
            journal.Line(actor.reference, _role(actor), "dossier.erased", ("dossier", one.reference), now, {"why": why})
            for one in found
            if one.call_id == call_id
        ]
        journal.record_all(session, call_id, lines)
    session.flush()
    drafts = [one.id for one in found if one.state == State.DRAFT]
    filed = [one.id for one in found if one.state != State.DRAFT]
    if drafts:
        ids = select(Dossier.id).where(Dossier.id.in_(drafts))
        delete_with_what_names(session, Dossier.__table__, ids)
    if filed:
        revisions = session.scalars(select(Dossier.id).where(Dossier.revises_id.in_(filed)))
        _blank(session, [*filed, *revisions], now)


def _forget_letters(session: Session, dossiers: Sequence[Any]) -> None:
    """Forget the messages about these dossiers that did not leave, and the subjects that name one.

    A title is typed by somebody, and may be the words of any message: it is looked for where messages say the title of
    the dossier that they are about, on its call, and nowhere else.
    """
    of_mail = select(OutboxItem).where(OutboxItem.kind == letters.KIND, OutboxItem.payload != {})
    ids = [one.id for one in dossiers]
    links = select(DossierPerson.dossier_id, DossierPerson.email).where(DossierPerson.dossier_id.in_(ids))
    asked = select(Consultation.dossier_id, Consultation.email).where(Consultation.dossier_id.in_(ids))
    invited = {(row.dossier_id, row.email.casefold()) for query in (links, asked) for row in session.execute(query)}
    for item in session.scalars(of_mail):
        content, to = canonical_json(item.payload), str(item.payload.get("to", "")).casefold()
        for one in dossiers:
            by_secret = item.topic in _BY_SECRET and item.call_id == one.call_id and (one.id, to) in invited
            if one.reference in content or (by_secret and canonical_json(one.title)[1:-1] in content):
                letters.forget(session, item)
                break
    for one in dossiers:
        if one.title:
            about = update(MailMessage).where(_names(one.title), MailMessage.outbox_id.in_(_told_on(one.call_id)))
            session.execute(about.values(subject=ERASED).execution_options(synchronize_session=False))


def _told_on(call_id: int) -> Select[Any]:
    """Return the messages of a call whose subject says the title of the dossier that they are about."""
    return select(OutboxItem.id).where(OutboxItem.call_id == call_id, OutboxItem.topic.in_((*_TITLED, *_BY_SECRET)))


def _names(title: str) -> ColumnElement[bool]:
    """Tell whether a subject says a title, where subjects do: between quotation marks, or at the end."""
    shown = on_one_line(title, _SHOWN)
    quoted = (MailMessage.subject.contains(f"«{space}{shown}{space}»", autoescape=True) for space in " \u00a0\u202f")
    ended = (MailMessage.subject.endswith(f"{before} {shown}", autoescape=True) for before in ("–", "dossier"))
    return or_(*quoted, *ended)


def delete_with_what_names(session: Session, table: Any, ids: Select[Any]) -> None:
    """Delete rows and every row that names them, however far, whatever tables come later."""
    for child in Base.metadata.sorted_tables:
        for key in child.foreign_keys:
            if key.column.table is table and child is not table:
                if len(child.primary_key.columns) == 1:
                    own = next(iter(child.primary_key.columns))
                    if _is_named(child):
                        delete_with_what_names(session, child, select(own).where(key.parent.in_(ids)))
                session.execute(delete(child).where(key.parent.in_(ids)))
    session.execute(delete(table).where(next(iter(table.primary_key.columns)).in_(ids)))


def _is_named(table: Table) -> bool:
    return any(key.column.table is table for other in Base.metadata.tables.values() for key in other.foreign_keys)


def _blank(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Take the content of filed dossiers and of their revisions away."""
    messages = select(DossierMessage.id).where(DossierMessage.dossier_id.in_(ids))
    links = select(DossierPerson.id).where(DossierPerson.dossier_id.in_(ids))
    requests = select(ComplementRequest.id).where(ComplementRequest.dossier_id.in_(ids))
    statements: list[Any] = [delete(column.class_).where(column.in_(ids)) for column in _FORGOTTEN]
    statements += [
        delete(MessageFile).where(MessageFile.message_id.in_(messages)),
        delete(DossierConfirmation).where(DossierConfirmation.link_id.in_(links)),
        update(Filing).where(Filing.dossier_id.in_(ids)).values(snapshot="", receipt_file=None),
        update(Withdrawal).where(Withdrawal.dossier_id.in_(ids)).values(reason=ERASED),
        update(DossierMessage).where(DossierMessage.dossier_id.in_(ids)).values(text=ERASED),
        update(ComplementQuestion).where(ComplementQuestion.request_id.in_(requests)).values(sentence=ERASED),
        update(ComplementRequest)
        .where(ComplementRequest.dossier_id.in_(ids), ComplementRequest.reason != "")
        .values(reason=ERASED),
        update(Conflict).where(Conflict.dossier_id.in_(ids)).values(reason=""),
        update(ConflictCorrection).where(ConflictCorrection.dossier_id.in_(ids)).values(declared_reason=ERASED),
        update(Dossier)
        .where(Dossier.id.in_(ids))
        .values(
            title=TITLE,
            title_key=fold(TITLE),
            carrier="",
            carrier_key="",
            carrier_siren=None,
            stated_submitted_at=None,
        ),
    ]
    for statement in statements:
        session.execute(statement.execution_options(synchronize_session=False))
    end_links(session, DossierPerson.dossier_id.in_(ids), now=now)


def end_links(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """End links of people to dossiers, those still open, and forget the address of each; lines stay, as evidence."""
    ended = {"ended_at": now, "ownership_offered_at": None, "token_digest": None}
    unnamed = {"email": "", "email_key": literal("~") + DossierPerson.reference}
    for statement in (
        update(DossierPerson).where(which, DossierPerson.ended_at.is_(None)).values(**ended),
        update(DossierPerson).where(which).values(**unnamed),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _role(actor: Actor) -> Role:
    return Role.ADMIN if Role.ADMIN in actor.roles_on(None) else Role.APPLICANT
