"""What one more reading of each dossier would buy on this call, from its own marks once there are some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.assignment.gain import Gain, gains
from ptce_aap.domain.corrected.storing import from_json
from ptce_aap.domain.corrected.values import Corrected
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call
from ptce_aap.services.accounts import accounts
from ptce_aap.services.assignment.assignment import marked_dossiers
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.ranking import corrected_store, room_door
from ptce_aap.services.ranking.corrected_store import Part


@dataclass(frozen=True, slots=True)
class GainPage:
    """What 1 to 6 readings a dossier give; ``fitted``: from the call's own marks, else under a stated hypothesis."""

    gains: tuple[Gain, ...]
    dossiers: int
    needed: int
    fitted: bool
    tau: float
    noise: float


def gain_page(session: Session, actor: Actor, call: Call, *, now: datetime) -> GainPage:
    """Return the page. Where the ranking room is closed to somebody, so is what was fitted: he reads the hypothesis."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    count = dossiers.counted(session, marked_dossiers(actor, call, now=now))
    needed = calls.definition_of(session, call).grid.minimal_readings
    found = _fitted(session, actor, call)
    tau, noise = found or (1.0, 1.0)
    return GainPage(gains(count, tau=tau, noise=noise), count, needed, found is not None, tau, noise)


def _fitted(session: Session, actor: Actor, call: Call) -> tuple[float, float] | None:
    if not actor.may(Permission.SEE_CORRECTED, call.id):
        return None
    if room_door.door(session, actor, call) is not room_door.Door.OPEN:
        return None
    held = corrected_store.held(session, call.id)
    if held is None:
        return None
    model = from_json(Corrected, corrected_store.part(session, held, Part.RESULT)).model
    return (model.tau, model.residual_sd) if model.tau > 0 else None
