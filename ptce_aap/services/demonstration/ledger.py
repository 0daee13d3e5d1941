"""The journal of a fictional call: its lines are collected as acts are told, and written in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.services.journal import journal


@dataclass(slots=True)
class Ledger:
    """The lines that one call still owes to its journal."""

    call_id: int
    lines: list[journal.Line] = field(default_factory=list)

    def note(
        self,
        actor: Actor,
        role: Role,
        act: str,
        on: tuple[str, str],
        at: datetime,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Keep the line of an act."""
        self.lines.append(journal.Line(actor.reference, role, act, on, at, facts or {}))

    def write(self, session: Session) -> None:
        """Write what was kept, the oldest act first."""
        journal.record_all(session, self.call_id, sorted(self.lines, key=lambda line: line.at))
        self.lines.clear()
