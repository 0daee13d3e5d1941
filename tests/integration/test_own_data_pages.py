"""« Mes données » and « Conservation »: a person asks and takes back, the administration alone grants."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Erasure, Person, RetentionReport
from ptce_aap.services.accounts import enrolment
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.browsers import Browser, application
from tests.filings import BASE, NOW, PASSWORD

PAGE, ASK, ADMIN = "/compte/donnees", "/compte/donnees/effacer", "/pilotage/conservation"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return application(sqlite_database, tmp_path)


def _enter(app: Flask, database: Database, email: str, role: Role | None = None) -> Browser:
    if role is None:
        database.transaction(entering.register, email, PASSWORD, email.partition("@")[0], base_url=BASE, now=NOW)
    else:
        database.transaction(
            enrolment.invite, email, role, now=NOW, by=SYSTEM, base_url=BASE, call_title="", name="Une personne"
        )
    return Browser(app, database, email)


@pytest.mark.target("SEC-41")
def test_a_person_asks_and_takes_back_then_the_administration_erases(app: Flask, sqlite_database: Database) -> None:
    anne = _enter(app, sqlite_database, "anne@example.org")
    admin = _enter(app, sqlite_database, "admin@example.org", Role.ADMIN)
    assert "Vous n’avez aucun dossier" in anne.get(PAGE).text
    assert "Ce qui sera gardé, et pourquoi" in anne.get(ASK).text
    assert anne.post(ASK, page=ASK).status_code == 302
    assert "Vous avez demandé l’effacement" in anne.get(PAGE).text
    assert anne.get(ASK).headers["Location"] == PAGE  # asked already: it is not offered again
    assert anne.post("/compte/donnees/garder", page=PAGE).status_code == 302
    assert "Vous avez demandé l’effacement" not in anne.get(PAGE).text
    assert "Personne ne demande" in admin.get(ADMIN).text
    anne.post(ASK, page=ASK)
    (granting,) = re.findall(rf'href="({ADMIN}/demandes/[^"]+)"', admin.get(ADMIN).text)
    assert anne.get(granting).status_code == 403
    assert "Effacer le compte de" in admin.get(granting).text
    assert admin.post(granting, page=granting).status_code == 302
    assert "instance/outbox" in admin.get(ADMIN).text, "letters of an installation without a mail server are files"
    assert anne.get("/compte").status_code == 302, "her session is gone"
    with sqlite_database.reading() as session:
        assert session.scalars(select(Erasure.object_kind)).all() == ["person"]
        assert "anne@example.org" not in session.scalars(select(Person.email)).all()


def test_the_team_reads_the_durations_and_neither_sees_nor_grants_requests(
    app: Flask, sqlite_database: Database
) -> None:
    anne = _enter(app, sqlite_database, "anne@example.org")
    team = _enter(app, sqlite_database, "team@example.org", Role.TEAM)
    anne.post(ASK, page=ASK)
    page = team.get(ADMIN).text
    assert "Dossiers commencés et jamais déposés" in page
    assert "anne" not in page
    assert team.get(f"{ADMIN}/demandes/inconnue").status_code == 403
    assert anne.get(ADMIN).status_code == 403


def _reports(session: Session, count: int) -> list[str]:
    made = [RetentionReport(at=NOW, content={"classes": [], "total": 1}) for _ in range(count)]
    for one in made:
        session.add(one)
        session.flush()
    return [one.reference for one in made]


def test_a_report_is_read_however_many_came_since(app: Flask, sqlite_database: Database) -> None:
    team = _enter(app, sqlite_database, "team@example.org", Role.TEAM)
    first = sqlite_database.transaction(_reports, 51)[0]
    assert first not in team.get(ADMIN).text
    assert team.get(f"{ADMIN}/rapports/{first}").json == {"classes": [], "total": 1}
    assert team.get(f"{ADMIN}/rapports/inconnu").status_code == 404


def test_a_copy_is_asked_for_once_and_waits_on_the_page(app: Flask, sqlite_database: Database) -> None:
    anne = _enter(app, sqlite_database, "anne@example.org")
    for _ in range(2):
        assert anne.post("/compte/donnees/copie", page=PAGE).status_code == 302
    assert "La copie se prépare" in anne.get(PAGE).text
    assert anne.get("/compte/donnees/copie/inconnue").status_code == 404
