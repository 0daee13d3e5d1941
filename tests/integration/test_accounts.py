"""Accounts on both engines: who enters, who does not, and what a link is worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Grant, Role
from ptce_aap.models import JournalEntry, OutboxItem, Person, RoleGrant
from ptce_aap.services.accounts import accounts, enrolment, people
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = "https://appels.example"
PASSWORD = "quatre mots faciles à retenir"


def _register(database: Database, email: str = "anne@example.org") -> str:
    return database.transaction(entering.register, email, PASSWORD, "Anne", base_url=BASE, now=NOW).secret


def _invite(database: Database, email: str, role: Role, **extra: str) -> str:
    return database.transaction(
        enrolment.invite, email, role, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW, **extra
    )


def test_whoever_registers_enters_at_once_and_is_asked_to_confirm_by_mail(fresh_database: Database) -> None:
    secret = _register(fresh_database)
    with fresh_database.reading() as session:
        found = accounts.signed_in(session, secret, now=NOW)
        letter = session.scalars(select(OutboxItem)).one()
    assert found is not None
    assert (found.actor.name, found.email_confirmed) == ("Anne", False)
    assert letter.payload["to"] == "anne@example.org"
    assert BASE + "/compte/confirmation/" in letter.payload["text"]


@pytest.mark.target("SEC-24")
def test_a_session_is_dead_after_sign_out_even_for_whoever_copied_the_cookie(fresh_database: Database) -> None:
    secret = _register(fresh_database)
    with fresh_database.reading() as session:
        found = accounts.signed_in(session, secret, now=NOW)
    assert found is not None
    fresh_database.transaction(accounts.sign_out, found.actor, found.digest, now=NOW)
    with fresh_database.reading() as session:
        assert accounts.signed_in(session, secret, now=NOW) is None


@pytest.mark.target("SEC-24")
def test_a_session_ends_when_idle_and_at_its_absolute_limit(fresh_database: Database) -> None:
    secret = _register(fresh_database)
    with fresh_database.reading() as session:
        assert accounts.signed_in(session, secret, now=NOW + accounts.IDLE_LIFE) is not None
        assert accounts.signed_in(session, secret, now=NOW + accounts.IDLE_LIFE + timedelta(seconds=1)) is None
        assert accounts.signed_in(session, secret, now=NOW + accounts.ABSOLUTE_LIFE) is None


@pytest.mark.parametrize(("email", "password"), [("anne@example.org", "pas le bon mot"), ("x@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    fresh_database: Database, email: str, password: str
) -> None:
    _register(fresh_database)
    with pytest.raises(RuleViolation) as refusal:
        fresh_database.transaction(entering.sign_in, email, password, now=NOW)
    assert (refusal.value.code, refusal.value.facts) == ("wrong_credentials", {})


def test_an_invited_person_chooses_a_password_once_and_holds_the_role(fresh_database: Database) -> None:
    link = _invite(fresh_database, "juree@example.org", Role.JUROR, seat="un")
    entry = fresh_database.transaction(
        entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW, name="Jeanne"
    )
    with fresh_database.reading() as session:
        found = accounts.signed_in(session, entry.secret, now=NOW)
    assert found is not None
    assert [(g.role, g.seat) for g in found.actor.grants] == [(Role.JUROR, "un")]
    with pytest.raises(RuleViolation, match="link_dead"):
        fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)


def test_a_link_is_dead_after_its_life(fresh_database: Database) -> None:
    link = _invite(fresh_database, "tard@example.org", Role.TEAM)
    late = NOW + enrolment.INVITATION_LIFE
    with pytest.raises(RuleViolation, match="link_dead"):
        fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=late)


def test_a_refused_password_does_not_use_the_link_up(fresh_database: Database) -> None:
    link = _invite(fresh_database, "court@example.org", Role.TEAM)
    with pytest.raises(RuleViolation, match="password_too_short"):
        fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, "court", now=NOW)
    assert fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)


@pytest.mark.target("SEC-24")
def test_a_new_password_ends_every_older_session(fresh_database: Database) -> None:
    old = _register(fresh_database)
    fresh_database.transaction(enrolment.send_reset, "anne@example.org", base_url=BASE, now=NOW)
    with fresh_database.reading() as session:
        texts = [item.payload["text"] for item in session.scalars(select(OutboxItem))]
    link = next(text for text in texts if "/mot-de-passe/" in text).split("/mot-de-passe/")[1].split()[0]
    fresh_database.transaction(entering.choose_password, link, enrolment.RESET, PASSWORD + "!", now=NOW)
    with fresh_database.reading() as session:
        assert accounts.signed_in(session, old, now=NOW) is None


def test_a_reset_for_an_unknown_address_sends_nothing(fresh_database: Database) -> None:
    fresh_database.transaction(enrolment.send_reset, "nul@example.org", base_url=BASE, now=NOW)
    with fresh_database.reading() as session:
        assert session.scalars(select(OutboxItem)).all() == []


def test_a_role_given_several_times_at_once_is_held_once(fresh_database: Database) -> None:
    _invite(fresh_database, "jean@example.org", Role.AUDITOR)
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda _: _invite(fresh_database, "jean@example.org", Role.TEAM), range(8)))
    with fresh_database.reading() as session:
        assert sorted(session.scalars(select(RoleGrant.role))) == ["auditor", "team"]


def test_an_address_once_confirmed_stays_so_and_the_act_has_its_line(fresh_database: Database) -> None:
    _register(fresh_database)
    with fresh_database.reading() as session:
        letter = session.scalars(select(OutboxItem)).one()
    link = next(line for line in letter.payload["text"].splitlines() if line.startswith(BASE))
    secret = link.rpartition("/")[2]
    fresh_database.transaction(entering.confirm_email, secret, password=PASSWORD, now=NOW)
    with fresh_database.reading() as session:
        assert session.scalars(select(Person.email_confirmed_at)).one() == NOW
        acts = session.scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)).all()
    assert acts == ["account.registered", "account.signed_in", "account.email_confirmed"]


def test_a_name_is_found_whatever_the_case_of_its_accents(fresh_database: Database) -> None:
    _invite(fresh_database, "elodie@example.org", Role.AUDITOR, name="Élodie Exemple")
    boss = Actor(0, "boss", "", "", frozenset({Grant(Role.ADMIN)}))
    with fresh_database.reading() as session:
        for search in ("élodie", "ÉLODIE", "Exemple"):
            assert [one.name for one in people.listing(session, boss, search=search).items] == ["Élodie Exemple"]


def test_every_act_has_its_line_and_the_sequence_has_no_gap(fresh_database: Database) -> None:
    _register(fresh_database)
    _invite(fresh_database, "equipe@example.org", Role.TEAM)
    with fresh_database.reading() as session:
        lines = session.scalars(select(JournalEntry).order_by(JournalEntry.sequence)).all()
    assert [(line.sequence, line.act) for line in lines] == [
        (1, "account.registered"),
        (2, "account.signed_in"),
        (3, "role.granted"),
    ]
    assert not any("example.org" in str(line.facts) for line in lines)
