"""Strangers who ask for letters in the name of somebody use up the letters of strangers, not his own."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from ptce_aap import clock
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Person, PersonToken
from ptce_aap.services.accounts import enrolment
from tests import entering
from tests.browsers import Browser, application
from tests.forms import submit

BASE, EMAIL, PASSWORD = "http://localhost", "anne@example.org", "quatre mots faciles à retenir"


@pytest.mark.target("SEC-27")
def test_who_forgot_his_password_has_his_letter_from_a_device_that_his_account_knows(
    sqlite_database: Database, tmp_path: Path
) -> None:
    write = sqlite_database.transaction
    write(entering.register, EMAIL, PASSWORD, "Anne", base_url=BASE, now=clock.now())
    write(lambda session: setattr(session.get_one(Person, 1), "email_confirmed_at", clock.now()))
    app = application(sqlite_database, tmp_path)
    hers, stranger = Browser(app, sqlite_database), Browser(app, sqlite_database)
    submit(hers, "/compte/connexion", "Se connecter", email=EMAIL, password=PASSWORD)
    hers.post("/compte/deconnexion")

    def ask(browser: Browser) -> int:
        """Ask for a letter, let it leave, return how many have left."""
        submit(browser, "/compte/mot-de-passe-oublie", "Recevoir le lien", email=EMAIL)
        run.drain(open_context(load_settings({}, instance=tmp_path), sqlite_database))
        with sqlite_database.reading() as session:
            return session.scalar(select(func.count()).where(PersonToken.purpose == enrolment.RESET)) or 0

    assert [ask(stranger) for _ in range(enrolment.RESETS_A_DAY + 1)] == [1, 2, 3, 4, 5, 5]
    assert [ask(hers) for _ in range(2)] == [6, 7]
    assert ask(stranger) == 7
