"""Two databases that differ by one dossier alone give who is in conflict with it the same pages, to the byte."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Conflict, ConflictStatement, EligibilityDecision, OutboxItem, Person
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts
from ptce_aap.services.exchanges import letters
from ptce_aap.services.ranking import deliberation
from tests import two_persons
from tests.browsers import _open_session as open_session
from tests.browsers import application
from tests.budgets import budget, soaking
from tests.databases import Databases
from tests.deliberations import CLOSED, NOW, Scene, _sheet, add_dossier, invite_on_every_call, lay_out, tell_the_past
from tests.twins import Answer, crawl, declared_apart, differing, tells_of_the_list

IN_CONFLICT = ("team", "chair", "auditor", "correspondent", "juror-1")
STARTS = ("/", "/pilotage/ptce-2015", "/compte", "/correspondant/ptce-2015", "/jury/ptce-2015")
_OF_THE_LIST = re.compile(r"(?:dossiers (?:classés|retenus)|montant des retenus|écarts)\s: [^·<]*")
ENDS = ("frozen", "ranked", "published")
_DRAWN = re.compile(r"\b[A-Za-z0-9_-]{22}\b")


def copy_of(database: Database, databases: Databases) -> Database:
    """Return another database with the same rows."""
    twin = databases.create("sqlite")
    source, target = (sqlite3.connect(each.url.removeprefix("sqlite:///")) for each in (database, twin))
    source.backup(target)
    source.close()
    target.close()
    return twin


def add_closed(session: Session, scene: Scene, chance: Random) -> tuple[str, str]:
    """Add a dossier drawn at random, first or last, read or not, withdrawn or not, closed to ``IN_CONFLICT``.

    Return its reference and its title.
    """
    call = scene.call(session)

    def person(name: str) -> Person:
        return session.scalars(select(Person).where(Person.email_key == scene.emails[name])).unique().one()

    team, total, place = person("team-2"), chance.choice((100, 80, 40, 10)), chance.randrange(5, 10)
    dossier = add_dossier(session, call, person("applicant-2"), place, chance.randrange(1, 3_000_000))
    dossier.state = chance.choice(("eligible", "eligible", "eligible", "withdrawn"))
    decision = EligibilityDecision(dossier_id=dossier.id, eligible=True, reason="Toutes.", author_id=team.id, at=CLOSED)
    session.add(decision)
    for juror in ("juror-1", "juror-2", "juror-3")[: chance.randrange(4)]:
        _sheet(session, call, dossier, person(juror), team, total // 10)
    for name in IN_CONFLICT:
        known = {"dossier_id": dossier.id, "person_id": person(name).id, "call_id": call.id}
        session.add(Conflict(**known, reason="", declared_at=NOW))
    session.flush()
    return dossier.reference, dossier.title


def state(session: Session, scene: Scene) -> None:
    """Let the juror have gone through the list."""
    juror = session.scalars(select(Person).where(Person.email_key == scene.emails["juror-1"])).unique().one()
    at = CLOSED + timedelta(hours=1)
    session.add(ConflictStatement(call_id=scene.call(session).id, person_id=juror.id, at=at))


def rank_again(session: Session, scene: Scene) -> None:
    """Compute the ranking of the dossiers of this world."""
    team = session.scalars(select(Person).where(Person.email_key == scene.emails["team-2"])).unique().one()
    deliberation.compute_ranking(session, accounts.actor_of(team), scene.call(session), now=NOW)


def end(scene: Scene, how: str) -> None:
    """Bring a world further by those who are in no conflict: to its frozen list, or to its publication."""
    if how != "ranked":
        scene.freeze("team-2", "other chair")
    if how == "published":
        scene.publish("team-2", "other chair")


def may_end(scene: Scene) -> bool:
    """Tell whether nothing keeps this world from its frozen list."""
    return not two_persons.list_shown(scene.database, scene.actor("team-2"), scene.call_id()).obstacles


def _ranked_apart(answer: Answer) -> Answer:
    headers = tuple(one for one in answer.headers if one[0] != "Content-Length")
    return replace(answer, headers=headers, body=_OF_THE_LIST.sub("", answer.body))


def letters_to(world: Database, email: str) -> list[str]:
    """Return what somebody is written, without what is drawn for each letter."""
    with world.reading() as session:
        owed = session.scalars(
            select(OutboxItem).where(OutboxItem.kind == letters.KIND).order_by(OutboxItem.created_at)
        )
        return sorted(_DRAWN.sub("", canonical_json(one.payload)) for one in owed if one.payload["to"] == email)


@pytest.mark.target("SEC-06")
@pytest.mark.target("SEC-05")
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(budget("twins.worlds")))
def test_a_dossier_in_conflict_changes_nothing_for_who_is_in_conflict(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    scene = lay_out(databases.create("sqlite"), (90, 80, 70, 60), amounts=(100_000,) * 4)
    for name in IN_CONFLICT:
        scene.declare_conflict(name, scene.dossiers[0])
    scene.database.transaction(state, scene)
    invite_on_every_call(scene.database, "autre-presidence@example.org", "chair")
    scene.emails["other chair"] = "autre-presidence@example.org"
    cookies = {name: scene.database.transaction(open_session, scene.emails[name]) for name in (*IN_CONFLICT, "team-2")}
    twin = replace(scene, database=copy_of(scene.database, databases))
    reference, title = twin.database.transaction(add_closed, scene, Random(seed))
    for world in (scene, twin):
        world.database.transaction(rank_again, scene)
        tell_the_past(world)
    how = ENDS[seed % len(ENDS)] if all(may_end(world) for world in (scene, twin)) else "ranked"
    for world in (scene, twin):
        end(world, how)
    now = clock.now()
    apps = [application(world.database, tmp_path) for world in (scene, twin)]
    monkeypatch.setattr(clock, "now", lambda: now)

    def read(app: Flask, name: str) -> dict[str, object]:
        browser = app.test_client()
        browser.set_cookie("ptce", cookies[name])
        answers = crawl(browser.get, STARTS, searched=(title, "Porteur"))
        kept = (path for path in answers if f"/conflits/{reference}" not in path)
        kept = (path for path in kept if not (how == "published" and tells_of_the_list(app, path)))
        shown = {path: declared_apart(path, answers[path], scene.slug, title) for path in kept}
        # Once the list is published, the journal says how long it is as the list does.
        return {path: _ranked_apart(one) if how == "published" else one for path, one in shown.items()}

    journal = f"/pilotage/{scene.slug}/journal"
    seen = []
    for app in apps:
        free = app.test_client()
        free.set_cookie("ptce", cookies["team-2"])
        seen.append(title in free.get(journal).text)
    assert seen == [False, True]  # who is in no conflict reads of it: these worlds do differ
    names = IN_CONFLICT if soaking() else ("team", "juror-1", "correspondent")
    for name in names:
        without, with_it = (read(app, name) for app in apps)
        assert len(without) > 12, name
        assert differing(without, with_it) == [], (name, how)
    for name in IN_CONFLICT:
        sent = [letters_to(world.database, scene.emails[name]) for world in (scene, twin)]
        assert sent[0] == sent[1], name
    for world in (scene, twin):
        databases.discard(world.database)
