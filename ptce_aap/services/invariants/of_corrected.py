"""What is always true of the corrected rankings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ptce_aap.models import Call, CorrectedEvidence, CorrectedPart, CorrectedRanking, Shortlist
from ptce_aap.services.ranking import corrected_store


def computations_match_their_digest(session: Session) -> Iterator[str]:
    """A computation of the corrected ranking is the parts whose digest was written down."""
    query = select(Call.slug, CorrectedRanking).join(CorrectedRanking, CorrectedRanking.call_id == Call.id)
    for slug, row in session.execute(query.order_by(Call.slug, CorrectedRanking.sequence)).all():
        parts = select(CorrectedPart.name, CorrectedPart.content).where(CorrectedPart.corrected_id == row.id)
        if corrected_store.digest_of({part.name: part.content for part in session.execute(parts)}) != row.sha256:
            yield f"{slug}#{row.sequence}"


def computations_have_a_result(session: Session) -> Iterable[str]:
    """Every computation holds its ranks."""
    there = exists().where(CorrectedPart.corrected_id == CorrectedRanking.id, CorrectedPart.name == "result")
    query = select(Call.slug, CorrectedRanking.sequence).join(CorrectedRanking, CorrectedRanking.call_id == Call.id)
    return [f"{row.slug}#{row.sequence}" for row in session.execute(query.where(~there).order_by(Call.slug))]


def frozen_lists_have_their_evidence(session: Session) -> Iterator[str]:
    """The computation shown when a list was frozen is there, and is the one that the list names."""
    query = (
        select(Call.slug, Shortlist.content, CorrectedRanking.sha256)
        .join(Shortlist, Shortlist.call_id == Call.id)
        .outerjoin(CorrectedEvidence, CorrectedEvidence.call_id == Call.id)
        .outerjoin(CorrectedRanking, CorrectedRanking.id == CorrectedEvidence.corrected_id)
        .order_by(Call.slug)
    )
    for slug, content, sha256 in session.execute(query):
        named = content.get("corrected")
        if (named["sha256"] if named else None) != sha256:
            yield slug


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "corrected.has_a_result": computations_have_a_result,
    "corrected.is_kept_with_the_frozen_list": frozen_lists_have_their_evidence,
    "corrected.matches_its_digest": computations_match_their_digest,
}
