"""What an applicant does with a dossier that he has filed: changes it, gives it up, withdraws it; on both engines."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import Attachment, Dossier, Filing, JournalEntry, OutboxItem, Withdrawal, visibility
from ptce_aap.services import invariants
from ptce_aap.services.applicants import applicant, applicant_home, attachments, drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import deposit_letters, filed_page, filing, imports, reopening, revisions
from ptce_aap.storage import open_storage
from ptce_aap.storage.inspection import FileKind, Inspected
from tests.filings import BASE, CLOSES, COMPLETE, LEAST, NOW, Applicants, open_call
from tests.integration.test_applicant_pages import Browser
from tests.integration.test_attacks_races import at_once

NAME = "identification.nom_pole"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def reopen(call: Applicants, reference: str) -> str:
    return call.database.transaction(reopening.reopen, call.actor(), reference, now=NOW).reference


def page_of(call: Applicants, reference: str) -> applicant.DossierPage:
    with call.database.reading() as session:
        return applicant.dossier_page(session, call.actor(), reference, now=NOW)


def rename(call: Applicants, reference: str, name: str) -> None:
    shown = page_of(call, reference).stored_at(NAME).mark
    assert call.save(reference, NAME, Given(name, shown=shown)) == ()


def printed(browser: Browser, address: str) -> str:
    document = PdfReader(io.BytesIO(browser.take(address)))
    return " ".join(page.extract_text() for page in document.pages)


def broken(call: Applicants) -> list[str]:
    with call.database.reading() as session:
        return [one.name for one in invariants.check_all(session) if not one.ok]


def test_the_dossier_stays_as_it_was_filed_until_the_changes_are_filed(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    first = call.file(reference)
    revision = reopen(call, reference)
    assert reopen(call, reference) == revision
    rename(call, revision, "Un autre nom")
    kept = page_of(call, reference)
    assert (kept.dossier.title, kept.answers[NAME], kept.dossier.filed_at) == ("Pôle des Essais",) * 2 + (NOW,)
    assert broken(call) == []

    second = call.file(revision, at=LATER)
    changed = page_of(call, reference)
    assert (changed.dossier.title, changed.answers[NAME]) == ("Un autre nom",) * 2
    assert (changed.dossier.state, changed.dossier.filed_at) == ("filed", LATER)
    assert (second.sequence, second.dossier.reference) == (2, reference)
    told = [json.loads(one.snapshot) for one in (first, second)]
    assert told[0]["number"] == told[1]["number"] == changed.dossier.number
    assert [one["answers"]["identification"]["nom_pole"] for one in told] == ["Pôle des Essais", "Un autre nom"]
    with call.database.reading() as session:
        page = filed_page.filed_page(session, call.actor(), reference)
    assert (page.filing.sha256, [one.sha256 for one in page.earlier]) == (second.sha256, [first.sha256])
    assert broken(call) == []


def test_the_export_of_a_dossier_filed_again_no_longer_states_the_instant_of_its_file(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)
    stated = update(Dossier).values(stated_submitted_at="2015-06-01T10:00:00+02:00")
    call.database.transaction(lambda session: session.execute(stated))
    revision = reopen(call, reference)

    def exported() -> str:
        with call.database.reading() as session:
            return json.loads(imports.export_dossier(session, reference)[0])["submitted_at"]

    assert exported().startswith("2015-06-01")
    call.file(revision, at=LATER)
    assert exported().startswith(f"{LATER:%Y}")


@pytest.mark.target("REL-01")
def test_the_changes_filed_fifty_times_at_once_are_one_deposit_more(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    revision, filed = reopen(call, reference), []
    assert at_once(*[lambda: filed.append(call.file(revision).sha256)] * 50) == {"done": 50}
    assert len(set(filed)) == 1
    with call.database.reading() as session:
        assert session.scalars(select(Filing.sequence).order_by(Filing.sequence)).all() == [1, 2]
        owed = session.scalars(select(OutboxItem).where(OutboxItem.kind == deposit_letters.RECEIPT)).all()
        assert len(owed) == 2


def test_twenty_openings_at_once_make_one_revision_and_the_database_holds_no_second(call: Applicants) -> None:
    reference, found = call.bring(LEAST), []
    call.file(reference)
    assert at_once(*[lambda: found.append(reopen(call, reference))] * 20) == {"done": 20}
    assert len(set(found)) == 1

    def again(session: object) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        revisions.begin(session, dossier, now=NOW)

    with pytest.raises(IntegrityError):
        call.database.transaction(again)


def test_changes_given_up_leave_the_deposit_and_nothing_else(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    first = call.file(reference)
    revision = reopen(call, reference)
    rename(call, revision, "Abandonné")
    call.database.transaction(reopening.give_up, call.actor(), revision, now=NOW)
    assert page_of(call, reference).answers[NAME] == "Pôle des Essais"
    assert call.file(reference).sha256 == first.sha256
    with pytest.raises(RuleViolation, match="revision_ended"):
        call.file(revision)
    with pytest.raises(RuleViolation, match="revision_ended"):
        call.save(revision, NAME, Given("Trop tard"))
    assert reopen(call, reference) != revision
    assert broken(call) == []


def test_changes_not_filed_by_the_closing_are_nothing(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    revision = reopen(call, reference)
    with pytest.raises(RuleViolation, match="call_closed"):
        call.file(revision, at=CLOSES)
    with call.database.reading() as session:
        page = applicant.dossier_page(session, call.actor(), revision, now=CLOSES)
        kept = applicant.dossier_page(session, call.actor(), reference, now=CLOSES)
    assert not page.editable
    assert (kept.dossier.state, kept.reopens) == ("filed", False)


def test_revisions_are_nobody_s_dossier(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)
    other, revision = call.start(), reopen(call, reference)
    with call.database.reading() as session:
        who = 10_000
        for query in (
            visibility.managed_by(who, call.call, now=CLOSES),
            visibility.instructed_by(who, call.call, ["31"], readable=True),
            visibility.listed_for_conflicts(call.call),
            visibility.presided_by(who, call.call),
            visibility.counted_for(who, call.call),
            visibility.unfinished(call.call),
        ):
            assert revision not in [found.reference for found in session.scalars(query)]
        drafts_left = [found.reference for found in session.scalars(visibility.unfinished(call.call))]
        home = applicant_home.home(session, call.actor(), page=1, now=NOW)
    assert drafts_left == [other]
    assert {line.dossier.reference: line.revised for line in home.lines} == {reference: revision, other: None}


def test_pieces_that_did_not_change_keep_their_address_and_the_others_follow(call: Applicants, tmp_path: Path) -> None:
    reference, path = call.bring(LEAST), "pieces.statuts"
    stored = open_storage(f"file://{tmp_path}").put(io.BytesIO(b"%PDF-1.4"))

    def join(dossier: str, name: str) -> None:
        file = Inspected(name, FileKind.PDF, 8)
        call.database.transaction(attachments.add, call.actor(), dossier, path, file, stored, now=NOW)

    def held() -> dict[str, str]:
        with call.database.reading() as session:
            dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            return {piece.filename: piece.reference for piece in attachments.of_dossier(session, dossier.id)}

    join(reference, "gardee.pdf")
    join(reference, "otee.pdf")
    call.file(reference)
    before = held()
    revision = reopen(call, reference)
    call.database.transaction(attachments.remove, call.actor(), revision, path, "otee.pdf", now=NOW)
    join(revision, "neuve.pdf")
    assert held() == before
    second = call.file(revision)
    after = held()
    assert after.keys() == {"gardee.pdf", "neuve.pdf"}
    assert after["gardee.pdf"] == before["gardee.pdf"]
    assert [one["name"] for one in json.loads(second.snapshot)["attachments"]] == ["gardee.pdf", "neuve.pdf"]
    with call.database.reading() as session:
        assert session.scalar(select(func.count()).where(Attachment.filename == "otee.pdf")) == 2
    assert broken(call) == []


def test_a_limited_revision_changes_the_named_questions_only_and_lasts_until_its_own_term(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)
    term = CLOSES + timedelta(days=5)

    def ask(session: object) -> str:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        return revisions.begin(session, dossier, now=CLOSES, scope=["projet.resume"], due_at=term).reference

    revision = call.database.transaction(ask)
    given = {
        "projet.resume": Given("Un résumé complété", shown=page_of(call, revision).stored_at("projet.resume").mark)
    }
    save = call.database.transaction
    save(drafts.save_stage, call.actor(), revision, "projet", given, now=term - timedelta(seconds=1))
    with pytest.raises(NotFound):
        save(drafts.save_stage, call.actor(), revision, "identification", {NAME: Given("Autre")}, now=CLOSES)
    assert page_of(call, revision).answers[NAME] == "Pôle des Essais"
    with pytest.raises(RuleViolation, match="term_passed"):
        call.file(revision, at=term)
    call.file(revision, at=term - timedelta(microseconds=1))
    page = page_of(call, reference)
    assert page.answers["projet.resume"] == "Un résumé complété"
    assert (page.dossier.filed_at, page.dossier.state) == (NOW, "filed")
    assert broken(call) == []


def test_the_whole_dossier_opens_again_when_the_closing_is_put_off_after_complements_ran_out(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)

    def ask(session: object) -> str:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        return revisions.begin(session, dossier, now=NOW, scope=["projet.resume"], due_at=NOW).reference

    late = call.database.transaction(ask)
    assert (page_of(call, reference).reopens, page_of(call, reference).under_way) == (True, None)
    revision = reopen(call, reference)
    assert revision != late
    rename(call, revision, "Un autre nom")
    assert call.file(revision, at=LATER).sequence == 2
    assert broken(call) == []


def test_a_withdrawn_dossier_is_found_by_nobody_and_may_be_filed_again_before_the_closing(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)

    def withdraw(reason: str) -> None:
        call.database.transaction(reopening.withdraw, call.actor(), reference, reason, base_url=BASE, now=NOW)

    with pytest.raises(RuleViolation, match="reason_needed"):
        withdraw("  ")
    withdraw("Nous avons changé de partenaire.")
    with pytest.raises(RuleViolation, match="already_done"):
        withdraw("Encore.")
    with call.database.reading() as session:
        assert session.scalars(visibility.managed_by(10_000, call.call, now=CLOSES)).all() == []
        assert session.scalars(visibility.counted_for(10_000, call.call)).all() == []
        assert session.scalars(select(Withdrawal.reason)).all() == ["Nous avons changé de partenaire."]
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.object == reference)).all()
        letters = [i.payload["to"] for i in session.scalars(select(OutboxItem)) if "retiré" in str(i.payload)]
    assert acts[-1] == "dossier.withdrawn"
    assert sorted(letters) == ["anne@example.org", "contact@example.org"]
    assert broken(call) == []
    again = call.file(reopen(call, reference), at=LATER)
    assert (again.sequence, page_of(call, reference).dossier.state) == (2, "filed")


def test_a_dossier_is_no_longer_withdrawn_once_the_marking_is_open(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    call.database.transaction(lambda s: s.execute(update(type(call.call)).values(marking_opened_at=CLOSES)))
    with pytest.raises(RuleViolation, match="withdrawal_too_late"):
        call.database.transaction(reopening.withdraw, call.actor(), reference, "Trop tard.", base_url=BASE, now=CLOSES)


def test_nobody_else_reopens_gives_up_or_withdraws(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    revision, other, act = reopen(call, reference), call.actor("bruno"), call.database.transaction
    for refused in (
        lambda: act(reopening.reopen, other, reference, now=NOW),
        lambda: act(reopening.give_up, other, revision, now=NOW),
        lambda: act(reopening.withdraw, other, reference, "Vol.", base_url=BASE, now=NOW),
        lambda: act(filing.file_dossier, other, revision, base_url=BASE, received_at=NOW),
        lambda: act(reopening.reopen, call.actor(), revision, now=NOW),
    ):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.target("A11Y-04")
def test_the_whole_way_back_by_pages_without_scripts(sqlite_database: Database, tmp_path: Path) -> None:
    call = open_call(sqlite_database)
    reference = call.bring(COMPLETE)
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())
    browser.sign_in("anne")
    here = f"/candidature/{reference}"
    browser.get(f"{here}/relecture")
    assert "BROUILLON, NON DÉPOSÉ" in printed(browser, f"{here}/dossier.pdf")
    browser.post(f"{here}/depot")
    assert "BROUILLON" not in printed(browser, f"{here}/dossier.pdf")
    assert "Modifier le dossier déposé" in browser.get(here)
    revision = browser.post(f"{here}/modifier").location
    assert "reste valable" in browser.get(revision)
    assert "Ce dépôt remplacera celui du" in browser.get(f"{revision}/relecture")
    browser.post(f"{revision}/depot")
    assert "Vos dépôts précédents" in browser.get(f"{here}/accuse")
    browser.get(f"{here}/accuse.pdf?depot=7", 404)
    browser.get(f"{here}/dossier.pdf?depot=7", 404)
    browser.get(f"{here}/dossier.pdf?depot=99999999999999999999", 404)
    first, second = (printed(browser, f"{here}/dossier.pdf?depot={number}") for number in (1, 2))
    assert first != second
    assert browser.post(f"{revision}/depot").location.endswith(f"{here}/accuse")
    browser.get(revision, 302)
    browser.get(here)
    late = browser.post(f"{revision}/etape/identification", 422, nom_pole="Tapé pendant le dépôt").text
    assert "Tapé pendant le dépôt" in late
    assert "Ces modifications sont closes" in late
    browser.get(here)

    browser.get(here)
    again = browser.post(f"{here}/modifier").location
    assert "sera effacé" in browser.get(f"{again}/abandonner")
    browser.post(f"{again}/abandonner")
    browser.get(f"{here}/retirer")
    assert "motif" in browser.post(f"{here}/retirer", 422, motif=" ").text
    browser.post(f"{here}/retirer", motif="Nous renonçons.")
    assert "C’est déjà fait" in browser.post(f"{here}/retirer", 422, motif="Encore une fois.").text
    assert "Vous avez retiré ce dossier" in browser.get(here)
    assert "Nous renonçons." in browser.page
    assert "Retiré" in browser.get("/candidature")
