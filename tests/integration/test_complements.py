"""Complements asked of a filed dossier: who asks, what opens and until when, what an answer changes."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ptce_aap.app import create_app
from ptce_aap.clock import PARIS
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain import working_days
from ptce_aap.domain.complements import Asked, Flaw, Standing
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.models import Call, ComplementRequest, Dossier, Filing, OutboxItem
from ptce_aap.services import invariants
from ptce_aap.services.applicants import applicant, drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import filing, reopening
from ptce_aap.services.exchanges import asked_complements, complement_answers, complement_reminders, complements
from ptce_aap.services.instruction import instruction
from tests.browsers import token
from tests.instructions import NOW, Scene, lay_out

BASE = "http://127.0.0.1:8000"
SUMMARY, NAME = "projet.resume", "identification.nom_pole"
TODAY = NOW.astimezone(PARIS).date()
LAST_DAY = working_days.after(TODAY, 5)
ASKED = (Asked(SUMMARY, Flaw.WRONG, "Dites qui fait quoi."),)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


def ask(scene: Scene, name: str = "here", asked: tuple[Asked, ...] = ASKED, day: date | None = LAST_DAY,
        at: datetime = NOW, reference: str = "") -> ComplementRequest:  # fmt: skip
    return scene.database.transaction(
        complements.ask, scene.actor(name), scene.call().id, reference or scene.here[1], asked, day, base_url=BASE,
        now=at,
    )  # fmt: skip


def revision_of(scene: Scene, reference: str) -> str:
    with scene.database.reading() as session:
        original = session.scalars(select(Dossier.id).where(Dossier.reference == reference)).one()
        alive = select(Dossier.reference).where(Dossier.revises_id == original, Dossier.ended_at.is_(None))
        return session.scalars(alive).one()


def save(scene: Scene, revision: str, path: str, value: Any, at: datetime = NOW) -> None:
    with scene.database.reading() as session:
        page = applicant.dossier_page(session, scene.actor("applicant"), revision, now=at)
    given = {path: Given(value, shown=page.stored_at(path).mark)}
    act = scene.database.transaction
    act(drafts.save_stage, scene.actor("applicant"), revision, path.partition(".")[0], given, now=at)


def answer(scene: Scene, revision: str, at: datetime = NOW) -> Filing:
    return scene.database.transaction(
        filing.file_dossier, scene.actor("applicant"), revision, base_url=BASE, received_at=at
    )


def read(scene: Scene, name: str = "here", at: datetime = NOW) -> complements.ComplementsPage:
    with scene.database.reading() as session:
        return complements.page(session, scene.actor(name), scene.call(), scene.here[1], now=at)


def broken(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return [one.name for one in invariants.check_all(session) if not one.ok]


def test_a_request_opens_the_named_questions_alone_and_its_answer_is_a_deposit_more(scene: Scene) -> None:
    before = scene.dossier(scene.here[1])
    request = ask(scene)
    revision = revision_of(scene, scene.here[1])
    with scene.database.reading() as session:
        page = asked_complements.asked_page(session, scene.actor("applicant"), scene.here[1], now=NOW)
    assert [reply.asked.sentence for reply in page.replies] == ["Dites qui fait quoi."]
    assert [state.stage.key for state in page.page.stages] == ["projet"]
    assert [question.path for question in page.page.stages[0].stage.questions] == [SUMMARY]
    with pytest.raises(NotFound):
        save(scene, revision, NAME, "Un autre pôle")
    save(scene, revision, SUMMARY, "Chacun sa part.")
    assert read(scene).requests[0].standing is Standing.WAITING
    filed = answer(scene, revision, request.due_at - timedelta(microseconds=1))
    found = read(scene).requests[0]
    assert (found.standing, filed.sequence) == (Standing.ANSWERED, 2)
    assert [(one.after, one.changed) for one in found.differences] == [("Chacun sa part.", True)]
    assert found.differences[0].before != "Chacun sa part."
    with scene.database.reading() as session:
        work = [
            instruction.work_page(session, scene.actor("here"), scene.call(), reference, now=NOW).changes
            for reference in scene.here
        ]
    assert work[0] is None  # one deposit
    assert work[1] is not None
    assert [one.question.path for one in work[1].differences] == [SUMMARY]
    assert (work[1].filed_at, work[1].rules) == (filed.filed_at, ())  # late for the closing, in time as complements
    after = scene.dossier(scene.here[1])
    assert (after.filed_at, after.state, after.number) == (before.filed_at, before.state, before.number)
    assert answer(scene, revision, request.due_at).id == filed.id
    assert scene.acts()[-3:] == ["dossier.saved", "dossier.filed", "complement.answered"]
    with scene.database.reading() as session:
        owed = [
            item.payload["to"] for item in session.scalars(select(OutboxItem)) if item.topic == "complement_request"
        ]
        told = [
            item.payload["to"] for item in session.scalars(select(OutboxItem)) if item.topic == "complement_answered"
        ]
    assert (f"applicant.{scene.slug}@example.org" in owed, told) == (True, [f"here.{scene.slug}@example.org"])
    assert broken(scene) == []


def test_too_late_is_decided_at_reception_and_what_was_typed_is_found_again_when_it_is_asked_again(
    scene: Scene,
) -> None:
    due = ask(scene).due_at
    revision = revision_of(scene, scene.here[1])
    save(scene, revision, SUMMARY, "Tapé à temps, jamais déposé.")
    with pytest.raises(RuleViolation, match="term_passed"):
        answer(scene, revision, due)
    assert read(scene, at=due).requests[0].standing is Standing.EXPIRED
    assert scene.database.transaction(complement_answers.run_out, now=due) == 1
    assert scene.database.transaction(complement_answers.run_out, now=due) == 0
    assert scene.acts()[-1] == "complement.expired"
    later = due + timedelta(hours=1)
    ask(scene, "team", day=working_days.after(later.astimezone(PARIS).date(), 5), at=later)
    with scene.database.reading() as session:
        page = asked_complements.asked_page(session, scene.actor("applicant"), scene.here[1], now=later)
    assert page.replies[0].told.after == "Tapé à temps, jamais déposé."
    assert [one.standing for one in page.requests] == [Standing.WAITING, Standing.EXPIRED]
    assert broken(scene) == []


@pytest.mark.parametrize(
    ("asked", "days", "code"),
    [
        ((), 5, "complement_nothing_asked"),
        ((Asked(SUMMARY, Flaw.WRONG, "  "),), 5, "complement_sentence_missing"),
        ((Asked(SUMMARY, Flaw.WRONG, "x" * 1001),), 5, "complement_sentence_too_long"),
        ((Asked("projet.inconnue", Flaw.WRONG, "Quoi ?"),), 5, "not_found"),
        ((Asked("pieces.attestation_honneur", Flaw.WRONG, "Signez."),), 5, "not_found"),
        (ASKED, None, "complement_day_missing"),
        (ASKED, 2, "complement_too_soon"),
        (ASKED, 80, "complement_too_late"),
    ],
)
def test_a_request_that_nobody_could_answer_is_not_sent(scene: Scene, asked: Any, days: int | None, code: str) -> None:
    with pytest.raises(RuleViolation, match=code):
        ask(scene, asked=asked, day=None if days is None else working_days.after(TODAY, days))
    assert "complement.asked" not in scene.acts()


def test_who_may_ask_and_when(scene: Scene) -> None:
    for name, reference in (("here", scene.elsewhere[0]), ("elsewhere", scene.here[1])):
        with pytest.raises(NotFound):
            ask(scene, name, reference=reference)
    for name in ("auditor", "chair", "applicant"):
        with pytest.raises(RuleViolation, match="not_allowed"):
            ask(scene, name)
    scene.declare_conflict("here", scene.here[1])
    with pytest.raises(NotFound):
        ask(scene)
    ask(scene, "team")
    for again in (lambda: ask(scene, "team"), lambda: ask(scene, "team", day=LAST_DAY + timedelta(days=7))):
        with pytest.raises(RuleViolation, match="complement_waiting"):
            again()
    scene.change_call(marking_opened_at=NOW)
    with pytest.raises(RuleViolation, match="instruction_over"):
        ask(scene, "team", reference=scene.here[0])
    scene.change_call(marking_opened_at=None, closes_at=NOW + timedelta(days=1))
    with pytest.raises(NotFound):
        ask(scene, "team", reference=scene.here[0])


def test_a_closed_request_is_answered_no_more_and_a_withdrawn_dossier_closes_its_own(scene: Scene) -> None:
    ask(scene)
    act, call = scene.database.transaction, scene.call()
    revision = revision_of(scene, scene.here[1])
    with pytest.raises(RuleViolation, match="reason_needed"):
        act(complements.close, scene.actor("here"), call.id, scene.here[1], " ", now=NOW)
    act(complements.close, scene.actor("here"), call.id, scene.here[1], "La pièce était là.", now=NOW)
    with pytest.raises(RuleViolation, match="already_done"):
        act(complements.close, scene.actor("here"), call.id, scene.here[1], "Encore.", now=NOW)
    with pytest.raises(RuleViolation, match="term_passed"):
        answer(scene, revision)
    ask(scene)
    act(reopening.withdraw, scene.actor("applicant"), scene.here[1], "Nous renonçons.", base_url=BASE, now=NOW)
    with pytest.raises(RuleViolation, match="term_passed"):
        answer(scene, revision_of(scene, scene.here[1]))
    with scene.database.reading() as session:
        outcomes = session.scalars(select(ComplementRequest.outcome).order_by(ComplementRequest.id)).all()
    assert outcomes == ["closed", "closed"]
    assert broken(scene) == []


def test_a_term_that_has_passed_stays_passed_when_the_dossier_is_withdrawn(scene: Scene) -> None:
    ask(scene)
    late = read(scene).requests[0].due_at + timedelta(minutes=1)  # before the round that notes it
    scene.database.transaction(
        reopening.withdraw, scene.actor("applicant"), scene.here[1], "Nous renonçons.", base_url=BASE, now=late
    )
    with scene.database.reading() as session:
        request = session.scalars(select(ComplementRequest)).one()
    assert (request.outcome, request.ended_at) == ("expired", request.due_at)
    assert broken(scene) == []


def remind(scene: Scene, at: datetime, name: str = "here") -> None:
    scene.database.transaction(
        complement_reminders.remind, scene.actor(name), scene.call().id, scene.here[1], base_url=BASE, now=at
    )


def rounds(scene: Scene, at: datetime) -> int:
    return scene.database.transaction(complement_reminders.send_due, base_url=BASE, now=at)


def recalled(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        owed = session.scalars(select(OutboxItem).where(OutboxItem.topic == "complement_reminder"))
        return [item.payload["to"] for item in owed]


def test_a_request_without_an_answer_is_recalled_once_before_its_term_whatever_the_hour_of_the_rounds(
    scene: Scene,
) -> None:
    due = ask(scene).due_at
    moment = complement_reminders.reminder_moment(due)
    assert (moment.hour, moment.date()) == (8, working_days.after(TODAY, 3))
    assert rounds(scene, moment - timedelta(microseconds=1)) == 0
    assert recalled(scene) == []
    late = due - timedelta(minutes=1)  # the first round after a long stop
    assert [rounds(scene, late), rounds(scene, late)] == [1, 0]
    assert f"applicant.{scene.slug}@example.org" in recalled(scene)
    assert read(scene, at=late).requests[0].reminded_at == late
    assert scene.acts()[-1] == "complement.reminded"
    assert broken(scene) == []


@pytest.mark.parametrize("ends", ["answer", "closing", "term"])
def test_what_is_answered_closed_or_out_of_time_is_never_recalled(scene: Scene, ends: str) -> None:
    due = ask(scene).due_at
    at = due - timedelta(hours=1)
    if ends == "answer":
        answer(scene, revision_of(scene, scene.here[1]), at)
    elif ends == "closing":
        act = scene.database.transaction
        act(complements.close, scene.actor("here"), scene.call().id, scene.here[1], "La pièce était là.", now=at)
    else:
        at = due
    assert rounds(scene, at) == 0
    with pytest.raises(RuleViolation, match="already_done"):
        remind(scene, at)
    assert recalled(scene) == []


def test_who_may_ask_recalls_by_hand_once_a_day_and_the_round_does_not_say_it_twice(scene: Scene) -> None:
    moment = complement_reminders.reminder_moment(ask(scene).due_at)
    with pytest.raises(RuleViolation, match="complement_reminded"):
        remind(scene, NOW)  # the request itself has just left
    assert not read(scene).reminds
    early, after = moment - timedelta(days=1), moment + timedelta(minutes=1)
    assert read(scene, at=early).reminds
    remind(scene, early)
    told = len(recalled(scene))
    with pytest.raises(RuleViolation, match="complement_reminded"):
        remind(scene, early + timedelta(hours=1), "team")
    with pytest.raises(NotFound):
        remind(scene, after, "elsewhere")
    remind(scene, after, "team")
    assert (rounds(scene, after), len(recalled(scene))) == (0, 2 * told)
    assert told > 0


def test_a_request_says_what_it_stops_and_what_an_answer_of_the_day_would_do(scene: Scene) -> None:
    due = ask(scene).due_at
    at = due - timedelta(days=1)
    clock, sheet = read(scene, at=at).clock, read(scene).definition.sheet
    assert clock is not None
    received = scene.dossier(scene.here[1]).filed_at
    assert received is not None
    decided = sheet.implied_decision_day(received.astimezone(PARIS).date())
    assert decided is not None
    assert (clock.since, clock.until) == (TODAY, LAST_DAY)
    assert clock.decides_on == decided + (at.astimezone(PARIS).date() - TODAY)
    assert clock.decides_on > decided
    assert read(scene, at=due).clock is None


def test_the_database_holds_one_open_request_of_a_dossier(scene: Scene) -> None:
    request = ask(scene)

    def again(session: Any) -> None:
        other = session.scalars(select(Dossier.id).where(Dossier.reference == scene.here[0])).one()
        session.add(
            ComplementRequest(dossier_id=request.dossier_id, revision_id=other, asked_by_id=request.asked_by_id,
                              asked_at=NOW, due_at=request.due_at)
        )  # fmt: skip

    with pytest.raises(IntegrityError):
        scene.database.transaction(again)


@pytest.mark.target("A11Y-04")
def test_the_whole_way_by_pages_without_scripts(sqlite_database: Database, tmp_path: Path) -> None:
    scene = lay_out(sqlite_database)
    app = create_app(load_settings({}, instance=tmp_path), database=scene.database)
    officer, other, owner = (scene.client(app, name) for name in ("here", "elsewhere", "applicant"))
    reference = scene.here[1]
    base = f"/complements/{scene.slug}/{reference}"
    for address in (base, f"{base}/questions", f"{base}/demande"):
        assert other.get(address).status_code == 404, address
        assert owner.get(address).status_code == 403, address
    assert "Aucun complément demandé" in officer.get(base).text
    team = scene.client(app, "team")
    for reader, room, leads in ((officer, "Instruction", "/correspondant"), (team, "Pilotage", "/pilotage")):
        page = reader.get(base).text
        assert f'href="{leads}" aria-current="page">{room}' in page
        assert f'fr-breadcrumb__link" href="{leads}">{room}</a>' in page, "the breadcrumb begins in the room"
    assert SUMMARY in officer.get(f"{base}/questions").text
    assert officer.get(f"{base}/demande").status_code == 302
    page = officer.get(f"{base}/demande?question={SUMMARY}&question=pieces.statuts").text
    form = {
        "csrf_token": token(page), "question": [SUMMARY, "pieces.statuts"], f"defaut-{SUMMARY}": "wrong",
        f"attendu-{SUMMARY}": "Dites qui\nfait quoi.", "jusqu_au": LAST_DAY.isoformat(),
    }  # fmt: skip
    proposed = re.search(r'name="phrase" value="(\d+:pieces.statuts)"', page)
    taken = officer.post(f"{base}/demande", data={**form, "phrase": proposed[1]}).text
    assert "Joignez les statuts signés et à jour" in taken.partition("<textarea")[2]
    assert form[f"attendu-{SUMMARY}"] in taken
    refused = officer.post(f"{base}/demande", data=form)
    assert (refused.status_code, "dites en une phrase ce qui est attendu" in refused.text) == (422, True)
    assert "Dites qui\nfait quoi." in refused.text
    form["attendu-pieces.statuts"] = "La dernière version."
    assert "Voici ce que le porteur lira" in officer.post(f"{base}/demande", data=form).text
    assert "La dernière version." in officer.post(f"{base}/demande", data={**form, "reprendre": "1"}).text
    assert officer.post(f"{base}/demande", data={**form, "envoyer": "1"}).status_code == 302
    twice = officer.post(f"{base}/demande", data={**form, "envoyer": "1"})
    assert (twice.status_code, "attend déjà sa réponse" in twice.text) == (422, True)
    waiting = officer.get(base).text
    assert "Réponse attendue" in waiting
    assert "Si la réponse arrivait aujourd’hui, le silence vaudrait rejet" in waiting
    assert "Rappeler maintenant" not in waiting, "a letter left today"
    again = officer.post(f"{base}/rappel", data={"csrf_token": form["csrf_token"]}, follow_redirects=True)
    assert "Un courriel est déjà parti aujourd’hui" in again.text

    mine = f"/candidature/{reference}"
    assert "Répondre à la demande de compléments" in owner.get(mine).text
    page = owner.get(f"{mine}/complements").text
    assert page.count("Dites qui") == 1
    revision = revision_of(scene, reference)
    for leads in (f"/candidature/{revision}", f"/candidature/{revision}/relecture"):
        assert owner.get(leads).headers["Location"] == f"{mine}/complements"
    assert owner.get(f"/candidature/{revision}/etape/identification").status_code == 404
    stage = owner.get(f"/candidature/{revision}/etape/projet").text
    assert "Étape 1 sur 2" in stage
    hidden = {"csrf_token": token(stage), "_vu-nom_pole": "", "nom_pole": "Autre pôle"}
    for address in ("etape/identification", "etape/identification/saisie"):
        assert owner.post(f"/candidature/{revision}/{address}", data=hidden).status_code == 404
    save(scene, revision, SUMMARY, "Chacun sa part.")
    page = owner.get(f"{mine}/complements").text
    assert "1 question reste sans changement" in page
    sent = owner.post(f"/candidature/{revision}/depot", data={"csrf_token": token(page)})
    assert sent.headers["Location"] == f"{mine}/accuse"
    assert "Vos compléments sont reçus" in owner.get(f"{mine}/accuse").text
    scene.database.transaction(lambda session: session.execute(update(Call).values(marking_opened_at=NOW)))
    late = officer.post(f"{base}/demande", data={**form, "envoyer": "1"})
    assert (late.status_code, "La dernière version." in late.text) == (422, True)
    scene.database.transaction(lambda session: session.execute(update(Call).values(marking_opened_at=None)))
    read_back = officer.get(base).text
    assert "Chacun sa part." in read_back
    assert "Aucun changement." in read_back
    sheet = officer.get(f"/correspondant/{scene.slug}/dossiers/{reference}").text
    changed = sheet.partition('id="changements"')[2].partition("</section>")[0]
    assert ("Chacun sa part." in changed, "Aucune règle ne change de réponse." in changed) == (True, True)
    assert owner.get(f"{mine}/suivi").text.count("Compléments reçus") == 1
