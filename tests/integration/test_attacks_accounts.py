"""Attacks on accounts: addresses taken before their owner comes, old links, two at once, floods."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import OutboxItem, Person
from ptce_aap.services import accounts, enrolment
from ptce_aap.services.calls import SYSTEM

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = "https://appels.example"
PASSWORD = "quatre mots faciles à retenir"
ANOTHER = "cinq mots encore plus faciles"


def register(database: Database, email: str) -> str:
    return database.transaction(enrolment.register, email, PASSWORD, "Quelqu’un", base_url=BASE, now=NOW).secret


def invite(database: Database, email: str, role: Role = Role.TEAM) -> str:
    return database.transaction(enrolment.invite, email, role, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW)


def enters(database: Database, secret: str) -> accounts.SignedIn | None:
    with database.reading() as session:
        return accounts.signed_in(session, secret, now=NOW)


def test_whoever_took_an_address_that_is_not_his_gets_nothing_of_the_role_given_to_it(fresh_database: Database) -> None:
    stolen = register(fresh_database, "future.equipe@example.org")
    assert enters(fresh_database, stolen) is not None
    link = invite(fresh_database, "future.equipe@example.org")
    assert enters(fresh_database, stolen) is None
    with pytest.raises(RuleViolation, match="wrong_credentials"):
        fresh_database.transaction(accounts.sign_in, "future.equipe@example.org", PASSWORD, now=NOW)
    mine = fresh_database.transaction(enrolment.choose_password, link, enrolment.INVITATION, ANOTHER, now=NOW)
    found = enters(fresh_database, mine.secret)
    assert found is not None
    assert Role.TEAM in found.actor.roles_on(None)


def test_whoever_has_shown_that_an_address_is_his_keeps_his_password_when_he_is_invited(
    fresh_database: Database,
) -> None:
    link = invite(fresh_database, "anne@example.org", Role.AUDITOR)
    entry = fresh_database.transaction(enrolment.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
    invite(fresh_database, "anne@example.org", Role.AUDITOR)
    assert enters(fresh_database, entry.secret) is not None
    invite(fresh_database, "anne@example.org")
    assert enters(fresh_database, entry.secret) is None  # another role: he enters again
    assert fresh_database.transaction(accounts.sign_in, "anne@example.org", PASSWORD, now=NOW)


def test_choosing_a_password_kills_every_other_link_of_the_account(fresh_database: Database) -> None:
    first, second = invite(fresh_database, "anne@example.org"), invite(fresh_database, "anne@example.org")
    fresh_database.transaction(enrolment.choose_password, second, enrolment.INVITATION, PASSWORD, now=NOW)
    with pytest.raises(RuleViolation, match="link_dead"):
        fresh_database.transaction(enrolment.choose_password, first, enrolment.INVITATION, ANOTHER, now=NOW)


def test_an_address_registered_by_eight_at_once_is_held_by_one_and_nobody_is_told(
    fresh_database: Database,
) -> None:
    ready, answers = threading.Barrier(8), []

    def come() -> None:
        ready.wait()
        try:
            said = {"base_url": BASE, "now": NOW}
            password = f"le mot de passe numéro {threading.get_ident()}"
            fresh_database.transaction(enrolment.register, "anne@example.org", password, "Quelqu’un", **said)
            answers.append("entered")
        except RuleViolation as refusal:
            answers.append(refusal.code)
        except Exception as error:
            answers.append(type(error).__name__)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {"entered": 8}
    with fresh_database.reading() as session:
        keys = session.scalars(select(Person.claimed_key)).all()
    assert Counter(keys) == {None: 1, "anne@example.org": 7}


def test_nobody_fills_the_mailbox_of_another_by_asking_for_passwords(fresh_database: Database) -> None:
    register(fresh_database, "anne@example.org")

    def ask(times: int, at: datetime) -> int:
        for _ in range(times):
            fresh_database.transaction(enrolment.send_reset, "anne@example.org", base_url=BASE, now=at)
        with fresh_database.reading() as session:
            return session.scalar(select(func.count()).where(OutboxItem.kind == "mail")) - 1  # the confirmation

    assert ask(20, NOW) == enrolment.RESETS_A_DAY
    assert ask(1, NOW + timedelta(days=1, minutes=1)) == enrolment.RESETS_A_DAY + 1
    with fresh_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
