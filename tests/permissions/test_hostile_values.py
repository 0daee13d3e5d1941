"""No value sent to any address, in any part of it or field of its forms, breaks a page, runs, or enters a log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

import ptce_aap
from ptce_aap.database import Database
from ptce_aap.models import OutboxItem
from tests import hostile, inert
from tests.budgets import budget, soaking
from tests.integration.test_attacks_inputs import Form
from tests.permissions import cells
from tests.permissions.cells import Route as Line
from tests.permissions.conftest import Enter
from tests.permissions.oracle import Outcome, expected
from tests.permissions.people import WALKERS, Walker
from tests.permissions.running import Site
from tests.permissions.world import Marker, Stage, World

SECRET = "zqxsecret"
VALUES = tuple(
    f"{SECRET}{text}" if number % 3 else text
    for number, text in enumerate(
        (*hostile.STATEMENTS, *hostile.TEMPLATES, *hostile.ODD, *hostile.SCRIPTS, *hostile.FORMULAS, *hostile.MARKUP)
    )
)
STAGES = (Stage.OPEN, Stage.INSTRUCTION, Stage.JURY, Stage.DELIBERATION, Stage.FROZEN, Stage.PUBLISHED)
SECONDS = 2.0
_TOKENS = {"csrf_token"}
# Read in an address; a text of letters that no field is called by stands for those that are not.
PARAMETERS = sorted(
    {
        name
        for path in (Path(ptce_aap.__file__).parent / "web").rglob("*.py")
        for name in re.findall(r'args\.get(?:list)?\("(\w+)"', path.read_text(encoding="utf-8"))
    }
    | {"q", "page", "inconnu"}
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that holds a hostile value."""

    method: str
    address: str
    form: dict[str, str]


def values(place: int, count: int) -> list[str]:
    """Return so many values, others for each place; past the list, texts drawn at random."""
    held = [VALUES[(place * 7 + turn) % len(VALUES)] for turn in range(min(count, len(VALUES)))]
    return held + hostile.fuzz(count - len(held), seed=place)


def attempts(site: Site, line: Line, who: Walker, value: str) -> Iterator[Attempt]:
    """Yield what is sent to one route: the value in each part of its address, its parameters and its form."""
    named = site.world.named_at[site.stage]
    address, _ = cells.address(line, named)
    address = address.partition("?")[0]
    if line.method == "GET":
        yield Attempt("GET", f"{address}?{urlencode(dict.fromkeys(PARAMETERS, value))}", {})
        for part in sorted(line.rule.arguments):
            bent, _ = cells.address(line, named, instead={part: quote(value, safe="")})
            yield Attempt("GET", bent, {})
    else:
        fields = set(line.entry.form) | typed_in(site, who, address)
        yield Attempt("POST", address, dict.fromkeys(fields, value))
        if line.entry.form:
            first = sorted(line.entry.form)[0]
            yield Attempt("POST", address, {**line.entry.form, first: value, "inconnu": value})


def typed_in(site: Site, who: Walker, address: str) -> set[str]:
    """Return the fields of the forms that a page shows."""
    answer = site._client(who)[0].get(address)
    shown = Form(answer.text).forms if answer.status_code == 200 and answer.mimetype == "text/html" else []
    answer.close()
    return {name for _, fields in shown for name in fields} - _TOKENS


def admitted(line: Line, world: World, stage: Stage) -> Walker | None:
    """Return somebody to whom this route is open at this stage."""
    _, there = cells.address(line, world.named_at[stage])
    return next(
        (who for who in WALKERS if expected(line.entry, line.method, who, stage, there=there) is Outcome.OPEN), None
    )


def dealt(routes: list[Line], world: World, stage: Stage) -> Iterator[tuple[int, Line, Walker]]:
    """Yield the routes that are tried at this stage, each with somebody to whom it is open, if to anybody."""
    for place, line in enumerate(routes):
        passed_over = line.method == "GET" and place % 4 >= budget("values.pages")
        if line.method not in {"GET", "POST"} or line.entry.endpoint == "static" or passed_over:
            continue
        turn = place % len(STAGES)
        opened = ((at, who) for at in STAGES[turn:] + STAGES[:turn] if (who := admitted(line, world, at)))
        at, who = next(opened, (STAGES[turn], WALKERS[0]))
        if at is stage:
            yield place, line, who


@pytest.mark.soak
@pytest.mark.target("SEC-40")
def test_no_value_breaks_an_address_runs_or_is_logged(
    world: World, enter: Enter, routes: list[Line], caplog: pytest.LogCaptureFixture
) -> None:
    sent, told = 0, []
    with capture_logs() as logs, caplog.at_level(logging.INFO):
        for stage in STAGES:
            site = enter(stage)
            for place, line, who in dealt(routes, world, stage):
                for value in values(place, budget("values.tried")):
                    every = list(attempts(site, line, who, value))
                    for attempt in every if soaking() else [every[place % len(every)]]:
                        sent += 1
                        told += wrong(site, who, attempt)
    assert told == []
    assert sent > 100
    assert SECRET not in f"{logs} {caplog.text}"


def wrong(site: Site, who: Walker, attempt: Attempt) -> list[str]:
    """Send an attempt; return what is wrong with the answer."""
    began = time.process_time()
    seen = site.ask(who, attempt.method, attempt.address, attempt.form)
    spent = time.process_time() - began
    faults = [f"état {seen.status}"] if seen.status >= 500 else []
    faults += [f"{spent:.1f} s"] if spent > SECONDS else []
    text = seen.body.decode("utf-8", "replace")
    if text.startswith("<!") and not attempt.address.startswith("/pilotage/ptce-2015/courriels"):
        faults += inert.faults(text)
    faults += ["a template of ours read it"] if f"{SECRET}49" in text else []
    faults += ["a header was bent"] if re.search(r"[\r\n]", seen.location) else []
    return [f"{who.name} {attempt.method} {attempt.address[:200]} {str(attempt.form)[:200]}: {one}" for one in faults]


@pytest.mark.target("SEC-40")
def test_letters_hold_no_text_no_mark_and_no_reason_of_a_dossier(world: World) -> None:
    database = Database(f"sqlite:///{world.stages[Stage.PUBLISHED]}")
    with database.reading() as session:
        letters = [item.payload for item in session.scalars(select(OutboxItem)) if item.kind == "mail"]
    database.dispose()
    assert len(letters) > 3
    said = " ".join(str(letter[part]) for letter in letters for part in ("subject", "text", "html") if part in letter)
    assert Marker.DRAFT in said, "a letter says which dossier it is about, by its name"
    assert [marker for marker in Marker if marker in said and marker not in {Marker.DRAFT, Marker.TITLE}] == []
