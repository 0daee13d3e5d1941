"""The applicant's first page: his dossiers, those shared with him, and the calls that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain import calendar
from ptce_aap.domain.calendar import Phase
from ptce_aap.domain.dossier import State
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Call, Dossier, visibility
from ptce_aap.services.applicants import applicant
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers


@dataclass(frozen=True, slots=True)
class DossierLine:
    """A dossier on the list of a person, with what he may do on it.

    ``revised`` is the address of the changes under way, if there are any; ``asked_until`` is the last moment at which
    the complements asked of it may be filed.
    """

    dossier: Dossier
    revised: str | None
    call: Call
    right: Right
    offered: bool  # its owner offers it to this person
    last_moment: datetime
    phase: Phase
    asked_until: datetime | None = None

    @property
    def has_result(self) -> bool:
        """Tell whether what became of the dossier may be read."""
        return dossiers.has_result(self.call, self.dossier)


@dataclass(frozen=True, slots=True)
class Home:
    """The applicant's first page: his dossiers, and the calls on which he may start one."""

    lines: tuple[DossierLine, ...]
    number: int
    pages: int
    open_calls: tuple[calls.CallCard, ...]

    def reusable(self, line: DossierLine) -> bool:
        """Tell whether this person may take a dossier up again: his own, where another call is open."""
        return line.right is Right.OWN and any(card.call.id != line.call.id for card in self.open_calls)


def home(session: Session, actor: Actor, *, page: int, now: datetime) -> Home:
    """Return a page of one's dossiers, drafts that can still be filed first, and the calls that are open."""
    to_file = and_(Dossier.state == State.DRAFT, Call.closes_at > now)
    revision = aliased(Dossier)
    revised = select(revision.reference).where(revision.revises_id == Dossier.id, revision.ended_at.is_(None))
    due = revised.with_only_columns(revision.due_at).where(revision.due_at > now).scalar_subquery()
    mine = applicant.readable(actor).where(visibility.is_dossier())
    mine = mine.add_columns(revised.scalar_subquery().label("revised"), due.label("due_at"))
    found = dossiers.paged(session, mine.order_by(to_file.desc(), Dossier.saved_at.desc(), Dossier.id.desc()), page)
    lines = tuple(
        DossierLine(
            dossier=dossier,
            revised=revised,
            call=call,
            right=applicant.right_of(link),
            offered=link is not None and link.ownership_offered_at is not None,
            last_moment=calls.last_moment(call),
            phase=calendar.phase(calls.calendar_of(call), now),
            asked_until=None if due is None else calendar.last_moment(due),
        )
        for dossier, call, link, _, revised, due in found.items
    )
    cards = calls.public_cards(session, now=now)
    return Home(lines, found.number, found.pages, tuple(card for card in cards if card.phase is Phase.OPEN))
