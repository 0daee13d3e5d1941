"""The fictional people of a call: one account a role with a password, and all the others without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor, Grant, Role
from ptce_aap.models import Call, Person, RoleGrant
from ptce_aap.services.accounts import accounts, passwords
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.demonstration.chance import reference
from ptce_aap.services.demonstration.grammar import Grammar
from ptce_aap.services.demonstration.ledger import Ledger
from ptce_aap.services.demonstration.recipes import Recipes

# Held on every call: whoever looks after the service looks after the calls that are opened later.
_EVERYWHERE = frozenset({Role.TEAM, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays which part in a call."""

    correspondents: Mapping[str, Actor]  # by region
    jurors: tuple[Actor, ...]
    team: Actor
    chair: Actor
    applicant: Actor


@dataclass(frozen=True, slots=True)
class _Part:
    email: str
    name: str
    role: Role
    region: str | None = None
    seat: str | None = None
    password: str | None = None


def cast(
    session: Session,
    call: Call,
    definition: CallDefinition,
    recipes: Recipes,
    grammar: Grammar,
    ledger: Ledger,
    *,
    with_passwords: bool,
    now: datetime,
) -> Cast:
    """Give every role of a call; whoever plays in another call already plays the same part here."""
    parts = [*_accounts(definition, recipes, with_passwords), *_others(definition, recipes)]
    held = people_at(session, {part.email: (part, grammar) for part in parts}, now=now)
    for part in parts:
        person = held[accounts.email_key(part.email)]
        if part.password is not None:
            person.password_hash = part.password
        _grant(person, part, call, ledger, now=now)
    session.flush()
    actors = [(part, accounts.actor_of(held[accounts.email_key(part.email)])) for part in parts]
    return Cast(
        correspondents={part.region: actor for part, actor in actors if part.region is not None},
        jurors=tuple(actor for part, actor in actors if part.role is Role.JUROR),
        team=next(actor for part, actor in actors if part.role is Role.TEAM),
        chair=next(actor for part, actor in actors if part.role is Role.CHAIR),
        applicant=next(actor for part, actor in actors if part.role is Role.APPLICANT),
    )


def people_at(
    session: Session, wanted: Mapping[str, tuple[_Part, Grammar] | str], *, now: datetime
) -> dict[str, Person]:
    """Return the people of these addresses by folded address, the missing ones added in one statement."""
    keys = {accounts.email_key(email): email for email in wanted}
    query = select(Person).options(selectinload(Person.grants)).where(Person.email_key.in_(keys))
    held = {person.email_key: person for person in session.scalars(query)}
    for key, email in keys.items():
        if key not in held:
            held[key] = Person(
                reference=reference("person", key),
                email=email,
                email_key=key,
                name=_name(wanted[email]),
                password_hash=None,
                email_confirmed_at=now,
                created_at=now,
                grants=[],
            )
            session.add(held[key])
    session.flush()
    return held


def _name(told: tuple[_Part, Grammar] | str) -> str:
    if isinstance(told, str):
        return told
    part, grammar = told
    return part.name or grammar.text("{personne}")


def _accounts(definition: CallDefinition, recipes: Recipes, with_passwords: bool) -> Iterable[_Part]:
    """Give the accounts of the sign-in page; a region or a seat that the call does not have is its first one."""
    password = _hashed(recipes["mot_de_passe"]) if with_passwords else None
    for account in recipes["comptes"]:
        role = Role(account["role"])
        region, seat = account.get("ressort"), account.get("siege")
        if role is Role.CORRESPONDENT:
            if not definition.sheet.regions:
                continue
            region = region if definition.sheet.region(region or "") else definition.sheet.regions[0].code
        if role is Role.JUROR:
            seat = seat if definition.sheet.seat(seat or "") else definition.sheet.seats[0].key
        yield _Part(account["courriel"], account["nom"], role, region, seat, password)


def _others(definition: CallDefinition, recipes: Recipes) -> Iterable[_Part]:
    """Give a correspondent to every other region, and jurors to the seats one after the other."""
    played: list[Mapping[str, Any]] = recipes["comptes"]
    taken = {account.get("ressort") for account in played}
    for region in definition.sheet.regions:
        if region.code not in taken:
            yield _Part(f"correspondance-{region.code}@example.org", "", Role.CORRESPONDENT, region=region.code)
    seats = definition.sheet.seats
    for number in range(1, int(recipes["jures"])):
        seat = seats[number % len(seats)].key
        yield _Part(f"jury-{number + 1:02d}@example.org", "", Role.JUROR, seat=seat)


def _grant(person: Person, part: _Part, call: Call, ledger: Ledger, *, now: datetime) -> None:
    if part.role is Role.APPLICANT:
        return
    call_id = None if part.role in _EVERYWHERE else call.id
    grant = Grant(part.role, call_id, part.region, part.seat)
    if any(Grant(Role(held.role), held.call_id, held.region, held.seat) == grant for held in person.grants):
        return
    person.grants.append(
        RoleGrant(call_id=call_id, role=part.role.value, region=part.region, seat=part.seat, granted_at=now)
    )
    facts = {"role": part.role.value, "region": part.region}
    ledger.note(SYSTEM, Role.APPLICANT, "role.granted", ("person", person.reference), now, facts)


@lru_cache(maxsize=2)
def _hashed(password: str) -> str:
    """Return the hash of the password that all these accounts share and that their page shows."""
    return passwords.hash_secret(password)
