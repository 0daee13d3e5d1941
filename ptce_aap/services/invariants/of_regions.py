"""What is always true of the term of opinions, and of the orders that regions saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.models import Call, Dossier, Opinion, OpinionTerm, RegionalOrder
from ptce_aap.services.instruction import opinion_terms


def terms_follow_their_history(session: Session) -> Iterable[str]:
    """The term of opinions of a call is the last one that was set, after the closing."""
    last = select(func.max(OpinionTerm.id)).group_by(OpinionTerm.call_id)
    query = select(Call.slug).outerjoin(OpinionTerm, (OpinionTerm.call_id == Call.id) & OpinionTerm.id.in_(last))
    broken = Call.opinions_due_at.is_distinct_from(OpinionTerm.due_at) | (Call.opinions_due_at <= Call.closes_at)
    return session.scalars(query.where(broken).order_by(Call.slug))


def ranks_are_those_last_saved(session: Session) -> Iterator[str]:
    """The number of a dossier in its region is the one that the region's last save gave it."""
    last = select(func.max(RegionalOrder.id)).group_by(RegionalOrder.call_id, RegionalOrder.region)
    saved = session.scalars(select(RegionalOrder).where(RegionalOrder.id.in_(last)))
    orders = {(row.call_id, row.region): row.ranks for row in saved}
    ranked = (
        select(Dossier.reference, Opinion.call_id, Opinion.region, Opinion.regional_rank)
        .join(Opinion, Opinion.dossier_id == Dossier.id)
        .where(Opinion.regional_rank.is_not(None))
        .order_by(Dossier.reference)
    )
    for reference, call_id, region, rank in session.execute(ranked):
        if orders.get((call_id, region), {}).get(reference) != rank:
            yield reference


def frozen_orders_match_their_digest(session: Session) -> Iterator[str]:
    """What was frozen at a term is what regions had saved before it."""
    frozen = select(Call, OpinionTerm).join(OpinionTerm, OpinionTerm.call_id == Call.id)
    for call, term in session.execute(frozen.where(OpinionTerm.frozen_at.is_not(None)).order_by(OpinionTerm.id)):
        if opinion_terms.digest_of(opinion_terms.orders_at(session, call, term.due_at)) != term.digest:
            yield call.slug


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "opinion.term_follows_its_history": terms_follow_their_history,
    "region.frozen_order_matches_its_digest": frozen_orders_match_their_digest,
    "region.ranks_are_those_last_saved": ranks_are_those_last_saved,
}
