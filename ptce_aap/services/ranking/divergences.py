"""Where the regions and the announced ranking do not say the same: the strongest divergences first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.divergences import Divergence, DivergenceRule, Placed, Way
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call, Dossier, Opinion, RankingEntry
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.reading import region_name, verdict_name
from ptce_aap.services.ranking import standings


@dataclass(frozen=True, slots=True)
class Compared:
    """A dossier of the list that its region speaks of; ``expected`` is the place in the list that its word stands for.

    ``divergence`` is None where region and jury agree.
    """

    reference: str
    number: str
    title: str
    carrier: str
    region: str
    verdict: str  # in words
    placed: Placed
    share: Fraction  # of its region's order, 0 for the first, 1 for the last; of its verdict where it has no number
    divergence: Divergence | None


@dataclass(frozen=True, slots=True)
class DivergencePage:
    """What parts regions and jury. ``rule`` is None where the call declares none, ``listed`` 0 before the ranking."""

    definition: CallDefinition
    rule: DivergenceRule | None
    partial: bool  # a person in conflict sees none of it before the publication
    listed: int = 0
    spoken: int = 0  # dossiers of the list that their region speaks of
    compared: tuple[Compared, ...] = ()  # those with a regional number, to be drawn
    supported: tuple[Compared, ...] = ()
    unsupported: tuple[Compared, ...] = ()


def read(session: Session, actor: Actor, call: Call) -> DivergencePage:
    """Return the divergences of the ranking in force, the strongest first: as many statements at any size.

    Errors: ``not_allowed``.
    """
    accounts.require(actor, Permission.SEE_RANKING, call.id)
    definition = calls.definition_of(session, call)
    rule = definition.divergences
    if rule is None or standings.in_deport(session, actor, call):
        return DivergencePage(definition, rule, rule is not None)
    ranking = standings.latest(session, call.id)
    if ranking is None:
        return DivergencePage(definition, rule, False)
    rows = session.execute(_ranked(ranking.id)).all()
    numbered = Counter(row.region for row in rows if row.regional_rank is not None)
    found = [_compared(row, definition, rule, numbered[row.region], len(rows)) for row in rows]
    apart = sorted((one for one in found if one.divergence), key=_strongest)
    return DivergencePage(
        definition=definition,
        rule=rule,
        partial=False,
        listed=len(rows),
        spoken=sum(bool(row.verdict) or row.regional_rank is not None for row in rows),
        compared=tuple(one for one in found if one.placed.regional_rank is not None),
        supported=tuple(one for one in apart if one.divergence and one.divergence.way is Way.SUPPORTED_AND_LOW),
        unsupported=tuple(one for one in apart if one.divergence and one.divergence.way is Way.UNSUPPORTED_AND_HIGH),
    )


def _ranked(ranking_id: int) -> Any:
    """The ranked dossiers in the announced order, with what their region gave: an opinion, a number."""
    given = (Opinion.dossier_id == Dossier.id) & Opinion.given_at.is_not(None)
    return (
        select(
            Dossier.reference,
            Dossier.number,
            Dossier.title,
            Dossier.carrier,
            Dossier.region,
            Opinion.verdict,
            Opinion.regional_rank,
            RankingEntry.rank,
        )
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(Opinion, given)
        .where(RankingEntry.ranking_id == ranking_id, RankingEntry.rank.is_not(None))
        .order_by(RankingEntry.position)
    )


def _compared(row: Row[Any], definition: CallDefinition, rule: DivergenceRule, in_region: int, listed: int) -> Compared:
    placed = Placed(row.verdict, row.regional_rank, in_region, row.rank, listed)
    share = Fraction(min(row.regional_rank or 1, in_region) - 1, in_region - 1) if in_region > 1 else Fraction(0)
    return Compared(
        reference=row.reference,
        number=row.number,
        title=row.title,
        carrier=row.carrier,
        region=region_name(definition, row.region),
        verdict=verdict_name(definition, row.verdict),
        placed=placed,
        share=share,
        divergence=rule.divergence(placed),
    )


def _strongest(one: Compared) -> tuple[Fraction, int, str]:
    strength = one.divergence.strength if one.divergence else Fraction(0)
    return (-strength, one.placed.rank, one.reference)
