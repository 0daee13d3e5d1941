"""What a receipt says, what the law still lacks on it, and what anybody may check: number and digest, nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.calls import CallDefinition, Contact
from ptce_aap.models import Dossier, OutboxItem
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import receipts, reopening
from tests.browsers import TOKEN
from tests.filings import BASE, COMPLETE, NOW, Applicants, open_call, statements
from tests.integration.test_applicant_pages import Browser

CONTACT = Contact("Bureau d’essai", "1, rue de l’Essai", "essai@example.org", "+33 1 00 00 00 00")


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def approved(definition: CallDefinition) -> CallDefinition:
    texts = tuple(replace(text, approval_needed=False) for text in definition.sheet.texts)
    return replace(definition, sheet=replace(definition.sheet, texts=texts, contact=CONTACT))


def test_what_is_not_approved_is_not_printed_and_the_team_is_told_each_mention_that_is_lacking() -> None:
    definition = load_call("ptce-2015")
    printed = receipts.mentions(definition, NOW)
    assert [title for title, _ in printed] == ["Textes en vigueur", "Et maintenant (proposition, non officielle)"]
    assert receipts.service_lines(definition.sheet) == (definition.sheet.organiser,)
    assert [words[:20] for words in receipts.awaiting(definition.sheet)] == [
        "le service chargé du",
        "la date à laquelle u",
        "les voies et délais ",
    ]


@pytest.mark.target("SEC-39")
def test_once_approved_every_mention_of_the_law_is_printed_and_silence_is_counted_from_the_last_deposit() -> None:
    definition = approved(load_call("ptce-2015"))
    assert receipts.awaiting(definition.sheet) == ()
    assert receipts.service_lines(definition.sheet)[1:] == CONTACT.lines
    last = datetime(2015, 6, 30, 21, 59, 59, tzinfo=UTC)
    said = dict(receipts.mentions(definition, last))["Si vous ne recevez pas de réponse (proposition, non officielle)"]
    assert "Sous réserve que le dossier soit complet" in said
    assert "sans réponse du service le dimanche 30\u00a0août 2015" in said
    assert "votre dernier dépôt (mardi 30\u00a0juin 2015)" in said


def test_an_incomplete_contact_is_still_a_lack() -> None:
    definition = approved(load_call("ptce-2015"))
    sheet = replace(definition.sheet, contact=replace(CONTACT, telephone=""))
    assert len(receipts.awaiting(sheet)) == 1


@pytest.mark.target("SEC-39")
def test_a_receipt_says_the_instant_in_paris_in_universal_time_and_overseas_in_local_time(
    fresh_database: Database, tmp_path: Path
) -> None:
    call = open_call(fresh_database)
    overseas = {**COMPLETE, "identification": {**COMPLETE["identification"], "region": "04"}}
    reference = call.bring(overseas)
    at = NOW.replace(hour=20, minute=59, second=59)
    filed = call.file(reference, at=at)
    with fresh_database.reading() as session:
        document = receipts.receipt_of(session, filed.id, base_url="https://aap.example.org")
        letters = [i.payload for i in session.scalars(select(OutboxItem)) if "accusé" in str(i.payload)]
    assert (document.local_zone, document.local_place, document.received_at) == ("Indian/Reunion", "La Réunion", at)
    assert document.verification_address.endswith(f"empreinte={filed.sha256}")
    assert all(word in str(letters[0]) for word in ("20:59:59 UTC", "heure de Paris", "heure locale (La Réunion)"))
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=fresh_database).test_client())
    browser.sign_in("anne")
    page = browser.get(f"/candidature/{reference}/accuse").replace("\u00a0", " ")
    local = at.astimezone(ZoneInfo("Indian/Reunion"))
    assert "20 h 59 min 59 s (temps universel, UTC)" in page
    assert f"{local.hour} h 59 min 59 s (UTC+4), heure locale (La Réunion)" in page


def test_a_receipt_made_after_the_dossier_was_filed_again_says_what_was_filed_then(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    first = call.file(reference)
    revision = call.database.transaction(reopening.reopen, call.actor(), reference, now=NOW).reference
    with call.database.reading() as session:
        named = drafts.stored_answers(session, session.scalar(select(Dossier.id).where(Dossier.reference == revision)))
    name = Given("Un autre nom", shown=named["identification.nom_pole"].mark)
    assert call.save(revision, "identification.nom_pole", name) == ()
    second = call.file(revision, at=NOW + timedelta(minutes=1))
    with call.database.reading() as session:
        told = [receipts.receipt_of(session, one.id, base_url=BASE) for one in (first, second)]
    assert [(one.title, one.sha256) for one in told] == [
        ("Pôle des Essais", first.sha256),
        ("Un autre nom", second.sha256),
    ]


def test_only_a_number_with_its_digest_is_confirmed_and_every_answer_is_the_same_work(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    first = call.file(reference)
    revision = call.database.transaction(reopening.reopen, call.actor(), reference, now=NOW)
    second = call.file(revision.reference, at=NOW + timedelta(hours=1))
    other = call.file(call.bring(COMPLETE))
    number = str(first.dossier.number)
    asked = {
        (number, first.sha256): NOW,
        (f" {number.lower()} ", second.sha256.upper()): NOW + timedelta(hours=1),
        (number, other.sha256): None,
        (number, ""): None,
        (number, "-" * 64): None,
        (number, "é\udc80"): None,
        ("BBBB-BBBB", first.sha256): None,
        ("", ""): None,
    }
    work = set()
    for (given, digest), received in asked.items():
        with call.database.reading() as session, statements(call.database) as sent:
            assert receipts.verify(session, given, digest).received_at == received
        work.add(len(sent))
    assert len(work) == 1


def test_the_public_page_confirms_a_receipt_and_shows_nothing_else(sqlite_database: Database, tmp_path: Path) -> None:
    call = open_call(sqlite_database)
    filed = call.file(call.bring(COMPLETE))
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())
    number, digest = str(filed.dossier.number), filed.sha256
    page = browser.get(f"/verifier?numero={number}&empreinte={digest}")
    assert (number in page, digest in page, "correspond" in page.partition("<main")[2]) == (True, True, False)
    assert "Les deux valeurs correspondent" in browser.post("/verifier", 200, numero=number, empreinte=digest).text
    assert filed.dossier.title not in browser.page
    assert filed.dossier.carrier not in browser.page
    answers = []
    for given in (number, "BBBB-BBBB"):
        browser.post("/verifier", 200, numero=given, empreinte="0" * 64)
        answers.append(TOKEN.sub("", browser.page.replace(given, "")))
    assert "ne correspondent pas" in answers[0]
    assert answers[0] == answers[1]
