"""Pieces of a dossier: joined to a question, taken away, found again by whoever may read the dossier."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from ptce_aap.domain import scanning
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import QuestionKind
from ptce_aap.models import Attachment, Call, Dossier
from ptce_aap.services.applicants import drafts, holding
from ptce_aap.services.calls import calls
from ptce_aap.services.running import scans
from ptce_aap.storage import Stored as StoredFile
from ptce_aap.storage.inspection import Inspected

MAXIMUM_PER_QUESTION = 30
MAXIMUM_OF_DOSSIER = 200 * 1024 * 1024


def of_dossier(session: Session, dossier_id: int) -> list[Attachment]:
    """Return the pieces of a dossier, the oldest first."""
    return list(
        session.scalars(
            select(Attachment)
            .where(Attachment.dossier_id == dossier_id, Attachment.removed_at.is_(None))
            .order_by(Attachment.id)
        )
    )


def downloadable(session: Session, actor: Actor, dossiers: Select[Dossier], reference: str) -> Attachment:
    """Return a piece of one of these dossiers, which one prepares: a query of ``models.visibility``.

    Who joined it may read it again; the others of the dossier wait for the scanner.
    Errors: ``not_found``, ``piece_infected``, ``piece_not_scanned``.
    """
    found = session.scalar(
        select(Attachment).where(
            Attachment.reference == reference,
            Attachment.removed_at.is_(None),
            Attachment.dossier_id.in_(dossiers.with_only_columns(Dossier.id)),
        )
    )
    if found is None:
        raise NotFound()
    scan, own = scanning.Scan(found.scan), found.added_by_id == actor.person_id
    demanded = not own and scan is not scanning.Scan.CLEAN and _demanded(session, found)
    scanning.require_open(scan, demanded=demanded, own=own)
    return found


def _demanded(session: Session, piece: Attachment) -> bool:
    call = session.get_one(Call, session.get_one(Dossier, piece.dossier_id).call_id)
    return calls.definition_of(session, call).sheet.pieces_are_scanned


def add(
    session: Session,
    actor: Actor,
    reference: str,
    path: str,
    file: Inspected,
    stored: StoredFile,
    *,
    now: datetime,
    scanner: bool = False,
) -> None:
    """Join a file, whose bytes are stored already, to the draft; ``scanner``: there is one to look at it.

    Errors: those of ``drafts.hold``, ``too_many_pieces``, ``pieces_too_heavy``.
    """
    draft = drafts.hold(session, actor, reference, now=now)
    draft.question(path, QuestionKind.ATTACHMENT)
    answer = draft.at(path)
    names = list(answer.value or ())
    pieces = of_dossier(session, draft.dossier.id)
    if any((piece.key, piece.filename, piece.sha256) == (path, file.name, stored.digest) for piece in pieces):
        return  # sent again because the answer was lost on its way: it is joined already
    if sum(piece.size for piece in pieces) + stored.size > MAXIMUM_OF_DOSSIER:
        raise RuleViolation("pieces_too_heavy", maximum=MAXIMUM_OF_DOSSIER // 2**20)
    held = {piece.filename for piece in pieces if piece.key == path}
    name = _free_name(file.name, held)
    if name not in names:
        if len(names) >= MAXIMUM_PER_QUESTION:
            raise RuleViolation("too_many_pieces", maximum=MAXIMUM_PER_QUESTION)
        names.append(name)
    piece = Attachment(
        dossier_id=draft.dossier.id,
        key=path,
        filename=name,
        media_type=file.media_type,
        size=stored.size,
        sha256=stored.digest,
        added_by_id=actor.person_id,
        added_at=now,
    )
    session.add(piece)
    session.flush()
    if scanner:
        scans.owe(session, piece, now=now)
    facts: dict[str, Any] = {"key": path, "piece": piece.reference, "sha256": stored.digest}
    holding.record(session, actor, "piece.added", draft.dossier, now, **facts)
    drafts.write(session, actor, draft, {path: replace(answer, value=names)}, now=now, told=True)


def remove(session: Session, actor: Actor, reference: str, path: str, name: str, *, now: datetime) -> None:
    """Take a file away from the draft, or the name of one still to join. Errors: those of ``drafts.hold``."""
    draft = drafts.hold(session, actor, reference, now=now)
    draft.question(path, QuestionKind.ATTACHMENT)
    answer = draft.at(path)
    names = list(answer.value or ())
    if name not in names:
        raise NotFound()
    names.remove(name)
    taken = session.scalars(
        update(Attachment)
        .where(
            Attachment.dossier_id == draft.dossier.id,
            Attachment.key == path,
            Attachment.filename == name,
            Attachment.removed_at.is_(None),
        )
        .values(removed_at=now)
        .returning(Attachment.reference)
        .execution_options(synchronize_session=False)
    ).all()
    holding.record(session, actor, "piece.removed", draft.dossier, now, key=path, pieces=sorted(taken))
    drafts.write(session, actor, draft, {path: replace(answer, value=names or None)}, now=now, told=True)


def _free_name(name: str, held: set[str]) -> str:
    """Return the name, numbered where the question already holds a file of that name."""
    stem, dot, extension = name.rpartition(".")
    candidate, number = name, 1
    while candidate in held:
        number += 1
        candidate = f"{stem if dot else name} ({number}){dot}{extension if dot else ''}"
    return candidate
