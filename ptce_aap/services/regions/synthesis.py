"""The synthesis of a region, of the call, and of what is published of it: the dossiers open to a reader, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, distinct, false, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain import small_numbers, synthesis
from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor, Deed
from ptce_aap.domain.synthesis import Figure, Raw, Section, SynthesisSheet, Table, Tile
from ptce_aap.models import Answer, Call, Dossier, visibility
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.instruction import instruction
from ptce_aap.services.ranking import standings
from ptce_aap.services.selection import shortlists


class Which(StrEnum):
    """Which dossiers count, by the word of the address."""

    FILED = "deposes"
    ELIGIBLE = "recevables"
    SELECTED = "retenus"  # once the list is published
    DRAFTS = "brouillons"  # those whose owners let them be counted


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a synthesis: one region or all that are open, and which dossiers count."""

    region: str = ""
    which: Which = Which.FILED


LEAST_DRAFTS = small_numbers.LEAST
"""Drafts are counted in a region from this number of owners on: fewer would tell of somebody, however many drafts."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a dossier says in its own words."""

    reference: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A section that quotes, with its quotes."""

    section: Section
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A territory of the call: its dossiers and what they ask for."""

    region: Region
    tile: Tile | None
    dossiers: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What dossiers say together. ``partial``: some are closed to this reader and count nowhere."""

    call_title: str
    organiser: str
    definition: CallDefinition
    sheet: SynthesisSheet
    asked: Asked
    regions: tuple[Region, ...]  # those that this reader may choose
    chosen: tuple[Region, ...]  # those that are counted
    dossiers: int
    amount_cents: int
    tables: tuple[Table, ...]
    quotes: tuple[Quoted, ...]
    places: tuple[Place, ...]
    partial: bool
    readable: bool = True
    at: datetime | None = None
    published: bool = False  # the selected dossiers may be asked for
    drafts: int = 0  # drafts that may be asked for, by the leave of their owners


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A section as it is published: its rows, small numbers put away."""

    section: Section
    shown: small_numbers.Published
    in_cents: bool


@dataclass(frozen=True, slots=True)
class PublicSynthesis:
    """What everybody reads of the synthesis once the list is published."""

    sheet: SynthesisSheet
    tables: tuple[PublicTable, ...]
    places: small_numbers.Published


@dataclass(frozen=True, slots=True)
class _Read:
    reference: str
    title: str
    region: str
    amount_cents: int
    raw: Raw


