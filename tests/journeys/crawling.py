"""Somebody who follows every link that his role shows him, and judges each kind of page once."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1280, "height": 900}
# What a template or a program leaves in a page by mistake: markup, absent values, names meant for machines.
_LEFT_OVER = re.compile(
    r"\{\{|\}\}|\{%|\bNone\b|\bUndefined\b|\bTrue\b|\bFalse\b|\bnan\b|\b[a-z]+_[a-z_0-9]+\b|<[a-z]+[ >]"
)
_MACHINE_WORDS = ":is(pre, code, .app-digest, [data-raw])"
_TEXT = f"""() => {{
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('script, style, {_MACHINE_WORDS}').forEach(part => part.remove());
    copy.querySelectorAll('input, textarea').forEach(part => part.remove());
    return copy.textContent;
}}"""
_LINKS = "() => [...document.querySelectorAll('a[href]')].filter(a => !a.hasAttribute('download')).map(a => a.href)"
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was seen: its address, its kind (endpoint and call) and its title."""

    address: str
    endpoint: str
    title: str


@dataclass
class Crawler:
    """Follows links from a first page; of each kind of page, the first of each call is judged."""

    page: Page
    site: str
    routes: Map
    check: object
    skipped: frozenset[str] = frozenset()
    visits: list[Visit] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self._fault(f"erreur de script : {error}"))

    def crawl(self, *first: str) -> list[Visit]:
        """Visit every kind of page that can be reached."""
        waiting, seen = deque(first), set()
        while waiting:
            path = waiting.popleft()
            kind = self._kind(path)
            if kind is None or kind in seen or kind[0] in self.skipped:
                continue
            seen.add(kind)
            waiting.extend(self._visit(path, kind[0]))
        self._note_same_titles()
        return self.visits

    def _visit(self, path: str, endpoint: str) -> Iterator[str]:
        self.page.set_viewport_size(_DESK)
        response = self.page.goto(self.site + path)
        if response is None or response.status != 200:
            self._fault(f"état {response and response.status}")
            return []
        landed = self._kind(self._path(self.page.url))
        self.visits.append(Visit(path, landed[0] if landed else endpoint, self.page.title()))
        self._judge()
        return [self._path(link) for link in self.page.evaluate(_LINKS) if link.startswith(self.site + "/")]

    def _judge(self) -> None:
        if self.page.locator("h1").count() != 1:
            self._fault(f"{self.page.locator('h1').count()} titres de premier niveau")
        text = self.page.evaluate(_TEXT)
        for found in sorted({match.group() for match in _LEFT_OVER.finditer(text)}):
            around = text[max(0, text.find(found) - 60) : text.find(found) + 60]
            self._fault(f"« {found} » dans la page : …{' '.join(around.split())}…")
        try:
            self.check(self.page)
        except AssertionError as error:
            self._fault(str(error))
        self.page.set_viewport_size(_PHONE)
        if (excess := self.page.evaluate(_TOO_WIDE)) > 0:
            self._fault(f"dépasse l'écran étroit de {excess} px")

    def _kind(self, path: str) -> tuple[str, ...] | None:
        """Return the endpoint, the call and what else is no identifier: pages of one kind are judged once."""
        parts = urlsplit(path)
        try:
            endpoint, values = self.routes.bind("", default_method="GET").match(parts.path)
        except HTTPException:
            self._fault(f"lien vers une adresse qui n'existe pas : {path}")
            return None
        fixed = [values[name] for name in ("slug", "stage", "question") if name in values]
        names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
        return (endpoint, *fixed, *names)

    def _path(self, address: str) -> str:
        return urldefrag(address).url.removeprefix(self.site)

    def _note_same_titles(self) -> None:
        by_title: dict[str, Visit] = {}
        for visit in self.visits:
            other = by_title.setdefault(visit.title, visit)
            if other.endpoint != visit.endpoint:
                self.faults.append(f"même titre « {visit.title} » : {other.address} et {visit.address}")

    def _note_console(self, message) -> None:
        if message.type in {"error", "warning"}:
            self._fault(f"console : {message.text}")

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"{self._path(self.page.url)} : {sentence}")
