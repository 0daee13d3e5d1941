"""Messages about a filed dossier: its people write to those who follow it for the call, who answer.

A thread opens with the deposit: before it nobody of the call may know of the dossier. Whoever may not read the
dossier reads no message of it; members of the jury and its chair never do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ptce_aap.domain import scanning
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.refusals import Unreadable
from ptce_aap.domain.scanning import Scan
from ptce_aap.domain.sharing import Right
from ptce_aap.domain.values import clean_text
from ptce_aap.models import Call, Dossier, DossierMessage, MessageFile, MessageReading, visibility
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, paged
from ptce_aap.services.exchanges import message_files, message_notices
from ptce_aap.services.exchanges.message_files import Received
from ptce_aap.services.instruction import instruction
from ptce_aap.services.journal import journal

TEXT_MOST = 6_000
MESSAGES_MOST = 500
FILES_MOST = 5


class Side(StrEnum):
    """Who writes: the people of the dossier, or those who follow it for the call."""

    APPLICANT = "applicant"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Desk:
    """A thread as one person finds it: the dossier, his side, and whether he may write."""

    dossier: Dossier
    call: Call
    side: Side
    writes: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of the messages of a dossier, the latest first; ``last_read``: up to where this person has read.

    ``waits_until``: nobody of the call may read the dossier, nor its messages, before; None once somebody may.
    """

    desk: Desk
    page: Page[DossierMessage]
    last_read: int
    unread: int
    scans_demanded: bool
    waits_until: datetime | None

    def is_new(self, message: DossierMessage) -> bool:
        """Tell whether this person has still to read a message."""
        return message.side != self.desk.side and message.id > self.last_read

    def opens(self, message: DossierMessage, file: MessageFile) -> bool:
        """Tell whether this person may open a file of a message."""
        own = message.side == self.desk.side
        return scanning.opens(Scan(file.scan), demanded=self.scans_demanded, own=own)


def applicant_desk(session: Session, actor: Actor, reference: str) -> Desk:
    """Find the thread of a dossier among whose people one is; only those who may edit it write.

    Errors: ``not_found``, for a draft too.
    """
    held = visibility.read_by_applicant(actor.person_id).where(
        Dossier.reference == reference, Dossier.filed_at.is_not(None)
    )
    found = session.execute(held.join(Call, Call.id == Dossier.call_id).add_columns(Call)).one_or_none()
    if found is None:
        raise NotFound()
    dossier, call = found
    edits = visibility.held_by(actor.person_id, Right.EDIT).where(Dossier.id == dossier.id)
    writes = dossier.state != State.WITHDRAWN and session.scalar(edits.with_only_columns(Dossier.id)) is not None
    return Desk(dossier, call, Side.APPLICANT, writes)


