"""« État de l’installation »: who reads it, and what it says when the queue, the mails, the relay or a clock fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.mail.message import Message
from ptce_aap.models import OutboxItem, PeriodicTask
from ptce_aap.services.backups.making import LAST
from ptce_aap.services.exchanges import letters
from ptce_aap.services.installation import figures, judging
from ptce_aap.services.installation.figures import Figures, Owed
from ptce_aap.services.installation.judging import Seen, State
from ptce_aap.services.running import clocks, outbox
from tests.browsers import TOKEN, Browser, application
from tests.deliberations import Scene, invite_on_every_call, lay_out

PAGE = "/pilotage/installation"
LETTER = Message("quelqu.un@canari.example", "Objet canari", "Texte canari\n")
GIB = 2**30


def of(figures: Figures) -> dict[str, Seen]:
    return {one.part: one for one in judging.judge(figures)}


@pytest.fixture
def sound(settings: Settings, sqlite_database: Database) -> Figures:
    """The figures of an installation whose relay has turned, on a disk that has room."""
    with sqlite_database.reading() as session:
        found = figures.read(session, settings)
    return replace(found, rounds=5, disk_free=50 * GIB, disk_size=100 * GIB, backup_at=found.at, head_at=found.at)


def test_a_sound_installation_has_nothing_to_do(sound: Figures) -> None:
    assert {one.state for one in judging.judge(sound)} == {State.GOOD}
    assert not any(one.mend for one in judging.judge(sound))


def owed(found: Figures, **ago: float) -> Owed:
    return Owed(3, found.at - timedelta(**ago), 0)


FAULTS: dict[str, tuple[str, State, Callable[[Figures], Figures]]] = {
    "no relay has ever turned": ("relais", State.SEE, lambda one: replace(one, rounds=0)),
    "the relay has stopped": (
        "relais",
        State.WRONG,
        lambda one: replace(one, round_due_at=one.at - timedelta(minutes=3)),
    ),
    "the queue has lost its server": (
        "relais",
        State.WRONG,
        lambda one: replace(one, unoffered_since=one.at - timedelta(minutes=3)),
    ),
    "workers are slow": (
        "travaux",
        State.SEE,
        lambda one: replace(one, effects={"receipt": owed(one, minutes=6)}),
    ),
    "workers have stopped": (
        "travaux",
        State.WRONG,
        lambda one: replace(one, effects={"a": Owed(), "receipt": owed(one, minutes=36)}),
    ),
    "an effect fails": (
        "travaux",
        State.SEE,
        lambda one: replace(one, effects={"receipt": Owed(1, one.at, 1)}),
    ),
    "mails are late": ("courriels à envoyer", State.SEE, lambda one: replace(one, mails=owed(one, minutes=16))),
    "mails are stuck": ("courriels à envoyer", State.WRONG, lambda one: replace(one, mails=owed(one, hours=3))),
    "mails were refused": ("courriels à envoyer", State.SEE, lambda one: replace(one, refused=2)),
    "the database is ahead": ("horloges", State.WRONG, lambda one: replace(one, clock_gap=timedelta(seconds=4))),
    "the database is behind": ("horloges", State.WRONG, lambda one: replace(one, clock_gap=timedelta(seconds=-4))),
    "no head is signed": ("empreinte du journal", State.SEE, lambda one: replace(one, head_at=None)),
    "heads have stopped": (
        "empreinte du journal",
        State.SEE,
        lambda one: replace(one, head_at=one.at - timedelta(days=3)),
    ),
    "no backup": ("sauvegarde", State.SEE, lambda one: replace(one, backup_at=None)),
    "backups have stopped": ("sauvegarde", State.SEE, lambda one: replace(one, backup_at=one.at - timedelta(days=3))),
    "durations are not read": (
        "durées de conservation",
        State.WRONG,
        lambda one: replace(one, retention_fault="« duree » est inconnu"),
    ),
    "the disk fills": ("disque", State.SEE, lambda one: replace(one, disk_free=5 * GIB)),
    "the disk is full": ("disque", State.WRONG, lambda one: replace(one, disk_free=GIB // 2)),
}


@pytest.mark.parametrize("what", FAULTS)
def test_each_fault_is_told_alone_with_what_to_do(sound: Figures, what: str) -> None:
    part, state, spoil = FAULTS[what]
    found = of(spoil(sound))
    assert found[part].state is state
    assert found[part].mend
    assert {name for name, one in found.items() if one.state is not State.GOOD} == {part}


def test_work_at_hand_is_no_fault(sound: Figures) -> None:
    busy = replace(sound, effects={"receipt": owed(sound, seconds=40)}, mails=owed(sound, minutes=2))
    assert {one.state for one in judging.judge(busy)} == {State.GOOD}
    assert "3 à faire ; le plus ancien attend depuis moins d’une minute" in of(busy)["travaux"].told


@pytest.mark.target("REL-05")
def test_a_clock_that_is_more_than_a_second_from_the_databases_is_told(
    fresh_database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gap(session: Session, _clock: object) -> timedelta:
        return real(session, lambda: clock.now() - timedelta(seconds=ahead))

    real = clocks.gap
    monkeypatch.setattr(clocks, "gap", gap)
    told = {}
    for ahead in (0.0, 3.0, -3.0):
        with fresh_database.reading() as session:
            told[ahead] = of(figures.read(session, settings))["horloges"]
    assert [one.state for one in told.values()] == [State.GOOD, State.WRONG, State.WRONG]
    assert "avance de 3 s" in told[3.0].told
    assert "retarde de 3 s" in told[-3.0].told


def test_the_figures_are_those_of_the_database(fresh_database: Database, settings: Settings) -> None:
    then = clock.now() - timedelta(hours=4)

    def lay(session: Session) -> None:
        letters.send(session, LETTER, at=then)
        refused = session.get_one(OutboxItem, letters.send(session, LETTER, at=then))
        refused.done_at, refused.last_error = clock.now(), "refused by the server (550)"
        tried = session.get_one(OutboxItem, outbox.emit(session, "receipt", {}, at=then))
        tried.offered_at, tried.last_error = then, "OSError write:3"
        done = outbox.emit(session, "tidy", {}, at=then)
        session.get_one(OutboxItem, done).done_at = then
        session.add(PeriodicTask(kind="tidy", due_at=then, outbox_id=done))

    fresh_database.transaction(lay)
    (settings.instance / LAST).write_text(json.dumps({"at": then.isoformat()}))
    with fresh_database.reading() as session:
        found = figures.read(session, settings)
    assert found.mails == Owed(1, then, 0)
    assert found.effects == {"receipt": Owed(1, then, 1)}
    assert (found.refused, found.unoffered_since, found.round_due_at, found.backup_at) == (1, then, then, then)
    assert (found.rounds, found.backup_unreadable, found.head_at, found.lines) == (1, False, None, 0)


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    scene = lay_out(sqlite_database, (90, 80), readings=(3, 3))
    invite_on_every_call(sqlite_database, "admin@example.org", Role.ADMIN)
    return scene


def test_the_team_and_the_administration_read_it_and_nobody_else(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)
    scene.database.transaction(letters.send, LETTER, at=clock.now() - timedelta(hours=3))
    for email, home in ((scene.emails["team"], "/pilotage"), ("admin@example.org", "/pilotage/personnes")):
        browser = Browser(app, scene.database, email)
        assert f'href="{PAGE}"' in browser.get(home).text
        page = browser.get(PAGE).text
        assert "Une panne demande qu’on s’en occupe maintenant" in page
        assert "le plus ancien depuis 3 heures" in page
        assert "canari" not in page
    for name in ("chair", "auditor", "applicant"):
        browser = Browser(app, scene.database, scene.emails[name])
        assert browser.get(PAGE).status_code == 403
        assert PAGE not in browser.get("/pilotage").text


def test_whoever_is_in_conflict_is_not_told_what_waits_to_leave(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)
    scene.declare_conflict("team", scene.dossiers[0])
    browser = Browser(app, scene.database, scene.emails["team"])
    before = _told(browser)
    assert "vue partielle – déport" in before
    other = Browser(app, scene.database, "admin@example.org")
    told = _told(other)
    assert _told(other) == told
    scene.database.transaction(letters.send, LETTER, at=clock.now() - timedelta(hours=3))
    assert _told(other) != told
    assert _told(browser) == before


def _told(browser: Browser) -> str:
    """Return the page without what changes by itself: the token of its forms, the room on a disk that others fill."""
    return re.sub(rf"{TOKEN.pattern}|[0-9]+ Gio libres", "", browser.get(PAGE).text)


def test_a_queue_that_answers_is_good(queue_server: Settings, queue: Redis, scene: Scene, tmp_path: Path) -> None:
    page = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"]).get(PAGE).text
    assert "on peut déposer et noter" in page
    settings = load_settings({"PTCE_REDIS_URL": f"unix://{queue_server.instance / 'valkey.sock'}"}, instance=tmp_path)
    browser = Browser(create_app(settings, database=scene.database), scene.database, scene.emails["team"])
    assert "on peut déposer et noter" not in browser.get(PAGE).text
