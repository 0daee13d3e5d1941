"""A closing that is put off: with a reason, told to those who prepare a dossier, learnt by pages that are open."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Grant, Role
from ptce_aap.models import Call, CallExtension, OutboxItem, Person, RoleGrant
from ptce_aap.services import invariants
from ptce_aap.services.deposits import reopening
from tests import two_persons
from tests.filings import CLOSES, LEAST, NOW, Applicants, open_call
from tests.integration.test_applicant_pages import Browser

LATER = CLOSES + timedelta(days=1)


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def team(call: Applicants, name: str = "equipe") -> Actor:
    actor = call.actor(name)

    def grant(session: object) -> None:
        session.add(RoleGrant(person_id=actor.person_id, call_id=call.call.id, role="team", granted_at=NOW))

    call.database.transaction(grant)
    return Actor(actor.person_id, actor.reference, actor.name, actor.email, (Grant(Role.TEAM, call.call.id, None),))


def extend(
    call: Applicants, actor: Actor, closes: datetime = LATER, reason: str = "Panne.", now: datetime = NOW
) -> None:
    two_persons.extend(call.database, actor, team(call, "equipe-2"), call.call.id, closes, reason, now=now)


def test_those_who_have_not_filed_are_told_and_the_others_are_not(call: Applicants) -> None:
    call.start()
    filed = call.bring(LEAST, "bruno")
    call.file(filed, name="bruno")
    call.database.transaction(reopening.reopen, call.actor("bruno"), filed, now=NOW)
    extend(call, team(call))
    with call.database.reading() as session:
        letters = [i.payload for i in session.scalars(select(OutboxItem)) if "repoussée" in str(i.payload)]
        kept = session.scalars(select(CallExtension)).one()
        assert session.get_one(Call, call.call.id).closes_at == LATER
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []
    assert [letter["to"] for letter in letters] == ["anne@example.org"]
    assert (kept.before, kept.after, kept.reason) == (CLOSES, LATER, "Panne.")


def test_a_deposit_after_the_former_closing_is_on_time(call: Applicants) -> None:
    reference = call.bring(LEAST)
    with pytest.raises(RuleViolation, match="call_closed"):
        call.file(reference, at=CLOSES)
    extend(call, team(call), now=CLOSES + timedelta(hours=2))
    assert call.file(reference, at=LATER - timedelta(microseconds=1)).sequence == 1


def test_a_closing_is_never_brought_forward_nor_moved_without_a_reason_or_the_right(call: Applicants) -> None:
    actor = team(call)
    for closes, reason, code in (
        (CLOSES, "Panne.", "extension_not_later"),
        (LATER, " ", "reason_needed"),
        (LATER, "x" * 1001, "reason_too_long"),
    ):
        with pytest.raises(RuleViolation, match=code):
            extend(call, actor, closes, reason)
    with pytest.raises(RuleViolation, match="not_allowed"):
        extend(call, call.actor())
    call.database.transaction(lambda s: setattr(s.get_one(Call, call.call.id), "marking_opened_at", CLOSES))
    with pytest.raises(RuleViolation, match="extension_too_late"):
        extend(call, actor, now=CLOSES)


def test_an_open_page_learns_the_new_closing_without_keeping_the_session_alive(
    sqlite_database: Database, tmp_path: Path
) -> None:
    call = open_call(sqlite_database)
    reference = call.start()
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())
    browser.sign_in("anne")
    address = f"/candidature/{reference}/echeance"
    assert f'data-deadline="{address}"' in browser.get(f"/candidature/{reference}/etape/identification")
    before = json.loads(browser.take(address))
    assert (before["closes"], before["warning"]) == ((CLOSES - timedelta(seconds=1)).isoformat(), "")
    extend(call, team(call))
    after = json.loads(browser.take(address))
    assert after["closes"] == (LATER - timedelta(seconds=1)).isoformat()
    assert after["words"] in after["extended"]
    soon = clock.now() + timedelta(minutes=9)
    call.database.transaction(lambda s: setattr(s.get_one(Call, call.call.id), "closes_at", soon))
    assert "moins de 10 minutes" in json.loads(browser.take(address))["warning"]
    call.database.transaction(lambda s: setattr(s.get_one(Call, call.call.id), "closes_at", NOW))
    assert "La clôture est passée" in json.loads(browser.take(address))["warning"]
    with call.database.reading() as session:
        assert session.scalars(select(Person.email)).all()
    browser.get("/candidature/inconnu/echeance", 404)
