"""Which dossiers a person finds in each room: the only way to load a dossier.

A conflict closes a dossier in every room: one that was declared, and that of whoever prepares it, who keeps the
dossier as an applicant and judges it nowhere. Whoever accepts to be one of its people declares it by that act: the
conflict is written with the link, and outlives it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ptce_aap.domain.dossier import UNREAD, State
from ptce_aap.domain.permissions import Deed
from ptce_aap.domain.sharing import GIVEN_RIGHTS, Right
from ptce_aap.models.call import Call
from ptce_aap.models.dossier import Dossier
from ptce_aap.models.instruction import EligibilityDecision, Opinion
from ptce_aap.models.jury import Assignment, Conflict, ConflictStatement
from ptce_aap.models.sharing import DossierPerson

# People are those of a dossier: a revision of it has the same.
root = func.coalesce(Dossier.revises_id, Dossier.id)


def owned_by(person_id: int) -> Select[Dossier]:
    """The dossiers that a person answers for: files, withdraws, shares; and their revisions."""
    return select(Dossier).where(Dossier.owner_id == person_id)


def edited_by(person_id: int) -> Select[Dossier]:
    """The dossiers that a person may change, as an applicant."""
    return held_by(person_id, Right.EDIT)


def read_by_applicant(person_id: int) -> Select[Dossier]:
    """The dossiers that a person reads as an applicant: his own, and those shared with him."""
    return held_by(person_id, Right.READ)


def held_by(person_id: int, right: Right) -> Select[Dossier]:
    """The dossiers on which a person has this right at least; a revision is held as its dossier is."""
    if right is Right.OWN:
        return owned_by(person_id)
    enough = [given.value for given in GIVEN_RIGHTS if given.covers(right)]
    shared = select(DossierPerson.dossier_id).where(
        DossierPerson.person_id == person_id, DossierPerson.ended_at.is_(None), DossierPerson.given.in_(enough)
    )
    return select(Dossier).where(or_(Dossier.owner_id == person_id, root.in_(shared)))


def own_link(person_id: int) -> ColumnElement[bool]:
    """What joins a dossier to the live link that a person has to it, where he is not its owner."""
    return (
        (DossierPerson.dossier_id == root) & (DossierPerson.person_id == person_id) & DossierPerson.ended_at.is_(None)
    )


Absents = Mapping[str, Collection[int]]
"""Regions that a person instructs in the absence of others only, each with the identifiers of the absent people."""


def instructed_by(
    person_id: int, call: Call, regions: Collection[str], *, readable: bool, absents: Absents | None = None
) -> Select[Dossier]:
    """The filed dossiers of a correspondent's regions, once they are ``readable`` by their correspondents."""
    query = _filed(call).where(Dossier.region.in_(sorted(regions)), open_to(person_id, absents))
    return query if readable else query.where(false())


def read_by_juror(person_id: int, call: Call) -> Select[Dossier]:
    """The eligible dossiers given to a juror, once he has declared his conflicts and the marking is open.

    A dossier found eligible after his statement opens when he has stated again.
    """
    query = (
        _filed(call)
        .join(Assignment, (Assignment.dossier_id == Dossier.id) & (Assignment.person_id == person_id))
        .where(
            Dossier.state == "eligible",
            no_conflict(person_id),
            _gone_through_by(person_id, call),
        )
    )
    return query if call.allows(Deed.READ_ASSIGNED) else query.where(false())


def listed_for_conflicts(call: Call) -> Select[Dossier]:
    """The eligible dossiers, of which a member sees title, carrier and members only, to declare his conflicts."""
    return _filed(call).where(Dossier.state == "eligible")


def declarable(call: Call, *, judged: bool, managed: bool, regions: Collection[str]) -> Select[Dossier]:
    """The dossiers on which somebody may declare a conflict: those that his roles might open to him.

    ``judged``: he sits in the jury or presides it; ``managed``: he is of the team, or its auditor.
    """
    if managed:
        return _filed(call)
    eligible = Dossier.state == "eligible" if judged else false()
    return _filed(call).where(or_(eligible, Dossier.region.in_(sorted(regions))))


def managed_by(person_id: int, call: Call, *, now: datetime) -> Select[Dossier]:
    """The filed dossiers of a call, for its team and its auditor: after the closing."""
    query = _filed(call).where(no_conflict(person_id))
    return query if call.allows(Deed.READ_MANAGED, now=now) else query.where(false())


def presided_by(person_id: int, call: Call) -> Select[Dossier]:
    """The eligible dossiers of a call, for its chair: once the marking is open."""
    query = _filed(call).where(Dossier.state == "eligible", no_conflict(person_id))
    return query if call.allows(Deed.READ_PRESIDED) else query.where(false())


