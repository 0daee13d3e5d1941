"""Reminders of drafts before the closing: who is due one, what is missing, and how a person stops them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Select, delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain import places
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.permissions import Role
from ptce_aap.mail import messages
from ptce_aap.mail.message import Joined, is_address
from ptce_aap.models import Call, Dossier, Person, Reminder, ReminderStop, visibility
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calendars, calls
from ptce_aap.services.deposits import receipts
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.exchanges import addressees, letters
from ptce_aap.services.journal import journal

DAYS = (10, 3, 1)
"""How many days before the closing a reminder leaves."""
BATCH = 10
_SALT = "reminders"
Keys = str | list[str]  # of several, the one in force is the last; links signed by the others still work


def send_due(session: Session, *, base_url: str, secret_key: str, now: datetime, limit: int = BATCH) -> int:
    """Owe the reminders that are due for up to ``limit`` drafts; return for how many, 0 when all are told.

    Each draft is told once of each reminder of a closing, whatever the number of rounds and of workers at once. Of
    several that were missed, the last one alone is sent; one that was due before a draft was begun is not.
    """
    told = 0
    for call in session.scalars(select(Call).where(Call.opens_at <= now, Call.closes_at > now).order_by(Call.id)):
        days = _due(call.closes_at - now)
        if days is None or told == limit:
            continue
        definition = calls.definition_of(session, call)
        for dossier in session.scalars(_untold(call, days).limit(limit - told)):
            if _claim(session, dossier, call, days, now):
                _tell(session, dossier, call, definition, days, base_url=base_url, secret_key=secret_key, now=now)
            told += 1
    return told


def dossier_of(session: Session, token: str, *, secret_key: Keys) -> tuple[Dossier, Person, bool]:
    """Return the dossier and the person of a link, and whether reminders are stopped. Errors: ``not_found``."""
    dossier, person = _read(session, token, secret_key)
    return dossier, person, session.get(ReminderStop, (dossier.id, person.id)) is not None


def stop(session: Session, token: str, *, secret_key: Keys, now: datetime) -> None:
    """Send this person no more reminders of this dossier; asked twice, it is done once. Errors: ``not_found``."""
    dossier, person = _read(session, token, secret_key)
    if session.get(ReminderStop, (dossier.id, person.id)) is None:
        session.add(ReminderStop(dossier_id=dossier.id, person_id=person.id, stopped_at=now))
        _record(session, person, "reminders.stopped", dossier, now)


def resume(session: Session, token: str, *, secret_key: Keys, now: datetime) -> None:
    """Send reminders again. Errors: ``not_found``."""
    dossier, person = _read(session, token, secret_key)
    asked = delete(ReminderStop).where(ReminderStop.dossier_id == dossier.id, ReminderStop.person_id == person.id)
    if session.execute(asked.returning(ReminderStop.person_id)).first() is not None:
        _record(session, person, "reminders.resumed", dossier, now)


def token_of(dossier: Dossier, person: Person, *, secret_key: str) -> str:
    """Return what a link says of whom it was sent to, signed: nobody makes one for another."""
    return _signer(secret_key).dumps([dossier.reference, person.reference])


def _due(left: timedelta) -> int | None:
    """Return which reminder the time left asks for: the last one whose moment has come."""
    return min((days for days in DAYS if left <= timedelta(days=days)), default=None)


def _untold(call: Call, days: int) -> Select[Dossier]:
    told = exists().where(
        Reminder.dossier_id == Dossier.id, Reminder.days == days, Reminder.closes_at == call.closes_at
    )
    return (
        visibility.unfinished(call)  # changes to what was filed are no draft: the deposit stands without them
        .where(
            Dossier.created_at < call.closes_at - timedelta(days=days),
            ~told,
        )
        .order_by(Dossier.id)
    )


def _claim(session: Session, dossier: Dossier, call: Call, days: int, now: datetime) -> bool:
    """Write that a reminder is sent; False where another worker has just done it."""
    try:
        with session.begin_nested():
            session.add(Reminder(dossier_id=dossier.id, days=days, closes_at=call.closes_at, sent_at=now))
    except IntegrityError:
        return False
    return True


def _tell(
    session: Session,
    dossier: Dossier,
    call: Call,
    definition: CallDefinition,
    days: int,
    *,
    base_url: str,
    secret_key: str,
    now: datetime,
) -> None:
    questionnaire = definition.questionnaire
    answers = dossiers.answers_of(session, dossier.id, questionnaire)
    found = [places.find(questionnaire, place) for place in evaluate(definition, answers).missing]
    missing = Counter(place.stage.title for place in found if place is not None)
    joined = Joined("cloture.ics", "calendar", calendars.of_draft(dossier, call, base_url=base_url))
    for person in session.scalars(_to_tell(dossier)):
        if not is_address(person.email):
            continue
        letter = messages.draft_reminder(
            person.email,
            title=dossier.title or "sans nom",
            closes=f"{french.long_instant(calls.last_moment(call))} (heure de Paris)",
            left="dans moins de 24\u00a0heures" if days == 1 else f"dans moins de {days}\u00a0jours",
            stages=list(missing.items()),
            held_back=bool(questionnaire.blocking(answers)),
            link=base_url + addresses.dossier(dossier.reference),
            local=receipts.local_instant(definition.sheet, dossier.region, calls.last_moment(call)) or "",
            stop=base_url + addresses.reminders(token_of(dossier, person, secret_key=secret_key)),
            calendar=joined,
        )
        letters.send(session, letter, at=now, call_id=call.id)


def _to_tell(dossier: Dossier) -> Select[Person]:
    """The people who may change a dossier and want to be reminded of it."""
    stopped = exists().where(ReminderStop.dossier_id == dossier.id, ReminderStop.person_id == Person.id)
    return addressees.editors(dossier).where(Person.active, ~stopped)


def _record(session: Session, person: Person, act: str, dossier: Dossier, at: datetime) -> None:
    on = ("dossier", dossier.reference)
    actor = accounts.actor_of(person)
    journal.record(session, actor, act, on=on, at=at, call_id=dossier.call_id, role=Role.APPLICANT)


def _read(session: Session, token: str, secret_key: Keys) -> tuple[Dossier, Person]:
    try:
        dossier, person = _signer(secret_key).loads(token)
    except (BadSignature, ValueError) as error:
        raise NotFound() from error
    wanted = select(Person).options(joinedload(Person.grants)).where(Person.reference == str(person))
    told = session.scalars(wanted).unique().one_or_none()
    if told is None:
        raise NotFound()
    # Who no longer works on the dossier is reminded of nothing, and no longer learns how it is called.
    found = session.scalar(visibility.read_by_applicant(told.id).where(Dossier.reference == str(dossier)))
    if found is None:
        raise NotFound()
    return found, told


def _signer(secret_key: Keys) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=_SALT)
