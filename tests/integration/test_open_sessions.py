"""Sessions are listed in plain words and ended by their person, or by who manages all his roles; nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import JournalEntry, PersonToken, SignIn
from ptce_aap.services.accounts import enrolment, sign_ins
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.web import devices
from tests import entering
from tests.browsers import Browser, application

BASE, PASSWORD = "https://appels.example", "quatre mots faciles à retenir"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0"
HERE = "/compte/appareils"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (FIREFOX, "Firefox sur Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36", "Chrome sur Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge sur Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari sur iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "Safari sur Mac"),
        ("curl/8.0 <script>", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_device_is_told_in_plain_words_without_its_versions(said: str, words: str) -> None:
    assert devices.in_words(said) == words


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return application(sqlite_database, tmp_path)


def enter(app: Flask, database: Database, email: str = "anne@example.org", user_agent: str = FIREFOX) -> Browser:
    """Register, or enter the account that one has, from a browser that says what it is."""
    browser = Browser(app, database)
    browser.client.environ_base["HTTP_USER_AGENT"] = user_agent
    said = {"email": email, "password": PASSWORD, "name": "Anne"}
    assert browser.post("/compte/creer", said, page="/compte/creer").status_code == 302
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/compte").status_code == 200


@pytest.mark.target("SEC-24")
def test_a_session_is_recognised_in_the_list_and_closed_from_another_device(
    app: Flask, sqlite_database: Database
) -> None:
    mine = enter(app, sqlite_database)
    lost = enter(app, sqlite_database, user_agent=FIREFOX.replace("Windows NT 10.0", "Android 15"))
    page = mine.get(HERE).text
    assert re.findall(r'<h2 class="fr-h6">([^<]+?)\s*<', page) == ["Firefox sur Windows", "Firefox sur Android"]
    assert page.count("Cet appareil") == 1
    assert "(heure de Paris)" in page
    [closing] = re.findall(rf'action="({HERE}/[^"]+/fermer)"', page)
    copied = app.test_client()
    copied.set_cookie("ptce", lost.client.get_cookie("ptce").value)
    assert copied.get("/compte").status_code == 200
    assert mine.post(closing, page=HERE).status_code == 302
    assert not is_in(lost)
    assert copied.get("/compte").status_code == 302
    assert is_in(mine)
    assert mine.post(closing, page=HERE).status_code == 404


def test_all_the_others_are_closed_at_once(app: Flask, sqlite_database: Database) -> None:
    mine, *others = (enter(app, sqlite_database) for _ in range(4))
    stranger = enter(app, sqlite_database, "basile@example.org")
    assert mine.post(f"{HERE}/fermer-les-autres", page=HERE).status_code == 302
    assert [is_in(one) for one in (mine, *others, stranger)] == [True, False, False, False, True]
    assert "nulle part ailleurs" in mine.get(HERE).text
    with sqlite_database.reading() as session:
        line = session.scalars(select(JournalEntry).where(JournalEntry.act == "account.sessions_ended")).one()
    assert line.facts == {"count": 3}


@pytest.mark.target("SEC-12")
def test_the_session_of_another_is_as_missing_as_one_that_never_was(app: Flask, sqlite_database: Database) -> None:
    mine = enter(app, sqlite_database)
    enter(app, sqlite_database, "basile@example.org")
    with sqlite_database.reading() as session:
        references = session.scalars(select(SignIn.reference).order_by(SignIn.created_at)).all()
    answers = [mine.post(f"{HERE}/{one}/fermer", page=HERE) for one in (references[-1], "never")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert references[-1] not in mine.get(HERE).text


def official(app: Flask, database: Database, email: str, role: Role, **more: object) -> Browser:
    said = {"by": SYSTEM, "base_url": BASE, "call_title": "", "now": clock.now(), **more}
    link = database.transaction(enrolment.invite, email, role, **said)
    database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=clock.now())
    return Browser(app, database, email)


@pytest.mark.target("SEC-24")
def test_who_manages_every_role_of_a_person_closes_his_sessions_and_the_journal_tells(
    app: Flask, sqlite_database: Database
) -> None:
    team = official(app, sqlite_database, "equipe@example.org", Role.TEAM)
    auditor = official(app, sqlite_database, "audit@example.org", Role.AUDITOR)
    admin = official(app, sqlite_database, "admin@example.org", Role.ADMIN)
    addresses = re.findall(r'href="(/pilotage/personnes/[^"]+/deconnecter)"', team.get("/pilotage/personnes").text)
    assert len(addresses) == 2  # one's own is not there
    assert all(is_in(one) for one in (team, auditor, admin))
    answers = [team.post(address, page="/compte").status_code for address in addresses]
    assert sorted(answers) == [302, 422]  # the administration of accounts is not the team's
    assert [is_in(one) for one in (team, auditor, admin)] == [True, False, True]
    assert auditor.post(addresses[0], page="/compte/connexion").headers["Location"].startswith("/compte/connexion")
    with sqlite_database.reading() as session:
        line = session.scalars(select(JournalEntry).where(JournalEntry.act == "account.sessions_ended")).one()
    assert line.object_kind == "person"
    assert line.actor != line.object


def test_sessions_that_are_over_and_links_that_are_dead_are_forgotten_after_a_month(fresh_database: Database) -> None:
    now = clock.now()
    for name in ("anne", "basile"):
        fresh_database.transaction(entering.register, f"{name}@example.org", PASSWORD, "", base_url=BASE, now=now)
    fresh_database.transaction(
        lambda session: session.execute(update(SignIn).where(SignIn.person_id == 1).values(ended_at=now))
    )

    def left(after: timedelta) -> list[int]:
        fresh_database.transaction(sign_ins.forget_old, now=now + after)
        with fresh_database.reading() as session:
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (SignIn, PersonToken)]

    assert left(sign_ins.KEPT_WHEN_OVER) == [2, 2]
    assert left(sign_ins.KEPT_WHEN_OVER + timedelta(seconds=1)) == [1, 2]
    assert left(timedelta(days=38)) == [0, 0]
