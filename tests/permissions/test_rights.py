"""Rights that no role escapes: conflicts, bulk acts, regions, hidden and missing, forms that say too much."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Deed
from ptce_aap.models import Base, Dossier
from ptce_aap.models.base import new_reference
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import instruction
from ptce_aap.services.jury import readings
from tests import two_persons
from tests.budgets import budget, soaking
from tests.permissions import cells
from tests.permissions.cells import Route
from tests.permissions.conftest import Enter
from tests.permissions.oracle import Outcome, expected
from tests.permissions.people import WALKERS, Walker
from tests.permissions.running import Seen, Site
from tests.permissions.world import BASE, FILED, NOW, Marker, Stage, World, dossier

CONFLICTED = ("conflicted", "chair_conflicted", "team_conflicted", "auditor_conflicted", "correspondent_conflicted")


def walker(name: str) -> Walker:
    return next(one for one in WALKERS if one.name == name)


def rows(site: Site, query: str, *given: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(site.path) as connection:
        return connection.execute(query, given).fetchall()


@pytest.mark.soak
@pytest.mark.target("SEC-07")
def test_nobody_lifts_his_own_conflict_by_any_form(enter: Enter, routes: list[Route]) -> None:
    site = enter(Stage.JURY)
    held = "SELECT person_id, dossier_id FROM conflict ORDER BY 1, 2"
    before = rows(site, held)
    assert len(before) > len(CONFLICTED)
    posts = [one for one in routes if one.method == "POST" and one.entry.endpoint != "account.sign_out"]
    for place, who in enumerate(CONFLICTED):
        for one in posts if soaking() else posts[place :: len(CONFLICTED)]:
            site.ask(walker(who), "POST", cells.address(one, site.world.named_at[site.stage])[0], dict(one.entry.form))
    # Tried for good where the person is in the room: nothing is taken back.
    for who in ("conflicted", "chair_conflicted"):
        address = f"/jury/{site.world.slug}/conflits/{site.world.named['target']}"
        assert site.ask(walker(who), "POST", address, {"reason": "Plus rien."}, keep=True).written == 0
    assert rows(site, held) == before


@pytest.mark.target("SEC-07")
@pytest.mark.parametrize("name", ["team", "admin", "opener"])
def test_nobody_gives_a_role_to_himself(enter: Enter, name: str) -> None:
    site = enter(Stage.INSTRUCTION)
    held = "SELECT count(*) FROM role_grant"
    before = rows(site, held)
    for role in ("juror", "chair", "team", "auditor", "admin", "correspondent"):
        for email in (walker(name).email, walker(name).email.upper(), f" {walker(name).email} "):
            form = {"email": email, "name": "Moi", "role": role, "call_slug": site.world.slug, "code": "ess"}
            site.ask(walker(name), "POST", "/pilotage/personnes/inviter", form, keep=True)
    assert rows(site, held) == before
    form = {"email": "autre@example.org", "name": "Une autre", "role": "auditor", "call_slug": site.world.slug}
    if name != "admin":
        site.ask(walker(name), "POST", "/pilotage/personnes/inviter", form, keep=True)
        assert rows(site, held) != before


@pytest.mark.target("SEC-08")
def test_a_bulk_decision_takes_each_dossier_by_its_own_right(enter: Enter) -> None:
    site = enter(Stage.INSTRUCTION)
    named = site.world.named_at[Stage.INSTRUCTION]
    known = [named[name] for name in ("target", "neighbour", "far", "asked", "draft", "own_draft")]
    chosen = [*known, *(new_reference() for _ in range(44))]
    assert len(chosen) == 50
    address = f"/pilotage/{site.world.slug}/recevabilite/ensemble"
    states = "SELECT reference, state FROM dossier"
    before = dict(rows(site, states))
    # Of the people of the dossier and of the team: what he prepares is not decided by him.
    answer = site.ask(walker("editor_team"), "POST", address, {"dossier": chosen}, keep=True)
    changed = {one for one, state in rows(site, states) if before[one] != state}
    assert answer.status == 302
    assert not changed & {named["target"], named["asked"], named["draft"], named["own_draft"]}


@pytest.mark.soak
@pytest.mark.target("SEC-12")
def test_hidden_and_missing_are_one_answer_and_the_same_work(enter: Enter, routes: list[Route]) -> None:
    site, compared = enter(Stage.JURY), 0
    named = site.world.named_at[site.stage]
    for place, one in enumerate(routes):
        if one.method != "GET" or "reference" not in one.rule.arguments or one.entry.object != "target":
            continue
        told = {who: expected(one.entry, "GET", who, site.stage, there=True) for who in WALKERS}
        hidden_to = [who for who, outcome in told.items() if outcome is Outcome.MISSING]
        for who in hidden_to if soaking() else hidden_to[place % 6 :: 6]:
            answers, works = [], []
            site.ask(who, "GET", "/sante")  # whose first request reads more
            for reference in (named["target"], "n" * 22):
                with _counted(site) as sent:
                    path = cells.address(one, named, instead={"reference": reference})[0]
                    answers.append(site.ask(who, "GET", path))
                works.append(len(sent))
            assert _alike(answers[0]) == _alike(answers[1]), (one.name, who.name)
            assert works[0] == works[1], (one.name, who.name, works)
            compared += 1
    assert compared > 15


def _alike(seen: Seen) -> tuple[int, str, str]:
    return seen.status, seen.page, seen.location


@contextmanager
def _counted(site: Site) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


@pytest.mark.target("SEC-13")
def test_public_names_are_drawn_and_a_number_in_an_address_would_be_seen() -> None:
    drawn = {new_reference() for _ in range(200)}
    assert len(drawn) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in drawn)  # 128 bits, six a sign
    for body, told in ((b'<a href="/jury/x/dossiers/41">', True), (b'<a href="/jury/x?page=2">', False)):
        assert bool(cells.numbered(Seen(200, body, "", frozenset(), 0))) is told
    for table in Base.metadata.sorted_tables:
        if "reference" in table.columns:
            assert table.columns["reference"].type.length == 32, table.name


@pytest.mark.soak
@pytest.mark.target("SEC-11")
def test_a_correspondent_finds_the_dossiers_of_his_region_and_no_other(world: World, enter: Enter) -> None:
    site = enter(Stage.CLOSED)
    with site.database.reading() as session:
        regions = [one.code for one in calls.definition_of(session, world.call(session)).sheet.regions]
    assert len(regions) >= 17
    # A dossier without region, one of a region that no longer exists, and one that moved.
    placed = [*regions * budget("permissions.region_dossiers"), None, "99"]
    site.database.transaction(_put, world, placed)
    base = world.actor("correspondent")
    for region in regions:
        grants = frozenset(replace(grant, region=region) for grant in base.grants)
        with site.database.reading() as session:
            query = instruction.visible(session, replace(base, grants=grants), world.call(session), now=NOW)
            found = session.scalars(query).all()
            mine = select(Dossier).where(Dossier.region == region, Dossier.filed_at.is_not(None))
            assert {one.region for one in found} == {region}
            assert len(found) == len(session.scalars(mine).all()) >= budget("permissions.region_dossiers")
    target = world.named["target"]
    site.database.transaction(_move, target, "93")
    address = f"/correspondant/{world.slug}/dossiers/{target}"
    assert [site.ask(walker(name), "GET", address).status for name in ("correspondent", "elsewhere")] == [404, 200]


def _put(session: Session, world: World, regions: list[str | None]) -> None:
    call, owner = world.call(session), dossier(session, world.named["far"]).owner_id
    for place, region in enumerate(regions):
        made = {"number": f"ZZ{place:04d}", "created_at": FILED, "saved_at": FILED, "filed_at": FILED}
        session.add(Dossier(call_id=call.id, owner_id=owner, state="filed", region=region, **made))


def _move(session: Session, reference: str, region: str) -> None:
    dossier(session, reference).region = region


# Posted by mail programs, whose link is the secret: they have neither cookie nor token.
_WITHOUT_TOKEN = {"reminders.stop"}


@pytest.mark.soak
@pytest.mark.target("SEC-30")
@pytest.mark.parametrize("stage", list(Stage) if soaking() else [Stage.OPEN])
def test_no_form_is_taken_without_its_own_token_or_from_another_site(
    enter: Enter, routes: list[Route], stage: Stage
) -> None:
    site = enter(stage)
    team, owner = walker("team"), walker("owner")
    forms = [one for one in routes if one.method == "POST" and one.entry.endpoint not in _WITHOUT_TOKEN]
    assert len(forms) > 90
    for one in forms if soaking() else forms[::3]:  # all of them, without a token, in test_attacks_rights
        address = cells.address(one, site.world.named_at[stage])[0]
        who, other = (owner, team) if address.startswith("/candidature") else (team, owner)
        for seen, status in (
            (site.send(who, "POST", address), {400}),
            (site.send(who, "POST", address, token_of=other), {400}),
            (site.send(who, "POST", address, token_of=who, Sec_Fetch_Site="cross-site"), {403}),
        ):
            assert (seen.status in status, seen.written) == (True, 0), (one.name, seen.status)


@pytest.mark.target("SEC-23")
@pytest.mark.target("SEC-02")
def test_no_way_of_asking_opens_what_is_hidden(enter: Enter) -> None:
    site = enter(Stage.JURY)
    named = site.world.named_at[Stage.JURY]
    room = f"/jury/{named['slug']}/dossiers"
    piece = f"{room}/{named['target']}/pieces/{named['piece']}"
    for name, refused in (("reader", False), ("conflicted", True), ("juror", True)):
        who = walker(name)
        tag = site.send(walker("reader"), "GET", piece)
        assert (tag.status, Marker.PIECE in tag.markers) == (200, True)
        for address, headers in (
            (piece, {"Range": "bytes=0-20"}),
            (piece, {"If_None_Match": "*"}),
            (piece, {"If_Modified_Since": "Thu, 01 Jan 2037 00:00:00 GMT"}),
            (f"{piece}?reference={named['neighbour']}", {}),
            (f"{room}/{named['target']}", {"Accept": "application/json"}),
            (f"{room}/{named['target']}?dossier={named['neighbour']}&dossier={named['target']}", {}),
        ):
            seen = site.send(who, "GET", address, **headers)
            assert (seen.status == 404) is refused, (name, address, seen.status)
            assert not refused or not seen.markers
        for address in (f"{room}/{named['target']}/", f"{room}/{named['target']}.json", f"//{room}/{named['target']}"):
            assert not (refused and site.send(who, "GET", address).markers), address
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            assert site.send(who, method, f"{room}/{named['target']}").status == 405
        # A piece belongs to its dossier: another dossier that one reads does not open it.
        astray = f"{room}/{named['neighbour']}/pieces/{named['piece']}"
        assert site.send(who, "GET", astray).status == 404
        overridden = site.send(who, "GET", f"{room}/{named['target']}", X_HTTP_Method_Override="POST")
        assert overridden.written == 0


@pytest.mark.soak
@pytest.mark.target("SEC-35")
def test_a_form_changes_what_it_lists_and_nothing_else_whatever_is_posted(
    world: World, enter: Enter, routes: list[Route]
) -> None:
    columns = {column.name for table in Base.metadata.sorted_tables for column in table.columns}
    writing = [one for one in routes if one.method == "POST" and one.entry.writes]
    assert len(writing) > 10
    for one in writing if soaking() else writing[::4]:
        stage, who = _admitted(one, world)
        address, form = cells.address(one, world.named_at[stage])[0], dict(one.entry.form)
        stuffing = dict.fromkeys(columns - set(form), "1")
        alone = _changed_by(enter(stage), who, address, form)
        assert alone, one.name
        assert _changed_by(enter(stage), who, address, {**stuffing, **form}) == alone, one.name


@pytest.mark.target("SEC-35")
def test_a_field_that_is_not_sent_erases_nothing(world: World, enter: Enter) -> None:
    site = enter(Stage.OPEN)
    draft = world.named["draft"]
    of_dossier = "dossier_id = (SELECT id FROM dossier WHERE reference = ?)"
    query = f"SELECT key, value FROM answer WHERE value IS NOT NULL AND {of_dossier}"
    before = dict(rows(site, query, draft))
    title = next(key for key, value in before.items() if "zqxbrouillon" in value and key.count(".") == 1)
    stage, _, field = title.partition(".")
    address = f"/candidature/{draft}/etape/{stage}"
    page = site.ask(walker("owner"), "GET", address).page
    sent = re.findall(rf'name="([^"]*{field}[^"]*)"', page)
    site.ask(walker("owner"), "POST", address, {sent[0]: "Un autre texte"}, keep=True)
    after = dict(rows(site, query, draft))
    assert set(after) >= set(before) - {title}


def _admitted(one: Route, world: World) -> tuple[Stage, Walker]:
    """Return a stage and somebody for whom a route is open."""
    return next(
        (stage, who)
        for stage in Stage
        for who in WALKERS
        if expected(one.entry, one.method, who, stage, there=cells.address(one, world.named_at[stage])[1])
        is Outcome.OPEN
    )


def _changed_by(site: Site, who: Walker, address: str, form: dict[str, str]) -> set[tuple[str, str]]:
    """Post a form for good; return the columns of the rows that changed, and the tables that have new rows."""
    before = _everything(site)
    site.ask(who, "POST", address, form, keep=True)
    after = _everything(site)
    found: set[tuple[str, str]] = set()
    for table, held in after.items():
        for key, row in held.items():
            old = before[table].get(key)
            if old is None:
                found.add((table, "a new row"))
            else:
                found |= {(table, name) for name in row if row[name] != old[name]}
        found |= {(table, "a row less") for key in before[table] if key not in held}
    return found


def _everything(site: Site) -> dict[str, dict[Any, dict[str, Any]]]:
    """Return every row of every table by its place in it, sessions apart."""
    with sqlite3.connect(site.path) as connection:
        connection.row_factory = sqlite3.Row
        return {
            table.name: {
                tuple(row[one.name] for one in table.primary_key.columns): dict(row)
                for row in connection.execute(f'SELECT * FROM "{table.name}"')
            }
            for table in Base.metadata.sorted_tables
            if table.name != "sign_in"
        }


_NEXT = (Deed.OPEN_MARKING, Deed.CLOSE_MARKING, Deed.FREEZE_LIST, Deed.PUBLISH_LIST)


@pytest.mark.soak
@pytest.mark.target("SEC-44")
def test_no_step_of_a_call_is_skipped_or_played_twice(enter: Enter) -> None:
    for run in range(budget("permissions.transitions")):
        drawn = Random(run)
        # In the instruction the first step is to come; from the jury on, one is done.
        start = drawn.choice((Stage.CLOSED, Stage.JURY, Stage.DELIBERATION, Stage.FROZEN, Stage.PUBLISHED))
        done = {Stage.CLOSED: 0, Stage.JURY: 1, Stage.DELIBERATION: 2, Stage.FROZEN: 3, Stage.PUBLISHED: 4}[start]
        site = enter(start)
        site.database.keeps = True
        for _ in range(12):
            step = drawn.choice(_NEXT)
            due = _NEXT.index(step) == done and (start is not Stage.CLOSED or done < 1)
            if not due and start is Stage.CLOSED and done >= 1:
                break  # nobody has marked anything in that call: what follows is no matter of steps
            assert _does(site, step) is due, (run, start, done, step)
            done += due


def _does(site: Site, step: Deed) -> bool:
    team, chair = site.world.actor("team"), site.world.actor("chair")
    with site.database.reading() as session:
        call_id = site.world.call(session).id
    try:
        match step:
            case Deed.OPEN_MARKING:
                site.database.transaction(readings.open_marking, team, call_id, base_url=BASE, now=NOW)
            case Deed.CLOSE_MARKING:
                site.database.transaction(readings.close_marking, team, call_id, now=NOW)
            case Deed.FREEZE_LIST:
                two_persons.freeze(site.database, team, chair, call_id, now=NOW)
            case _:
                two_persons.publish(site.database, team, chair, call_id, now=NOW)
    except RuleViolation:
        return False
    return True
