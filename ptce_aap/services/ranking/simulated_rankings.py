"""The announced and the corrected ranking under other weights of the axes: what a simulation compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import ranking as rules
from ptce_aap.domain.corrected.aids import Sensitivity
from ptce_aap.domain.line import covered
from ptce_aap.domain.scoring import Grid, Marks
from ptce_aap.domain.weighting import Means, Weighed, announced_weights, weigh
from ptce_aap.models import AmountProposal, Call, Dossier, Ranking, RankingEntry, TieVote
from ptce_aap.services.ranking import corrected_inputs, standings


@dataclass(frozen=True, slots=True)
class Listed:
    """The announced ranking as it is weighed: axis means and amounts in cents, in the printed order."""

    means: Mapping[str, Means]
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rankings:
    """Both rankings under the announced weights and under those asked for; dossiers by reference."""

    today: Sequence[str]
    weighed: Sequence[Weighed]
    above: int
    simulated_above: int
    corrected: Sequence[str]
    corrected_simulated: Sequence[str]
    top: int | None


def listed(session: Session, call: Call, grid: Grid, ranking: Ranking | None) -> Listed:
    """Return what the announced ranking is made of; while the marking goes on, what it would be made of now."""
    if ranking is None:
        return _listed_now(session, call, grid)
    voted = (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id)
    rows = session.execute(
        select(Dossier.reference, RankingEntry.axis_means, standings.AMOUNT.label("amount"))
        .select_from(RankingEntry)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(TieVote, voted)
        .where(RankingEntry.ranking_id == ranking.id, RankingEntry.rank.is_not(None))
        .order_by(RankingEntry.rank, func.coalesce(TieVote.place, RankingEntry.position))
    ).all()
    means = {row.reference: {key: Fraction(text) for key, text in row.axis_means.items()} for row in rows}
    return Listed(means, {row.reference: int(row.amount) for row in rows})


def _listed_now(session: Session, call: Call, grid: Grid) -> Listed:
    readings: dict[str, list[Marks]] = {}
    for sheet in corrected_inputs.first_marks(session, call):
        readings.setdefault(sheet.dossier, []).append(sheet.marks)
    ranked = [one for one in rules.announced(grid, readings, seed=call.draw_seed) if one.rank is not None]
    asked = select(Dossier.reference, Dossier.amount_cents).where(Dossier.call_id == call.id)
    amounts = {row.reference: int(row.amount_cents or 0) for row in session.execute(asked)}
    return Listed({one.reference: one.axis_means for one in ranked}, amounts)


def simulate(
    grid: Grid, listed: Listed, sensitivity: Sensitivity, weights: Mapping[str, int], envelope: int
) -> Rankings:
    """Return both rankings under these weights (not all zero); the envelope, in cents, draws the announced line."""
    today, weighed = list(listed.means), weigh(grid, listed.means, weights)
    return Rankings(
        today=today,
        weighed=weighed,
        above=covered([listed.amounts[reference] for reference in today], envelope),
        simulated_above=covered([listed.amounts[one.reference] for one in weighed], envelope),
        corrected=sensitivity.order({key: float(weight) for key, weight in announced_weights(grid).items()}),
        corrected_simulated=sensitivity.order({key: float(weight) for key, weight in weights.items()}),
        top=sensitivity.top,
    )
