"""Which regional opinions are closed to whoever still has to mark: nobody marks under the influence of a region."""

from __future__ import annotations

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.sheets import SheetState
from ptce_aap.models import Assignment, Call, Dossier, Sheet


def masked(session: Session, actor: Actor, call: Call) -> frozenset[str]:
    """Return the dossiers (references) given to this person whose opinion and rank he does not read yet.

    Those of which his own sheet is not final, until the marking is closed; whatever other role opens them to him.
    """
    if call.marking_closed_at is not None or not actor.may(Permission.SCORE, call.id):
        return frozenset()
    return frozenset(session.scalars(_still_marked(actor.person_id, call)))


def masks(session: Session, actor: Actor, call: Call, dossier: Dossier) -> bool:
    """Tell whether the opinion on one dossier is closed to this person."""
    if call.marking_closed_at is not None or not actor.may(Permission.SCORE, call.id):
        return False
    mine = _still_marked(actor.person_id, call).where(Dossier.id == dossier.id)
    return session.scalar(mine) is not None


def _still_marked(person_id: int, call: Call) -> Select[str]:
    done = exists().where(
        Sheet.dossier_id == Assignment.dossier_id,
        Sheet.person_id == Assignment.person_id,
        Sheet.state == SheetState.FINAL.value,
    )
    given = select(Dossier.reference).join(Assignment, Assignment.dossier_id == Dossier.id)
    return given.where(Assignment.call_id == call.id, Assignment.person_id == person_id, ~done)
