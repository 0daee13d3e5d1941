"""The shortlist as tables and as canonical JSON."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from ptce_aap.documents import canonical, french, spreadsheet, workbook
from ptce_aap.documents.shortlist.content import (
    NO_DEPARTURE,
    OUTCOME_WORDS,
    Shortlist,
    ShortlistDeparture,
    ShortlistEntry,
)
from ptce_aap.documents.spreadsheet import Cell, Column, Kind

_BEFORE = (
    Column("rank", "Rang", Kind.INTEGER, 7),
    Column("tie", "Ex æquo", Kind.FLAG, 9),
    Column("outcome", "Décision", Kind.TEXT, 20),
    Column("number", "Numéro", Kind.TEXT, 18),
    Column("title", "Dossier", Kind.TEXT, 42),
    Column("carrier", "Porteur", Kind.TEXT, 34),
    Column("region", "Région", Kind.TEXT, 24),
    Column("stage", "Stade", Kind.TEXT, 18),
    Column("requested", "Montant demandé", Kind.MONEY),
    Column("amount", "Montant proposé", Kind.MONEY),
    Column("cumulated", "Montant cumulé", Kind.MONEY),
    Column("total", "Total", Kind.FIGURE, 9),
    Column("readings", "Lectures", Kind.INTEGER, 9),
)
_REASON = Column("reason", "Motif", Kind.TEXT, 60)
_ADOPTED = (
    Column("announced_place", "Place annoncée", Kind.INTEGER, 10),
    Column("adopted_place", "Place adoptée", Kind.INTEGER, 10),
    Column("departure", "Écart adopté et motif", Kind.TEXT, 60),
)
# Only in XLSX: a spreadsheet program that opens a CSV takes « 25/2 » for the 25th of February.
_EXACT = Column("total_exact", "Total exact", Kind.TEXT, 14)


def render_csv(shortlist: Shortlist) -> bytes:
    """Return the list as CSV for a French spreadsheet program."""
    out = BytesIO()
    spreadsheet.write_csv((*_BEFORE, *_axes(shortlist), _REASON, *_ADOPTED), _rows(shortlist, exact=False), out)
    return out.getvalue()


def render_xlsx(shortlist: Shortlist) -> bytes:
    """Return the list as a workbook: the list, then what it was made from."""
    out = BytesIO()
    workbook.write_xlsx(
        (*_BEFORE, *_axes(shortlist), _REASON, _EXACT, *_ADOPTED),
        _rows(shortlist, exact=True),
        out,
        sheet="Liste classée",
        title=f"Liste classée – {shortlist.call_title}",
        about=about(shortlist),
    )
    return out.getvalue()


def render_json(shortlist: Shortlist) -> bytes:
    """Return the list as canonical JSON: money as text with two decimals, totals exact and as shown."""
    return canonical.canonical(
        {
            "call": {"name": shortlist.call_name, "title": shortlist.call_title, "organiser": shortlist.organiser},
            "departures": [_departure(departure) for departure in shortlist.departures],
            "digest": shortlist.digest,
            "entries": [_entry(entry) for entry in shortlist.entries],
            "envelope": french.decimal_text(shortlist.envelope_cents),
            "fictional": shortlist.fictional,
            "minutes": list(shortlist.minutes),
            "frozen_at": canonical.instant(shortlist.frozen_at),
            "remaining": french.decimal_text(shortlist.envelope_cents - shortlist.selected_cents),
            "rule": shortlist.rule,
            "seed": shortlist.seed,
            "selected": french.decimal_text(shortlist.selected_cents),
        }
    )


def about(shortlist: Shortlist) -> list[tuple[str, str]]:
    """Return what the list was made from, as labelled facts."""
    facts = [
        ("Appel", shortlist.call_title),
        ("Organisateur", shortlist.organiser),
        ("Liste figée le", f"{french.long_instant(shortlist.frozen_at)} ({french.offset(shortlist.frozen_at)})"),
        ("Enveloppe", french.euros(shortlist.envelope_cents)),
        ("Montant des retenus", french.euros(shortlist.selected_cents)),
        ("Reste disponible", french.euros(shortlist.envelope_cents - shortlist.selected_cents)),
        ("Règle du classement", shortlist.rule),
        ("Écarts adoptés par le comité", str(len(shortlist.departures)) if shortlist.departures else NO_DEPARTURE),
        ("Graine du tirage", str(shortlist.seed)),
        ("Empreinte SHA-256", shortlist.digest),
    ]
    facts += [("Procès-verbal", sentence) for sentence in shortlist.minutes]
    if shortlist.fictional:
        facts.insert(0, ("Démonstration", "Données fictives, document sans valeur"))
    return facts


def _axes(shortlist: Shortlist) -> tuple[Column, ...]:
    return tuple(Column(f"axis_{n}", f"Axe {label}", Kind.FIGURE, 14) for n, label in enumerate(shortlist.axes, 1))


def _rows(shortlist: Shortlist, *, exact: bool) -> Iterator[list[Cell]]:
    axes = shortlist.axes
    for entry in shortlist.entries:
        means = dict(entry.axis_means)
        yield [
            entry.rank,
            entry.tie,
            OUTCOME_WORDS[entry.outcome],
            entry.number,
            entry.title,
            entry.carrier,
            entry.region,
            entry.stage,
            entry.requested_cents,
            entry.amount_cents,
            entry.cumulated_cents,
            entry.total if exact else _number(entry.total_shown),
            entry.readings,
            *(_number(means.get(axis, "")) for axis in axes),
            entry.reason,
            *([canonical.exact(entry.total)] if exact else []),
            entry.announced_place,
            entry.adopted_place,
            " ".join(f"{one.words} {one.reason}" for one in shortlist.departures if one.number == entry.number),
        ]


def _number(shown: str) -> Decimal | None:
    """Return the number that a French reader sees in « 3,50 »; nothing where there is none."""
    try:
        return Decimal(shown.replace(",", "."))
    except InvalidOperation:
        return None


def _entry(entry: ShortlistEntry) -> dict[str, Any]:
    def money(cents: int | None) -> str | None:
        return None if cents is None else french.decimal_text(cents)

    return {
        "adopted_place": entry.adopted_place,
        "amount": money(entry.amount_cents),
        "announced_place": entry.announced_place,
        "axis_means": [{"axis": label, "shown": shown} for label, shown in entry.axis_means],
        "carrier": entry.carrier,
        "cumulated": money(entry.cumulated_cents),
        "number": entry.number,
        "outcome": entry.outcome.value,
        "rank": entry.rank,
        "readings": entry.readings,
        "reason": entry.reason,
        "region": entry.region,
        "requested": money(entry.requested_cents),
        "stage": entry.stage,
        "tie": entry.tie,
        "title": entry.title,
        "total": canonical.exact(entry.total),
        "total_shown": entry.total_shown,
    }


def _departure(departure: ShortlistDeparture) -> dict[str, Any]:
    return {
        "after": departure.after,
        "before": departure.before,
        "confirmed_on": departure.confirmed_on,
        "decided_at": canonical.instant(departure.decided_at),
        "decided_on": departure.decided_on,
        "ground": departure.ground,
        "number": departure.number,
        "rank": departure.rank,
        "reason": departure.reason,
        "title": departure.title,
    }
