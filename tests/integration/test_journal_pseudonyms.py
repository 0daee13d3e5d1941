"""The journal names nobody: a person is erased, and every line still holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import Answer, Dossier, JournalEntry, Person
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.deposits import reopening
from ptce_aap.services.journal import journal, journal_verification
from tests.deliberations import lay_out
from tests.filings import BASE, COMPLETE, NOW, open_call
from tests.personal_texts import leaves, personal_texts, told_in_the_journal

CANARIES = ("Zéphyrine Canari", "zephyrine.canari@example.org", "Pôle du Canari jaune", "Le canari a chanté.")


def test_what_is_typed_from_a_draft_to_a_withdrawal_is_in_no_line(fresh_database: Database) -> None:
    call = open_call(fresh_database)
    answers = {**COMPLETE, "identification": {**COMPLETE["identification"], "nom_pole": CANARIES[2]}}
    reference = call.bring(answers, "zephyrine.canari")
    rename = update(Person).where(Person.email == CANARIES[1]).values(name=CANARIES[0])
    fresh_database.transaction(lambda session: session.execute(rename))
    call.file(reference, name="zephyrine.canari")
    actor = call.actor("zephyrine.canari")
    fresh_database.transaction(reopening.withdraw, actor, reference, CANARIES[3], base_url=BASE, now=NOW)
    with fresh_database.reading() as session:
        assert set(CANARIES) <= personal_texts(session), "what must not be found is there to be found"
        assert told_in_the_journal(session) == []
        assert len(session.scalars(select(JournalEntry).where(JournalEntry.object == reference)).all()) >= 3


def test_a_jury_deliberates_and_no_line_names_it(fresh_database: Database) -> None:
    scene = lay_out(fresh_database)
    with fresh_database.reading() as session:
        assert told_in_the_journal(session) == []
        for entry in session.scalars(select(JournalEntry)):
            assert not any(isinstance(one, float) for one in _values(entry.facts)), entry.act
    assert scene.people


def _values(value: object) -> list[object]:
    match value:
        case dict():
            return [each for one in value.values() for each in _values(one)]
        case list():
            return [each for one in value for each in _values(one)]
    return [value]


@pytest.mark.parametrize("typed", ["Anne Canari", "anne@example.org", "deux\nlignes", "x" * 201])
def test_a_line_that_would_hold_a_text_or_an_address_is_refused(sqlite_database: Database, typed: str) -> None:
    def write(session: Session, **facts: object) -> None:
        journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=NOW, facts=facts)

    for facts in ({"reason": typed}, {"deep": {"list": [typed]}}, {typed: 1}):
        with pytest.raises(ValueError, match="never what somebody typed"):
            sqlite_database.transaction(write, **facts)
    with pytest.raises(ValueError, match="never what somebody typed"):
        sqlite_database.transaction(
            lambda session: journal.record(session, SYSTEM, "test.act", on=("test", typed), at=NOW)
        )


@pytest.mark.target("SEC-41")
def test_somebody_is_erased_without_touching_the_journal(fresh_database: Database) -> None:
    call = open_call(fresh_database)
    reference = call.bring(COMPLETE, "zephyrine.canari")
    call.file(reference, name="zephyrine.canari", at=NOW + timedelta(minutes=1))
    with fresh_database.reading() as session:
        before = list(journal.lines(session, journal.chain_of(call.call.id)))
        person = session.scalars(select(Person).where(Person.email == CANARIES[1])).one()
    assert any(line["actor"] == person.reference for line in before)

    def erase(session: Session) -> None:
        found = session.get_one(Person, person.id)
        found.name, found.email, found.email_key = "", f"{found.reference}@invalid", f"{found.reference}@invalid"
        session.execute(update(Dossier).values(title="", carrier="", title_key="", carrier_key=""))
        session.execute(update(Answer).values(value=None))

    fresh_database.transaction(erase)
    with fresh_database.reading() as session:
        assert list(journal.lines(session, journal.chain_of(call.call.id))) == before
        assert journal_verification.verify(session).whole
        assert not any("canari" in text.casefold() for line in before for text in leaves(line))