def service_desk(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Desk:
    """Find the thread of a dossier that one follows: its correspondent, the team; the auditor reads.

    Errors: ``not_found``.
    """
    if not actor.roles_on(call.id) & {Role.JUROR, Role.CHAIR}:
        for dossiers in _followed(session, actor, call, now=now):
            dossier = session.scalar(dossiers.where(Dossier.reference == reference))
            if dossier is not None:
                writes = actor.may(Permission.INSTRUCT, call.id) or actor.may(Permission.MANAGE_CALL, call.id)
                return Desk(dossier, call, Side.SERVICE, writes)
    raise NotFound()


def thread(session: Session, actor: Actor, desk: Desk, *, now: datetime, number: int = 1) -> Thread:
    """Return a page of the messages of a dossier."""
    query = (
        select(DossierMessage)
        .where(DossierMessage.dossier_id == desk.dossier.id)
        .options(joinedload(DossierMessage.author), selectinload(DossierMessage.files))
        .order_by(DossierMessage.id.desc())
    )
    reading = session.get(MessageReading, (desk.dossier.id, actor.person_id))
    sheet = calls.definition_of(session, desk.call).sheet
    readable = calls.correspondents_may_read(desk.call, sheet, now)
    return Thread(
        desk=desk,
        page=paged(session, query, number),
        last_read=0 if reading is None else reading.up_to_id,
        unread=unread(session, actor, desk.side, [desk.dossier.id]).get(desk.dossier.id, 0),
        scans_demanded=sheet.pieces_are_scanned,
        waits_until=None if readable else desk.call.closes_at,
    )


def write(
    session: Session,
    actor: Actor,
    desk: Desk,
    text: str,
    files: Sequence[Received] = (),
    *,
    draw: str,
    base_url: str,
    now: datetime,
    scanner: bool = False,
) -> None:
    """Add a message, its files stored already; sent twice from one form, it is there once.

    Errors: ``messages_closed``, ``message_missing``, ``message_too_long``, ``message_unreadable``,
    ``too_many_message_files``, ``thread_full``.
    """
    if not desk.writes:
        raise RuleViolation("messages_closed")
    said = _read(text)
    if len(files) > FILES_MOST:
        raise RuleViolation("too_many_message_files", maximum=FILES_MOST)
    # Messages of a dossier follow one another: what is counted and what was sent already stays so until the end.
    session.execute(select(Dossier.id).where(Dossier.id == desk.dossier.id).with_for_update())
    of_dossier = DossierMessage.dossier_id == desk.dossier.id
    again = and_(of_dossier, DossierMessage.author_id == actor.person_id, DossierMessage.draw == draw)
    if session.scalar(select(DossierMessage.id).where(again)) is not None:
        return
    if (session.scalar(select(func.count()).where(of_dossier)) or 0) >= MESSAGES_MOST:
        raise RuleViolation("thread_full", maximum=MESSAGES_MOST)
    message = DossierMessage(
        dossier_id=desk.dossier.id,
        side=desk.side.value,
        author_id=actor.person_id,
        text=said,
        draw=draw,
        sent_at=now,
    )
    message_notices.owe(session, actor, desk.dossier, desk.call, desk.side.value, base_url=base_url, now=now)
    session.add(message)
    session.flush()
    message_files.keep(session, message, files, scanner=scanner, now=now)
    _mark(session, actor, desk, message.id, now)
    facts = {"message": message.reference, "files": len(files)}
    on = ("dossier", desk.dossier.reference)
    role = Role.APPLICANT if desk.side is Side.APPLICANT else None
    journal.record(session, actor, "message.sent", on=on, at=now, call_id=desk.call.id, role=role, facts=facts)


def mark_read(session: Session, actor: Actor, desk: Desk, up_to: str, *, now: datetime) -> None:
    """Note that one has read up to a message, named by its reference. Errors: ``not_found``."""
    found = session.scalar(
        select(DossierMessage.id).where(DossierMessage.dossier_id == desk.dossier.id, DossierMessage.reference == up_to)
    )
    if found is None:
        raise NotFound()
    _mark(session, actor, desk, found, now)


def file_of(session: Session, desk: Desk, reference: str) -> MessageFile:
    """Return a file of a thread. Errors: ``not_found``, ``piece_infected``, ``piece_not_scanned``."""
    found = session.execute(
        select(MessageFile, DossierMessage.side)
        .join(DossierMessage, DossierMessage.id == MessageFile.message_id)
        .where(DossierMessage.dossier_id == desk.dossier.id, MessageFile.reference == reference)
    ).one_or_none()
    if found is None:
        raise NotFound()
    file, side = found
    demanded = calls.definition_of(session, desk.call).sheet.pieces_are_scanned
    scanning.require_open(Scan(file.scan), demanded=demanded, own=side == desk.side)
    return file


def unread(session: Session, actor: Actor, side: Side, dossiers: Collection[int]) -> dict[int, int]:
    """Return how many messages of the other side a person has still to read, dossier by dossier; none where none."""
    if not dossiers:
        return {}
    query = _unread(actor, side, DossierMessage.dossier_id).where(DossierMessage.dossier_id.in_(sorted(dossiers)))
    return {row[0]: row[1] for row in session.execute(query)}


def unread_by_reference(session: Session, actor: Actor, references: Collection[str]) -> dict[str, int]:
    """Return the same for a page of a queue of those who follow dossiers, by the references of the dossiers."""
    if not references:
        return {}
    query = _unread(actor, Side.SERVICE, Dossier.reference).where(Dossier.reference.in_(sorted(references)))
    return {row[0]: row[1] for row in session.execute(query)}


def _unread(actor: Actor, side: Side, by: Any) -> Select[Any]:
    read = and_(MessageReading.dossier_id == DossierMessage.dossier_id, MessageReading.person_id == actor.person_id)
    return (
        select(by, func.count())
        .select_from(DossierMessage)
        .join(Dossier, Dossier.id == DossierMessage.dossier_id)
        .outerjoin(MessageReading, read)
        .where(DossierMessage.side != side.value, DossierMessage.id > func.coalesce(MessageReading.up_to_id, 0))
        .group_by(by)
    )


def _followed(session: Session, actor: Actor, call: Call, *, now: datetime) -> list[Select[Dossier]]:
    rooms = []
    if actor.may(Permission.INSTRUCT, call.id):
        rooms.append(instruction.visible(session, actor, call, now=now))
    if actor.may(Permission.MANAGE_CALL, call.id) or actor.may(Permission.READ_JOURNAL, call.id):
        rooms.append(visibility.managed_by(actor.person_id, call, now=now))
    return rooms


def _mark(session: Session, actor: Actor, desk: Desk, message_id: int, now: datetime) -> None:
    reading = session.get(MessageReading, (desk.dossier.id, actor.person_id), with_for_update=True)
    if reading is None:
        session.add(MessageReading(dossier_id=desk.dossier.id, person_id=actor.person_id, up_to_id=message_id, at=now))
    elif reading.up_to_id < message_id:
        reading.up_to_id, reading.at = message_id, now
    session.flush()


def _read(text: str) -> str:
    try:
        said = clean_text(text.replace("\x00", ""))
    except Unreadable as refusal:
        raise RuleViolation("message_unreadable") from refusal
    if not said:
        raise RuleViolation("message_missing")
    if len(said) > TEXT_MOST:
        raise RuleViolation("message_too_long", over=len(said) - TEXT_MOST)
    return said
