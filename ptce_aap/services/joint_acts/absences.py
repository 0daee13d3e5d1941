"""A correspondent's absence: who acts for him on named days, named by himself or by the team, ended early or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from ptce_aap import addresses
from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission, Role
from ptce_aap.domain.two_persons import mailbox
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import Absence, Call, Person
from ptce_aap.models.absence import is_under_way
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.exchanges import letters
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings

LONGEST_DAYS = 92
FARTHEST_DAYS = 366
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A correspondent of the call, with the names of his regions."""

    reference: str
    name: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AbsenceReading:
    """An absence as its readers see it; both days are included. ``over``: it opens nothing any more."""

    reference: str
    absent: str
    substitute: str
    named_by: str
    first_day: date
    last_day: date
    begun: bool
    over: bool
    ended_at: datetime | None  # before its last day
    of_reader: bool  # his own absence, or he follows those of the call


@dataclass(frozen=True, slots=True)
class AbsencesPage:
    """The absences that somebody may read, the latest first, and the correspondents whom he may choose."""

    absences: tuple[AbsenceReading, ...]
    colleagues: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of an absence, in Paris, both included."""

    first: date | None
    last: date | None


def own_page(session: Session, actor: Actor, call: Call, *, now: datetime) -> AbsencesPage:
    """Return one's absences on a call, and those in which one acts for others. Errors: ``not_allowed``."""
    accounts.require(actor, Permission.INSTRUCT, call.id)
    mine = or_(Absence.absent_id == actor.person_id, Absence.substitute_id == actor.person_id)
    found = _readings(session, call, actor, now, mine, follows=False)
    return AbsencesPage(found, tuple(one for one in _colleagues(session, call) if one.reference != actor.reference))


def team_page(session: Session, actor: Actor, call: Call, *, now: datetime) -> AbsencesPage:
    """Return the absences of a call for its team. Errors: ``not_allowed``, ``deport``."""
    _require_team(session, actor, call)
    return AbsencesPage(_readings(session, call, actor, now, follows=True), _colleagues(session, call))


def acted_for(session: Session, actor: Actor, call: Call, *, now: datetime) -> tuple[AbsenceReading, ...]:
    """Return the absences by which this person acts for others at this instant; nothing is asked where he does not."""
    if not actor.absents_on(call.id):
        return ()
    now_his = is_under_way(now) & (Absence.substitute_id == actor.person_id)
    return _readings(session, call, actor, now, now_his, follows=False)


def name_substitute(
    session: Session, actor: Actor, call_id: int, substitute: str, days: Days, *, base_url: str, now: datetime
) -> None:
    """Name who acts for oneself, a correspondent of the same call by reference.

    Errors: ``not_allowed``, ``not_found``, and those of ``_name``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.INSTRUCT, call.id)
    _name(session, actor, call, actor.reference, substitute, days, Role.CORRESPONDENT, base_url=base_url, now=now)


def name_for(
    session: Session,
    actor: Actor,
    call_id: int,
    absent: str,
    substitute: str,
    days: Days,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Let the team name who acts for a correspondent who cannot do it himself, both by reference.

    Errors: ``not_allowed``, ``deport``, ``grant_to_self``, ``not_found``, and those of ``_name``.
    """
    call = calls.locked(session, call_id)
    _require_team(session, actor, call)
    role = Role.TEAM if Role.TEAM in actor.roles_on(call.id) else Role.ADMIN
    _name(session, actor, call, absent, substitute, days, role, base_url=base_url, now=now)


def end(session: Session, actor: Actor, call_id: int, reference: str, *, base_url: str, now: datetime) -> None:
    """End an absence before its last day: by whoever is absent, or by the team.

    Errors: ``not_found`` for that of somebody else too, ``already_done``.
    """
    call = calls.locked(session, call_id)
    of_call = select(Absence).where(Absence.call_id == call.id, Absence.reference == reference)
    found = session.scalar(of_call.with_for_update())
    if found is None:
        raise NotFound()
    own = found.absent_id == actor.person_id and actor.may(Permission.INSTRUCT, call.id)
    if not own:
        if not actor.may(Permission.MANAGE_PEOPLE, call.id):
            raise NotFound()
        standings.require_no_deport(session, actor, call)
    if found.ended_at is not None or found.ends_at <= now:
        raise RuleViolation("already_done")
    found.ended_at, found.ended_by_id = now, actor.person_id
    absent, acting = session.get_one(Person, found.absent_id), session.get_one(Person, found.substitute_id)
    _record(session, actor, "absence.ended", call, found, absent, acting, Role.CORRESPONDENT if own else None, now)
    for person, you in ((acting, "substitute"), (absent, "absent")):
        _write(session, person, you, "ended", call, found, absent, acting, base_url=base_url, now=now)


