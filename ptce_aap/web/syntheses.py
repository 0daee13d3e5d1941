"""The pages and files of a synthesis, which a region's room, the call's room and the public share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap.documents import french
from ptce_aap.documents import synthesis as document
from ptce_aap.domain.small_numbers import Published
from ptce_aap.domain.synthesis import Table
from ptce_aap.services.regions.synthesis import Asked, Synthesis, Which
from ptce_aap.web import downloads
from ptce_aap.web.charts import tiles
from ptce_aap.web.charts.scales import short
from ptce_aap.web.context import call

_REGION, _WHICH = "region", "dossiers"
_TITLES = {
    Which.FILED: "Dossiers déposés",
    Which.ELIGIBLE: "Dossiers recevables",
    Which.SELECTED: "Dossiers retenus",
    Which.DRAFTS: "Brouillons acceptés",
}
_FILES: dict[str, tuple[Callable[[document.Content], bytes], str]] = {
    "pdf": (document.render_pdf, "application/pdf"),
    "xlsx": (document.render_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell in words, and how dark it is drawn."""

    shown: str
    shade: int


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A row in words."""

    label: str
    cells: tuple[ShownCell, ...]


def asked() -> Asked:
    """Return what the address asks for."""
    word = request.args.get(_WHICH, "")
    return Asked(request.args.get(_REGION, "")[:200], Which(word) if word in set(Which) else Which.FILED)


def show(
    page: Synthesis, endpoint: str, dossier: Callable[[str], str], breadcrumb: list[Any], *, regional: bool
) -> str:
    """Draw the page; ``endpoint`` is its own, ``dossier`` gives the address of a dossier in the room of the reader."""

    def address(which: Which, form: str | None = None) -> str:
        word = None if which is Which.FILED else which.value
        named: dict[str, Any] = {_REGION: page.asked.region or None, _WHICH: word}
        return url_for(f"{endpoint}_file" if form else endpoint, slug=call().slug, form=form, **named)

    return render_template(
        "synthesis/page.html",
        page=page,
        say=SAY,
        regional=regional,
        file=lambda form: address(page.asked.which, form),
        tabs=[
            {"label": title, "href": address(which), "current": which is page.asked.which}
            for which, title in _TITLES.items()
            if which is page.asked.which or _is_offered(page, which)
        ],
        dossier_address=dossier,
        breadcrumb=breadcrumb,
    )


def _is_offered(page: Synthesis, which: Which) -> bool:
    match which:
        case Which.SELECTED:
            return page.published
        case Which.DRAFTS:
            return page.drafts > 0
        case _:
            return True


def send(page: Synthesis, form: str) -> Response:
    """Give the synthesis as a file. Errors: not found for a form that is not made."""
    if form not in _FILES:
        raise NotFound()
    render, media_type = _FILES[form]
    return downloads.made(render(content_of(page)), filename=f"synthese-{call().slug}.{form}", media_type=media_type)


def content_of(page: Synthesis) -> document.Content:
    """Return what the files of a synthesis hold."""
    assert page.at is not None
    return document.Content(
        title=page.sheet.title,
        call_title=page.call_title,
        organiser=page.organiser,
        scope=scope(page),
        at=page.at,
        dossiers=page.dossiers,
        amount_cents=page.amount_cents,
        tables=page.tables,
        places=tuple((place.region.name, place.dossiers, place.amount_cents) for place in page.places),
        quotes=tuple(
            (quoted.section.title, tuple((quote.title, quote.text) for quote in quoted.quotes))
            for quoted in page.quotes
        ),
        partial=page.partial,
        fictional=call().fictional,
    )


def scope(page: Synthesis) -> str:
    """Return whose dossiers are counted, in words."""
    which = _TITLES[page.asked.which]
    if not page.regions or page.chosen == page.definition.sheet.regions:
        return f"{which}, tout l’appel"
    return f"{which}, {', '.join(region.name for region in page.chosen)}"


def published(rows: Published, *, in_cents: bool = False) -> dict[str, Any]:
    """Return published rows as bars."""
    bars = [
        {
            "label": short(row.label),
            "full": row.label,
            "value": row.value if in_cents else row.dossiers,
            "shown": french.euros(row.value) if in_cents else french.grouped(row.dossiers),
        }
        for row in rows.rows
    ]
    return {"rows": bars, "grouped": rows.grouped}


def _bars(table: Table) -> list[dict[str, Any]]:
    shown = french.euros if table.in_cents else french.grouped
    first = table.first
    return [
        {
            "label": short(line.label),
            "full": line.label,
            "value": line.whole,
            "shown": shown(line.whole),
            "emphasised": line is first,
        }
        for line in table.lines
    ]


def _lines(table: Table) -> Iterator[ShownLine]:
    shown = french.euros if table.in_cents else french.grouped
    most = 0 if table.in_cents else max((cell for line in table.lines for cell in line.cells), default=0)
    for label, figures in document.rows(table):
        last = len(table.columns)
        yield ShownLine(
            label,
            tuple(
                ShownCell(shown(figure) if figure else "–", tiles.shade(figure, most) if place < last else 0)
                for place, figure in enumerate(figures)
            ),
        )


def _map(page: Synthesis) -> tiles.TileChart:
    return tiles.tile_chart(
        [
            tiles.Territory(
                place.region.name, place.tile.line, place.tile.column, place.dossiers, french.grouped(place.dossiers)
            )
            for place in page.places
            if place.tile is not None
        ]
    )


def _places_title(page: Synthesis) -> str:
    most = max(place.dossiers for place in page.places)
    first = [place.region.name for place in page.places if place.dossiers == most]
    named = ", ".join(first[:3])
    return f"{named}\u00a0: {french.counted(most, 'dossier', 'dossiers')} sur {page.dossiers}"


def _places(page: Synthesis) -> list[tuple[str, str, str]]:
    return [
        (place.region.name, french.grouped(place.dossiers), french.euros(place.amount_cents)) for place in page.places
    ]


SAY = SimpleNamespace(
    finding=document.finding,
    head=document.head,
    bars=_bars,
    lines=_lines,
    map=_map,
    places=_places,
    places_title=_places_title,
    scope=scope,
    published=published,
)
"""What the templates of a synthesis ask for."""
