"""Writes and signs the head of a day, owes the messages that take it outside, keeps its time-stamp."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.domain.daily_heads import ChainHead, Head
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.journal_chain import FIRST
from ptce_aap.mail import messages
from ptce_aap.mail.message import Joined
from ptce_aap.models import DailyHead, DailyHeadLetter, DailyHeadStamp, JournalEntry, JournalHead
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import daily_heads, journal_key


class JournalRewritten(Exception):
    """The journal no longer holds what the last head says: nothing is signed over it."""

    def __init__(self, chain: str, sequence: int) -> None:
        super().__init__(f"{chain} {sequence}")
        self.chain = chain
        self.sequence = sequence


def write(
    session: Session, key: Ed25519PrivateKey, *, witnesses: Sequence[str], base_url: str, now: datetime
) -> DailyHead | None:
    """Write the head of the day and owe it to the witnesses; None where it is written, or nothing ever happened.

    Two workers at once: the day is unique, the second runs again and finds it.
    Errors: ``JournalRewritten``.
    """
    last = session.scalars(select(DailyHead).order_by(DailyHead.number.desc()).limit(1)).one_or_none()
    day = now.astimezone(PARIS).date()
    chains = session.execute(select(JournalHead.chain, JournalHead.sequence, JournalHead.digest))
    stood = tuple(sorted(ChainHead(*row) for row in chains))
    if not stood or (last is not None and day <= last.day):
        return None
    if last is not None:
        _require_followed(session, last)
    head = Head(last.number + 1 if last else 1, day, now, last.digest if last else FIRST, stood)
    row = DailyHead(
        number=head.number,
        day=head.day,
        at=head.at,
        chains=[[one.chain, one.sequence, one.digest] for one in head.chains],
        root=head.root,
        previous=head.previous,
        digest=head.digest,
        key=journal_key.public_hex(key),
        signature=key.sign(head.content).hex(),
    )
    session.add(row)
    session.flush()
    for to in witnesses:
        session.add(DailyHeadLetter(outbox_id=_send(session, to, row, base_url=base_url, now=now), number=row.number))
    return row


def unstamped(session: Session, *, most: int) -> list[tuple[int, Head]]:
    """Return the last heads that no authority stamped, the oldest first."""
    query = (
        select(DailyHead)
        .outerjoin(DailyHeadStamp, DailyHeadStamp.number == DailyHead.number)
        .where(DailyHeadStamp.number.is_(None))
        .order_by(DailyHead.number.desc())
        .limit(most)
    )
    return [(row.number, head_of(row)) for row in reversed(session.scalars(query).all())]


def keep_stamp(
    session: Session, number: int, *, authority: str, answer: bytes, stamped_at: datetime, now: datetime
) -> None:
    """Keep what an authority answered of a head; the first answer stays."""
    if session.get(DailyHeadStamp, number) is None:
        text = base64.b64encode(answer).decode()
        session.add(
            DailyHeadStamp(number=number, authority=authority, stamped_at=stamped_at, received_at=now, answer=text)
        )


def head_of(row: DailyHead) -> Head:
    """Return a stored head as the domain knows it."""
    chains = tuple(ChainHead(chain, sequence, digest) for chain, sequence, digest in row.chains)
    return Head(row.number, row.day, row.at, row.previous, chains)


def _require_followed(session: Session, last: DailyHead) -> None:
    for chain, sequence, digest in last.chains:
        entry = session.get(JournalEntry, (chain, sequence))
        if entry is None or entry.digest != digest:
            raise JournalRewritten(chain, sequence)


def _send(session: Session, to: str, head: DailyHead, *, base_url: str, now: datetime) -> str:
    letter = messages.journal_head(
        to,
        number=head.number,
        day=french.long_date(head.day),
        digest=head.digest,
        link=base_url + addresses.HEADS,
        file=Joined(f"journal-{head.day.isoformat()}.json", "plain", canonical_json(daily_heads.exported(head)) + "\n"),
    )
    return letters.send(session, letter, at=now)
