"""Who may enter the ranking room now: nobody in conflict, nobody before the marking, no reader who still marks."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.sheets import SheetState
from ptce_aap.models import Assignment, Call, Dossier, Sheet
from ptce_aap.models.jury import standing
from ptce_aap.models.visibility import no_conflict
from ptce_aap.services.accounts import accounts
from ptce_aap.services.ranking import standings


class Door(StrEnum):
    """Whether the room is open to a person, and what keeps it closed."""

    OPEN = "open"
    DEPORT = "deport"
    TOO_EARLY = "room_too_early"
    STILL_MARKING = "own_sheets_first"


def door(session: Session, actor: Actor, call: Call) -> Door:
    """Return whether the room is open to this person.

    It stays closed to whoever is in conflict with a dossier, after the publication too: severities and chances are
    made of all sheets, and are never published. Errors: ``not_allowed``.
    """
    accounts.require(actor, Permission.SEE_CORRECTED, call.id)
    if standings.has_conflict(session, actor, call):
        return Door.DEPORT
    if not call.allows(Deed.SEE_CORRECTED):
        return Door.TOO_EARLY
    if call.marking_closed_at is None and actor.may(Permission.SCORE, call.id) and _still_marks(session, actor, call):
        return Door.STILL_MARKING
    return Door.OPEN


def enter(session: Session, actor: Actor, call: Call) -> None:
    """Refuse what stands behind the door.

    Errors: ``not_allowed``, ``deport``, ``room_too_early``, ``own_sheets_first``.
    """
    found = door(session, actor, call)
    if found is not Door.OPEN:
        raise RuleViolation(found.value)


def _still_marks(session: Session, actor: Actor, call: Call) -> bool:
    """Tell whether a sheet of this reader is not final: he would mark under the influence of the others' marks."""
    done = exists().where(
        Sheet.dossier_id == Assignment.dossier_id,
        Sheet.person_id == Assignment.person_id,
        Sheet.state == SheetState.FINAL.value,
    )
    given = (
        select(Assignment.dossier_id)
        .join(Dossier, Dossier.id == Assignment.dossier_id)
        .where(
            Assignment.call_id == call.id,
            Assignment.person_id == actor.person_id,
            standing(call.id),
            no_conflict(Assignment.person_id),
            ~done,
        )
    )
    return bool(session.scalar(select(given.exists())))
