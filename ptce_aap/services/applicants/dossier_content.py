"""The digest of what a dossier says, whoever reads it and whenever: by it a confirmation knows what it was given on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import read_document
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.models import Attachment, Dossier
from ptce_aap.models.base import canonical_json
from ptce_aap.services.applicants import attachments
from ptce_aap.services.dossiers import dossiers


def digest_of(definition: CallDefinition, answers: Answers, pieces: Iterable[Attachment]) -> str:
    """Return the SHA-256 of the answers and of the pieces, by what they hold: neither number nor instant counts."""
    told = [
        {"key": piece.key, "name": piece.filename, "size": piece.size, "sha256": piece.sha256}
        for piece in sorted(pieces, key=lambda one: (one.key, one.filename, one.size, one.sha256))
    ]
    return _digest(definition.questionnaire.to_canonical(answers), told)


def digest_now(session: Session, dossier: Dossier, definition: CallDefinition) -> str:
    """Return the digest of a dossier as it is stored: two statements."""
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    return digest_of(definition, answers, attachments.of_dossier(session, dossier.id))


def digest_of_snapshot(snapshot: str) -> str:
    """Return the digest of what a frozen deposit says, comparable with that of a draft.

    Errors: ``dossier_erased``.
    """
    content = _read(snapshot)
    return _digest(content["answers"], content["attachments"])


def answers_of_snapshot(definition: CallDefinition, snapshot: str) -> Answers:
    """Return the answers of a frozen deposit, which later ones of the same dossier do not change.

    Errors: ``dossier_erased``.
    """
    frozen = {"submitted_at": None, "answers": _read(snapshot)["answers"]}
    return read_document(json.dumps(frozen), definition.questionnaire).answers


def _read(snapshot: str) -> dict[str, Any]:
    if not snapshot:  # its time was over: only its digest is left
        raise RuleViolation("dossier_erased")
    content: dict[str, Any] = json.loads(snapshot)
    return content


def _digest(answers: object, pieces: object) -> str:
    return hashlib.sha256(canonical_json({"answers": answers, "attachments": pieces}).encode()).hexdigest()