def counted_for(person_id: int, call: Call) -> Select[Dossier]:
    """The dossiers of a call that may count in a figure shown to a person: drafts too, none in conflict.

    Neither a revision nor a dossier that was withdrawn counts.
    """
    return select(Dossier).where(
        Dossier.call_id == call.id, is_dossier(), Dossier.state != State.WITHDRAWN, no_conflict(person_id)
    )


def counted_drafts(person_id: int, call: Call) -> Select[Dossier]:
    """The drafts of a call whose owners let their figures be counted: nobody reads them."""
    own = select(Dossier).where(Dossier.call_id == call.id, Dossier.state == State.DRAFT, is_dossier())
    return own.where(Dossier.counted_since.is_not(None), no_conflict(person_id))


def is_dossier() -> ColumnElement[bool]:
    """The row is a dossier, not the revision of one: revisions count and are listed nowhere."""
    return Dossier.revises_id.is_(None)


def unfinished(call: Call) -> Select[Dossier]:
    """The drafts of a call that were never filed, to write to those who prepare them."""
    return select(Dossier).where(Dossier.call_id == call.id, Dossier.state == State.DRAFT, is_dossier())


def told_of_the_result(call: Call) -> Select[Dossier]:
    """The dossiers of a call whose applicants are written to once the list is published: filed, not withdrawn."""
    return _filed(call)


def no_conflict(person: int | InstrumentedAttribute[int], dossier: type[Dossier] = Dossier) -> ColumnElement[bool]:
    """The dossier is open to a person, or to that of each row: a conflict declared after an assignment undoes it.

    ``dossier``: another name of the table, where a query knows it by two.
    """
    own = aliased(Conflict)  # whatever conflicts the query itself is about
    declared = exists().where(own.dossier_id == dossier.id, own.person_id == person)
    return (dossier.owner_id != person) & ~declared


def open_to(person_id: int, absents: Absents | None = None, dossier: type[Dossier] = Dossier) -> ColumnElement[bool]:
    """The dossier is open to a person: neither he nor, where he acts for absent people, all of them are in conflict."""
    found = no_conflict(person_id, dossier)
    for region, people in (absents or {}).items():
        found &= or_(dossier.region != region, *(no_conflict(one, dossier) for one in people))
    return found


def rank_among_open(person_id: int, absents: Absents | None = None) -> ColumnElement[int | None]:
    """The number that a region gave the dossier of an opinion, as it is among the dossiers open to a person.

    Less by one for each closed dossier of the region before it, and for each that was withdrawn since: a number left
    out would tell where that one stands.
    """
    other, dossier = aliased(Opinion), aliased(Dossier)
    before = (
        select(func.count())
        .select_from(other)
        .join(dossier, dossier.id == other.dossier_id)
        .where(other.call_id == Opinion.call_id, other.region == Opinion.region)
        .where(other.regional_rank < Opinion.regional_rank, _left_out(person_id, absents, dossier))
        .correlate(Opinion)
    )
    return Opinion.regional_rank - before.scalar_subquery()


def closed_ranks(person_id: int, call: Call, region: str, absents: Absents | None = None) -> Select[int | None]:
    """The numbers that dossiers of a region hold which are closed to a person, or withdrawn, the first one first."""
    query = select(Opinion.regional_rank).join(Dossier, Dossier.id == Opinion.dossier_id)
    query = query.where(Opinion.call_id == call.id, Opinion.region == region, Opinion.regional_rank.is_not(None))
    return query.where(_left_out(person_id, absents, Dossier)).order_by(Opinion.regional_rank)


def _left_out(person_id: int, absents: Absents | None, dossier: type[Dossier]) -> ColumnElement[bool]:
    """The dossier is in no room of this person: a conflict closes it, or nobody reads it any more."""
    return or_(~open_to(person_id, absents, dossier), dossier.state.in_(UNREAD))


def _filed(call: Call) -> Select[Dossier]:
    return select(Dossier).where(Dossier.call_id == call.id, Dossier.state.not_in(UNREAD))


def _gone_through_by(person_id: int, call: Call) -> ColumnElement[bool]:
    stated = exists().where(ConflictStatement.call_id == call.id, ConflictStatement.person_id == person_id)
    decided_since = exists().where(
        EligibilityDecision.dossier_id == Dossier.id, EligibilityDecision.at > ConflictStatement.at
    )
    return stated.where(~decided_since.correlate(Dossier, ConflictStatement))
