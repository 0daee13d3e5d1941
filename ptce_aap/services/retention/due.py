"""When a dossier is to be erased: of which class it is, and how long its class is kept on its call."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain.dossier import State
from ptce_aap.domain.retention import Durations, Kept, over_at
from ptce_aap.models import Call, Dossier, Shortlist
from ptce_aap.models.erasure import is_erased
from ptce_aap.models.visibility import is_dossier

OF_DOSSIERS = (Kept.DRAFTS, Kept.NOT_SELECTED, Kept.LAUREATES)


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a dossier is kept. ``at`` None: as long as the call is suspended.

    ``foreseen``: the results are not published, so that the date may still move.
    """

    kept: Kept
    at: datetime | None
    foreseen: bool


def dossiers_over(session: Session, durations: Durations, *, now: datetime) -> Iterator[tuple[Kept, list[int]]]:
    """Yield, by call and class, the dossiers whose time is over: none of a call that is suspended."""
    for call in session.scalars(select(Call).order_by(Call.id)):
        if call.slug in durations.held:
            continue
        over = [kept for kept in OF_DOSSIERS if _over(kept, durations, call) <= now]
        if not over:
            continue
        selected = selected_of(session, call)
        there = select(Dossier.id, Dossier.state, Dossier.reference).where(
            Dossier.call_id == call.id, is_dossier(), ~is_erased()
        )
        found: dict[Kept, list[int]] = {kept: [] for kept in OF_DOSSIERS}
        for number, state, reference in session.execute(there.order_by(Dossier.id)):
            found[_class_of(state, reference, selected)].append(number)
        yield from ((kept, found[kept]) for kept in over if found[kept])


def term_of(call: Call, dossier: Dossier, selected: Collection[str], durations: Durations) -> Term:
    """Return until when a dossier is kept; its outcome counts once the results are published, never before."""
    kept = _class_of(dossier.state, dossier.reference, selected)
    at = None if call.slug in durations.held else _over(kept, durations, call)
    return Term(kept, at, foreseen=kept is not Kept.DRAFTS and call.published_at is None)


def selected_of(session: Session, call: Call) -> frozenset[str]:
    """Return the references of the dossiers that a published list selected."""
    frozen = session.get(Shortlist, call.id)
    if frozen is None or call.published_at is None:
        return frozenset()
    return frozenset(entry["dossier"] for entry in frozen.content["entries"] if entry["outcome"] == Outcome.SELECTED)


def _over(kept: Kept, durations: Durations, call: Call) -> datetime:
    return over_at(kept, durations, call.slug, closes_at=call.closes_at, published_at=call.published_at)


def _class_of(state: str, reference: str, selected: Collection[str]) -> Kept:
    if state == State.DRAFT:
        return Kept.DRAFTS
    return Kept.LAUREATES if reference in selected and state != State.WITHDRAWN else Kept.NOT_SELECTED
