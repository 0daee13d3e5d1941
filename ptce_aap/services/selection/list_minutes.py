"""What the minutes of a frozen list say of the people who made it: both names, substitutes, conflicts corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.documents import french
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Call
from ptce_aap.services.joint_acts import conflict_corrections, substitutes
from ptce_aap.services.joint_acts.two_persons import Confirmed

_AS = {Role.CHAIR: "présidence suppléante", Role.TEAM: "membre suppléant de l’équipe"}


def corrections_of(session: Session, call: Call) -> list[dict[str, str]]:
    """Return the conflicts that were corrected, as a list holds them."""
    return [
        {
            "confirmed_by": one.confirmed_by,
            "corrected_at": one.corrected_at.isoformat(),
            "declared_at": one.declared_at.isoformat(),
            "number": one.number,
            "person": one.name,
            "proposed_by": one.proposed_by,
            "reason": one.reason,
            "title": one.title,
        }
        for one in conflict_corrections.corrected(session, call)
    ]


def substitutes_of(session: Session, call: Call) -> list[dict[str, str]]:
    """Return the substitutes of a call, as a list holds them."""
    return [
        {"named_at": one.named_at.isoformat(), "named_by": by, "person": name, "reason": one.reason, "role": one.role}
        for one, name, by in substitutes.named(session, call)
    ]


def decided_by(done: Confirmed) -> dict[str, str]:
    """Return both names, as a list holds them."""
    return {
        "confirmed_at": done.at.isoformat(),
        "confirmed_by": done.by.name,
        "proposed_at": done.act.proposed_at.isoformat(),
        "proposed_by": done.proposer.name or done.proposer.email,
    }


def sentences(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the minutes print of a list; lists frozen before acts took two persons say less."""
    return tuple(_sentences(content))


def _sentences(content: Mapping[str, Any]) -> Iterator[str]:
    if decided := content.get("decided_by"):
        yield (
            f"Liste proposée par {decided['proposed_by']} {_when(decided['proposed_at'])}, confirmée par "
            f"{decided['confirmed_by']} {_when(decided['confirmed_at'])}."
        )
    for one in content.get("substitutes", ()):
        yield (
            f"{one['person']}, {_AS[Role(one['role'])]}, par décision de {one['named_by']} {_when(one['named_at'])}. "
            f"Motif{french.NBSP}: {one['reason']}"
        )
    for one in content.get("corrections", ()):
        yield (
            f"Conflit déclaré par erreur par {one['person']} {_when(one['declared_at'])} sur le dossier "
            f"{one['number']} ({one['title']}), corrigé {_when(one['corrected_at'])} sur proposition de "
            f"{one['proposed_by']}, confirmée par {one['confirmed_by']}. Motif{french.NBSP}: {one['reason']}"
        )


def _when(instant: str) -> str:
    return f"le {french.long_instant(datetime.fromisoformat(instant))}"
