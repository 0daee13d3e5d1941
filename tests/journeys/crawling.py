"""Somebody who follows every link that his role shows him, and judges each kind of page."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import ConsoleMessage, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

_NARROW = {"width": 320, "height": 640}  # a small telephone, or a desk at four times its size (RGAA 10.11)
_DESK = {"width": 1280, "height": 900}
# What a template or a program leaves in a page by mistake: markup, absent values, names meant for machines.
_LEFT_OVER = re.compile(
    r"\{\{|\}\}|\{%|\b(?:None|Undefined|True|False|nan)\b|(?<![/@.\w])[a-z]+_[a-z_0-9]+\b|<[a-z]+[ >]|\[object"
)
_SEEN = """() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('script, style, noscript, pre, code, input, textarea').forEach(part => part.remove());
    return {text: copy.textContent, headings: document.querySelectorAll('h1').length};
}"""
_LINKS = "() => ({title: document.title, links: [...document.querySelectorAll('a[href]')].map(link => link.href)})"
_EXCESS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The spacing that a reader may set (RGAA 10.12): nothing goes over the edge, no text is cut. A sheet of rules made by a
# program is no inline style: the policy of the page lets it in.
_SPACED = """() => {
    const hidden = new Map(), named = part => part.tagName + '.' + part.className;
    const hides = part => hidden.get(named(part)) ?? hidden.set(
        named(part), /hidden|clip/.test(getComputedStyle(part).overflow)).get(named(part));
    const over = part => part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1;
    const whole = [...document.querySelectorAll('main *')].filter(part => hides(part) && !over(part));
    const sheet = new CSSStyleSheet(), worn = document.adoptedStyleSheets;
    const wide = 'letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important';
    sheet.replaceSync(`* { ${wide} } p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = [...worn, sheet];
    const root = document.documentElement, excess = root.scrollWidth - root.clientWidth;
    const cut = whole.filter(part => over(part) && part.innerText?.trim());
    document.adoptedStyleSheets = worn;
    return {excess, cut: cut.map(named)};
}"""
# What is lost where no style is worn (RGAA 10.2, 10.3): words that a style writes, an order that it alone makes.
_STYLED = """() => {
    const named = part => part.tagName + '.' + part.className, kinds = new Set();
    const first = part => part.checkVisibility() && !kinds.has(named(part)) && kinds.add(named(part));
    const seen = [...document.querySelectorAll('body *')].filter(first);  // one of each kind: styles go by class
    const written = part => ['::before', '::after'].some(place => {
        const look = getComputedStyle(part, place);
        const words = (look.content.match(/"([^"]*)"/)?.[1] ?? '').replace(/\\\\[0-9a-f]{1,6} ?/gi, '');
        return look.display !== 'none' && /\\p{L}/u.test(words);
    });
    const turned = part => {
        const look = getComputedStyle(part), within = part.parentElement;
        const several = one => [...one.children].filter(child => child.innerText?.trim()).length > 1;
        return /reverse/.test(look.flexDirection) && several(part)
            || look.order !== '0' && part.innerText.trim() && several(within);
    };
    return [...seen.filter(written).map(part => 'words of ' + named(part)), ...seen.filter(turned).map(named)];
}"""


def judge(page: Page, check: Callable[[Page], None]) -> list[str]:
    """Return what is wrong with a page: structure, left-overs, axe, and what a reader's own settings take away.

    Narrow screen, wide spacing of texts, no style at all. Its HTML is judged at the end. The screen stays as the last
    look left it: the next page is looked at from there, since each change lays a page out again.
    """
    looks = [(_DESK, lambda: _at_a_desk(page, check)), (_NARROW, lambda: _on_a_telephone(page))]
    if page.viewport_size == _NARROW:
        looks.reverse()
    faults = _worded(page)
    for screen, look in looks:
        if page.viewport_size != screen:
            page.set_viewport_size(screen)
        faults += look()
    return faults


def _worded(page: Page) -> list[str]:
    seen, faults = page.evaluate(_SEEN), []
    text = seen["text"]
    if (count := seen["headings"]) != 1:
        faults.append(f"{count} titres de premier niveau")
    for found in {match.group(): match for match in _LEFT_OVER.finditer(text)}.values():
        around = text[max(0, found.start() - 60) : found.end() + 60]
        faults.append(f"« {found.group()} » dans la page : …{' '.join(around.split())}…")
    return faults


def _at_a_desk(page: Page, check: Callable[[Page], None]) -> list[str]:
    faults = []
    try:
        check(page)
    except AssertionError as error:
        faults.append(str(error))
    return faults + [f"n'est plus le même sans style : {lost}" for lost in page.evaluate(_STYLED)]


def _on_a_telephone(page: Page) -> list[str]:
    faults = []
    if (excess := page.evaluate(_EXCESS)) > 0:
        faults.append(f"dépasse l'écran étroit de {excess} px")
    if (spaced := page.evaluate(_SPACED)) != {"excess": max(excess, 0), "cut": []}:
        faults.append(f"avec des textes espacés : {spaced}")
    return faults


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that was seen."""

    address: str
    endpoint: str
    title: str


@dataclass
class Crawler:
    """Follows links from the first pages; one page of each kind is visited in each call, and one with filters."""

    page: Page
    site: str
    routes: Map
    check: Callable[[Page], None]
    skipped: frozenset[str] = frozenset()
    visits: list[Visit] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self._fault(f"erreur de script : {error}"))

    def crawl(self, first: Iterable[str], *, follow: bool = True) -> None:
        """Visit every kind of page that can be reached; the first ones only where links are not to be followed."""
        waiting, seen = deque(first), set[tuple[str, ...]]()
        while waiting:
            path = waiting.popleft()
            kind = self._kind(path)
            if kind is None or kind in seen or kind[0] in self.skipped:
                continue
            seen.add(kind)
            links = self._visit(path)
            if landed := self._kind(self._path(self.page.url)):
                seen.add(landed)
            if follow:
                waiting.extend(self._path(link) for link in links if link.startswith(self.site + "/"))
        self._note_same_titles()

    def _visit(self, path: str) -> list[str]:
        """Judge a page; return where its links lead."""
        response = self.page.goto(self.site + path)
        if response is None or response.status != 200:
            self._fault(f"état {response and response.status}")
            return []
        landed = self._kind(self._path(self.page.url))
        assert landed is not None, path
        found = self.page.evaluate(_LINKS)
        self.visits.append(Visit(path, landed[0], found["title"]))
        for sentence in judge(self.page, self.check):
            self._fault(sentence)
        return found["links"]

    def _kind(self, path: str) -> tuple[str, ...] | None:
        """Return the endpoint with the call and the stage, or whether the address holds filters."""
        parts = urlsplit(path)
        try:
            endpoint, values = self.routes.bind("", default_method="GET").match(parts.path)
        except HTTPException:
            self._fault(f"lien vers une adresse qui n'existe pas : {path}")
            return None
        if parts.query:
            return (endpoint, "filtered")
        return (endpoint, *(values[name] for name in ("slug", "stage") if name in values))

    def _path(self, address: str) -> str:
        return urldefrag(address).url.removeprefix(self.site)

    def _note_same_titles(self) -> None:
        by_title: dict[str, Visit] = {}
        for visit in self.visits:
            other = by_title.setdefault(visit.title, visit)
            if other.endpoint != visit.endpoint:
                self.faults.append(f"même titre « {visit.title} » : {other.address} et {visit.address}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._fault(f"console : {message.text}")

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"{self._path(self.page.url)} : {sentence}")
