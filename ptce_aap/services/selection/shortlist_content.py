"""What a frozen shortlist holds: one canonical value with every dossier of the ranking, worded for its readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain import scoring
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.scoring import Grid
from ptce_aap.models import Admission, AmountProposal, Call, Dossier, Ranking, RankingEntry, TieVote
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers.reading import region_name, stage_name
from ptce_aap.services.ranking import corrected_store, standings
from ptce_aap.services.ranking.standings import Line
from ptce_aap.services.selection import list_minutes
from ptce_aap.services.selection.adoption import AdoptedList, Applied

SIGNATURES = ("La présidence du comité de sélection", "Le secrétariat du comité de sélection")


def collect(session: Session, call: Call, line: Line, adopted: AdoptedList) -> dict[str, Any]:
    """Return the content of the list as it stands: as many statements at any size."""
    definition, ranking = calls.definition_of(session, call), adopted.ranking
    rows = _rows(session, ranking)
    sharing = Counter(row.rank for row in rows if row.rank is not None)
    entries = [_entry(row, definition, line, tie=sharing[row.rank] > 1) for row in rows]
    return {
        "call": {
            "slug": call.slug,
            "name": call.name,
            "title": call.title,
            "organiser": definition.sheet.organiser,
            "fictional": call.fictional,
        },
        "envelope_cents": call.envelope_cents,
        "selected_cents": line.above_cents,
        "seed": ranking.seed,
        "ranking": {
            "sequence": ranking.sequence,
            "inputs_digest": ranking.inputs_digest,
            "grid_digest": ranking.grid_digest,
        },
        "corrected": corrected_store.evidence_of(session, call.id),
        "rule": rule_in_words(definition),
        "entries": entries,
        "departures": [_departure(one, entries, definition) for one in adopted.departures],
        "signatures": list(SIGNATURES),
        "corrections": list_minutes.corrections_of(session, call),
        "substitutes": list_minutes.substitutes_of(session, call),
    }


def obstacles(
    content: Mapping[str, Any], line: Line, adopted: AdoptedList, *, outdated: bool
) -> Iterator[RuleViolation]:
    """Say what holds the freezing back."""
    if outdated:
        yield RuleViolation("ranking_outdated")
    for applied in adopted.departures:
        if applied.changed:
            yield RuleViolation("departure_to_confirm", title=applied.decided.title)
    if not line.settled:
        yield RuleViolation("tie_on_the_line", count=len(line.tied))
    for entry in content["entries"]:
        if entry["outcome"] == Outcome.SELECTED and entry["amount_cents"] is None:
            yield RuleViolation("amount_missing", title=entry["title"])


def rule_in_words(definition: CallDefinition) -> str:
    """Say the announced rule as the minutes print it."""
    grid = definition.grid
    weights = ", ".join(f"{axis.label} {axis.weight}" for axis in grid.axes)
    ties = ", puis ".join(f"«\u00a0{grid.axis(key).label}\u00a0»" for key in grid.tie_order)
    drawn = (
        "Le tirage au sort annoncé départage les dossiers encore à égalité."
        if definition.sheet.draw_breaks_ties
        else "Les dossiers encore à égalité partagent leur rang\u00a0; le tirage au sort ne règle que l’ordre "
        "d’impression, et une égalité sur la ligne est tranchée par un vote du comité."
    )
    between = f" À total égal, moyenne de l’axe {ties}." if ties else ""
    return (
        f"Total sur {grid.total_on}\u00a0: moyenne des totaux des fiches rendues, calculée exactement "
        f"(poids des axes\u00a0: {weights}). {grid.minimal_readings} lectures au moins, sauf décision motivée de la "
        f"présidence.{between} {drawn}"
    )


def means_in_words(grid: Grid, means: Mapping[str, str]) -> list[list[str]]:
    """Return the means of the axes as (label, shown in points)."""
    return [[axis.label, scoring.shown(Fraction(means[axis.key]))] for axis in grid.axes if axis.key in means]


def _rows(session: Session, ranking: Ranking) -> Sequence[Row[Any]]:
    steps = standings.walk(ranking.id).subquery()
    return session.execute(
        select(
            RankingEntry.rank,
            RankingEntry.readings,
            RankingEntry.total,
            RankingEntry.total_shown,
            RankingEntry.axis_means,
            steps.c.place,
            steps.c.cumulated,
            steps.c.announced_place,
            steps.c.put_out,
            Dossier.reference,
            Dossier.number,
            Dossier.title,
            Dossier.carrier,
            Dossier.region,
            Dossier.stage,
            Dossier.amount_cents.label("requested"),
            AmountProposal.amount_cents.label("proposed"),
            AmountProposal.reason.label("amount_reason"),
            Admission.reason.label("admission_reason"),
            TieVote.reason.label("vote_reason"),
        )
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .outerjoin(steps, steps.c.dossier_id == RankingEntry.dossier_id)
        .outerjoin(AmountProposal, AmountProposal.dossier_id == RankingEntry.dossier_id)
        .outerjoin(Admission, Admission.dossier_id == RankingEntry.dossier_id)
        .outerjoin(
            TieVote,
            (TieVote.ranking_id == RankingEntry.ranking_id) & (TieVote.dossier_id == RankingEntry.dossier_id),
        )
        .where(RankingEntry.ranking_id == ranking.id)
        .order_by(RankingEntry.rank.is_(None), steps.c.place, RankingEntry.position)
    ).all()


def _entry(row: Row[Any], definition: CallDefinition, line: Line, *, tie: bool) -> dict[str, Any]:
    reasons = (row.admission_reason, row.vote_reason, row.amount_reason)
    return {
        "dossier": row.reference,
        "rank": row.rank,
        "tie": tie,
        "number": row.number,
        "title": row.title,
        "carrier": row.carrier,
        "region": region_name(definition, row.region),
        "stage": stage_name(definition, row.stage),
        "requested_cents": row.requested,
        "amount_cents": None if row.rank is None else row.requested if row.proposed is None else row.proposed,
        "cumulated_cents": None if row.rank is None or row.put_out else int(row.cumulated),
        "announced_place": row.announced_place,
        "adopted_place": None if row.put_out else row.place,
        "total": row.total,
        "total_shown": row.total_shown,
        "readings": row.readings,
        "axis_means": means_in_words(definition.grid, row.axis_means),
        "outcome": _outcome(row, line.above, definition.sheet.reserve_size).value,
        "reason": " ".join(reason for reason in reasons if reason),
    }


def _departure(applied: Applied, entries: Sequence[Mapping[str, Any]], definition: CallDefinition) -> dict[str, Any]:
    """A departure as the minutes print it: what it does to the list that is frozen."""
    decided = applied.decided
    entry = next(one for one in entries if one["dossier"] == decided.dossier)
    ground, step = definition.sheet.ground(decided.ground), applied.step
    return {
        "dossier": decided.dossier,
        "number": decided.number,
        "title": decided.title,
        "rank": entry["rank"],
        "before": step.before if step else None,
        "after": step.after if step else None,
        "ground": ground.label if ground else decided.ground,
        "reason": decided.reason,
        "decided_at": decided.at.isoformat(),
        "decided_on": decided.sequence,
        "confirmed_on": decided.confirmed_on,
    }


def _outcome(row: Row[Any], above: int, reserve: int) -> Outcome:
    if row.rank is None:
        return Outcome.UNRANKED
    if row.put_out:
        return Outcome.NOT_SELECTED
    if row.place <= above:
        return Outcome.SELECTED
    return Outcome.RESERVE if row.place <= above + reserve else Outcome.NOT_SELECTED
