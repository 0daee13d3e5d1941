"""How far the marking is, seen from the call: sheets received by dossier and by juror, opening and closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.domain.calendar import Phase, phase
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.mail import messages
from ptce_aap.models import Assignment, Call, Dossier, Sheet
from ptce_aap.models.jury import received, standing
from ptce_aap.models.visibility import managed_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.assignment.assignment import given, marked_dossiers
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, counted, paged
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.jury.jurors import Juror, jurors
from ptce_aap.services.ranking import deliberation


@dataclass(frozen=True, slots=True)
class DossierProgress:
    """A dossier and the sheets received for it."""

    reference: str
    title: str
    carrier: str
    given: int
    received: int


@dataclass(frozen=True, slots=True)
class JurorProgress:
    """A juror and the sheets received from him, on the dossiers that the reader of the page may see."""

    juror: Juror
    given: int
    begun: int
    received: int

    @property
    def awaited(self) -> int:
        """Return how many sheets he still owes."""
        return self.given - self.received


@dataclass(frozen=True, slots=True)
class Progress:
    """The page that follows the marking. It shows no mark and no average."""

    phase: Phase
    needed: int
    dossiers: int
    undecided: int  # filed dossiers whose eligibility is not decided
    lacking: int  # dossiers given to fewer jurors than needed
    given: int
    received: int
    short: int  # dossiers with fewer sheets received than needed: not classed if the marking closed now
    undeclared: int  # jurors who have not finished their declaration
    jurors: tuple[JurorProgress, ...]
    page: Page[DossierProgress]


def progress(session: Session, actor: Actor, call: Call, *, view: str, number: int, now: datetime) -> Progress:
    """Return how far the marking is; ``view`` "short" keeps the dossiers that lack sheets."""
    accounts.require(actor, Permission.SEE_MANAGEMENT, call.id)
    needed = calls.definition_of(session, call).grid.minimal_readings
    visible = marked_dossiers(actor, call, now=now)
    rows = visible.add_columns(given(call), _received(call)).order_by(_received(call), Dossier.title_key, Dossier.id)
    if view == "short":
        rows = rows.where(_received(call) < needed)
    found = paged(session, rows, number)
    by_juror = _by_juror(session, actor, call, visible)
    items = [
        DossierProgress(dossier.reference, dossier.title, dossier.carrier, given_to, got)
        for dossier, given_to, got in found.items
    ]
    undecided = managed_by(actor.person_id, call, now=now).where(Dossier.state == State.FILED)
    return Progress(
        phase=phase(calls.calendar_of(call), now),
        needed=needed,
        dossiers=counted(session, visible),
        undecided=counted(session, undecided),
        lacking=counted(session, visible.where(given(call) < needed)),
        given=sum(one.given for one in by_juror),
        received=sum(one.received for one in by_juror),
        short=counted(session, visible.where(_received(call) < needed)),
        undeclared=sum(one.juror.declared_at is None for one in by_juror),
        jurors=by_juror,
        page=Page(items, found.number, found.pages, found.total),
    )


def open_marking(session: Session, actor: Actor, call_id: int, *, base_url: str, now: datetime) -> None:
    """Open the marking and tell each juror. Errors: ``too_early``, ``already_done``."""
    calls.open_marking(session, actor, call_id, now=now)
    call = session.get_one(Call, call_id)
    link = base_url + addresses.jury(call.slug)
    for juror in jurors(session, actor, call):
        declared = juror.declared_at is not None
        letter = messages.marking_open(juror.email, call_title=call.title, declared=declared, link=link)
        letters.send(session, letter, at=now, call_id=call.id)


def close_marking(session: Session, actor: Actor, call_id: int, *, now: datetime) -> None:
    """Close the marking: no sheet changes any more, and the announced ranking is computed once.

    Errors: ``already_done``, ``marking_not_open``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.MANAGE_CALL, call.id)
    if not call.allows(Deed.CLOSE_MARKING):
        raise RuleViolation("marking_not_open" if call.marking_opened_at is None else "already_done")
    call.marking_closed_at = now
    final = session.scalar(select(func.count()).select_from(received(call.id).subquery())) or 0
    journal.record(
        session, actor, "marking.closed", on=("call", call.slug), at=now, call_id=call.id, facts={"sheets": final}
    )
    deliberation.compute_ranking(session, actor, call, now=now)


def _received(call: Call) -> ScalarSelect[int]:
    return (
        received(call.id)
        .with_only_columns(func.count())
        .where(Sheet.dossier_id == Dossier.id)
        .correlate(Dossier)
        .scalar_subquery()
    )


def _by_juror(session: Session, actor: Actor, call: Call, visible: Select[Any]) -> tuple[JurorProgress, ...]:
    seen = visible.with_only_columns(Dossier.id)
    rows = session.execute(
        select(
            Assignment.person_id,
            func.count(),
            func.count(Sheet.id),
            func.count(Sheet.final_at),
        )
        .outerjoin(Sheet, (Sheet.dossier_id == Assignment.dossier_id) & (Sheet.person_id == Assignment.person_id))
        .where(Assignment.call_id == call.id, Assignment.dossier_id.in_(seen), standing(call.id))
        .group_by(Assignment.person_id)
    )
    figures = {person_id: (given_to, begun, final) for person_id, given_to, begun, final in rows}
    found = [
        JurorProgress(juror, given_to, begun - final, final)
        for juror in jurors(session, actor, call)
        for given_to, begun, final in [figures.get(juror.person_id, (0, 0, 0))]
    ]
    return tuple(sorted(found, key=lambda one: -one.awaited))
