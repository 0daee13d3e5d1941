"""Messages as they are owed: sent with the act, followed by the team of the call, sent again when refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.mail.message import Message
from ptce_aap.models import Call, InboxItem, OutboxItem
from ptce_aap.services.accounts import accounts
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings
from ptce_aap.services.running import outbox

KIND = "mail"
SHOWN = 50
# A refused message is kept whole so that it can be sent again; then its address and its link are forgotten.
KEPT_WHEN_REFUSED = timedelta(days=30)


class Way(StrEnum):
    """How far a message is."""

    SENT = "sent"
    WAITING = "waiting"
    DELAYED = "delayed"  # tried, and to be tried again
    REFUSED = "refused"  # by the server of the address, for good


@dataclass(frozen=True, slots=True)
class Stopped:
    """A message that did not leave: what it is, a veiled address, why, since when."""

    identifier: str
    kind: str
    address: str
    way: Way
    reason: str
    since: datetime
    attempts: int

    @property
    def goes_again(self) -> bool:
        """Tell whether it may be offered again: refused for good, and not forgotten yet."""
        return self.way is Way.REFUSED and bool(self.address)


@dataclass(frozen=True, slots=True)
class Post:
    """The messages of a call: how many of each kind went each way, and those that did not leave."""

    counts: Mapping[str, Mapping[Way, int]]
    stopped: tuple[Stopped, ...]
    partial: bool = False  # a conflict closes what became of them: they would count those of the closed dossier

    def count(self, way: Way, kind: str | None = None) -> int:
        """Return how many messages went this way, of one kind or of all."""
        kinds = self.counts.values() if kind is None else [self.counts.get(kind, {})]
        return sum(counts.get(way, 0) for counts in kinds)


def send(session: Session, message: Message, *, at: datetime, call_id: int | None = None) -> str:
    """Owe a message and return its identifier; it leaves once the act is committed, and nothing waits for it."""
    return outbox.emit(session, KIND, message.as_payload(), at=at, topic=message.kind or None, call_id=call_id)


def post_of(session: Session, actor: Actor, call: Call) -> Post:
    """Return what became of the messages of a call, nothing to whoever is in conflict. Errors: ``not_allowed``."""
    _require_reader(actor, call)
    if standings.has_conflict(session, actor, call):
        return Post({}, (), partial=True)
    way = case(
        (OutboxItem.done_at.is_not(None) & OutboxItem.last_error.is_(None), Way.SENT.value),
        (OutboxItem.done_at.is_not(None), Way.REFUSED.value),
        (OutboxItem.last_error.is_not(None), Way.DELAYED.value),
        else_=Way.WAITING.value,
    ).label("way")
    of_call = (OutboxItem.kind == KIND) & (OutboxItem.call_id == call.id)
    counts: dict[str, dict[Way, int]] = {}
    for row in session.execute(
        select(OutboxItem.topic, way, func.count()).where(of_call).group_by(OutboxItem.topic, "way")
    ):
        counts.setdefault(row[0] or "", {})[Way(row[1])] = row[2]
    stopped = session.execute(
        select(OutboxItem, way)
        .where(of_call, OutboxItem.last_error.is_not(None))
        .order_by(OutboxItem.created_at.desc(), OutboxItem.id)
        .limit(SHOWN)
    )
    return Post(counts, tuple(_stopped(item, Way(found)) for item, found in stopped))


def send_again(session: Session, actor: Actor, call: Call, identifier: str, *, now: datetime) -> None:
    """Offer again a message that was refused, under its own identifier; one that is on its way is left alone.

    Errors: ``not_allowed``, ``not_found``, this for whoever is in conflict too: no message is shown to him.
    """
    accounts.require(actor, Permission.MANAGE_CALL, call.id)
    if standings.has_conflict(session, actor, call):
        raise NotFound()
    item = session.get(OutboxItem, identifier, with_for_update=True, populate_existing=True)
    if item is None or item.kind != KIND or item.call_id != call.id:
        raise NotFound()
    if item.done_at is None or item.last_error is None or not item.payload:
        return
    session.execute(delete(InboxItem).where(InboxItem.handler == KIND, InboxItem.outbox_id == identifier))
    item.done_at = item.offered_at = item.last_error = None
    item.attempts = 0
    facts = {"topic": item.topic}
    journal.record(session, actor, "letter.sent_again", on=("call", call.slug), at=now, call_id=call.id, facts=facts)


def forget_refused(session: Session, *, now: datetime) -> None:
    """Forget what refused messages said, and to whom, once nobody will send them again."""
    session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.kind == KIND,
            OutboxItem.last_error.is_not(None),
            OutboxItem.done_at < now - KEPT_WHEN_REFUSED,
            OutboxItem.payload != {},
        )
        .values(payload={})
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, item: OutboxItem) -> None:
    """Forget one message that did not leave: it goes, or what is left of it says nothing."""
    if item.done_at is None:
        outbox.forget(session, item.id)
    elif item.kind == KIND:
        item.payload = {}


def veiled(address: str) -> str:
    """Return an address as it may be told to somebody else: its first letter and its domain."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else ""


def _require_reader(actor: Actor, call: Call) -> None:
    if not actor.may(Permission.READ_JOURNAL, call.id):
        accounts.require(actor, Permission.MANAGE_CALL, call.id)


def _stopped(item: OutboxItem, way: Way) -> Stopped:
    return Stopped(
        identifier=item.id,
        kind=item.topic or "",
        address=veiled(str(item.payload.get("to", ""))),
        way=way,
        reason=item.last_error or "",
        since=item.created_at,
        attempts=item.attempts,
    )
