"""Two databases that differ by one dossier alone give who is in conflict with it the same pages, to the byte."""

from __future__ import annotations

import re
import sqlite3
from collections import deque
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Conflict, EligibilityDecision, Person
from ptce_aap.services import accounts, deliberation
from tests.browsers import _open_session as open_session
from tests.browsers import application
from tests.budgets import budget
from tests.databases import Databases
from tests.deliberations import CLOSED, NOW, Scene, _sheet, add_dossier, lay_out, tell_the_past

IN_CONFLICT = ("team", "chair", "auditor", "correspondent", "juror-1")
STARTS = ("/pilotage/ptce-2015", "/compte", "/instruction/ptce-2015", "/jury/ptce-2015")
# What is drawn for each answer, whatever is in the database.
_FIXED = re.compile(r'(?:nonce|data-options|name="(?:csrf_token|_auteur|_renvoi|tirage)" value)="[^"]*"')
_LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
# The key of an application of codes is drawn at each look. The list on which conflicts are declared names every
# eligible dossier by title and carrier, nothing else: who declares one has read it there.
_LEFT_OUT = ("/static/", "/deconnexion", "/compte/securite/application", "/conflits")


def copy_of(database: Database, databases: Databases) -> Database:
    """Return another database with the same rows."""
    twin = databases.create("sqlite")
    source, target = (sqlite3.connect(each.url.removeprefix("sqlite:///")) for each in (database, twin))
    source.backup(target)
    source.close()
    target.close()
    return twin


def add_closed(session: Session, scene: Scene, chance: Random) -> None:
    """Add a dossier drawn at random, first or last, read or not, withdrawn or not, closed to ``IN_CONFLICT``."""
    call = scene.call(session)

    def person(name: str) -> Person:
        return session.scalars(select(Person).where(Person.email_key == scene.emails[name])).unique().one()

    team, total = person("team-2"), chance.choice((100, 80, 40, 10))
    dossier = add_dossier(session, call, person("applicant-2"), chance.randrange(5, 10), chance.randrange(1, 3_000_000))
    dossier.state = chance.choice(("eligible", "eligible", "eligible", "withdrawn"))
    decision = EligibilityDecision(dossier_id=dossier.id, eligible=True, reason="Toutes.", author_id=team.id, at=CLOSED)
    session.add(decision)
    for juror in ("juror-1", "juror-2", "juror-3")[: chance.randrange(4)]:
        _sheet(session, call, dossier, person(juror), team, total // 10)
    for name in IN_CONFLICT:
        known = {"dossier_id": dossier.id, "person_id": person(name).id, "call_id": call.id}
        session.add(Conflict(**known, reason="", declared_at=NOW))
    session.flush()


def rank_again(session: Session, scene: Scene) -> None:
    """Compute the ranking of the dossiers of this world."""
    team = session.scalars(select(Person).where(Person.email_key == scene.emails["team-2"])).unique().one()
    deliberation.compute_ranking(session, accounts.actor_of(team), scene.call(session), now=NOW)


def crawl(app: Flask, cookie: str) -> dict[str, tuple[int, str]]:
    """Read every page that a person reaches by links and forms; return status and text by address."""
    browser = app.test_client()
    browser.set_cookie("ptce", cookie)
    waiting, answers = deque(STARTS), dict[str, tuple[int, str]]()
    while waiting:
        path = waiting.popleft()
        if path in answers or any(left in path for left in _LEFT_OUT):
            continue
        answer = browser.get(path)
        text = answer.get_data().decode("utf-8", "replace")
        answers[path] = answer.status_code, _FIXED.sub("", text)
        if answer.mimetype == "text/html":
            waiting.extend(found.replace("&amp;", "&") for found in _LINK.findall(text))
        if answer.location:
            waiting.append(answer.location)
    return answers


@pytest.mark.target("SEC-06")
@pytest.mark.target("SEC-05")
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(budget("twins.worlds")))
def test_a_dossier_in_conflict_changes_no_page_of_who_is_in_conflict(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    scene = lay_out(databases.create("sqlite"), (90, 80, 70, 60), amounts=(100_000,) * 4)
    for name in IN_CONFLICT:
        scene.declare_conflict(name, scene.dossiers[0])
    cookies = {name: scene.database.transaction(open_session, scene.emails[name]) for name in (*IN_CONFLICT, "team-2")}
    without, with_it = scene.database, copy_of(scene.database, databases)
    with_it.transaction(add_closed, scene, Random(seed))
    for world in (without, with_it):
        world.transaction(rank_again, scene)
        tell_the_past(replace(scene, database=world))
    now = clock.now()
    apps = [application(world, tmp_path) for world in (without, with_it)]
    monkeypatch.setattr(clock, "now", lambda: now)

    def differing(name: str) -> list[str]:
        pages = [crawl(app, cookies[name]) for app in apps]
        assert sum(status == 200 for status, _ in pages[0].values()) > 3, name
        return sorted(path for path in pages[0].keys() | pages[1].keys() if pages[0].get(path) != pages[1].get(path))

    assert seed or differing("team-2")  # who is in no conflict reads it: these worlds do differ
    assert {name: differing(name) for name in IN_CONFLICT} == {name: [] for name in IN_CONFLICT}
    for world in (without, with_it):
        databases.discard(world)
