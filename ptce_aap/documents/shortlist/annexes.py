"""What goes with the list: the reasons given, and the mean of each axis for each dossier."""

from __future__ import annotations

from functools import partial
from typing import Any

from reportlab.platypus import Flowable

from ptce_aap.documents import french, style, text
from ptce_aap.documents.listing import PADDING, Listing, Row
from ptce_aap.documents.shortlist.content import NO_DEPARTURE, Shortlist, ShortlistDeparture, ShortlistEntry


def departures(shortlist: Shortlist) -> list[Flowable]:
    """Return the committee's departures from the announced ranking, each with its reason, or that there are none."""
    story: list[Flowable] = [text.heading("Écarts adoptés par le comité, avec leurs motifs")]
    if not shortlist.departures:
        return [*story, *text.paragraphs(NO_DEPARTURE, style.BODY)]
    for one in shortlist.departures:
        rank = "Non classé" if one.rank is None else f"Rang annoncé {one.rank}"
        story.append(text.line(f"{rank} · {one.number} · {one.title}", style.SMALL_HEADING))
        story += text.paragraphs(f"{one.words} {_when(one)}", style.BODY)
        story += text.paragraphs(f"{one.ground}{french.NBSP}: {one.reason}", style.BODY)
    return story


def reasons(shortlist: Shortlist) -> list[Flowable]:
    """Return the reasons, dossier by dossier, for those that have one."""
    story: list[Flowable] = []
    for entry in shortlist.entries:
        if entry.reason:
            story.append(text.line(_name(entry), style.SMALL_HEADING))
            story += text.paragraphs(entry.reason, style.BODY)
    return [text.heading("Motifs"), *story] if story else []


def minutes(shortlist: Shortlist) -> list[Flowable]:
    """Return what the minutes say of the people who made the list, nothing where they say nothing."""
    if not shortlist.minutes:
        return []
    told = [paragraph for sentence in shortlist.minutes for paragraph in text.paragraphs(sentence, style.BODY)]
    return [text.heading("Actes à deux personnes, suppléances et conflits corrigés"), *told]


def means(shortlist: Shortlist, room: float) -> list[Flowable]:
    """Return the table of readings, axis means, totals and amounts asked for."""
    axes = shortlist.axes
    numeric = min(74.0, 400 / (len(axes) + 3))
    widths = [34.0, 76.0, room - 110 - numeric * (len(axes) + 3), *[numeric] * (len(axes) + 3)]
    labels = ["Rang", "Numéro", "Dossier", "Demandé", "Lectures", *axes, "Total"]
    header = Row(partial(_header, labels, widths), 21)
    rows = [Row(partial(_cells, entry, axes, widths), 13.5) for entry in shortlist.entries]
    return [text.line("Annexe\u00a0: moyennes par axe", style.TABLE_HEADING), Listing(header, rows, widths)]


def _when(departure: ShortlistDeparture) -> str:
    kept = "" if departure.confirmed_on is None else f", confirmé sur le calcul n°{french.NBSP}{departure.confirmed_on}"
    return (
        f"Décidé le {french.long_instant(departure.decided_at)}, sur le calcul n°{french.NBSP}{departure.decided_on}"
        f"{kept}."
    )


def _header(labels: list[str], widths: list[float]) -> list[Any]:
    looks = [style.CELL_HEAD if place in (1, 2) else style.CELL_HEAD_NUMBER for place in range(len(labels))]
    return [
        text.clamped(label, look, width - 2 * PADDING) for label, look, width in zip(labels, looks, widths, strict=True)
    ]


def _name(entry: ShortlistEntry) -> str:
    rank = "Non classé" if entry.rank is None else f"Rang {entry.rank}"
    return f"{rank} · {entry.number} · {entry.title}"


def _cells(entry: ShortlistEntry, axes: tuple[str, ...], widths: list[float]) -> list[Any]:
    shown = dict(entry.axis_means)
    asked = "–" if entry.requested_cents is None else french.euros(entry.requested_cents)
    figures = [asked, str(entry.readings), *(shown.get(axis, "–") for axis in axes), entry.total_shown or "–"]
    return [
        text.line("–" if entry.rank is None else str(entry.rank), style.CELL_NUMBER),
        text.clamped(entry.number, style.CELL, widths[1] - 2 * PADDING, rows=1),
        text.clamped(entry.title, style.CELL, widths[2] - 2 * PADDING, rows=1),
        *(text.line(figure, style.CELL_NUMBER) for figure in figures),
    ]
