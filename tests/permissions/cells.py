"""Every route × method × person × stage as one cell, asked and judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from werkzeug.routing import Rule

from tests.permissions.entries import Entry, entries
from tests.permissions.oracle import Outcome, expected, shown
from tests.permissions.people import Walker
from tests.permissions.running import Seen, Site

_PART = re.compile(r"<(?:\w+:)?(\w+)>")
# An object is named by what was drawn: a number after a slash would be that of a row.
_NUMBERED = re.compile(r'(?:href|action|src)="[^"?#]*/\d{1,9}(?=[/"?#])')
_NOBODY = "n" * 22  # of the length of a reference, and nobody's
SIGN_IN_PAGE = "/compte/connexion"
REFUSED = frozenset({404, 409, 422})


@dataclass(frozen=True, slots=True)
class Route:
    """A rule of the address map with one of its methods, and the line that says what it is."""

    rule: Rule
    method: str
    entry: Entry

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{self.method} {self.entry.endpoint}"


def routes(rules: Iterator[Rule]) -> list[Route]:
    """Return every rule with every method that it answers, in a fixed order."""
    known = entries()
    return [
        Route(rule, method, known[rule.endpoint])
        for rule in sorted(rules, key=lambda rule: (rule.endpoint, rule.rule))
        if rule.endpoint in known
        for method in sorted(rule.methods or ())
    ]


def address(route: Route, named: Mapping[str, str], *, instead: Mapping[str, str] | None = None) -> tuple[str, bool]:
    """Return the address of a route at a stage, and whether all that it names is there."""
    there = True

    def part(found: re.Match[str]) -> str:
        nonlocal there
        name = found[1]
        wanted = route.entry.object if name == "reference" else route.entry.fill.get(name, name)
        if instead and name in instead:
            return instead[name]
        value = named.get(wanted)
        if value is None:
            there = there and wanted not in _LAID_OUT
            return wanted if wanted not in _LAID_OUT else _NOBODY
        return value

    return _PART.sub(part, route.rule.rule) + route.entry.query, there


_LAID_OUT = frozenset(
    {
        *("target", "asked", "complemented", "draft", "neighbour", "far", "piece", "file", "message", "token", "link"),
        *("upload", "plan", "scenario", "export", "departure", "sheet", "act"),
    }
)
"""What the story lays out at some stage: before, its address names nothing."""


def judge(site: Site, route: Route, walker: Walker, *, twins: bool = False) -> str:
    """Ask one cell; return what is wrong with the answer, nothing where it is as the table says.

    ``twins``: what is hidden is compared with what does not exist.
    """
    named = site.world.named_at[site.stage]
    path, there = address(route, named)
    if route.method == "OPTIONS":
        return _judge_options(site, route, walker, path, there)
    outcome = expected(route.entry, route.method, walker, site.stage, there=there)
    keep = outcome not in {Outcome.OPEN, Outcome.EMPTY}
    form = {key: named.get(text[1:], text) if text[:1] == "@" else text for key, text in route.entry.form.items()}
    seen = site.ask(walker, route.method, path, form, keep=keep)
    wrong = _wrong_status(route, outcome, seen) or _wrong_effect(route, outcome, seen)
    allowed = shown(walker, site.stage)
    if not wrong and seen.markers - allowed and not route.entry.reads:
        wrong = f"montre {sorted(seen.markers - allowed)}"
    if not wrong and outcome in {Outcome.MISSING, Outcome.FORBIDDEN, Outcome.SIGN_IN} and seen.markers:
        wrong = f"refuse, et montre {sorted(seen.markers)}"
    if (
        not wrong
        and twins
        and outcome is Outcome.MISSING
        and route.method == "GET"
        and "reference" in route.rule.arguments
    ):
        other, _ = address(route, named, instead={"reference": _NOBODY})
        if site.ask(walker, "GET", other).page != seen.page:
            wrong = "ne répond pas comme une adresse qui n’existe pas"
    return f"{route.name} / {walker.name} / {site.stage.value} ({outcome.value}) : {wrong}" if wrong else ""


def numbered(seen: Seen) -> str:
    """Return an address of a page, or the one it leads to, in which an object has a number; nothing where none has."""
    found = _NUMBERED.search(f'href="{seen.location}" {seen.body.decode("utf-8", "replace")}')
    return found[0] if found else ""


def _judge_options(site: Site, route: Route, walker: Walker, path: str, there: bool) -> str:
    """Nothing is told of an object by the methods that its address answers."""
    seen = site.ask(walker, "OPTIONS", path, keep=True)
    if seen.status not in {200, 302, 403, 404} or (seen.body.strip() and seen.markers) or seen.written:
        return f"{route.name} / {walker.name} / {site.stage.value} : {seen.status}, {seen.written} lignes écrites"
    return ""


def _wrong_status(route: Route, outcome: Outcome, seen: Seen) -> str:
    signs_in = seen.status == 302 and seen.location.startswith(SIGN_IN_PAGE)
    led = seen.status == 302 and not signs_in
    good = {
        # A form that was typed is kept on the page that asks to sign in.
        Outcome.SIGN_IN: signs_in or (route.method == "POST" and seen.status in {400, 401}),
        Outcome.FORBIDDEN: seen.status == 403,
        Outcome.MISSING: seen.status == 404,
        Outcome.CLOSED: seen.status in REFUSED or led or (seen.status == 200 and route.method == "POST"),
        Outcome.EMPTY: seen.status in REFUSED | {200} or led or (route.entry.dead and (signs_in or seen.status == 400)),
        Outcome.OPEN: seen.status in {200, 409, 422} or led if route.method == "POST" else seen.status == 200 or led,
    }[outcome]
    return "" if good else f"répond {seen.status} {seen.location}"


def _wrong_effect(route: Route, outcome: Outcome, seen: Seen) -> str:
    if seen.written and (route.method != "POST" or outcome is not Outcome.OPEN):
        return f"écrit {seen.written} lignes"
    if outcome is Outcome.OPEN and route.method == "POST" and route.entry.writes and not seen.written:
        return f"n’écrit rien ({seen.status} {seen.location})"
    return ""
