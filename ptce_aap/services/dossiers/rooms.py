"""Which dossiers the call team, the chair and the auditor find in the rooms of the management."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Call, Dossier, RankingEntry
from ptce_aap.models.visibility import managed_by, presided_by
from ptce_aap.services.ranking import standings


def open_to(actor: Actor, call: Call, *, now: datetime) -> Select[Dossier]:
    """The dossiers open to this person in the management: the team's and the auditor's, else the chair's."""
    if actor.roles_on(call.id) & {Role.TEAM, Role.AUDITOR}:
        return managed_by(actor.person_id, call, now=now)
    return presided_by(actor.person_id, call)


def ranked_dossier(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Dossier:
    """Return a dossier of the ranking in force, if it is open to this person. Errors: ``not_found``."""
    dossier = session.scalar(open_to(actor, call, now=now).where(Dossier.reference == reference))
    ranking = standings.latest(session, call.id)
    if dossier is None or ranking is None or session.get(RankingEntry, (ranking.id, dossier.id)) is None:
        raise NotFound()
    return dossier
