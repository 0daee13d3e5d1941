"""Making a bundle: the journal seals the state of the call, then the files and the journal are put in one archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.documents import archive
from ptce_aap.domain import journal_chain
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, JournalEntry
from ptce_aap.resources import shipped
from ptce_aap.services import calls, daily_heads, journal
from ptce_aap.services.bundles import collecting

# What may follow a seal without a change of anything that it seals.
_NEUTRAL = ("bundle.made", "export.asked", layout.SEALED_ACT)
MEDIA_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The state of a call, and the line of its journal that holds the digests of these files."""

    call: str  # slug
    chain: str
    sequence: int
    files: dict[str, bytes]


def seal(session: Session, actor: Actor, call_id: int, *, now: datetime) -> Sealed:
    """Write in the journal the digests of what is known of a call now, and who asked for it; return these files.

    A state already sealed, after which nothing happened, keeps its line: the same state is the same bundle.
    Errors: ``no_ranking``.
    """
    call = calls.locked(session, call_id)
    files = collecting.sealed_files(session, call)
    digests = layout.digests(files)
    sequence = _sealed_already(session, call, digests)
    if sequence is None:
        facts = {"files": digests, "software": version("ptce-aap")}
        _record(session, actor, call, layout.SEALED_ACT, facts, now)
        session.flush()
        sequence = _last(session, call)
    _record(session, actor, call, "bundle.made", {"seal": sequence}, now)
    return Sealed(call.slug, journal.chain_of(call.id), sequence, files)


def written(session: Session, sealed: Sealed) -> bytes:
    """Return the bytes of a bundle: what was sealed, the journal up to its seal, what a reader needs to check them."""
    lines, last = [], journal_chain.FIRST
    for line in journal.lines(session, sealed.chain):
        lines.append(journal_chain.exported_line(line))
        last = line["digest"]
        if line["sequence"] == sealed.sequence:
            break
    head = {"chain": sealed.chain, "digest": last, "sequence": sealed.sequence}
    files = {
        **sealed.files,
        layout.JOURNAL: b"".join(line + b"\n" for line in lines),
        layout.HEAD: layout.text(head),
        layout.HEADS: layout.text(_signed_before(session, sealed)),
        layout.NOTICE: (shipped("docs") / "verifier" / layout.NOTICE).read_bytes(),
        layout.VERIFIER: (shipped("docs") / "verifier" / layout.VERIFIER).read_bytes(),
    }
    manifest = layout.manifest(files, call=sealed.call, version=version("ptce-aap"))
    return archive.write({layout.MANIFEST: manifest, **files})


def _signed_before(session: Session, sealed: Sealed) -> list[dict[str, Any]]:
    """Return the signed heads of the days before, of which this chain is part: they do not change with the day."""
    return [
        head
        for head in daily_heads.all_exported(session)
        if any(one["chain"] == sealed.chain and one["sequence"] <= sealed.sequence for one in head["chains"])
    ]


def _sealed_already(session: Session, call: Call, digests: dict[str, str]) -> int | None:
    """Return the line of a seal of this very state, if nothing was done since."""
    chain = JournalEntry.chain == journal.chain_of(call.id)
    changed = select(JournalEntry.sequence).where(chain, JournalEntry.act.not_in(_NEUTRAL))
    last_change = session.scalar(changed.order_by(JournalEntry.sequence.desc()).limit(1)) or 0
    seals = select(JournalEntry.sequence, JournalEntry.facts).where(
        chain, JournalEntry.act == layout.SEALED_ACT, JournalEntry.sequence > last_change
    )
    held: Any = session.execute(seals.order_by(JournalEntry.sequence)).all()
    return next((row.sequence for row in held if row.facts["files"] == digests), None)


def _last(session: Session, call: Call) -> int:
    query = select(JournalEntry.sequence).where(JournalEntry.chain == journal.chain_of(call.id))
    return session.scalars(query.order_by(JournalEntry.sequence.desc()).limit(1)).one()


def _record(session: Session, actor: Actor, call: Call, act: str, facts: dict[str, Any], now: datetime) -> None:
    journal.record(session, actor, act, on=("call", call.slug), at=now, call_id=call.id, facts=facts)
