"""To whom a role is owed: one person with accomplices of his own making is still one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.two_persons import Debt, mailbox
from ptce_aap.models import Person, RoleGiver, RoleGrant
from ptce_aap.services.calls.calls import SYSTEM


def note(session: Session, grant: RoleGrant, by: Actor, *, again: bool) -> None:
    """Write to whom a role is owed that was just given, or given ``again`` to who holds it.

    Given again, it is owed to the new giver: somebody who owes nothing to the first vouches for its holder. What the
    administration or the command line gave stays theirs.
    """
    from_above = by.person_id == SYSTEM.person_id or Role.ADMIN in by.roles_on(None)
    if again and not from_above and all(one.as_administrator for one in grant.givers):
        return
    chain = {by.person_id: from_above}
    if not from_above:
        chain |= _least(session, by.person_id, {Role.TEAM}, grant.call_id)
    for nobody in (SYSTEM.person_id, grant.person_id):
        chain.pop(nobody, None)
    _rewrite(session, grant, chain)


def owe_as(session: Session, person_id: int, role: Role, others: Collection[Role], call_id: int) -> None:
    """Let a role be owed as another that its holder has on the call: by that one he could be chosen for it.

    Whoever names an acting chair takes him among few, and makes him nothing that he was not.
    """
    held = select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.role == role.value)
    for grant in session.scalars(held.where(RoleGrant.call_id == call_id).options(selectinload(RoleGrant.givers))):
        _rewrite(session, grant, _least(session, person_id, others, call_id))


def debts(session: Session, person_id: int, roles: Collection[Role], call_id: int) -> list[Debt]:
    """Return to whom somebody owes each of these roles that he holds on a call, by mailbox."""
    held = select(RoleGrant.id).where(
        RoleGrant.person_id == person_id, RoleGrant.role.in_([role.value for role in roles]), _on(call_id)
    )
    givers = (
        select(RoleGrant.id, RoleGiver.as_administrator, Person.reference, Person.email)
        .outerjoin(RoleGiver, RoleGiver.grant_id == RoleGrant.id)
        .outerjoin(Person, Person.id == RoleGiver.person_id)
        .where(RoleGrant.id.in_(held))
    )
    found: dict[int, dict[str, bool]] = {}
    for grant_id, above, reference, email in session.execute(givers):
        chain = found.setdefault(grant_id, {})
        if reference is not None:
            chain[mailbox(email) if email else reference] = above  # an erased account has no box, and is still somebody
    return [
        Debt(frozenset(chain), frozenset(box for box, above in chain.items() if not above)) for chain in found.values()
    ]


def _least(session: Session, person_id: int, roles: Collection[Role], call_id: int | None) -> dict[int, bool]:
    """Return to whom somebody owes that of these roles which owes the least."""
    query = select(RoleGrant).where(
        RoleGrant.person_id == person_id, RoleGrant.role.in_([role.value for role in roles])
    )
    query = query.where(RoleGrant.call_id.is_(None) if call_id is None else _on(call_id))
    chains = [
        {one.person_id: one.as_administrator for one in grant.givers}
        for grant in session.scalars(query.options(selectinload(RoleGrant.givers)))
    ]
    return min(chains, key=lambda chain: (sum(not above for above in chain.values()), len(chain)), default={})


def _rewrite(session: Session, grant: RoleGrant, chain: Mapping[int, bool]) -> None:
    grant.givers.clear()
    session.flush()  # rows go before others come under the same key
    grant.givers.extend(RoleGiver(person_id=number, as_administrator=above) for number, above in chain.items())
    session.flush()


def _on(call_id: int) -> ColumnElement[bool]:
    return or_(RoleGrant.call_id == call_id, RoleGrant.call_id.is_(None))
