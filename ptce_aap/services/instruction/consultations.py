"""Asking about a dossier people who have no account: services for their opinion, funders for what they bring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import calendar, working_days
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.consultations import ConsultationSettings, Purpose, Standing, standing
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.mail.message import parse_address
from ptce_aap.models import Call, Consultation, Dossier, visibility
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import consultation_letters, consultation_readings, instruction
from ptce_aap.services.instruction.consultation_readings import PlanLine
from ptce_aap.services.journal import journal

LEAST_WORKING_DAYS, LONGEST_DAYS = 2, 60
LONGEST_NAME, LONGEST_QUESTION = 200, 1000
MOST_AT_ONCE, MOST_OF_A_DOSSIER = 8, 60
SENT_AGAIN_AFTER = timedelta(minutes=10)
_OPEN_STATES = (State.FILED, State.ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody who is asked; ``line``: the mark of the line of the financial plan that a funder is asked to confirm."""

    service: str
    addressee: str
    email: str
    kind: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of all of them at once: a sentence, the stages that are shown, the last day to answer."""

    question: str
    stages: tuple[str, ...]
    last_day: date | None


def settings_of(definition: CallDefinition) -> ConsultationSettings:
    """Return what the call lets ask. Errors: ``not_found`` where it lets nothing be asked."""
    if definition.consultations is None:
        raise NotFound()
    return definition.consultations


def is_over(call: Call, dossier: Dossier) -> bool:
    """Tell whether nobody is consulted on a dossier any more: the jury marks, or the dossier has left."""
    return not call.allows(Deed.CONSULT) or dossier.state not in _OPEN_STATES


def standing_of(one: Consultation, call: Call, dossier: Dossier, now: datetime) -> Standing:
    """Return where a request stands at an instant."""
    return standing(one.answered_at, one.withdrawn_at, one.due_at, now, ended=is_over(call, dossier))


def first_day(now: datetime) -> date:
    """Return the first day until which one may be asked to answer."""
    return working_days.after(now.astimezone(PARIS).date(), LEAST_WORKING_DAYS)


def last_possible_day(now: datetime) -> date:
    """Return the last one."""
    return now.astimezone(PARIS).date() + timedelta(days=LONGEST_DAYS)


def ask(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    wanted: Sequence[Wanted],
    request: Request,
    *,
    base_url: str,
    now: datetime,
) -> list[str]:
    """Ask several people at once, each by his own link; return the secrets of the links, in their order.

    Errors: those of ``held``, ``consultation_nobody``, ``too_many_consultations``, ``consultation_incomplete``,
    ``mail_address_refused``, those of ``require_day``, ``consultation_nothing_shown``, ``not_found``.
    """
    call, dossier, definition = held(session, actor, call_id, reference, now=now)
    settings = settings_of(definition)
    if not wanted:
        raise RuleViolation("consultation_nobody")
    asked = session.scalar(select(func.count()).where(Consultation.dossier_id == dossier.id)) or 0
    if len(wanted) > MOST_AT_ONCE or asked + len(wanted) > MOST_OF_A_DOSSIER:
        raise RuleViolation("too_many_consultations", at_once=MOST_AT_ONCE, maximum=MOST_OF_A_DOSSIER)
    due_at = due_instant(require_day(request.last_day, now=now))
    if not set(request.stages) <= set(settings.opens):
        raise NotFound()
    lines = consultation_readings.lines_of_plan(session, dossier, definition)
    secrets = []
    for one in wanted:
        _require_complete(settings, one, request)
        row = _line_asked(lines, one)
        found = Consultation(
            dossier_id=dossier.id,
            purpose=(Purpose.FUNDING if row else Purpose.OPINION).value,
            kind=one.kind,
            service=one.service,
            addressee=one.addressee,
            email=one.email,
            question=request.question,
            opened=[] if row else [key for key in settings.opens if key in request.stages],
            funding=row,
            asked_by_id=actor.person_id,
            asked_at=now,
            sent_at=now,
            due_at=due_at,
            answers={},
        )
        session.add(found)
        secrets.append(consultation_letters.send_link(session, found, dossier, call, base_url=base_url, now=now))
        record(session, actor, "consultation.asked", dossier, found, now, purpose=found.purpose)
    return secrets


def _line_asked(lines: Sequence[PlanLine], one: Wanted) -> dict[str, Any]:
    """Return the line of the plan that a funder is asked about, as it is stored; none for an opinion.

    Errors: ``not_found``.
    """
    if not one.line:
        return {}
    found = next((line.stored for line in lines if line.mark == one.line), {})
    if not found:
        raise NotFound()
    return found


def send_again(
    session: Session, actor: Actor, call_id: int, reference: str, identifier: str, *, base_url: str, now: datetime
) -> str:
    """Send a new link to somebody who has not answered; the former link dies. Return the secret.

    Errors: those of ``held`` and ``waiting``, ``sent_a_moment_ago``.
    """
    call, dossier, _ = held(session, actor, call_id, reference, now=now)
    one = waiting(session, call, dossier, identifier, now=now)
    again = one.sent_at + SENT_AGAIN_AFTER
    if now < again:
        raise RuleViolation("sent_a_moment_ago", sent=one.sent_at, again=again)
    one.sent_at = now
    secret = consultation_letters.send_link(session, one, dossier, call, again=True, base_url=base_url, now=now)
    record(session, actor, "consultation.sent_again", dossier, one, now)
    return secret


def prolong(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    identifier: str,
    day: date | None,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Give somebody until another day, past or not; a new link goes to him. Errors: those of ``send_again``, the day's.

    A day before the present one is refused: nobody loses time that he was given.
    """
    call, dossier, _ = held(session, actor, call_id, reference, now=now)
    one = waiting(session, call, dossier, identifier, now=now, expired_too=True)
    due_at = due_instant(require_day(day, now=now))
    if due_at <= one.due_at:
        raise RuleViolation("consultation_shorter", due=calendar.last_moment(one.due_at))
    one.due_at, one.sent_at, one.reminded_at = due_at, now, None
    consultation_letters.send_link(session, one, dossier, call, again=True, base_url=base_url, now=now)
    until = (due_at - timedelta(seconds=1)).astimezone(PARIS).date().isoformat()
    record(session, actor, "consultation.prolonged", dossier, one, now, until=until)


