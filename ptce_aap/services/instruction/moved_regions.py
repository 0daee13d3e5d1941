"""What becomes of an opinion and of a region's order when a deposit says another region."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Dossier, Opinion, RegionalOrder


def follow(session: Session, actor: Actor, dossier: Dossier, former: str | None, *, at: datetime) -> None:
    """Let the opinion on a dossier follow it to its new region, without the number that the former one gave.

    The opinion stays what it is, draft or given: the new region reads it, and the team may hand it back. The order of
    the former region is kept again without the dossier: what its term freezes is what is left of it.
    """
    opinion = session.get(Opinion, dossier.id)
    if opinion is None or former is None or dossier.region is None or dossier.region == former:
        return
    opinion.region, opinion.regional_rank = dossier.region, None
    query = select(RegionalOrder).where(RegionalOrder.call_id == dossier.call_id, RegionalOrder.region == former)
    last = session.scalar(query.order_by(RegionalOrder.id.desc()).limit(1))
    if last is None or dossier.reference not in last.ranks:
        return
    left = {reference: rank for reference, rank in last.ranks.items() if reference != dossier.reference}
    session.add(RegionalOrder(call_id=last.call_id, region=former, ranks=left, by_id=actor.person_id, at=at))
