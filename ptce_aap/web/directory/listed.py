"""A directory as its address asks for it: tab, search, filters, order, page; and one line of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from ptce_aap.domain import directory
from ptce_aap.domain.directory import DirectorySettings
from ptce_aap.domain.persons import fold
from ptce_aap.services.regions.resources import Entry, Room
from ptce_aap.web.directory.room import list_address, word_of
from ptce_aap.web.forms import typed_text

_PER_PAGE = 50
_LONGEST = 200
_VIEWS: dict[str, tuple[str, Callable[[Entry], bool]]] = {
    "": ("Toutes", lambda entry: entry.withdrawn_at is None),
    "a-verifier": ("À vérifier", lambda entry: entry.stale),
    "non-montrees": ("Non montrées", lambda entry: entry.withdrawn_at is None and not entry.shown),
    "retirees": ("Retirées", lambda entry: entry.withdrawn_at is not None),
}
_OLDEST = "0"
_SORTS: dict[str, Callable[[Entry, DirectorySettings], Any]] = {
    "nom": lambda entry, settings: fold(entry.name),
    "sorte": lambda entry, settings: (fold(settings.kind_label(entry.row[directory.KIND])), fold(entry.name)),
    "verifiee": lambda entry, settings: entry.checked_at.isoformat() if entry.checked_at else _OLDEST,
    "modifiee": lambda entry, settings: entry.changed_at.isoformat(),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter at work, and the address without it."""

    label: str
    href: str


class Listed:
    """What a template needs to show a directory and its links."""

    def __init__(self, room: Room, entries: Sequence[Entry]) -> None:
        args = request.args
        self.room = room
        self.view = args.get("vue", "") if args.get("vue") in _VIEWS else ""
        self.search_text = typed_text(args.get("q"))[:_LONGEST]
        self.kind, self.need = args.get("sorte", ""), args.get("besoin", "")
        sort = args.get("tri", "")
        self.sort = sort if sort.removeprefix("-") in _SORTS else "nom"
        self._entries = entries
        settings, table = room.table.settings, room.table
        key = _SORTS[self.sort.removeprefix("-")]
        found = [
            entry
            for entry in entries
            if _VIEWS[self.view][1](entry)
            and (not self.kind or entry.row[directory.KIND] == self.kind)
            and (not self.need or self.need in entry.row.get(directory.NEEDS, ()))
            and (not self.search_text or directory.matches(directory.search_key(table, entry.row), self.search_text))
        ]
        found.sort(key=lambda entry: key(entry, settings), reverse=self.sort.startswith("-"))
        self.total = len(found)
        self.pages = max(-(-len(found) // _PER_PAGE), 1)
        self.number = min(max(args.get("page", 1, int), 1), self.pages)
        self.lines = found[(self.number - 1) * _PER_PAGE : self.number * _PER_PAGE]

    def url(self, **changes: Any) -> str:
        """Return the address of this list with some of what it asks changed; None takes it away."""
        asked = {
            "vue": self.view,
            "q": self.search_text,
            "sorte": self.kind,
            "besoin": self.need,
            "tri": "" if self.sort == "nom" else self.sort,
        }
        return list_address(self.room.place, **{key: value for key, value in {**asked, **changes}.items() if value})

    def page_url(self) -> str:
        """Return the address of a page, with {page} for its number."""
        return self.url(page="_N_").replace("_N_", "{page}")

    def sorted(self, label: str, name: str) -> dict[str, Any]:
        """Return a column that the list can be sorted by."""
        current = self.sort.removeprefix("-") == name
        turned = f"-{name}" if current and not self.sort.startswith("-") else name
        told = "descending" if self.sort.startswith("-") else "ascending"
        return {"label": label, "sort_url": self.url(tri=turned), "sorted": told if current else None}

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs with their counts, whatever is searched for."""
        return [
            {
                "label": label,
                "href": list_address(self.room.place, **({"vue": view} if view else {})),
                "count": sum(holds(entry) for entry in self._entries),
                "current": view == self.view,
            }
            for view, (label, holds) in _VIEWS.items()
        ]

    @property
    def stale(self) -> int:
        """Return how many resources nobody has checked for six months."""
        return sum(entry.stale for entry in self._entries)

    @property
    def search(self) -> dict[str, str]:
        """Return the search field."""
        return {"name": "q", "label": "Rechercher un nom, un mot", "value": self.search_text}

    @property
    def selects(self) -> list[dict[str, Any]]:
        """Return the filters; the first opens another directory."""
        settings = self.room.table.settings
        places = [(word_of(place.region), place.name) for place in self.room.places]
        found = [_select("sorte", "Nature", settings.kinds, self.kind)]
        found.append(_select("besoin", "Répond au besoin", settings.needs.options, self.need))
        if len(places) > 1:
            region = {"name": "region", "label": "Annuaire", "value": word_of(self.room.place.region)}
            found.insert(0, region | {"options": places})
        return found

    @property
    def hidden(self) -> dict[str, str]:
        """Return what the form of the filters carries along."""
        told = {"vue": self.view, "tri": "" if self.sort == "nom" else self.sort}
        if len(self.room.places) == 1:
            told["region"] = word_of(self.room.place.region)
        return {name: value for name, value in told.items() if value}

    @property
    def chips(self) -> list[Chip]:
        """Return the filters at work."""
        settings = self.room.table.settings
        found = []
        if self.search_text:
            found.append(Chip(f"«\u00a0{self.search_text}\u00a0»", self.url(q=None)))
        if self.kind:
            found.append(Chip(f"Nature\u00a0: {settings.kind_label(self.kind)}", self.url(sorte=None)))
        if self.need:
            found.append(Chip(f"Besoin\u00a0: {settings.needs.option_label(self.need)}", self.url(besoin=None)))
        return found

    @property
    def clear(self) -> str:
        """Return the address without any filter."""
        return list_address(self.room.place, **({"vue": self.view} if self.view else {}))


def _select(name: str, label: str, options: Sequence[Any], value: str) -> dict[str, Any]:
    offered = (("", "Tout"), *((option.value, option.label) for option in options))
    return {"name": name, "label": label, "options": offered, "value": value}