def withdraw(session: Session, actor: Actor, call_id: int, reference: str, identifier: str, *, now: datetime) -> None:
    """Take a request back: its link opens nothing any more. Errors: those of ``held`` and ``waiting``."""
    call, dossier, _ = held(session, actor, call_id, reference, now=now)
    one = waiting(session, call, dossier, identifier, now=now, expired_too=True)
    one.withdrawn_at, one.token_digest = now, None
    record(session, actor, "consultation.withdrawn", dossier, one, now)


def waiting(
    session: Session, call: Call, dossier: Dossier, identifier: str, *, now: datetime, expired_too: bool = False
) -> Consultation:
    """Return a request of a dossier that is held, not answered yet. Errors: ``not_found``, ``already_done``."""
    query = select(Consultation).where(Consultation.dossier_id == dossier.id, Consultation.reference == identifier)
    one = session.scalar(query.with_for_update())
    if one is None:
        raise NotFound()
    accepted = {Standing.WAITING, *((Standing.EXPIRED,) if expired_too else ())}
    if standing_of(one, call, dossier, now) not in accepted:
        raise RuleViolation("already_done")
    return one


def require_day(day: date | None, *, now: datetime) -> date:
    """Return a last day that may be set.

    Errors: ``complement_day_missing``, ``consultation_too_soon``, ``complement_too_late``.
    """
    if day is None:
        raise RuleViolation("complement_day_missing")
    if day < first_day(now):
        raise RuleViolation("consultation_too_soon", days=LEAST_WORKING_DAYS)
    if day > last_possible_day(now):
        raise RuleViolation("complement_too_late", days=LONGEST_DAYS)
    return day


def due_instant(day: date) -> datetime:
    """Return the first instant that is too late for a last day: midnight in Paris at its end."""
    return datetime.combine(day + timedelta(days=1), time(), PARIS).astimezone(UTC)


def readable(session: Session, actor: Actor, call: Call, *, now: datetime) -> Select[Dossier]:
    """The dossiers of which this person reads what is asked: those of his regions, or all those of the team."""
    if actor.roles_on(call.id) & {Role.TEAM, Role.AUDITOR}:
        return visibility.managed_by(actor.person_id, call, now=now)
    return instruction.visible(session, actor, call, now=now)


def held(
    session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime
) -> tuple[Call, Dossier, CallDefinition]:
    """Load a dossier on which this person may consult others.

    Errors: ``not_allowed``, ``not_found``, ``too_early`` before the closing, ``instruction_over``.
    """
    accounts.require(actor, Permission.CONSULT, call_id)
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    if Role.TEAM in actor.roles_on(call.id):
        mine = visibility.managed_by(actor.person_id, call, now=now)
    else:  # an auditor reads the other regions: what he may do is only that of his own, if he has one
        mine = instruction.visible(session, actor, call, now=now)
    dossier = session.scalar(mine.where(Dossier.reference == reference).with_for_update(of=Dossier))
    definition = calls.definition_of(session, call)
    if dossier is None or definition.consultations is None:
        raise NotFound()
    if is_over(call, dossier):
        raise RuleViolation("instruction_over", since=call.marking_opened_at)
    if not call.allows(Deed.CONSULT, now=now):
        raise RuleViolation("too_early", until=call.closes_at)
    return call, dossier, definition


def record(
    session: Session, actor: Actor, act: str, dossier: Dossier, one: Consultation, at: datetime, **facts: object
) -> None:
    """Write the line of an act on a request; it names nobody but whoever acts."""
    role = Role.TEAM if Role.TEAM in actor.roles_on(dossier.call_id) else Role.CORRESPONDENT
    told = {"consultation": one.reference, **facts}
    on = ("dossier", dossier.reference)
    journal.record(session, actor, act, on=on, at=at, call_id=dossier.call_id, role=role, facts=told)


def _require_complete(settings: ConsultationSettings, one: Wanted, request: Request) -> None:
    if not (one.service and one.addressee and one.email):
        raise RuleViolation("consultation_incomplete")
    _require_short((one.service, one.addressee), LONGEST_NAME)
    parse_address(one.email)
    _require_short((request.question,), LONGEST_QUESTION)
    if one.line:
        return
    if one.kind and not settings.service_name(one.kind):
        raise NotFound()
    if not request.question:
        raise RuleViolation("consultation_question_missing")
    if not request.stages:
        raise RuleViolation("consultation_nothing_shown")


def _require_short(texts: Iterable[str], maximum: int) -> None:
    if any(len(text) > maximum for text in texts):
        raise RuleViolation("sentence_too_long", maximum=maximum)
