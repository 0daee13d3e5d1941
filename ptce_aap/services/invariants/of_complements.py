"""What is always true of requests for complements."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.models import ComplementQuestion, ComplementRequest, Dossier, Filing

_REQUESTS = select(ComplementRequest.reference).order_by(ComplementRequest.reference)


def requests_open_what_they_name(session: Session) -> Iterable[str]:
    """A request names a question at least, and its revision is of its dossier, limited in questions and in time."""
    revision = aliased(Dossier)
    named = exists().where(ComplementQuestion.request_id == ComplementRequest.id)
    broken = or_(
        ~named,
        revision.revises_id.is_distinct_from(ComplementRequest.dossier_id),
        revision.scope.is_(None),
        revision.due_at.is_(None),
    )
    return session.scalars(_REQUESTS.join(revision, revision.id == ComplementRequest.revision_id).where(broken))


def scopes_are_the_questions_named(session: Session) -> Iterable[str]:
    """The questions that a revision opens are those that its request names."""
    rows = session.execute(
        select(ComplementRequest.reference, Dossier.scope, ComplementQuestion.key)
        .join(Dossier, Dossier.id == ComplementRequest.revision_id)
        .join(ComplementQuestion, ComplementQuestion.request_id == ComplementRequest.id)
    )
    named: dict[str, set[str]] = {}
    opened: dict[str, set[str]] = {}
    for reference, scope, key in rows:
        named.setdefault(reference, set()).add(key)
        opened[reference] = set(scope or ())
    return sorted(reference for reference, keys in named.items() if keys != opened[reference])


def answers_are_deposits_of_their_revision(session: Session) -> Iterable[str]:
    """What answered a request is the deposit of its revision, on time; and such a deposit answers it."""
    of_revision = Filing.revision_id == ComplementRequest.revision_id
    filed = select(func.count()).where(of_revision).correlate(ComplementRequest).scalar_subquery()
    right = exists().where(
        of_revision,
        Filing.id == ComplementRequest.filing_id,
        Filing.dossier_id == ComplementRequest.dossier_id,
        Filing.filed_at < ComplementRequest.due_at,
    )
    broken = or_(ComplementRequest.filing_id.is_not(None) & ~right, ComplementRequest.filing_id.is_(None) & (filed > 0))
    return session.scalars(_REQUESTS.where(broken))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "complement.answered_by_its_deposit": answers_are_deposits_of_their_revision,
    "complement.opens_what_it_names": scopes_are_the_questions_named,
    "complement.revision_is_limited": requests_open_what_they_name,
}
