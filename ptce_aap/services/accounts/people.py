"""People and roles: who holds which role, inviting a person to one, taking one back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import ROLE_LABELS, Actor, Grant, Permission, Role
from ptce_aap.models import Call, Person, RoleGrant
from ptce_aap.services.accounts import accounts, enrolment
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.dossiers import Page, paged
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import standings

EVERY_CALL = "tous les appels à projets"


@dataclass(frozen=True, slots=True)
class Held:
    """A role as the people page shows it."""

    role: Role
    label: str
    detail: str  # the region or the seat, in words
    call_slug: str  # empty: on every call
    call_title: str
    code: str  # the region's code or the seat's key
    withdrawable: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the roles that the reader may know of."""

    reference: str
    name: str
    email: str
    entered: bool  # has chosen a password
    roles: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A call on which roles may be given, with the regions and the seats that it has."""

    call: Call
    regions: tuple[tuple[str, str], ...]
    seats: tuple[tuple[str, str], ...]


def managed_calls(session: Session, actor: Actor) -> list[Choice]:
    """Return the calls whose people this person manages."""
    return [_choice(session, call) for call in calls.all_calls(session) if actor.may(Permission.MANAGE_PEOPLE, call.id)]


def roles_of(session: Session, actor: Actor) -> tuple[Held, ...]:
    """Return one's own roles, call by call."""
    choices = {call.id: _choice(session, call) for call in calls.all_calls(session)} if actor.grants else {}
    return _in_words(actor.grants, choices, mine=True)


def listing(
    session: Session, actor: Actor, *, search: str = "", role: str = "", call_slug: str = "", page: int = 1
) -> Page[Member]:
    """Return a page of the people who hold a role on the calls that this person manages."""
    choices = {choice.call.id: choice for choice in managed_calls(session, actor)}
    everywhere = actor.may(Permission.MANAGE_PEOPLE, None)
    asked = [number for number, choice in choices.items() if not call_slug or choice.call.slug == call_slug]
    found = paged(session, _people(asked, everywhere and not call_slug, search, role), page)
    members = [_member(person, actor, choices, everywhere) for person in found.items]
    return Page(members, found.number, found.pages, found.total)


def invite(
    session: Session,
    actor: Actor,
    email: str,
    role: Role,
    *,
    call_slug: str,
    code: str = "",
    name: str = "",
    base_url: str,
    now: datetime,
) -> str:
    """Give a role to an address, on a call or (with no call) on all; return the secret of the invitation link.

    Errors: ``not_allowed``, ``grant_to_self``, ``mail_address_refused``, ``unknown_region``, ``unknown_seat``,
    ``not_found``.
    """
    call = calls.call_by_slug(session, call_slug) if call_slug else None
    accounts.require(actor, Permission.MANAGE_PEOPLE, call.id if call else None)
    if role is Role.ADMIN and Role.ADMIN not in actor.roles_on(None):
        raise RuleViolation("not_allowed")
    _require_no_conflict(session, actor, role, call)
    return give(session, actor, email, role, on=call, code=code, name=name, base_url=base_url, now=now)


def give(
    session: Session,
    by: Actor,
    email: str,
    role: Role,
    *,
    on: Call | None,
    code: str = "",
    name: str = "",
    base_url: str,
    now: datetime,
) -> str:
    """Give a role whose region or seat exists: what the command line and the people page share. Errors as there."""
    known = [_choice(session, call) for call in ([on] if on else calls.all_calls(session))]
    region = seat = None
    if role is Role.CORRESPONDENT:
        region = _known(code, [pair for choice in known for pair in choice.regions], "unknown_region")
    if role is Role.JUROR:
        seat = _known(code, [pair for choice in known for pair in choice.seats], "unknown_seat")
    return enrolment.invite(
        session,
        email,
        role,
        now=now,
        by=by,
        base_url=base_url,
        call_title=on.title if on else EVERY_CALL,
        region=region,
        seat=seat,
        call_id=on.id if on and role is not Role.ADMIN else None,
        name=name,
    )


def withdraw(
    session: Session, actor: Actor, reference: str, role: Role, *, call_slug: str, code: str, now: datetime
) -> None:
    """Take a role back. Errors: ``not_allowed``, ``not_found``, ``grant_to_self``."""
    call = calls.call_by_slug(session, call_slug) if call_slug else None
    accounts.require(actor, Permission.MANAGE_PEOPLE, call.id if call else None)
    grant = session.scalar(
        select(RoleGrant)
        .join(Person)
        .options(contains_eager(RoleGrant.person))
        .where(
            Person.reference == reference,
            RoleGrant.role == role.value,
            RoleGrant.call_id == call.id if call else RoleGrant.call_id.is_(None),
            or_(RoleGrant.region == code, RoleGrant.seat == code) if code else RoleGrant.region.is_(None),
        )
        .with_for_update(of=RoleGrant)
    )
    if grant is None:
        raise NotFound()
    if role is Role.ADMIN and Role.ADMIN not in actor.roles_on(None):
        raise RuleViolation("not_allowed")
    _require_no_conflict(session, actor, role, call)
    withdraw_role(session, actor, grant, now=now)


