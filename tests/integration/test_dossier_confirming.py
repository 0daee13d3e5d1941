"""Who confirms a dossier, on which content, and who wrote what: the draft, and changes to what was filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.sharing import Answer, Kind, Right
from ptce_aap.models import Dossier
from ptce_aap.services.applicants import (
    applicant,
    dossier_confirming,
    dossier_content,
    dossier_history,
    dossier_invitations,
    dossier_ownership,
    dossier_people,
)
from ptce_aap.services.applicants.dossier_confirming import Word
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import receipts, reopening
from tests.colleagues import SUMMARY, do, invite, join, line, opens, refusal, sound
from tests.filings import BASE, CLOSES, COMPLETE, NOW, Applicants, open_call


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def on_both(fresh_database: Database) -> Applicants:
    """The same, where the engine matters: locks, indexes, queries of the rooms."""
    return open_call(fresh_database)


def word(call: Applicants, reference: str, answer: Answer = Answer.CONFIRMED, sentence: str = "") -> Word:
    with call.database.reading() as session:
        dossier, _, _ = applicant.held(session, call.actor(), reference)
        content = dossier_content.digest_now(session, dossier, call.definition)
    return Word(answer, "Une personne d’essai", "présidente", sentence, content)


def confirmed(call: Applicants, reference: str) -> list[tuple[str, str, bool]]:
    """Return who answered what, and whether on the dossier as it is."""
    with call.database.reading() as session:
        dossier, _, _ = applicant.held(session, call.actor(), reference)
        now = dossier_content.digest_now(session, dossier, call.definition)
        given = dossier_people.confirmations(session, dossier.id)
    return [(one.kind.value, one.answer.value, one.content_sha256 == now) for one in given]


def change(call: Applicants, reference: str) -> None:
    with call.database.reading() as session:
        shown = applicant.dossier_page(session, call.actor(), reference, now=NOW).stored_at(SUMMARY).mark
    assert not call.save(reference, SUMMARY, Given("Autre chose", shown=shown))


def test_a_representative_confirms_by_his_link_what_he_read_and_a_later_change_shows(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    secret = invite(call, reference, "dir", kind=Kind.REPRESENTATIVE)
    answer = dossier_confirming.answer_by_link

    def give(given: Word, at: Any = NOW) -> None:
        call.database.transaction(answer, secret, given, base_url=BASE, now=at)

    read = word(call, reference)
    change(call, reference)
    assert refusal(give, read) == "changed_meanwhile"
    assert refusal(give, word(call, reference, Answer.DECLINED)) == "sentence_missing"
    give(word(call, reference, Answer.DECLINED, "Le budget n’est pas à jour."))
    give(word(call, reference))  # his last word counts
    assert confirmed(call, reference) == [("representative", "confirmed", True)]
    with call.database.reading() as session:
        page = applicant.dossier_page(session, call.actor(), reference, now=NOW)
        assert dossier_content.digest_of(page.definition, page.answers, page.pieces) == word(call, reference).shown
    change_again = Given("Encore autre chose", shown=page.stored_at(SUMMARY).mark)
    call.save(reference, SUMMARY, change_again)
    assert confirmed(call, reference) == [("representative", "confirmed", False)]
    assert refusal(give, word(call, reference), CLOSES) == "link_dead"
    filed = call.file(reference)
    assert dossier_content.digest_of_snapshot(filed.snapshot) == word(call, reference).shown
    with call.database.reading() as session:
        (printed,) = receipts.confirmations(session, filed)
    assert printed.startswith("Une personne d’essai, présidente (représentant légal)")
    assert printed.endswith("donnée sur une version antérieure du dossier")
    assert refusal(give, word(call, reference)) == "confirmation_settled"
    # Neither an account nor an invitation: the link of one is nothing to the other.
    assert refusal(do, call, dossier_invitations.accept, "basile", secret) == "link_dead"
    sound(call)


def test_a_co_carrier_confirms_from_his_account_and_nobody_in_his_place(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    join(call, reference, kind=Kind.CARRIER)
    join(call, reference, "chloe", right=Right.FILE)
    given = word(call, reference)
    answer = dossier_confirming.answer_as_carrier
    for name in ("anne", "chloe", "zoe"):
        assert refusal(do, call, answer, name, reference, given, base_url=BASE) == "not_found"
    do(call, answer, "basile", reference, given, base_url=BASE)
    assert confirmed(call, reference) == [("carrier", "confirmed", True)]
    with call.database.reading() as session:
        dossier, _, _ = applicant.held(session, call.actor(), reference)
        assert dossier_people.confirmations(session, dossier.id, until=NOW - timedelta(seconds=1)) == ()
    do(call, dossier_invitations.revoke, "anne", reference, line(call, reference).reference)
    assert confirmed(call, reference) == []
    assert refusal(do, call, answer, "basile", reference, given, base_url=BASE) == "not_found"


def test_changes_to_what_was_filed_have_the_people_of_the_dossier(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    join(call, reference, kind=Kind.CARRIER)
    join(call, reference, "chloe", right=Right.READ)
    call.file(reference)
    assert refusal(do, call, reopening.reopen, "basile", reference) == "filing_not_given"
    revision = do(call, reopening.reopen, "anne", reference).reference
    assert {name: opens(call, revision, name) for name in ("anne", "basile", "chloe", "zoe")} == {
        "anne": "own",
        "basile": "edit",
        "chloe": "read",
        "zoe": "",
    }
    with call.database.reading() as session:
        page = applicant.dossier_page(session, call.actor("basile"), revision, now=NOW)
        assert page.editable
        assert not page.fileable
        shown = page.stored_at(SUMMARY).mark
        to_confirm = dossier_confirming.for_carrier(session, call.actor("basile"), reference, now=NOW)
        assert (to_confirm.dossier.reference, to_confirm.open) == (revision, True)
        with pytest.raises(NotFound):
            dossier_people.people_page(session, call.actor(), revision, now=NOW)
    before = Word(Answer.CONFIRMED, "Basile", "", "", to_confirm.content_sha256)
    do(call, dossier_confirming.answer_as_carrier, "basile", reference, before, base_url=BASE)
    call.save(revision, SUMMARY, Given("Changé dans la copie", shown=shown), name="basile")
    answer = dossier_confirming.answer_as_carrier
    assert refusal(do, call, answer, "basile", reference, before, base_url=BASE) == "changed_meanwhile"
    assert refusal(invite, call, revision, "d") == "not_found"
    do(call, dossier_ownership.offer, "anne", reference, line(call, reference).reference, base_url=BASE)
    do(call, dossier_ownership.take, "basile", reference, base_url=BASE)
    assert {name: opens(call, revision, name) for name in ("anne", "basile")} == {"anne": "edit", "basile": "own"}
    filed = call.file(revision, name="basile")
    assert (filed.sequence, filed.filed_by_id) == (2, call.actor("basile").person_id)
    with call.database.reading() as session:
        assert session.scalars(select(Dossier.owner_id)).all() == [call.actor("basile").person_id] * 2
    sound(call)


def test_what_each_wrote_is_told_question_by_question_and_day_by_day(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    with call.database.reading() as session:
        alone = applicant.dossier_page(session, call.actor(), reference, now=NOW)
    assert alone.changes == {}
    join(call, reference)
    given = Given("Écrit par Basile", shown=alone.stored_at(SUMMARY).mark)
    call.save(reference, SUMMARY, given, name="basile")
    with call.database.reading() as session:
        page = applicant.dossier_page(session, call.actor(), reference, now=NOW)
        days = dossier_history.history(session, call.actor("basile"), reference).days.items
    assert (page.changes[SUMMARY].name, page.changes[SUMMARY].own) == ("Basile", False)
    assert page.changes["identification.nom_pole"].own
    told = [(deed.name, deed.act, deed.stages) for day in days for deed in day.deeds]
    summary = call.definition.questionnaire.stage("projet")
    assert summary is not None
    assert ("Basile", "dossier.saved", (summary.title,)) in told
    assert ("Anne", "person.invited", ()) in told
    with call.database.reading() as session, pytest.raises(NotFound):
        dossier_history.history(session, call.actor("zoe"), reference)