def of_regions(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> Synthesis:
    """Return the synthesis of a correspondent's regions: two statements on dossiers, at any number.

    Errors: ``not_found`` for a call that declares none, and for a region that is not his.
    """
    definition = calls.definition_of(session, call)
    regions = instruction.regions_of(definition, actor, call)
    if asked.region and asked.region not in {region.code for region in regions}:
        raise NotFound()
    mine = instruction.visible(session, actor, call, now=now)
    chosen = tuple(region for region in regions if asked.region in {"", region.code})
    readable = calls.correspondents_may_read(call, definition.sheet, now)
    return _synthesis(session, actor, call, definition, asked, mine, regions, chosen, readable=readable, now=now)


def of_call(session: Session, actor: Actor, call: Call, asked: Asked, *, now: datetime) -> Synthesis:
    """Return the synthesis of the call, or of one of its regions, for who manages it. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    regions = definition.sheet.regions
    if asked.region and definition.sheet.region(asked.region) is None:
        raise NotFound()
    chosen = tuple(region for region in regions if asked.region in {"", region.code})
    readable = call.allows(Deed.READ_MANAGED, now=now)
    mine = rooms.open_to(actor, call, now=now)
    return _synthesis(session, actor, call, definition, asked, mine, regions, chosen, readable=readable, now=now)


def published(session: Session, call: Call) -> PublicSynthesis:
    """Return what is published: filed dossiers of the whole call, once its list is. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    sheet = definition.synthesis
    if sheet is None or call.published_at is None:
        raise NotFound()
    found = _read(session, visibility.told_of_the_result(call), sheet)
    tables = []
    for section in sheet.sections:
        # Crossed counts are small everywhere, and texts are nobody's to publish.
        if section.figure in {Figure.DOSSIERS, Figure.AMOUNTS}:
            table = synthesis.table_of(section, [one.raw for one in found])
            rows = [small_numbers.Counted(line.label, line.dossiers, line.whole) for line in table.lines]
            tables.append(PublicTable(section, small_numbers.published(rows), table.in_cents))
    places = [
        small_numbers.Counted(place.region.name, place.dossiers, place.amount_cents)
        for place in _places(definition, sheet, definition.sheet.regions, found)
    ]
    return PublicSynthesis(sheet, tuple(tables), small_numbers.published(places))


def _synthesis(
    session: Session,
    actor: Actor,
    call: Call,
    definition: CallDefinition,
    asked: Asked,
    visible: Select[Dossier],
    regions: tuple[Region, ...],
    chosen: tuple[Region, ...],
    *,
    readable: bool,
    now: datetime,
) -> Synthesis:
    sheet = definition.synthesis
    if sheet is None:
        raise NotFound()
    drafts, counted = _drafts(session, actor, call, chosen) if readable else (visible, 0)
    if asked.region:
        visible = visible.where(Dossier.region == asked.region)
    if asked.which is Which.DRAFTS:
        visible = drafts
    elif asked.which is not Which.FILED:
        visible = visible.where(Dossier.state == State.ELIGIBLE.value)
    if asked.which is Which.SELECTED:
        visible = visible.where(Dossier.number.in_([entry.number for entry in shortlists.laureates(session, call)]))
    found = _read(session, visible, sheet) if readable else ()
    raws = [one.raw for one in found]
    return Synthesis(
        call_title=definition.sheet.title,
        organiser=definition.sheet.organiser,
        definition=definition,
        sheet=sheet,
        asked=asked,
        regions=regions,
        chosen=chosen,
        dossiers=len(found),
        amount_cents=sum(one.amount_cents for one in found),
        tables=tuple(synthesis.table_of(s, raws) for s in sheet.sections if s.figure is not Figure.QUOTED),
        # Quotations are read in a region; those of a whole call would be a book, and nobody reads a draft.
        quotes=tuple(_quoted(section, found) for section in sheet.sections if section.figure is Figure.QUOTED)
        if chosen != definition.sheet.regions and asked.which is not Which.DRAFTS
        else (),
        places=_places(definition, sheet, chosen, found),
        partial=standings.has_conflict(session, actor, call),
        readable=readable,
        at=now,
        published=call.allows(Deed.SEE_LAUREATES),
        drafts=counted,
    )


def _drafts(session: Session, actor: Actor, call: Call, chosen: Sequence[Region]) -> tuple[Select[Dossier], int]:
    """Return the drafts that may be counted, and how many: of the territories where they are enough, each alone.

    Counted together only, those of a territory with few would be the difference between two pages.
    """
    agreed = visibility.counted_drafts(actor.person_id, call)
    owners = func.count(distinct(Dossier.owner_id))
    by_region = agreed.with_only_columns(Dossier.region, func.count(), owners).group_by(Dossier.region)
    counts = session.execute(by_region).all()
    if not chosen:  # a call without regions
        people = session.scalar(agreed.with_only_columns(owners)) or 0
        whole = sum(number for _, number, _ in counts)
        return (agreed, whole) if people >= LEAST_DRAFTS else (agreed.where(false()), 0)
    found = {region: number for region, number, people in counts if people >= LEAST_DRAFTS}
    codes = [region.code for region in chosen if region.code in found]
    return agreed.where(Dossier.region.in_(codes)), sum(found[code] for code in codes)


def _read(session: Session, visible: Select[Dossier], sheet: SynthesisSheet) -> tuple[_Read, ...]:
    """Read of these dossiers the answers that the synthesis needs, and no other."""
    columns = (Dossier.id, Dossier.reference, Dossier.title, Dossier.region, Dossier.amount_cents)
    rows = session.execute(visible.with_only_columns(*columns).order_by(Dossier.id)).all()
    raws: dict[int, dict[str, Any]] = defaultdict(dict)
    stored = (
        select(Answer.dossier_id, Answer.key, Answer.value)
        .where(Answer.key.in_(sorted(sheet.paths)), Answer.value.is_not(None))
        .where(Answer.dossier_id.in_(visible.with_only_columns(Dossier.id)))
    )
    for dossier_id, key, value in session.execute(stored):
        raws[dossier_id][key] = value
    return tuple(_Read(row[1], row[2], row[3] or "", row[4] or 0, raws.get(row[0], {})) for row in rows)


def _quoted(section: Section, found: Sequence[_Read]) -> Quoted:
    quotes = ((one, one.raw.get(section.rows.path)) for one in found)
    return Quoted(section, tuple(Quote(one.reference, one.title, text) for one, text in quotes if text))


def _places(
    definition: CallDefinition, sheet: SynthesisSheet, regions: Sequence[Region], found: Sequence[_Read]
) -> tuple[Place, ...]:
    tiles: Mapping[str, Tile] = {tile.code: tile for tile in sheet.tiles}
    count = Counter(one.region for one in found)
    amounts: Counter[str] = Counter()
    for one in found:
        amounts[one.region] += one.amount_cents
    return tuple(Place(region, tiles.get(region.code), count[region.code], amounts[region.code]) for region in regions)
