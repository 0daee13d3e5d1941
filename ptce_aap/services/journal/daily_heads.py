"""The signed heads of the journal, as anybody may read them and as those who keep them outside do."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.journal_chain import instant_text
from ptce_aap.models import DailyHead, DailyHeadLetter, DailyHeadStamp, OutboxItem

FORMAT = "ptce-aap/journal-heads/1"
# What stands before the 32 bytes of an Ed25519 public key in its usual envelope (RFC 8410).
_ENVELOPE = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True, slots=True)
class Published:
    """A head as anybody may know it: ``letters`` of so many were ``sent`` outside, ``stamped_at`` by an authority."""

    number: int
    day: date
    at: datetime
    digest: str
    letters: int
    sent: int
    stamped_at: datetime | None


def published(session: Session, *, most: int) -> list[Published]:
    """Return the last heads, the latest first."""
    letters = (
        select(
            DailyHeadLetter.number,
            func.count().label("letters"),
            func.count(OutboxItem.done_at).filter(OutboxItem.last_error.is_(None)).label("sent"),
        )
        .join(OutboxItem, OutboxItem.id == DailyHeadLetter.outbox_id)
        .group_by(DailyHeadLetter.number)
        .subquery()
    )
    rows = session.execute(
        select(DailyHead, letters.c.letters, letters.c.sent, DailyHeadStamp.stamped_at)
        .outerjoin(letters, letters.c.number == DailyHead.number)
        .outerjoin(DailyHeadStamp, DailyHeadStamp.number == DailyHead.number)
        .order_by(DailyHead.number.desc())
        .limit(most)
    )
    return [
        Published(head.number, head.day, head.at, head.digest, count or 0, sent or 0, stamped)
        for head, count, sent, stamped in rows
    ]


def last_before(session: Session, instant: datetime) -> DailyHead | None:
    """Return the last head that was signed before an instant."""
    query = select(DailyHead).where(DailyHead.at <= instant).order_by(DailyHead.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


def as_json(session: Session) -> str:
    """Return every head, its key and its stamp, in one text: what the signatures are checked with.

    Where each chain stood is not in it: the root commits to it, and those who keep heads outside were sent it.
    """
    rows = session.execute(
        select(DailyHead, DailyHeadStamp)
        .outerjoin(DailyHeadStamp, DailyHeadStamp.number == DailyHead.number)
        .order_by(DailyHead.number)
    )
    heads = []
    for head, stamp in rows:
        told = exported(head)
        del told["chains"]
        if stamp is not None:
            told["stamp"] = {"answer": stamp.answer, "at": instant_text(stamp.stamped_at), "authority": stamp.authority}
        heads.append(told)
    return canonical_json({"format": FORMAT, "heads": heads}) + "\n"


def as_text(session: Session) -> str:
    """Return a line a head: its number, its day, its digest."""
    rows = session.execute(select(DailyHead.number, DailyHead.day, DailyHead.digest).order_by(DailyHead.number))
    return "".join(f"{number} {day.isoformat()} {digest}\n" for number, day, digest in rows)


def keys_as_pem(session: Session) -> str:
    """Return the public keys that signed heads, the first one used first, in the form that ``openssl`` reads."""
    query = select(DailyHead.key).group_by(DailyHead.key).order_by(func.min(DailyHead.number))
    return "".join(public_pem(key) for key in session.scalars(query))


def public_pem(public: str) -> str:
    """Return a public key, given in hexadecimal digits, in the form that ``openssl`` reads."""
    body = base64.b64encode(_ENVELOPE + bytes.fromhex(public)).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def exported(head: DailyHead) -> dict[str, Any]:
    """Return a head whole, as those who keep it outside are sent it: with where each chain stood."""
    return {
        "at": instant_text(head.at),
        "chains": [{"chain": chain, "digest": digest, "sequence": sequence} for chain, sequence, digest in head.chains],
        "day": head.day.isoformat(),
        "digest": head.digest,
        "key": head.key,
        "number": head.number,
        "previous": head.previous,
        "root": head.root,
        "signature": head.signature,
    }


def all_exported(session: Session) -> Sequence[dict[str, Any]]:
    """Return every head whole, in their order."""
    return [exported(head) for head in session.scalars(select(DailyHead).order_by(DailyHead.number))]
