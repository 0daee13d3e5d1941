"""The adopted list as its readers see it: announced and adopted places side by side, departures with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call
from ptce_aap.services.ranking import ranking_page
from ptce_aap.services.ranking.ranking_page import Asked, RankingPage
from ptce_aap.services.selection import adoption
from ptce_aap.services.selection.adoption import AdoptedList, Applied


@dataclass(frozen=True, slots=True)
class DeliberationPage:
    """A page of the list. ``adopted`` is None before there is a ranking, and in a partial view."""

    ranking: RankingPage
    adopted: AdoptedList | None

    @property
    def to_confirm(self) -> tuple[Applied, ...]:
        """Return the departures that no longer do what was decided."""
        return tuple(one for one in self.adopted.departures if one.changed) if self.adopted else ()

    def ground(self, departure: Applied) -> str:
        """Return the ground of a departure in words."""
        found = self.ranking.definition.sheet.ground(departure.decided.ground)
        return found.label if found else departure.decided.ground


def read(session: Session, actor: Actor, call: Call, *, page: int, now: datetime) -> DeliberationPage:
    """Return a page of the adopted list: as many statements at any size; nothing of it in a partial view.

    Errors: ``not_allowed``.
    """
    found = ranking_page.read(session, actor, call, Asked(page=page), now=now)
    closed = found.ranking is None or found.partial
    return DeliberationPage(
        found, None if closed or found.ranking is None else adoption.adopted_list(session, found.ranking)
    )
