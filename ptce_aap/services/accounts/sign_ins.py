"""Sessions as their person sees them: on which device, used when, ended one by one or all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.models import Person, PersonToken, SignIn
from ptce_aap.services.accounts import accounts, people
from ptce_aap.services.journal import journal

# Of a session that is over, its device and its instants serve whoever asks what happened; then nobody.
KEPT_WHEN_OVER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that opens the account today; ``here``: that of the request."""

    reference: str
    device: str
    since: datetime
    seen: datetime
    here: bool


def describe(session: Session, secret: str, device: str) -> None:
    """Say on which device a session was opened, in plain words."""
    session.execute(
        update(SignIn)
        .where(SignIn.digest == accounts.digest_of(secret))
        .values(device=device)
        .execution_options(synchronize_session=False)
    )


def open_sessions(session: Session, actor: Actor, digest: str, *, now: datetime) -> list[OpenSession]:
    """Return one's own open sessions, this one first, then the last used."""
    idle = accounts.idle_life(bool(actor.grants))
    rows = session.scalars(_open(actor.person_id, now).where(SignIn.seen_at >= now - idle))
    found = [OpenSession(row.reference, row.device, row.created_at, row.seen_at, row.digest == digest) for row in rows]
    return sorted(found, key=lambda one: (not one.here, -one.seen.timestamp()))


def end_one(session: Session, actor: Actor, reference: str, *, now: datetime) -> None:
    """End one of one's own sessions. Errors: ``not_found``, the same for that of another and for one that is over."""
    chosen = _open(actor.person_id, now).where(SignIn.reference == reference).with_for_update()
    row = session.scalar(chosen)
    if row is None:
        raise NotFound()
    row.ended_at = now
    _record(session, actor, actor.reference, 1, now=now)


def end_others(session: Session, actor: Actor, digest: str, *, now: datetime) -> int:
    """End all one's own sessions but this one; return how many there were."""
    rows = session.scalars(_open(actor.person_id, now).where(SignIn.digest != digest).with_for_update()).all()
    for row in rows:
        row.ended_at = now
    if rows:
        _record(session, actor, actor.reference, len(rows), now=now)
    return len(rows)


def end_all_of(session: Session, actor: Actor, reference: str, *, now: datetime) -> int:
    """End the sessions of somebody whose every role this person manages; return how many there were.

    Errors: ``not_found``, ``not_allowed`` where he holds a role that this person does not manage.
    """
    people.held_by(session, actor, reference)
    chosen = select(Person).where(Person.reference == reference).options(selectinload(Person.grants))
    person = session.scalars(chosen).one()
    if not _manages(actor, person):
        raise RuleViolation("not_allowed")
    count = len(session.scalars(_open(person.id, now)).all())
    accounts.end_sessions(session, person, now=now)
    _record(session, actor, reference, count, now=now)
    return count


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget the sessions that have been over for a month, and the links that have been dead as long."""
    before = now - KEPT_WHEN_OVER
    over = or_(SignIn.ended_at < before, SignIn.expires_at < before)
    session.execute(delete(SignIn).where(over).execution_options(synchronize_session=False))
    dead = or_(PersonToken.used_at < before, PersonToken.expires_at < before)
    session.execute(delete(PersonToken).where(dead).execution_options(synchronize_session=False))


def _open(person_id: int, now: datetime) -> Select[SignIn]:
    return select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)


def _manages(actor: Actor, person: Person) -> bool:
    if any(grant.role == Role.ADMIN for grant in person.grants) and Role.ADMIN not in actor.roles_on(None):
        return False
    return all(actor.may(Permission.MANAGE_PEOPLE, grant.call_id) for grant in person.grants)


def _record(session: Session, actor: Actor, of: str, count: int, *, now: datetime) -> None:
    journal.record(session, actor, "account.sessions_ended", on=("person", of), at=now, facts={"count": count})
