"""How old the figures of the ranking room are, for whoever may enter it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call
from ptce_aap.services.ranking import corrected_store, room_door
from ptce_aap.services.ranking.corrected_store import Freshness


def read(session: Session, actor: Actor, call: Call) -> Freshness:
    """Return how old the figures are. Errors: those of ``room_door.enter``."""
    room_door.enter(session, actor, call)
    return corrected_store.freshness(session, call, corrected_store.held(session, call.id))
