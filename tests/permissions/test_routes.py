"""Every route × method × person × stage answers what the table of rights says, and nothing else changes or shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from structlog.testing import capture_logs

from ptce_aap.domain.permissions import Deed, line_of
from ptce_aap.web import access
from ptce_aap.web.denials import DENIED
from tests.budgets import budget, soaking
from tests.permissions import cells, people
from tests.permissions.cells import Route
from tests.permissions.conftest import Enter
from tests.permissions.entries import FOLDER, entries
from tests.permissions.oracle import Outcome, expected, shown
from tests.permissions.people import THIRTEEN, WALKERS, Walker
from tests.permissions.world import Marker, Stage, World

STAGES = list(Stage)


def walker(name: str) -> Walker:
    return next(one for one in WALKERS if one.name == name)


def route(routes: list[Route], name: str) -> Route:
    return next(one for one in routes if one.name == name)


@pytest.mark.target("SEC-01")
def test_every_route_has_its_line_and_every_line_its_route(app: Flask) -> None:
    asked = {rule.endpoint: set[str]() for rule in app.url_map.iter_rules()}
    for rule in app.url_map.iter_rules():
        asked[rule.endpoint] |= (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    told = {name: {m for m in ("GET", "POST") if entry.deeds(m)} for name, entry in entries().items()}
    missing = sorted(set(asked) - set(told))
    example = '["room.view"]  get = "an act of domain/permissions/vocabulary.py"  object = "target"'
    assert not missing, f"write a line for {missing} in {FOLDER.name}/<audience>.toml, such as: {example}"
    assert sorted(set(told) - set(asked)) == [], "lines of routes that are no more"
    parted = {name: (asked[name], told[name]) for name in asked if asked[name] != told[name]}
    assert parted == {}, "methods of the routes, and of their lines"


@pytest.mark.target("SEC-01")
def test_each_view_asks_for_the_rooms_of_its_acts(app: Flask) -> None:
    with app.app_context():
        for endpoint, entry in entries().items():
            rule = access.rule_of(endpoint)
            rooms = {entry.room or line_of(deed).room for deed in (*entry.get, *entry.post)}
            stated = {None} if rule == access.PUBLIC else set(rule or ())
            assert stated == rooms, f"{endpoint}: the view asks for {stated}, its acts are in {rooms}"


@pytest.mark.soak
@pytest.mark.target("SEC-02")
@pytest.mark.parametrize("stage", STAGES)
def test_every_cell_answers_as_the_table_says(world: World, enter: Enter, routes: list[Route], stage: Stage) -> None:
    site = enter(stage)
    before = site.digest()
    asked = dealt(routes, world, stage, budget("permissions.cells") // len(STAGES))
    faults = [fault for one, who in asked if (fault := cells.judge(site, one, who, twins=soaking()))]
    assert faults == [], "\n".join(faults)
    assert site.digest() == before, "a refusal, or a page that is only read, changed the database"


def dealt(routes: list[Route], world: World, stage: Stage, count: int) -> list[tuple[Route, Walker]]:
    """Return ``count`` cells of a stage, the same at each run: an open one of each route first, then in turn."""
    every = [(one, who) for one in routes for who in WALKERS]
    if count >= len(every):
        return every
    shift = STAGES.index(stage)
    opened = [
        (one, who)
        for place, one in enumerate(routes)
        if place % len(STAGES) == shift and one.method in {"GET", "POST"} and (who := _admitted(one, world, stage))
    ]
    turn = [(one, WALKERS[(place * 7 + shift * 3) % len(WALKERS)]) for place, one in enumerate(routes)]
    step, mine = len(STAGES), (shift + 3) % len(STAGES)
    own, others = turn[mine::step], [cell for place, cell in enumerate(turn) if place % step != mine]
    return (opened + own + others[shift::step] + others)[:count]


def _admitted(one: Route, world: World, stage: Stage) -> Walker | None:
    _, there = cells.address(one, world.named_at[stage])
    found = (who for who in WALKERS if expected(one.entry, one.method, who, stage, there=there) is Outcome.OPEN)
    return next(found, None)


def test_the_reduced_form_goes_through_every_route_person_and_stage(world: World, routes: list[Route]) -> None:
    count = min(budget("permissions.cells") // len(STAGES), len(routes))
    found = [(one.name, who.name) for stage in STAGES for one, who in dealt(routes, world, stage, count)]
    assert {name for name, _ in found} == {one.name for one in routes}
    assert {name for _, name in found} == {who.name for who in WALKERS}
    assert len(THIRTEEN) == 13
    assert len(routes) * len(WALKERS) * len(STAGES) >= 10_000


def test_the_walk_can_fail(enter: Enter, routes: list[Route]) -> None:
    jury = enter(Stage.JURY)
    page = route(routes, "GET dossiers.dossier")
    assert cells.judge(jury, page, walker("team")) == ""
    # Somebody who has more rights than he is known by: the room opens, and shows what it should not.
    nobody = replace(walker("team"), grants=())
    assert "répond 200" in cells.judge(jury, page, nobody)
    # A line that promises less than the page shows.
    public = replace(page, entry=replace(page.entry, get=(Deed.SEE_PUBLIC,)))
    assert "répond 403" in cells.judge(jury, public, walker("stranger"))
    assert "montre" in cells.judge(jury, public, nobody)
    # A line that promises more than the service gives.
    marks = route(routes, "POST marking.save_mark")
    assert "répond 404" in cells.judge(jury, marks, replace(walker("juror"), reads=True))


def test_a_form_that_writes_is_seen_to_write(enter: Enter, routes: list[Route]) -> None:
    jury = enter(Stage.JURY)
    closing = route(routes, "POST assignment.close_marking")
    named = jury.world.named_at[jury.stage]
    seen = jury.ask(walker("team"), "POST", cells.address(closing, named)[0])
    assert (seen.status, seen.written > 0) == (302, True)


def test_every_marker_is_shown_to_somebody_who_may_read_it(world: World, enter: Enter) -> None:
    site = enter(Stage.DELIBERATION)
    named = world.named_at[Stage.DELIBERATION]
    target, room = named["target"], f"/pilotage/{named['slug']}"
    seen: set[Marker] = set()
    for name, address in (
        ("owner", f"/candidature/{named['draft']}/relecture"),
        ("team", f"{room}/dossiers/{target}"),
        ("team", f"{room}/dossiers/{target}/pieces/{named['piece']}"),
        ("team", f"{room}/dossiers/{target}/messages"),
        ("team", f"{room}/classement/{target}"),
        ("team", f"{room}/deliberation"),
        ("reader", f"/jury/{named['slug']}/dossiers/{target}"),
    ):
        answer = site.ask(walker(name), "GET", address)
        assert answer.status == 200, address
        assert answer.markers <= shown(walker(name), Stage.DELIBERATION)
        seen |= answer.markers
    assert seen == set(Marker)


@pytest.mark.target("SEC-02")
@pytest.mark.target("SEC-36")
def test_a_refusal_leaves_one_event_that_names_nobody(enter: Enter, routes: list[Route]) -> None:
    jury = enter(Stage.JURY)
    named = jury.world.named_at[jury.stage]
    for name, who, status in (
        ("GET dossiers.dossier", "stranger", 403),
        ("GET dossiers.dossier", "team_conflicted", 404),
        ("GET correspondent.dossier", "elsewhere", 404),
        ("POST marking.save_mark", "conflicted", 404),
        ("GET applicant.dossier", "stranger", 404),
        ("POST assignment.close_marking", "auditor", 403),
    ):
        one = route(routes, name)
        with capture_logs() as logs:
            jury.ask(walker(who), one.method, cells.address(one, named)[0])
        events = [event for event in logs if event["event"] == DENIED]
        assert len(events) == 1, name
        told = events[0]
        assert (told["status"], told["endpoint"], told["method"]) == (status, one.entry.endpoint, one.method)
        assert told["actor"] == named[f"person:{who}"]
        assert told["object"] == (named["target"] if one.entry.object else "")
        assert people.WALKERS[0].email.split("@")[1] not in str(told)
    with capture_logs() as logs:
        jury.ask(walker("team"), "GET", cells.address(route(routes, "GET dossiers.dossier"), named)[0])
        jury.ask(walker("stranger"), "GET", "/candidature/un-nom-propre/suivi")
    assert [event["object"] for event in logs if event["event"] == DENIED] == [""]
