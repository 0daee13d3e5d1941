"""The dossiers of the ranking room: where each one stands in the announced and in the corrected ranking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.corrected.values import Corrected, Placed
from ptce_aap.domain.dossier import State
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, Dossier, Ranking, RankingEntry
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.ranking import corrected_store
from ptce_aap.services.ranking.corrected_store import Held, Part
from ptce_aap.services.selection import adoption
from ptce_aap.services.selection.adoption import Place


@dataclass(frozen=True, slots=True)
class Line:
    """One dossier in the three rankings; ``placed`` is None while no reading of it was computed."""

    reference: str
    number: str
    title: str
    keys: tuple[str, str]  # title and carrier, folded
    carrier: str
    region: str
    announced: int | None
    position: int  # in the printed order; ranked dossiers first
    tie: bool
    total_shown: str
    placed: Placed | None
    adopted: Place | None  # in the adopted list; None where there is none yet, or no rank
    marks: tuple[float, ...] = ()  # totals of its readings


def lines_of(
    session: Session,
    actor: Actor,
    call: Call,
    definition: CallDefinition,
    ranking: Ranking | None,
    result: Corrected,
    held: Held,
    *,
    now: datetime,
) -> list[Line]:
    """Return every dossier of the three rankings, in the printed order: as many statements at any size."""
    rows = session.execute(_dossiers(actor, call, ranking, now=now)).all()
    placed = {one.dossier: one for one in result.dossiers}
    announced = _announced(session, ranking, held, rows)
    adopted = adoption.places_of(session, ranking) if ranking is not None else {}
    sharing = Counter(rank for rank, _ in announced.values() if rank is not None)
    found = []
    for row in rows:
        rank, shown = announced.get(row.reference, (None, ""))
        corrected = placed.get(row.reference)
        found.append(
            Line(
                reference=row.reference,
                number=row.number,
                title=row.title,
                keys=(row.title_key, row.carrier_key),
                carrier=row.carrier,
                region=region_name(definition, row.region),
                announced=rank,
                position=row.position or 0,
                tie=rank is not None and sharing[rank] > 1,
                total_shown=shown,
                placed=corrected,
                adopted=adopted.get(row.reference),
            )
        )
    return sorted(found, key=announced_order)


def marks_of(session: Session, held: Held) -> dict[str, tuple[float, ...]]:
    """Return the totals of the readings of each dossier, the lowest first: a spread has no author."""
    found: dict[str, list[float]] = {}
    for dossier, _, score in corrected_store.part(session, held, Part.READINGS):
        found.setdefault(dossier, []).append(score)
    return {dossier: tuple(sorted(scores)) for dossier, scores in found.items()}


def announced_order(line: Line) -> tuple[Any, ...]:
    """Return where a dossier stands in the printed order of the announced ranking; those without a rank come last."""
    return (line.announced is None, line.announced or 0, line.position, line.reference)


def corrected_order(line: Line) -> tuple[Any, ...]:
    """Return where a dossier stands in the corrected ranking; those without a reading come last."""
    return (line.placed is None, round(line.placed.expected_rank if line.placed else 0.0, 9), line.reference)


def _dossiers(actor: Actor, call: Call, ranking: Ranking | None, *, now: datetime) -> Select[Any]:
    entry = (RankingEntry.dossier_id == Dossier.id) & (RankingEntry.ranking_id == (ranking.id if ranking else 0))
    mine: Any = rooms.open_to(actor, call, now=now)
    whole: Select[Any] = (
        mine.outerjoin(RankingEntry, entry)
        .where(Dossier.state == State.ELIGIBLE.value)
        .with_only_columns(
            Dossier.reference,
            Dossier.number,
            Dossier.title,
            Dossier.title_key,
            Dossier.carrier,
            Dossier.carrier_key,
            Dossier.region,
            RankingEntry.rank,
            RankingEntry.position,
            RankingEntry.total_shown,
            maintain_column_froms=True,
        )
    )
    return whole


def _announced(
    session: Session, ranking: Ranking | None, held: Held, rows: Sequence[Row[Any]]
) -> Mapping[str, tuple[int | None, str]]:
    if ranking is not None:
        return {row.reference: (row.rank, row.total_shown or "") for row in rows}
    stored = corrected_store.part(session, held, Part.PROVISIONAL) or {}
    return {dossier: (rank, shown) for dossier, (rank, shown) in stored.items()}