def _name(
    session: Session,
    actor: Actor,
    call: Call,
    absent: str,
    substitute: str,
    days: Days,
    role: Role,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Write an absence and tell its people.

    Errors: ``not_found``, ``grant_to_self``, ``absence_same_person``, ``absence_substitute_marks``,
    ``absence_days_missing``, ``absence_days_backwards``, ``absence_in_the_past``, ``absence_too_far``,
    ``absence_too_long``, ``absence_overlaps``.
    """
    people = {one.reference: one for one in _correspondents(session, call)}
    if absent not in people or substitute not in people:
        raise NotFound()
    away, acting = people[absent], people[substitute]
    if mailbox(away.email) == mailbox(acting.email):
        raise RuleViolation("absence_same_person")
    if accounts.actor_of(acting).may(Permission.SCORE, call.id):
        raise RuleViolation("absence_substitute_marks")
    if mailbox(acting.email) == mailbox(actor.email):
        raise RuleViolation("grant_to_self")
    starts_at, ends_at = _bounds(days, now)
    overlapping = select(Absence.id).where(
        Absence.call_id == call.id,
        Absence.absent_id == away.id,
        Absence.ended_at.is_(None),
        Absence.starts_at < ends_at,
        Absence.ends_at > starts_at,
    )
    if session.scalar(overlapping.limit(1)) is not None:
        raise RuleViolation("absence_overlaps")
    row = Absence(
        call_id=call.id,
        absent_id=away.id,
        substitute_id=acting.id,
        starts_at=starts_at,
        ends_at=ends_at,
        named_by_id=actor.person_id,
        named_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, actor, "absence.named", call, row, away, acting, role, now)
    told = {acting.id: (acting, "substitute"), away.id: (away, "absent")}
    told.setdefault(actor.person_id, (session.get_one(Person, actor.person_id), "namer"))
    for person, you in told.values():
        _write(session, person, you, "named", call, row, away, acting, base_url=base_url, now=now)


def _bounds(days: Days, now: datetime) -> tuple[datetime, datetime]:
    """Return the midnights in Paris between which the days lie."""
    if days.first is None or days.last is None:
        raise RuleViolation("absence_days_missing")
    if days.last < days.first:
        raise RuleViolation("absence_days_backwards")
    today = now.astimezone(PARIS).date()
    if days.first < today:
        raise RuleViolation("absence_in_the_past")
    if days.first > today + FARTHEST_DAYS * _DAY:
        raise RuleViolation("absence_too_far")
    if days.last - days.first >= LONGEST_DAYS * _DAY:
        raise RuleViolation("absence_too_long", days=LONGEST_DAYS)
    return _midnight(days.first), _midnight(days.last + _DAY)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def _require_team(session: Session, actor: Actor, call: Call) -> None:
    accounts.require(actor, Permission.MANAGE_PEOPLE, call.id)
    standings.require_no_deport(session, actor, call)


def _correspondents(session: Session, call: Call) -> list[Person]:
    query = select(Person).where(Person.active, Person.grants.any(role=Role.CORRESPONDENT.value))
    people = session.scalars(query.options(selectinload(Person.grants)).order_by(Person.name, Person.email_key))
    return [one for one in people if accounts.actor_of(one).may(Permission.INSTRUCT, call.id)]


def _colleagues(session: Session, call: Call) -> tuple[Colleague, ...]:
    names = {region.code: region.name for region in calls.definition_of(session, call).sheet.regions}
    return tuple(
        Colleague(
            one.reference,
            one.name or one.email,
            tuple(sorted(names.get(code, code) for code in accounts.actor_of(one).regions_on(call.id))),
        )
        for one in _correspondents(session, call)
    )


def _readings(
    session: Session, call: Call, actor: Actor, now: datetime, *which: object, follows: bool
) -> tuple[AbsenceReading, ...]:
    absent, acting, namer = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        select(Absence, absent, acting, namer)
        .join(absent, absent.id == Absence.absent_id)
        .join(acting, acting.id == Absence.substitute_id)
        .join(namer, namer.id == Absence.named_by_id)
        .where(Absence.call_id == call.id, *which)  # type: ignore[arg-type]
        .order_by(Absence.starts_at.desc(), Absence.id.desc())
    )
    return tuple(
        AbsenceReading(
            reference=row.reference,
            absent=away.name or away.email,
            substitute=other.name or other.email,
            named_by=by.name or by.email,
            first_day=row.starts_at.astimezone(PARIS).date(),
            last_day=_last_day(row),
            begun=row.starts_at <= now,
            over=row.ended_at is not None or row.ends_at <= now,
            ended_at=row.ended_at,
            of_reader=follows or row.absent_id == actor.person_id,
        )
        for row, away, other, by in rows
    )


def _last_day(row: Absence) -> date:
    return (row.ends_at - timedelta(seconds=1)).astimezone(PARIS).date()


def _record(
    session: Session,
    actor: Actor,
    act: str,
    call: Call,
    row: Absence,
    absent: Person,
    acting: Person,
    role: Role | None,
    now: datetime,
) -> None:
    first, last = row.starts_at.astimezone(PARIS).date(), _last_day(row)
    facts = {
        "absence": row.reference,
        "substitute": acting.reference,
        "from": first.isoformat(),
        "until": last.isoformat(),
    }
    on = ("person", absent.reference)
    journal.record(session, actor, act, on=on, at=now, call_id=call.id, role=role, facts=facts)


def _write(
    session: Session,
    person: Person,
    you: str,
    what: str,
    call: Call,
    row: Absence,
    absent: Person,
    acting: Person,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Tell one of its people of an absence."""
    if not is_address(person.email):
        return
    room = addresses.absences_of_team if you == "namer" else addresses.absences
    letter = messages.absence(
        person.email,
        you=you,
        what=what,
        absent=absent.name or absent.email,
        substitute=acting.name or acting.email,
        first=french.long_date(row.starts_at.astimezone(PARIS).date()),
        last=french.long_date(_last_day(row)),
        call_title=call.title,
        link=base_url + room(call.slug),
    )
    letters.send(session, letter, at=now, call_id=call.id)
