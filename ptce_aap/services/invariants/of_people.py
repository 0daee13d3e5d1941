"""What is always true of the people of dossiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain.sharing import Kind
from ptce_aap.models import Conflict, Dossier, DossierConfirmation, DossierPerson, Person, RoleGiver, RoleGrant


def owners_are_not_invited_too(session: Session) -> Iterable[str]:
    """Who owns a dossier has no other right on it."""
    return session.scalars(
        select(Dossier.reference)
        .join(DossierPerson, DossierPerson.dossier_id == Dossier.id)
        .where(DossierPerson.person_id == Dossier.owner_id, DossierPerson.ended_at.is_(None))
        .order_by(Dossier.reference)
    )


def people_of_a_dossier_are_in_conflict(session: Session) -> Iterable[str]:
    """Whoever ever worked on a dossier is in conflict with it."""
    declared = exists().where(
        Conflict.dossier_id == DossierPerson.dossier_id, Conflict.person_id == DossierPerson.person_id
    )
    query = select(DossierPerson.reference).where(DossierPerson.accepted_at.is_not(None), ~declared)
    return session.scalars(query.order_by(DossierPerson.reference))


def only_those_who_were_asked_confirm(session: Session) -> Iterable[str]:
    """A confirmation is a representative's, or a co-carrier's who had accepted before; on the link, while it lived."""
    broken = or_(
        DossierPerson.kind == Kind.EDITOR.value,
        (DossierPerson.kind == Kind.CARRIER.value) & DossierPerson.accepted_at.is_(None),
        DossierConfirmation.at < DossierPerson.invited_at,
        DossierConfirmation.at > DossierPerson.ended_at,
    )
    return session.scalars(
        select(DossierPerson.reference)
        .join(DossierConfirmation, DossierConfirmation.link_id == DossierPerson.id)
        .where(broken)
        .distinct()
        .order_by(DossierPerson.reference)
    )


def claimed_addresses_are_held(session: Session) -> Iterable[str]:
    """An address is claimed where another account holds it, never else: whoever registers holds a free one."""
    holder = aliased(Person)
    held = exists().where(holder.email_key == Person.claimed_key)
    query = select(Person.reference).where(Person.claimed_key.is_not(None), ~held)
    return session.scalars(query.order_by(Person.reference))


def roles_are_owed_to_others(session: Session) -> Iterable[str]:
    """Nobody owes a role to himself."""
    query = select(Person.reference).join(RoleGrant, RoleGrant.person_id == Person.id)
    query = query.join(RoleGiver, (RoleGiver.grant_id == RoleGrant.id) & (RoleGiver.person_id == Person.id))
    return session.scalars(query.distinct().order_by(Person.reference))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "account.claimed_addresses_are_held": claimed_addresses_are_held,
    "people.are_in_conflict": people_of_a_dossier_are_in_conflict,
    "people.confirm_when_asked": only_those_who_were_asked_confirm,
    "people.owner_is_not_invited": owners_are_not_invited_too,
    "people.owe_their_roles_to_others": roles_are_owed_to_others,
}
