"""The applicant's dossier on both engines: saving question by question, rows, pieces, and the one deposit."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.questionnaire import ROW_ID
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Dossier, Filing, JournalEntry, Member, OutboxItem
from ptce_aap.services.applicants import applicant, attachments, drafts, tables
from ptce_aap.services.applicants.stored import NOTHING, Given, Unread
from ptce_aap.services.deposits import filed_page, filing
from ptce_aap.storage import open_storage
from ptce_aap.storage.inspection import FileKind, Inspected
from tests.filings import CLOSES, COMPLETE, LEAST, NOW, OPENS, Applicants, open_call, statements

NAME = "identification.nom_pole"
MEMBERS = "membres.membres"


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def page_of(call: Applicants, reference: str, name: str = "anne") -> applicant.DossierPage:
    with call.database.reading() as session:
        return applicant.dossier_page(session, call.actor(name), reference, now=NOW)


def mark(call: Applicants, reference: str, path: str) -> str:
    return page_of(call, reference).stored_at(path).mark


def names(call: Applicants, reference: str) -> list[str]:
    return [row.get("denomination", "") for row in page_of(call, reference).answers.get(MEMBERS, ())]


def add_member(call: Applicants, reference: str, name: str) -> str:
    given = Given({"denomination": name}, shown=NOTHING.mark)
    saved = call.database.transaction(tables.save_row, call.actor(), reference, MEMBERS, None, given, now=NOW)
    assert saved is not None
    return saved


@pytest.mark.parametrize(
    ("now", "code"), [(OPENS - timedelta(seconds=1), "call_not_open_yet"), (CLOSES, "call_closed")]
)
def test_a_dossier_is_started_only_while_the_call_is_open(call: Applicants, now: object, code: str) -> None:
    with pytest.raises(RuleViolation, match=code):
        call.database.transaction(filing.create_dossier, call.actor(), call.call, now=now)


def test_what_cannot_be_read_is_kept_as_typed_and_the_rest_is_saved(call: Applicants) -> None:
    reference = call.start()
    path = "identification.porteur"
    bad = Unread(f"{path}.siren", "123", "Le SIREN compte 9 chiffres.")
    call.save(reference, path, Given({"denomination": "Asso"}, (bad,), NOTHING.mark))
    page = page_of(call, reference)
    assert page.answers[path] == {"denomination": "Asso"}
    assert page.stored_at(path).problem == (bad.as_json(),)
    assert page.dossier.carrier == "Asso"
    assert page.state_of("identification").unread == 1


def test_a_stale_form_overwrites_nothing_and_the_questions_it_did_not_touch_are_no_conflict(call: Applicants) -> None:
    reference = call.start()
    stale = mark(call, reference, NAME)
    assert call.save(reference, NAME, Given("Premier", shown=stale)) == ()
    assert call.save(reference, NAME, Given("Second", shown=stale)) == (NAME,)
    assert call.save(reference, NAME, Given(None, shown=stale)) == ()
    assert page_of(call, reference).answers[NAME] == "Premier"
    assert call.save(reference, NAME, Given("Second", shown=mark(call, reference, NAME))) == ()
    assert page_of(call, reference).answers[NAME] == "Second"


def test_lists_are_sorted_by_columns_that_repeat_the_answers(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    with call.database.reading() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        members = session.scalars(select(Member.name).where(Member.dossier_id == dossier.id)).all()
    assert (dossier.title_key, dossier.region, dossier.amount_cents) == ("pole des essais", "31", 100_000)
    assert members == ["Association d’essai"]


def test_rows_are_added_moved_copied_taken_out_and_put_back(call: Applicants) -> None:
    reference, who = call.start(), call.actor()
    first, second = add_member(call, reference, "Un"), add_member(call, reference, "Deux")
    call.database.transaction(tables.move_row, who, reference, MEMBERS, second, -1, now=NOW)
    assert names(call, reference) == ["Deux", "Un"]
    call.database.transaction(tables.duplicate_row, who, reference, MEMBERS, first, now=NOW)
    assert names(call, reference) == ["Deux", "Un", "Un"]
    identifiers = [row[ROW_ID] for row in page_of(call, reference).answers[MEMBERS]]
    assert len(set(identifiers)) == 3
    call.database.transaction(tables.remove_row, who, reference, MEMBERS, second, now=NOW)
    assert names(call, reference) == ["Un", "Un"]
    call.database.transaction(tables.restore_row, who, reference, MEMBERS, now=NOW)
    assert names(call, reference) == ["Deux", "Un", "Un"]
    with pytest.raises(RuleViolation, match="already_done"):
        call.database.transaction(tables.restore_row, who, reference, MEMBERS, now=NOW)


def test_a_row_taken_out_is_gone_for_good_once_its_stage_is_saved(call: Applicants) -> None:
    reference, who = call.start(), call.actor()
    row = add_member(call, reference, "Un")
    call.database.transaction(tables.remove_row, who, reference, MEMBERS, row, now=NOW)
    call.database.transaction(drafts.save_stage, who, reference, "membres", {}, now=NOW, settle=True)
    assert page_of(call, reference).stored_at(MEMBERS).removed is None


def test_a_row_changed_meanwhile_is_not_overwritten(call: Applicants) -> None:
    reference, who = call.start(), call.actor()
    row = add_member(call, reference, "Un")
    shown = tables.row_mark(page_of(call, reference).stored_at(MEMBERS), MEMBERS, row)
    save = tables.save_row
    call.database.transaction(save, who, reference, MEMBERS, row, Given({"denomination": "A"}, shown=shown), now=NOW)
    with pytest.raises(Conflict):
        call.database.transaction(
            save, who, reference, MEMBERS, row, Given({"denomination": "B"}, shown=shown), now=NOW
        )
    assert names(call, reference) == ["A"]


def test_a_table_has_no_more_rows_than_its_question_admits(call: Applicants) -> None:
    rows = [{"denomination": f"Membre {number}", "categorie": "entreprise_ess"} for number in range(200)]
    reference = call.bring({"membres": {"membres": rows}})
    with pytest.raises(RuleViolation, match="too_many_rows"):
        add_member(call, reference, "Un de trop")
    assert len(names(call, reference)) == 200


def test_a_dossier_is_nobody_else_s_whatever_the_act(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    row = page_of(call, reference).answers[MEMBERS][0][ROW_ID]
    other, database = call.actor("bruno"), call.database
    acts = [
        lambda: page_of(call, reference, "bruno"),
        lambda: call.save(reference, NAME, Given("Volé", shown=NOTHING.mark), name="bruno"),
        lambda: call.file(reference, name="bruno"),
        lambda: database.transaction(tables.remove_row, other, reference, MEMBERS, row, now=NOW),
        lambda: database.transaction(attachments.remove, other, reference, "pieces.statuts", "statuts.pdf", now=NOW),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()


def test_pieces_are_joined_found_by_their_owner_and_taken_away(call: Applicants, tmp_path: Path) -> None:
    reference, who, path = call.start(), call.actor(), "pieces.statuts"
    stored = open_storage(f"file://{tmp_path}").put(io.BytesIO(b"%PDF-1.4"))
    other = open_storage(f"file://{tmp_path}").put(io.BytesIO(b"%PDF-1.7"))
    # The third is the first sent again, because its answer was lost on the way.
    for one in (stored, other, stored):
        file = Inspected("Statuts.pdf", FileKind.PDF, 8)
        call.database.transaction(attachments.add, who, reference, path, file, one, now=NOW)
    page = page_of(call, reference)
    assert page.answers[path] == ("Statuts.pdf", "Statuts (2).pdf")
    piece = page.pieces[0].reference
    with call.database.reading() as session:
        assert applicant.own_piece(session, who, reference, piece).sha256 == stored.digest
        with pytest.raises(NotFound):
            applicant.own_piece(session, call.actor("bruno"), reference, piece)
    call.database.transaction(attachments.remove, who, reference, path, "Statuts.pdf", now=NOW)
    with call.database.reading() as session, pytest.raises(NotFound):
        applicant.own_piece(session, who, reference, piece)
    assert page_of(call, reference).answers[path] == ("Statuts (2).pdf",)


def test_without_name_carrier_contact_and_statements_nothing_is_filed(call: Applicants) -> None:
    reference = call.start()
    with pytest.raises(RuleViolation, match="filing_blocked") as refusal:
        call.file(reference)
    assert refusal.value.facts["missing"] == (
        NAME,
        "identification.porteur.denomination",
        "identification.porteur.contact_courriel",
        "pieces.attestation_honneur",
        "pieces.information_rgpd",
    )
    assert page_of(call, reference).dossier.state == "draft"


@pytest.mark.parametrize(("answers", "complete"), [(LEAST, False), (COMPLETE, True)])
def test_a_dossier_is_filed_complete_or_as_it_is(call: Applicants, answers: dict, complete: bool) -> None:
    reference = call.bring(answers)
    filed = call.file(reference)
    page = page_of(call, reference)
    assert (page.dossier.state, page.dossier.filed_complete) == ("filed", complete)
    assert page.dossier.number is not None
    assert page.dossier.filed_at == NOW
    assert (filed.missing == []) is complete
    content = json.loads(filed.snapshot)
    assert content["answers"] == call.definition.questionnaire.to_canonical(page.answers)
    assert filed.sha256 == hashlib.sha256(filed.snapshot.encode()).hexdigest()


def test_two_clicks_at_once_make_one_deposit_with_one_number(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.actor()
    found: list[str] = []

    def click() -> None:
        found.append(call.file(reference).sha256)

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    with call.database.reading() as session:
        filings = session.scalars(select(Filing)).all()
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.act == "dossier.filed")).all()
    assert [found, len(filings), len(acts)] == [[filings[0].sha256] * 4, 1, 1]


def test_what_counts_is_when_the_request_came_in(call: Applicants) -> None:
    late, in_time = call.bring(LEAST), call.bring(LEAST)
    with pytest.raises(RuleViolation, match="call_closed"):
        call.file(late, at=CLOSES)
    assert call.file(in_time, at=CLOSES - timedelta(microseconds=1)).sequence == 1


def test_a_filed_dossier_no_longer_changes(call: Applicants) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    with pytest.raises(RuleViolation, match="dossier_filed"):
        call.save(reference, NAME, Given("Autre", shown=mark(call, reference, NAME)))
    with pytest.raises(DBAPIError, match="append-only"):
        call.database.transaction(lambda session: session.execute(update(Filing).values(snapshot="{}")))


def test_a_draft_can_be_read_but_not_changed_after_the_closing(call: Applicants) -> None:
    reference = call.start()
    given = {NAME: Given("Tard", shown=NOTHING.mark)}
    with pytest.raises(RuleViolation, match="call_closed"):
        call.database.transaction(drafts.save_stage, call.actor(), reference, "identification", given, now=CLOSES)
    with call.database.reading() as session:
        page = applicant.dossier_page(session, call.actor(), reference, now=CLOSES)
    assert not page.editable


def test_a_deposit_owes_a_receipt_and_a_letter_to_the_account_and_to_the_contact(
    call: Applicants, tmp_path: Path
) -> None:
    reference = call.bring(LEAST)
    call.file(reference)
    with call.database.reading() as session:
        owed = session.scalars(select(OutboxItem)).all()
    letters = [item.payload["to"] for item in owed if item.kind == "mail" and "reçu" in item.payload["subject"]]
    assert sorted(letters) == ["anne@example.org", "contact@example.org"]
    jobs = open_context(load_settings({}, instance=tmp_path), call.database)
    run.drain(jobs)
    with call.database.reading() as session:
        page = filed_page.filed_page(session, call.actor(), reference)
    assert page.filing.receipt_file is not None
    with jobs.storage.open(page.filing.receipt_file) as document:
        assert document.read(5) == b"%PDF-"


def test_the_journal_says_what_was_done_and_never_what_was_written(call: Applicants) -> None:
    reference = call.start()
    call.save(reference, NAME, Given("Un nom secret", shown=NOTHING.mark))
    with call.database.reading() as session:
        lines = session.scalars(select(JournalEntry).where(JournalEntry.object == reference)).all()
    assert [line.act for line in lines] == ["dossier.started", "dossier.saved"]
    assert "secret" not in str([line.facts for line in lines])


def test_pages_and_the_deposit_cost_the_same_statements_whatever_the_size(call: Applicants) -> None:
    rows = [{"denomination": f"Membre {number}", "categorie": "entreprise_ess"} for number in range(150)]
    small, large = call.bring(COMPLETE), call.bring({**COMPLETE, "membres": {"membres": rows}})
    counts = []
    for reference in (small, large):
        with statements(call.database) as read:
            page_of(call, reference)
        with statements(call.database) as filed:
            call.file(reference)
        counts.append((len(read), len(filed)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 5
    assert counts[0][1] <= 20


def test_a_call_of_another_shape_is_filed_the_same_way(fresh_database: Database) -> None:
    other = open_call(fresh_database, "fabriques-2016", Path(__file__).parents[1] / "second_call")
    reference = other.bring(
        {"atelier": {"enseigne": "Le Tour", "gerance": {"raison_sociale": "SCOP", "messagerie": "tour@example.org"}}}
    )
    filed = other.file(reference)
    assert filed.missing
    assert page_of(other, reference).dossier.region is None


def test_the_journal_says_once_that_somebody_types_in_a_question(call: Applicants) -> None:
    reference = call.start()

    def type_at(text: str, minutes: int, *, typing: bool = True) -> None:
        given = {NAME: Given(text, shown=mark(call, reference, NAME))}
        at = NOW + timedelta(minutes=minutes)
        save = drafts.save_stage
        call.database.transaction(save, call.actor(), reference, "identification", given, now=at, typing=typing)

    for text, minutes in (("P", 0), ("Pô", 1), ("Pôle", 10), ("Pôle d’essai", 30)):
        type_at(text, minutes)
    type_at("Pôle d’essai, enregistré par le bouton", 31, typing=False)
    with call.database.reading() as session:
        lines = session.scalars(select(JournalEntry).where(JournalEntry.act == "dossier.saved")).all()
    assert [(line.at - NOW).seconds // 60 for line in lines] == [0, 30, 31]
