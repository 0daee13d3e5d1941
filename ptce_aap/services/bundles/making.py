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
from ptce_aap.models import JournalHead
from ptce_aap.resources import shipped
from ptce_aap.services.bundles import collecting
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import daily_heads, journal

MEDIA_TYPE = "application/zip"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The state of a call, and the line of its journal that holds the digests of these files."""

    call: str  # slug
    chain: str
    sequence: int
    files: dict[str, bytes]


def seal(session: Session, actor: Actor, call_id: int, *, now: datetime) -> Sealed:
    """Write in the journal the digests of what is known of a call now; return these files.

    The line says who asked for the bundle, and is the last of the journal that it holds. Errors: ``no_ranking``.
    """
    call = calls.locked(session, call_id)
    files = collecting.sealed_files(session, call)
    facts = {"files": layout.digests(files), "software": version("ptce-aap")}
    journal.record(session, actor, layout.SEALED_ACT, on=("call", call.slug), at=now, call_id=call.id, facts=facts)
    session.flush()
    chain = journal.chain_of(call.id)
    last = select(JournalHead.sequence).where(JournalHead.chain == chain)
    return Sealed(call.slug, chain, session.scalars(last).one(), files)


def written(session: Session, sealed: Sealed) -> bytes:
    """Return the bytes of a bundle: what was sealed, the journal up to its seal, what a reader needs to check them.

    The same for the same seal, whenever it is written.
    """
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
