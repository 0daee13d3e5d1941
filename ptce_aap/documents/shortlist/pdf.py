"""The shortlist as a PDF to sign: three parts, the line drawn across, what it was made from, the signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, PageBreak, Spacer, Table, TableStyle

from ptce_aap.documents import blocks, french, layout, style, text
from ptce_aap.documents.listing import PADDING, Listing, Row
from ptce_aap.documents.shortlist import annexes
from ptce_aap.documents.shortlist.content import PART_TITLES, Outcome, Shortlist, ShortlistEntry

NBSP = french.NBSP

# 25 dossiers and the header fill a landscape page exactly; texts are cut to two lines so that they always do.
_ROW = 19.5
_HEADER = 21
_BAR = 17
_WIDTHS = (34, 72, 206, 166, 114, 60, 40, 58)
_HEADINGS = ("Rang", "Numéro", "Dossier", "Porteur", "Région", "Montant proposé", "Total", "Montant cumulé")


def render_pdf(shortlist: Shortlist) -> bytes:
    """Return the list as a PDF."""
    sheet = layout.Sheet(
        service=shortlist.organiser,
        call=shortlist.call_title,
        title="Liste classée",
        footer=f"Liste figée le {french.long_instant(shortlist.frozen_at)} · empreinte SHA-256 {shortlist.digest}",
        subject=f"Liste classée, empreinte {shortlist.digest}",
        wide=True,
        fictional=shortlist.fictional,
    )
    story: list[Flowable] = [
        text.line("Liste classée", style.TITLE),
        text.line(_subtitle(shortlist), style.SUBTITLE),
        *_summary(shortlist, sheet.room),
        Spacer(1, 10),
        _listing(shortlist, sheet.room),
        *annexes.departures(shortlist),
        *annexes.reasons(shortlist),
        *annexes.minutes(shortlist),
    ]
    if shortlist.signatures:
        story.append(blocks.signatures(shortlist.signatures, _signed(shortlist), sheet.room))
    if shortlist.axes:
        story += [PageBreak(), *annexes.means(shortlist, sheet.room)]
    return layout.rendered(sheet, story)


def _subtitle(shortlist: Shortlist) -> str:
    tallies = [
        french.counted(len(shortlist.part(Outcome.SELECTED)), "dossier retenu", "dossiers retenus"),
        f"{len(shortlist.part(Outcome.RESERVE))} sur liste complémentaire",
        french.counted(len(shortlist.part(Outcome.NOT_SELECTED)), "non retenu", "non retenus"),
        french.counted(len(shortlist.part(Outcome.UNRANKED)), "non classé", "non classés"),
    ]
    return ", ".join(tallies[:3]) + (f", {tallies[3]}" if shortlist.part(Outcome.UNRANKED) else "") + "."


def _summary(shortlist: Shortlist, room: float) -> list[Flowable]:
    """The box of facts: money on the left, origin on the right, the rule below."""
    half = (room - 10) / 2
    money = [
        ("Enveloppe", french.euros(shortlist.envelope_cents)),
        ("Montant des retenus", french.euros(shortlist.selected_cents)),
        ("Reste disponible", french.euros(shortlist.envelope_cents - shortlist.selected_cents)),
    ]
    origin = [
        ("Liste figée le", f"{french.long_instant(shortlist.frozen_at)} ({french.offset(shortlist.frozen_at)})"),
        ("Dossiers", french.grouped(len(shortlist.entries))),
        ("Graine du tirage", str(shortlist.seed)),
    ]
    side = Table([[blocks.facts(money, half), "", blocks.facts(origin, half)]], colWidths=[half, 10, half])
    side.setStyle(TableStyle([*blocks.FLAT, *blocks.TIGHT, ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return [side, Spacer(1, 6), blocks.facts([("Règle du classement", shortlist.rule)], room)]


def _signed(shortlist: Shortlist) -> str:
    """Say what the signatures are put under, so that their page means something alone."""
    return (
        f"Liste de {french.counted(len(shortlist.entries), 'dossier', 'dossiers')}, dont "
        f"{french.counted(len(shortlist.part(Outcome.SELECTED)), 'retenu', 'retenus')} pour "
        f"{french.euros(shortlist.selected_cents)}, figée le {french.long_instant(shortlist.frozen_at)}, "
        f"empreinte SHA-256 {shortlist.digest}."
    )


def _listing(shortlist: Shortlist, room: float) -> Flowable:
    """The whole list, part after part, the line after the last selected dossier."""
    widths = [width * room / sum(_WIDTHS) for width in _WIDTHS]
    rows: list[Row] = []
    for outcome in Outcome:
        part = shortlist.part(outcome)
        if not part:
            continue
        rows.append(_across(_part_title(outcome, part), style.CELL_PART, ("BACKGROUND", style.ACCENT), binds=True))
        rows += [Row(partial(_cells, entry, widths), _ROW) for entry in part]
        if outcome is Outcome.SELECTED:
            rows[-1] = replace(rows[-1], binds=True)
            edge = (("BACKGROUND", style.PALE), ("LINEABOVE", 2, style.ACCENT))
            rows.append(_across(_line_words(shortlist), style.CELL_LINE, *edge))
    return Listing(Row(_header, _HEADER), rows, widths)


def _across(words: str, look: ParagraphStyle, *looks: tuple[Any, ...], binds: bool = False) -> Row:
    """Return a row of one text over all columns."""
    blank = [""] * (len(_WIDTHS) - 1)
    return Row(lambda: [text.line(words, look), *blank], _BAR, looks, across=True, binds=binds)


def _header() -> list[Any]:
    numeric = {0, 5, 6, 7}
    return [
        text.line(label, style.CELL_HEAD_NUMBER if place in numeric else style.CELL_HEAD)
        for place, label in enumerate(_HEADINGS)
    ]


def _cells(entry: ShortlistEntry, widths: list[float]) -> list[Any]:
    room = [width - 2 * PADDING for width in widths]
    number = style.CELL_NUMBER
    return [
        [text.line(_rank(entry), style.CELL_NUMBER_STRONG), *_note(entry)],
        text.clamped(entry.number, style.CELL, room[1]),
        text.clamped(entry.title, style.CELL_STRONG, room[2]),
        text.clamped(entry.carrier, style.CELL, room[3]),
        text.clamped(entry.region, style.CELL, room[4]),
        text.line(_euros(entry.amount_cents), number),
        text.line(entry.total_shown or "–", number),
        text.line(_euros(entry.cumulated_cents), number),
    ]


def _rank(entry: ShortlistEntry) -> str:
    return "–" if entry.rank is None else str(entry.rank)


def _note(entry: ShortlistEntry) -> list[Flowable]:
    """What the rank does not say: the place that the committee adopted where it is another, else the tie."""
    if entry.moved:
        return [text.line("écarté" if entry.adopted_place is None else f"place {entry.adopted_place}", style.CELL_TIE)]
    return [text.line("ex æquo", style.CELL_TIE)] if entry.tie else []


def _euros(cents: int | None) -> str:
    return "–" if cents is None else french.euros(cents)


def _part_title(outcome: Outcome, part: Sequence[ShortlistEntry]) -> str:
    return f"{PART_TITLES[outcome]} · {french.counted(len(part), 'dossier', 'dossiers')}"


def _line_words(shortlist: Shortlist) -> str:
    left = shortlist.envelope_cents - shortlist.selected_cents
    return (
        f"Ligne de financement{NBSP}: {french.euros(shortlist.selected_cents)} cumulés sur une enveloppe de "
        f"{french.euros(shortlist.envelope_cents)}, reste {french.euros(left)}"
    )