def _require_no_conflict(session: Session, actor: Actor, role: Role, on: Call | None) -> None:
    """Refuse to whoever is in conflict to choose who manages or presides a call, or to send away who does.

    Errors: ``role_in_conflict``.
    """
    if role not in {Role.TEAM, Role.CHAIR}:
        return
    for call in [on] if on is not None else calls.all_calls(session):
        if standings.in_deport(session, actor, call):
            raise RuleViolation("role_in_conflict")


def withdraw_role(session: Session, by: Actor, grant: RoleGrant, *, now: datetime) -> None:
    """Take a role back; it holds from the next request on, and the person's sessions end. Errors: ``grant_to_self``."""
    if grant.person_id == by.person_id:
        raise RuleViolation("grant_to_self")
    facts = {"role": grant.role, "region": grant.region}
    on = ("person", grant.person.reference)
    accounts.end_sessions(session, grant.person, now=now)
    session.delete(grant)
    journal.record(session, by, "role.withdrawn", on=on, at=now, call_id=grant.call_id, facts=facts)


def held_by(session: Session, actor: Actor, reference: str) -> Member:
    """Return a person with the roles that this reader manages. Errors: ``not_found``."""
    choices = {choice.call.id: choice for choice in managed_calls(session, actor)}
    everywhere = actor.may(Permission.MANAGE_PEOPLE, None)
    person = session.scalar(_people(list(choices), everywhere, "", "").where(Person.reference == reference))
    if person is None:
        raise NotFound()
    return _member(person, actor, choices, everywhere)


def _people(call_ids: Sequence[int], everywhere: bool, search: str, role: str) -> Select[Person]:
    on = RoleGrant.call_id.in_(call_ids)
    grants = exists().where(
        RoleGrant.person_id == Person.id, or_(on, RoleGrant.call_id.is_(None)) if everywhere else on
    )
    query = select(Person).where(grants.where(RoleGrant.role == role) if role else grants)
    if text := search.strip().casefold():
        query = query.where(
            or_(
                Person.email_key.contains(text, autoescape=True),
                func.lower(Person.name).contains(text, autoescape=True),
            )
        )
    return query.options(selectinload(Person.grants)).order_by(Person.name, Person.email_key)


def _member(person: Person, actor: Actor, choices: dict[int, Choice], everywhere: bool) -> Member:
    shown = [grant for grant in person.grants if grant.call_id in choices or (everywhere and grant.call_id is None)]
    return Member(
        reference=person.reference,
        name=person.name,
        email=person.email,
        entered=person.password_hash is not None,
        roles=_in_words(shown, choices, mine=person.id == actor.person_id),
    )


def _in_words(grants: Iterable[RoleGrant | Grant], choices: dict[int, Choice], *, mine: bool) -> tuple[Held, ...]:
    """Return roles call by call, those on every call first."""
    order = list(Role)
    shown = sorted(
        grants, key=lambda one: (one.call_id or 0, order.index(Role(one.role)), one.region or one.seat or "")
    )
    return tuple(_held(grant, choices, mine=mine) for grant in shown)


def _held(grant: RoleGrant | Grant, choices: dict[int, Choice], *, mine: bool) -> Held:
    choice = choices.get(grant.call_id) if grant.call_id is not None else None
    code = grant.region or grant.seat or ""
    words = dict(pair for one in ([choice] if choice else choices.values()) for pair in (*one.regions, *one.seats))
    role = Role(grant.role)
    return Held(
        role=role,
        label=ROLE_LABELS[role],
        detail=words.get(code, code),
        call_slug=choice.call.slug if choice else "",
        call_title=choice.call.short_title if choice else EVERY_CALL,
        code=code,
        withdrawable=not mine,
    )


def _choice(session: Session, call: Call) -> Choice:
    sheet = calls.definition_of(session, call).sheet
    return Choice(
        call=call,
        regions=tuple((region.code, region.name) for region in sheet.regions),
        seats=tuple((seat.key, seat.label) for seat in sheet.seats),
    )


def _known(code: str, pairs: Sequence[tuple[str, str]], refusal: str) -> str:
    admitted = dict(pairs)
    if code not in admitted:
        raise RuleViolation(refusal, given=code, admitted=", ".join(sorted(admitted)) or "aucun")
    return code
