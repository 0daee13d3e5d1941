"""Lists of filed dossiers: what a line shows, and how one searches, filters and sorts them, all in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Dossier, DossierLabel, Opinion
from ptce_aap.models.instruction import proposed_whole
from ptce_aap.models.own_papers import on_its_region
from ptce_aap.models.visibility import Absents, rank_among_open
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

FIRST = "first"
"""What is to do first: the order of a queue, which only its room knows how to make."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list; an empty text asks for nothing."""

    search: str = ""
    region: str = ""
    stage: str = ""
    computed: str = ""
    state: str = ""
    verdict: str = ""
    label: str = ""  # folded; of the dossier's own region
    sort: str = "filed"  # a leading « - » turns the order round
    page: int = 1

    @property
    def filters(self) -> bool:
        """Tell whether some of the dossiers are left out."""
        return any((self.search, self.region, self.stage, self.computed, self.state, self.verdict, self.label))

    @property
    def sorted_by(self) -> str:
        """Return the column of the order."""
        key = self.sort.removeprefix("-")
        return key if key in SORTS or key == FIRST else "filed"

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
    query = with_columns(_joined(visible), actor, definition)
    query = query.where(*conditions(asked), *extra).order_by(*order(asked))
    found = paged(session, query, asked.page)
    return Page(
        items=tuple(line(definition, *row) for row in found.items),
        number=found.number,
        pages=found.pages,
        total=found.total,
    )


def with_columns(
    dossiers: Select[Any], actor: Actor, definition: CallDefinition, absents: Absents | None = None
) -> Select[Any]:
    """Add to a query on dossiers joined to their opinions the columns that ``line`` reads after the dossier."""
    whole = proposed_whole(len(definition.eligibility))
    return dossiers.add_columns(whole, Opinion.verdict, Opinion.given_at, rank_among_open(actor.person_id, absents))


def counts_by_state(session: Session, visible: Select[Dossier]) -> dict[str, int]:
    """Count the dossiers of a room by state: one statement."""
    return _counted(session, visible.with_only_columns(Dossier.state.label("state")))


def _counted(session: Session, query: Select[Any]) -> dict[str, int]:
    one = query.subquery()
    column = next(iter(one.c))
    return {row[0]: row[1] for row in session.execute(select(column, func.count()).group_by(column))}


def _joined(visible: Select[Dossier]) -> Select[Any]:
    return visible.outerjoin(Opinion, Opinion.dossier_id == Dossier.id)


def conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """Return what an address asks of the dossiers of a list."""
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
    if asked.label:
        found.append(exists().where(on_its_region(), DossierLabel.key == asked.label))
    return found


def order(asked: Asked) -> list[ColumnElement[Any]]:
    """Return the order that an address asks for."""
    column = SORTS.get(asked.sorted_by, Dossier.filed_at)
    # Both engines put what is unknown last, whatever the order; the identifier parts equals.
    return [column.is_(None), column.desc() if asked.descending else column.asc(), Dossier.id]


def line(
    definition: CallDefinition,
    dossier: Dossier,
    proposed: str | None,
    verdict: str | None,
    given_at: datetime | None,
    rank: int | None,
) -> Line:
    """Return a line from its row: the dossier, then the columns of ``with_columns``."""
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
