"""What people write runs in nobody's page: every text of the world harmful, every kind of page, of every role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route

from tests import hostile, inert
from tests.budgets import budget
from tests.permissions import cells, spoiling
from tests.permissions.cells import Route as Line
from tests.permissions.conftest import Enter
from tests.permissions.oracle import Outcome, expected
from tests.permissions.people import WALKERS, Walker
from tests.permissions.running import Site
from tests.permissions.world import Stage

STAGES = (Stage.OPEN, Stage.INSTRUCTION, Stage.JURY, Stage.DELIBERATION, Stage.PUBLISHED)
SITE = "http://localhost"
# A frame that runs nothing shows a letter as it leaves, with the styles that letters need where they stand.
LETTERS = frozenset({"management.letter_preview"})
_WATCH = """
window.addEventListener('securitypolicyviolation', event =>
    window.zqxreport(event.violatedDirective + ' ' + event.blockedURI));
const tried = ['mouseover', 'mouseenter', 'focus', 'toggle', 'begin', 'start'];
window.addEventListener('load', () => document.querySelectorAll('*').forEach(part =>
    tried.forEach(name => part.dispatchEvent(new Event(name)))));
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that somebody was shown, as the server sent it."""

    who: str
    address: str
    body: str
    policy: str

    @property
    def harmful(self) -> int:
        """How many harmful texts stand in it."""
        return len(re.findall(r"zqxrun|zqx\{\{", self.body))


def shown_pages(site: Site, routes: list[Line], walkers: list[Walker]) -> Iterator[Shown]:
    """Yield the pages that these walkers are shown at a stage, in the order of the routes."""
    named = site.world.named_at[site.stage]
    for place, line in enumerate(routes):
        if line.method != "GET" or line.entry.endpoint in LETTERS | {"static"}:
            continue
        address, there = cells.address(line, named)
        opened = [who for who in walkers if expected(line.entry, "GET", who, site.stage, there=there) is Outcome.OPEN]
        turn = place % max(len(opened), 1)
        for who in (opened[turn:] + opened[:turn])[: budget("xss.readers")]:
            answer = site._client(who)[0].get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                yield Shown(who.name, address, answer.text, answer.headers["Content-Security-Policy"])
            answer.close()


def dealt(routes: list[Line], stage: Stage, shift: int) -> list[Line]:
    """Return the routes of which this stage takes care: each has its turn."""
    turn = STAGES.index(stage) + shift
    return [line for place, line in enumerate(routes) if (place + turn) % len(STAGES) < budget("xss.routes")]


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.target("SEC-18")
def test_no_text_runs_in_the_page_of_anybody(enter: Enter, app: Flask, routes: list[Line], browser: Browser) -> None:
    seen: list[Shown] = []
    for shift in range(budget("xss.turns")):
        for stage in STAGES:
            site = enter(stage)
            assert spoiling.spoil(site.path, shift=shift) > 20
            pages = list(shown_pages(site, dealt(routes, stage, shift), list(WALKERS)))
            assert [fault for page in pages for fault in faults(page)] == []
            seen += chosen(pages, budget("xss.pages") // len(STAGES))
    assert sum(page.harmful > 0 for page in seen) > len(seen) // 3
    ran = run(browser, seen, app.test_client())
    assert ran == []


def faults(page: Shown) -> list[str]:
    """Return what is wrong with a page as it was sent."""
    found = inert.faults(page.body)
    found += ["a template of ours read it"] if "zqx49" in page.body else []
    return [f"{page.who} {page.address}: {fault}" for fault in found]


def chosen(pages: list[Shown], count: int) -> list[Shown]:
    """Return the pages that a browser opens: of each person the most harmful first, then in turn."""
    left = sorted(pages, key=lambda page: -page.harmful)
    first: dict[str, Shown] = {}
    for page in left:
        first.setdefault(page.who, page)
    return (list(first.values()) + [page for page in left if first[page.who] is not page])[:count]


def run(browser: Browser, pages: list[Shown], files: FlaskClient, *, policy: bool = True) -> list[str]:
    """Open pages in a real browser; return what ran, what the policy had to stop, and what was fetched elsewhere."""
    told: list[str] = []
    at: list[Shown] = []
    context = browser.new_context()
    context.expose_function(hostile.RUNS, lambda *_: told.append(f"ran: {at[-1].who} {at[-1].address}"))
    context.expose_function("zqxreport", lambda what: told.append(f"stopped: {what} {at[-1].who} {at[-1].address}"))
    context.add_init_script(_WATCH)

    def answer(route: Route) -> None:
        asked = urlsplit(route.request.url)
        if route.request.is_navigation_request() and asked.netloc == "localhost" and asked.path == "/page":
            headers = {"Content-Type": "text/html; charset=utf-8"}
            headers |= {"Content-Security-Policy": at[-1].policy} if policy else {}
            route.fulfill(body=at[-1].body, headers=headers)
        elif asked.netloc == "localhost" and asked.path.startswith("/static/"):
            route.fulfill(**ours(asked.path))
        else:
            if asked.netloc != "localhost":
                told.append(f"fetched: {route.request.url} {at[-1].who} {at[-1].address}")
            route.fulfill(status=204, body="")

    @cache
    def ours(path: str) -> dict[str, Any]:
        file = files.get(path)
        return {"body": file.data, "content_type": file.content_type}

    context.route("**/*", answer)
    shown = context.new_page()
    shown.on("dialog", lambda dialog: (told.append("dialog"), dialog.dismiss()))
    for page in pages:
        at.append(page)
        shown.goto(f"{SITE}/page", wait_until="load")
    shown.evaluate("() => new Promise(done => setTimeout(done, 50))")
    context.close()
    return told


@pytest.mark.browser
@pytest.mark.target("SEC-18")
def test_what_would_run_is_seen_to_run_and_the_policy_stops_it(enter: Enter, app: Flask, browser: Browser) -> None:
    site = enter(Stage.OPEN)
    policy = site._client(WALKERS[0])[0].get("/").headers["Content-Security-Policy"]
    bare = [Shown("nobody", text, f"<!DOCTYPE html><title>x</title><p>{text}</p>", policy) for text in SAMPLES]
    assert len(run(browser, bare, app.test_client(), policy=False)) >= len(SAMPLES)
    told = run(browser, bare, app.test_client())
    assert not [one for one in told if one.startswith("ran")]
    assert len(told) >= len(SAMPLES)


SAMPLES = ("<script>zqxrun(1)</script>", "<img src=x onerror=zqxrun(1)>", "<svg onload=zqxrun(1)>")


def test_there_are_as_many_texts_as_promised() -> None:
    assert len(set(hostile.SCRIPTS)) >= 60
    assert len(spoiling.TEXTS) == spoiling.TURNS * spoiling.A_PLACE


def test_what_would_run_is_seen_in_the_source_of_a_page() -> None:
    for text in hostile.SCRIPTS:
        if text.startswith("<") and not text.startswith(("<!--", "<![", "<noscript", "<template")):
            assert inert.faults(f"<p>{text}</p>"), text
    assert inert.faults("<p>&lt;script&gt;</p><script src=/static/x.js></script><a href=/x>x</a>") == []
