"""Letting the figures of a draft be counted in syntheses: the owner's choice, off until he makes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.services.applicants import dossier_people, holding


def choose(session: Session, actor: Actor, reference: str, *, counted: bool, now: datetime) -> None:
    """Let one's draft be counted, or no longer. What is filed is counted anyway.

    Errors: those of ``dossier_people.locked``, ``people_settled`` once the marking is open, ``dossier_filed``.
    """
    dossier = dossier_people.locked(session, actor, reference)
    dossier_people.require_open(session, dossier)
    if dossier.state != State.DRAFT:
        raise RuleViolation("dossier_filed", number=dossier.number)
    if counted is (dossier.counted_since is not None):
        return
    dossier.counted_since = now if counted else None
    holding.record(session, actor, "draft.counted" if counted else "draft.uncounted", dossier, now)
