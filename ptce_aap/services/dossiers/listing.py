"""Lists of filed dossiers: what a line shows, and how one searches, filters and sorts them, all in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Dossier, Opinion
from ptce_aap.models.instruction import opinion_progress, proposed_whole
from ptce_aap.models.visibility import rank_among_open
from ptce_aap.services.dossiers.dossiers import Page, found_by, is_number, paged
from ptce_aap.services.dossiers.reading import region_name, stage_name, verdict_name

SORTS: Mapping[str, Any] = {
    "filed": Dossier.filed_at,
    "title": Dossier.title_key,
    "carrier": Dossier.carrier_key,
    "amount": Dossier.amount_cents,
    "region": Dossier.region,
    "rank": Opinion.regional_rank,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list; an empty text asks for nothing."""

    search: str = ""
    region: str = ""
    stage: str = ""
    computed: str = ""
    state: str = ""
    verdict: str = ""
    sort: str = "filed"  # a leading « - » turns the order round
    page: int = 1

    @property
    def sorted_by(self) -> str:
        """Return the column of the order."""
        key = self.sort.removeprefix("-")
        return key if key in SORTS else "filed"

    @property
    def descending(self) -> bool:
        """Tell whether the order is turned round."""
        return self.sort.startswith("-")


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier on a list."""

    reference: str
    number: str
    title: str
    carrier: str
    region: str
    stage: str
    amount_cents: int | None
    filed_at: datetime
    state: State
    missing: int
    computed: Result | None
    proposed: Result | None
    verdict: str  # in words; empty until the opinion is given
    regional_rank: int | None


def lines(
    session: Session,
    actor: Actor,
    visible: Select[Dossier],
    definition: CallDefinition,
    asked: Asked,
    *extra: ColumnElement[bool],
) -> Page[Line]:
    """Return one page of the dossiers of a room, as this reader knows them: two statements at any size."""
    rules = len(definition.eligibility)
    query = _joined(visible).add_columns(
        proposed_whole(rules), Opinion.verdict, Opinion.given_at, rank_among_open(actor.person_id)
    )
    query = query.where(*_conditions(asked), *extra).order_by(*_order(asked))
    found = paged(session, query, asked.page)
    return Page(
        items=tuple(_line(definition, *row) for row in found.items),
        number=found.number,
        pages=found.pages,
        total=found.total,
    )


def counts_by_progress(session: Session, visible: Select[Dossier], definition: CallDefinition) -> dict[str, int]:
    """Count the dossiers of a room by how far the correspondent is: one statement."""
    progress = opinion_progress(len(definition.eligibility)).label("progress")
    return _counted(session, _joined(visible).with_only_columns(progress))


def counts_by_state(session: Session, visible: Select[Dossier]) -> dict[str, int]:
    """Count the dossiers of a room by state: one statement."""
    return _counted(session, visible.with_only_columns(Dossier.state.label("state")))


def _counted(session: Session, query: Select[Any]) -> dict[str, int]:
    one = query.subquery()
    column = next(iter(one.c))
    return {row[0]: row[1] for row in session.execute(select(column, func.count()).group_by(column))}


def _joined(visible: Select[Dossier]) -> Select[Any]:
    return visible.outerjoin(Opinion, Opinion.dossier_id == Dossier.id)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found = found_by(asked.search, is_number(asked.search))
    equal = {
        Dossier.region: asked.region,
        Dossier.stage: asked.stage,
        Dossier.computed_eligibility: asked.computed,
        Dossier.state: asked.state,
    }
    found += [column == value for column, value in equal.items() if value]
    if asked.verdict:
        found.append((Opinion.verdict == asked.verdict) & Opinion.given_at.is_not(None))
    return found


def _order(asked: Asked) -> list[ColumnElement[Any]]:
    column = SORTS[asked.sorted_by]
    # Both engines put what is unknown last, whatever the order; the identifier parts equals.
    return [column.is_(None), column.desc() if asked.descending else column.asc(), Dossier.id]


def _line(
    definition: CallDefinition,
    dossier: Dossier,
    proposed: str | None,
    verdict: str | None,
    given_at: datetime | None,
    rank: int | None,
) -> Line:
    assert dossier.filed_at is not None
    assert dossier.number is not None
    return Line(
        reference=dossier.reference,
        number=dossier.number,
        title=dossier.title,
        carrier=dossier.carrier,
        region=region_name(definition, dossier.region),
        stage=stage_name(definition, dossier.stage),
        amount_cents=dossier.amount_cents,
        filed_at=dossier.filed_at,
        state=State(dossier.state),
        missing=dossier.missing_count or 0,
        computed=Result(dossier.computed_eligibility) if dossier.computed_eligibility else None,
        proposed=Result(proposed) if proposed else None,
        verdict=verdict_name(definition, verdict) if given_at is not None else "",
        regional_rank=rank,
    )
