"""Whose an address is: it belongs to the account that proved it; until then, several may be opened with it.

An account opened with an address that another one holds is a *claim*. Nobody is told that it is one: it is entered
and used like any other, so registering tells nothing of who has an account.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from ptce_aap.domain.dossier import UNREAD
from ptce_aap.models import Dossier, DossierPerson, Person
from ptce_aap.services.accounts import one_person
from ptce_aap.services.accounts.accounts import actor_of
from ptce_aap.services.journal import journal


def hold_or_claim(session: Session, person: Person, key: str) -> bool:
    """Give a new account the folded address, or let it claim it; return whether another account holds it."""
    held = session.scalar(select(Person.id).where(Person.email_key == key).with_for_update()) is not None
    person.email_key = f"~{person.reference}" if held else key
    person.claimed_key = key if held else None
    return held


def is_unproven(person: Person) -> bool:
    """Tell whether an account was opened by whoever gave the address, and nothing shows whose that is."""
    return person.email_confirmed_at is None and person.password_hash is not None and not person.grants


def give_up(session: Session, holder: Person) -> bool:
    """Let an account that has proved nothing and holds no role only claim its address; False where it keeps it.

    Whoever opened it may be anybody: passkeys, codes and dossiers that it has are not those of who is invited.
    """
    if not is_unproven(holder):
        return False
    holder.claimed_key, holder.email_key = holder.email_key, f"~{holder.reference}"
    session.flush()  # the address is free before it is taken
    return True


def settle(session: Session, proved: Person, *, now: datetime) -> Person:
    """Give the address to the account whose owner has just proved it; return the account that he has from now on.

    Where another account proved it before, or was given roles, that one stays and receives what was begun here: both
    are entered from the same mailbox. A holder that proved nothing and holds no role becomes the claim.
    """
    key = proved.claimed_key
    if key is None:
        return proved
    options = [selectinload(Person.grants)]
    holder = session.scalars(select(Person).options(*options).where(Person.email_key == key).with_for_update()).one()
    if holder.email_confirmed_at is None and not holder.grants:
        holder.email_key = f"~{holder.reference}"
        session.flush()  # the address is free before it is taken
        holder.claimed_key, proved.email_key, proved.claimed_key = key, key, None
        return proved
    if holder.email_confirmed_at is None:
        holder.password_hash = proved.password_hash  # invited, and never entered: the password is his
    _bring(session, proved, holder, now=now)
    proved.claimed_key, proved.active = None, False
    facts = {"former": proved.reference}
    journal.record(session, actor_of(holder), "account.joined", on=("person", holder.reference), at=now, facts=facts)
    return holder


def _bring(session: Session, former: Person, holder: Person, *, now: datetime) -> None:
    """Move the dossiers of an account, and its places in those of others; what is closed to it is closed to both."""
    owned = list(session.scalars(select(Dossier.id).where(Dossier.owner_id == former.id).with_for_update()))
    session.execute(
        update(Dossier)
        .where(Dossier.id.in_(owned))
        .values(owner_id=holder.id)
        .execution_options(synchronize_session="fetch")
    )
    for dossier, reason in one_person.conflicts_of(session, former.id):
        one_person.declare_for(session, holder, former, dossier, reason, now=now)
    if holder.grants:  # an official may have judged what the other account has filed
        for dossier in session.scalars(select(Dossier).where(Dossier.id.in_(owned), Dossier.state.not_in(UNREAD))):
            one_person.declare_for(session, holder, former, dossier, one_person.PREPARES, now=now)
    live = DossierPerson.ended_at.is_(None)
    there = select(DossierPerson.dossier_id).where(DossierPerson.person_id == holder.id, live)
    held = {*session.scalars(there), *session.scalars(select(Dossier.id).where(Dossier.owner_id == holder.id))}
    # Whoever owns a dossier has no other place in it, and nobody has two.
    over = (DossierPerson.person_id == former.id) & DossierPerson.dossier_id.in_(held)
    over |= (DossierPerson.person_id == holder.id) & DossierPerson.dossier_id.in_(owned)
    for link in session.scalars(select(DossierPerson).where(over, live).with_for_update()).all():
        link.ended_at, link.ownership_offered_at = now, None
    session.flush()
    mine = select(DossierPerson).where(DossierPerson.person_id == former.id, live).with_for_update()
    for link in session.scalars(mine).all():
        link.person_id = holder.id
