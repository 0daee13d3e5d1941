"""What is always true of erasures: each has its line of the journal, and leaves nothing of what it erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.models import Answer, Attachment, Dossier, Erasure, ErasureRequest, Filing, JournalEntry, Member, Person
from ptce_aap.models.erasure import is_erased

_ACTS = {"dossier": "dossier.erased", "person": "account.erased"}


def are_in_the_journal(session: Session) -> Iterable[str]:
    """Nothing was erased without a line that says it, and the other way round."""
    told = [
        (Erasure.object_kind == kind)
        & exists().where(
            JournalEntry.object == Erasure.object, JournalEntry.object_kind == kind, JournalEntry.act == act
        )
        for kind, act in _ACTS.items()
    ]
    untold = select(Erasure.object).where(~or_(*told))
    done = exists().where(Erasure.object == JournalEntry.object, Erasure.object_kind == JournalEntry.object_kind)
    undone = select(JournalEntry.object).where(JournalEntry.act.in_(_ACTS.values()), ~done)
    return session.scalars(untold.union(undone).order_by("object"))


def dossiers_left_nothing(session: Session) -> Iterable[str]:
    """An erased dossier, and its revisions, have no answer, member, piece nor frozen content left."""
    revision = aliased(Dossier)
    whole = or_(revision.id == Dossier.id, revision.revises_id == Dossier.id)
    left = or_(
        *(exists().where(model.dossier_id == revision.id) for model in (Answer, Member, Attachment)),
        exists().where(Filing.dossier_id == revision.id, Filing.snapshot != ""),
    )
    query = select(Dossier.reference).join(revision, whole).where(is_erased(), left)
    return session.scalars(query.distinct().order_by(Dossier.reference))


def deposits_are_blank_once_erased(session: Session) -> Iterable[str]:
    """A deposit without content is that of a dossier that was erased."""
    query = select(Dossier.reference).join(Filing, Filing.dossier_id == Dossier.id)
    return session.scalars(query.where(Filing.snapshot == "", ~is_erased()).distinct().order_by(Dossier.reference))


def accounts_left_nothing(session: Session) -> Iterable[str]:
    """An erased account has no address, no password and opens nothing; one without address was erased."""
    erased = exists().where(Erasure.object_kind == "person", Erasure.object == Person.reference)
    left = or_(Person.email != "", Person.password_hash.is_not(None), Person.active)
    broken = or_(erased & left, ~erased & (Person.email == ""))
    return session.scalars(select(Person.reference).where(broken).order_by(Person.reference))


def requests_end_with_their_erasure(session: Session) -> Iterable[str]:
    """A request that was granted is that of an account that was erased; nobody erased still asks."""
    erased = exists().where(Erasure.object_kind == "person", Erasure.object == Person.reference)
    query = select(ErasureRequest.reference).join(Person, Person.id == ErasureRequest.person_id)
    granted, open_ = ErasureRequest.outcome == "erased", ErasureRequest.ended_at.is_(None)
    return session.scalars(query.where(or_(granted & ~erased, open_ & erased)).order_by(ErasureRequest.reference))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "erasure.is_in_the_journal": are_in_the_journal,
    "erasure.dossiers_left_nothing": dossiers_left_nothing,
    "erasure.deposits_are_blank_once_erased": deposits_are_blank_once_erased,
    "erasure.accounts_left_nothing": accounts_left_nothing,
    "erasure.requests_end_with_it": requests_end_with_their_erasure,
}
