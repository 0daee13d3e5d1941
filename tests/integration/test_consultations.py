"""Services and funders consulted on a dossier by a personal link: what it opens, how long, what becomes of answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ptce_aap.app import create_app
from ptce_aap.clock import PARIS
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain import working_days
from ptce_aap.domain.consultations import Purpose, Standing
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Answer, Consultation, Dossier, JournalEntry, OutboxItem, RoleGrant
from ptce_aap.services.instruction import (
    consultation_links,
    consultation_pages,
    consultation_readings,
    consultation_reminders,
    consultations,
)
from ptce_aap.services.instruction.consultation_pages import ConsultationsPage
from ptce_aap.services.instruction.consultations import Request, Wanted
from tests.browsers import token
from tests.instructions import ELSEWHERE, NOW, Scene, lay_out

BASE = "http://127.0.0.1:8000"
DAY = working_days.after(NOW.astimezone(PARIS).date(), 10)
SERVICE = Wanted("Direction de l’agriculture", "Une personne d’essai", "agri@service.example")
OTHER = Wanted("Caisse des dépôts", "Une autre personne", "cdc@autre.example")
VERDICT, AMOUNT = "avis_du_service.avis_service", "avis_du_service.montant_possible"
STATE, FUNDED = "ce_qui_est_apporte.etat_confirme", "ce_qui_est_apporte.montant_confirme"
PLAN = "budget.tour_de_table"
GOOD = {VERDICT: "favorable"}


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    return lay_out(sqlite_database)


@pytest.fixture
def on_both(fresh_database: Database) -> Scene:
    """The same, where locks and constraints matter."""
    return lay_out(fresh_database)


def ask(
    scene: Scene, *wanted: Wanted, name: str = "here", reference: str = "", stages: tuple[str, ...] = ("projet",),
    day: date | None = DAY, at: datetime = NOW, question: str = "Qu’en pensez-vous ?",
) -> list[str]:  # fmt: skip
    return scene.database.transaction(
        consultations.ask, scene.actor(name), scene.call().id, reference or scene.here[1], wanted or (SERVICE,),
        Request(question, stages, day), base_url=BASE, now=at,
    )  # fmt: skip


def look(scene: Scene, secret: str, at: datetime = NOW) -> consultation_links.LinkPage:
    with scene.database.reading() as session:
        return consultation_links.page(session, secret, now=at)


def answer(
    scene: Scene, secret: str, answers: dict[str, Any] = GOOD, who: str = "Qui répond", at: datetime = NOW
) -> None:
    scene.database.transaction(consultation_links.answer, secret, answers, who, base_url=BASE, now=at)


def read(scene: Scene, name: str = "here", reference: str = "", at: datetime = NOW) -> ConsultationsPage:
    with scene.database.reading() as session:
        return consultation_pages.page(session, scene.actor(name), scene.call(), reference or scene.here[1], now=at)


def refusal(act: Any, *given: Any, **told: Any) -> str:
    with pytest.raises(RuleViolation) as refused:
        act(*given, **told)
    return refused.value.code


def identifier(scene: Scene) -> str:
    return read(scene).requests[0].reference


def letters(scene: Scene) -> list[dict[str, Any]]:
    with scene.database.reading() as session:
        return [item.payload for item in session.scalars(select(OutboxItem)) if "consultation" in (item.topic or "")]


def test_a_link_opens_the_named_parts_as_they_were_filed_and_no_address_of_anybody(scene: Scene) -> None:
    secret, other = ask(scene, SERVICE, OTHER, stages=("projet", "identification"))
    shown = look(scene, secret)
    assert [stage.key for stage in shown.stages] == ["identification", "projet"]
    assert {path.partition(".")[0] for path in shown.answers} == {"identification", "projet"}
    kinds = [part.kind.value for stage in shown.stages for one in stage.questions for part in (one, *one.fields)]
    assert {"texte", "groupe"} <= set(kinds)
    assert not {"courriel", "telephone", "piece"} & set(kinds)
    labels = [part.path for stage in shown.stages for one in stage.questions for part in one.fields]
    assert "identification.porteur.denomination" in labels
    assert "identification.porteur.contact_nom" not in labels
    assert len(secret) >= 43
    assert secret != other
    with scene.database.reading() as session:
        stored = session.scalars(select(Consultation)).all()
    assert all(secret not in str(vars(one).values()) for one in stored)
    assert [one["to"] for one in letters(scene)] == [SERVICE.email, OTHER.email]
    assert f"{BASE}/dossier/consultation/{secret}" in letters(scene)[0]["text"]
    assert scene.acts()[-2:] == ["consultation.asked", "consultation.asked"]


def test_what_is_asked_is_complete_in_time_and_shows_only_what_the_call_opens(scene: Scene) -> None:
    assert refusal(ask, scene, stages=()) == "consultation_nothing_shown"
    assert refusal(ask, scene, question="") == "consultation_question_missing"
    assert refusal(ask, scene, question="x" * 1001) == "sentence_too_long"
    assert refusal(ask, scene, Wanted("Un service", "", "a@b.example")) == "consultation_incomplete"
    assert refusal(ask, scene, Wanted("Un service", "Qui", "pas une adresse")) == "mail_address_refused"
    assert refusal(ask, scene, day=None) == "complement_day_missing"
    assert refusal(ask, scene, day=NOW.date()) == "consultation_too_soon"
    assert refusal(ask, scene, day=DAY + timedelta(days=90)) == "complement_too_late"
    assert refusal(ask, scene, *[SERVICE] * 9) == "too_many_consultations"
    for stages in (("pieces",), ("projet", "inconnue")):
        with pytest.raises(NotFound):
            ask(scene, stages=stages)
    assert letters(scene) == []


def test_a_region_asks_on_its_own_dossiers_and_nobody_else_reads_what_it_asked(scene: Scene) -> None:
    ask(scene)
    with pytest.raises(NotFound):
        ask(scene, reference=scene.elsewhere[0])
    with pytest.raises(NotFound):
        read(scene, "elsewhere")
    for name in ("team", "auditor"):
        assert [one.service for one in read(scene, name).requests] == [SERVICE.service]
    assert (read(scene, "team").asks, read(scene, "auditor").asks) == (True, False)
    with scene.database.reading() as session:
        mine = consultation_pages.waiting(session, scene.actor("here"), scene.call(), now=NOW)
        theirs = consultation_pages.waiting(session, scene.actor("elsewhere"), scene.call(), now=NOW)
    assert ([one.service for one in mine], theirs) == ([SERVICE.service], ())
    scene.declare_conflict("here", scene.here[1])
    with pytest.raises(NotFound):
        read(scene)


def test_an_answer_is_given_once_by_whoever_says_his_name_and_its_asker_is_told(on_both: Scene) -> None:
    scene = on_both
    (secret,) = ask(scene)
    save = scene.database.transaction
    save(consultation_links.save, secret, {AMOUNT: 3_000_000}, now=NOW)
    assert look(scene, secret).given == {AMOUNT: 3_000_000}
    assert read(scene).requests[0].answers is None  # a draft is its writer's
    assert refusal(answer, scene, secret, {AMOUNT: 1}) == "consultation_lacks"
    assert refusal(answer, scene, secret, GOOD, "") == "name_missing"
    answer(scene, secret, {**GOOD, AMOUNT: 3_000_000})
    assert refusal(answer, scene, secret) == "consultation_answered"
    assert refusal(save, consultation_links.save, secret, {}, now=NOW) == "consultation_answered"
    found = read(scene).requests[0]
    assert (found.standing, found.respondent) == (Standing.ANSWERED, "Qui répond")
    assert found.answers == {VERDICT: "favorable", AMOUNT: 3_000_000}
    after = look(scene, secret)
    assert (after.stages, after.answers, after.given) == ((), {}, found.answers)
    assert letters(scene)[-1]["to"] == f"here.{scene.slug}@example.org"
    assert scene.acts()[-3:] == ["consultation.asked", "consultation.saved", "consultation.answered"]
    with scene.database.reading() as session:
        told = [entry.facts for entry in session.scalars(select(JournalEntry)) if "consultation" in entry.act]
    assert SERVICE.email not in str(told)
    assert secret not in str(told)


def test_an_answer_is_told_to_those_who_follow_the_dossier_when_it_comes(scene: Scene) -> None:
    (secret,) = ask(scene)

    def moves(session: Session) -> None:
        session.execute(update(Dossier).where(Dossier.reference == scene.here[1]).values(region=ELSEWHERE))

    scene.database.transaction(moves)
    assert look(scene, secret).asker == scene.actor("elsewhere").name  # to whom a service would write
    answer(scene, secret)
    told = [one["to"] for one in letters(scene) if "a répondu" in one["subject"]]
    assert told == [f"elsewhere.{scene.slug}@example.org"]


def test_who_reads_other_regions_as_an_auditor_sends_nothing_of_them_out(scene: Scene) -> None:
    own = scene.actor("here").person_id
    held = {"call_id": scene.call().id, "role": Role.AUDITOR.value, "granted_at": NOW, "person_id": own}
    scene.database.transaction(lambda session: session.add(RoleGrant(**held)))
    assert read(scene, reference=scene.elsewhere[0]).requests == ()
    with pytest.raises(NotFound):
        ask(scene, reference=scene.elsewhere[0])
    assert ask(scene)


@pytest.mark.parametrize("end", ["its date", "withdrawn", "second link", "passed on", "marking", "dossier withdrawn"])
def test_a_link_dies_for_good_and_says_the_same_of_every_end(scene: Scene, end: str) -> None:
    (secret,) = ask(scene)
    at, one, act = NOW, identifier(scene), scene.database.transaction
    who = (scene.actor("here"), scene.call().id, scene.here[1], one)
    later = NOW + timedelta(minutes=20)
    match end:
        case "its date":
            at = consultations.due_instant(DAY)
            assert look(scene, secret, at - timedelta(microseconds=1)).title
        case "withdrawn":
            act(consultations.withdraw, *who, now=NOW)
        case "second link":
            assert refusal(act, consultations.send_again, *who, base_url=BASE, now=NOW) == "sent_a_moment_ago"
            new = act(consultations.send_again, *who, base_url=BASE, now=later)
            assert look(scene, new).title
        case "passed on":
            new = act(consultation_links.pass_on, secret, "Un collègue", "b@service.example", base_url=BASE, now=NOW)
            assert (look(scene, new).addressee, letters(scene)[-1]["to"]) == ("Un collègue", "b@service.example")
        case "marking":
            scene.change_call(marking_opened_at=NOW)
        case "dossier withdrawn":
            wanted = Dossier.reference == scene.here[1]
            act(lambda session: session.execute(update(Dossier).where(wanted).values(state="withdrawn")))
    assert refusal(look, scene, secret, at) == "consultation_dead"
    assert refusal(answer, scene, secret, GOOD, "Qui", at) == "consultation_dead"


def test_a_link_is_passed_on_within_a_service_and_not_for_ever(scene: Scene) -> None:
    (secret,) = ask(scene)

    def pass_on(email: str, name: str = "Un collègue") -> str:
        return scene.database.transaction(consultation_links.pass_on, secret, name, email, base_url=BASE, now=NOW)

    assert refusal(pass_on, "b@ailleurs.example") == "consultation_other_service"
    assert refusal(pass_on, SERVICE.email) == "consultation_other_service"
    assert refusal(pass_on, "b@service.example", "") == "name_missing"
    for number in range(consultation_links.MOST_MOVES):
        secret = pass_on(f"b{number}@service.example")
    assert refusal(pass_on, "c@service.example") == "consultation_moved_enough"
    assert not look(scene, secret).moves


def test_more_time_is_given_even_once_it_is_over_and_never_taken(scene: Scene) -> None:
    (secret,) = ask(scene)
    late = consultations.due_instant(DAY) + timedelta(hours=1)
    who = (scene.actor("here"), scene.call().id, scene.here[1], identifier(scene))

    def prolong(day: date) -> None:
        scene.database.transaction(consultations.prolong, *who, day, base_url=BASE, now=late)

    assert read(scene, at=late).requests[0].standing is Standing.EXPIRED
    more = working_days.after(late.date(), 5)
    prolong(more)
    assert read(scene, at=late).requests[0].standing is Standing.WAITING
    assert refusal(prolong, more) == "consultation_shorter"
    assert refusal(look, scene, secret, late) == "consultation_dead"


def plan(scene: Scene) -> None:
    """Give the dossier a financial plan of two lines, as it was filed."""
    rows = [{"financeur": name, "montant": "30000.00"} for name in ("Fonds d’essai", "Banque d’essai")]

    def work(session: Session) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == scene.here[1])).one()
        session.execute(delete(Answer).where(Answer.dossier_id == dossier.id, Answer.key == PLAN))
        told = {"dossier_id": dossier.id, "key": PLAN, "value": rows, "author_id": dossier.owner_id, "at": NOW}
        session.add(Answer(**told))

    scene.database.transaction(work)


def test_a_funder_reads_his_line_and_confirms_it(scene: Scene) -> None:
    plan(scene)
    line = read(scene).lines[0]
    with pytest.raises(NotFound):
        ask(scene, Wanted(line.funder, "Qui", "f@fonds.example", line="0" * 16), stages=())
    (secret,) = ask(scene, Wanted(line.funder, "Qui", "f@fonds.example", line=line.mark), stages=(), question="")
    shown = look(scene, secret)
    assert (shown.purpose, shown.stages, shown.answers) == (Purpose.FUNDING, (), {})
    assert shown.line is not None
    assert consultation_readings.line_mark(line.stored) == line.mark
    answer(scene, secret, {STATE: "apport_accorde"})
    assert read(scene).requests[0].answers == {STATE: "apport_accorde"}


@pytest.fixture
def client(scene: Scene, tmp_path: Path) -> FlaskClient:
    app = create_app(load_settings({"PTCE_ENV": "test", "PTCE_INSTANCE": str(tmp_path)}), database=scene.database)
    return app.test_client()


def test_the_page_of_a_link_is_kept_nowhere_and_reading_it_changes_nothing(scene: Scene, client: FlaskClient) -> None:
    (secret,) = ask(scene)
    address, before = f"/dossier/consultation/{secret}", scene.acts()
    page = client.get(address)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "strict-origin"  # its origin alone: never the address
    assert text.count(secret) == 2  # the forms of the page itself
    assert 'src="http' not in text
    assert scene.acts() == before
    sent = {"csrf_token": token(text), "avis_du_service-avis_service": "favorable", "repondant": "Qui", "rendre": "oui"}
    assert client.post(address, data={"rendre": "oui"}).status_code == 400
    forged = {**sent, "etape": "budget", "reference": scene.here[0], "service": "Autre"}
    assert client.post(address, data=forged).status_code == 302
    found = read(scene).requests[0]
    assert (found.standing, found.service, found.stages) == (
        Standing.ANSWERED,
        SERVICE.service,
        ("Projet et stratégie",),
    )
    for dead in (secret[:-1], secret + "a", "x"):
        gone = client.get(f"/dossier/consultation/{dead}")
        said = gone.get_data(as_text=True)
        assert (gone.status_code, dead in said if len(dead) > 1 else False) == (422, False)
        assert scene.dossier(scene.here[1]).title not in said
        assert gone.headers["Cache-Control"] == "no-store"


def test_a_correspondent_asks_by_the_form_and_reads_the_answer(scene: Scene, client: FlaskClient) -> None:
    mine = scene.client(client.application, "here")
    here = f"/avis-demandes/{scene.slug}/{scene.here[1]}"
    form = mine.get(f"{here}/services")
    sent = {
        "csrf_token": token(form.get_data(as_text=True)),
        "domaine": ["", "", ""],
        "organisme": ["<b>Service</b>", "", ""],
        "personne": ["Une personne", "", ""],
        "courriel": ["a@service.example", "", ""],
        "demande": "Qu’en pensez-vous ?",
        "etape": ["projet"],
        "jusqu_au": "",
    }
    refused = mine.post(f"{here}/services", data=sent)
    assert refused.status_code == 422
    assert "a@service.example" in refused.get_data(as_text=True)  # nothing typed is lost
    assert mine.post(f"{here}/services", data={**sent, "jusqu_au": DAY.isoformat()}).status_code == 302
    page = mine.get(here).get_data(as_text=True)
    assert "&lt;b&gt;Service&lt;/b&gt;" in page
    assert "En attente" in page
    assert "&lt;b&gt;Service" in mine.get(f"/avis-demandes/{scene.slug}").get_data(as_text=True)
    opinion = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}/avis"
    assert "personnes consultées répondent" not in mine.get(opinion).get_data(as_text=True)
    (secret,) = ask(scene, OTHER)
    answer(scene, secret, {**GOOD, "avis_du_service.observations": "<i>Utile</i>"})
    beside = mine.get(opinion).get_data(as_text=True)
    assert "personnes consultées répondent (1)" in beside
    assert "&lt;i&gt;Utile&lt;/i&gt;" in beside
    assert scene.client(client.application, "elsewhere").get(here).status_code == 404
    assert scene.client(client.application, "applicant").get(here).status_code == 403


def test_the_applicant_reads_what_is_confirmed_and_no_address(scene: Scene, client: FlaskClient) -> None:
    plan(scene)
    line = read(scene).lines[0]
    (secret,) = ask(scene, Wanted(line.funder, "Qui", "f@fonds.example", line=line.mark), stages=(), question="")
    (other,) = ask(scene)
    applicant = scene.client(client.application, "applicant")
    page = f"/candidature/{scene.here[1]}/etape/budget"
    before = applicant.get(page).get_data(as_text=True)
    answer(scene, secret, {STATE: "apport_accorde", FUNDED: 3_000_000})
    answer(scene, other, {VERDICT: "defavorable"})
    text = applicant.get(page).get_data(as_text=True)
    assert ("financeurs confirment" in before, "financeurs confirment" in text) == (False, True)
    told = text.partition("financeurs confirment")[2]
    assert "30\u00a0000" in told.replace("\u202f", "\u00a0")
    assert "Accordé" in told
    for closed in ("f@fonds.example", "Qui répond", SERVICE.service, "Défavorable"):
        assert closed not in text
    assert SERVICE.service in scene.client(client.application, "here").get(
        f"/avis-demandes/{scene.slug}/{scene.here[1]}"
    ).get_data(as_text=True)


def test_a_reminder_leaves_once_near_the_date_and_never_after_an_answer(on_both: Scene) -> None:
    scene = on_both
    first, second = ask(scene, SERVICE, OTHER)
    answer(scene, second)
    near = consultations.due_instant(DAY) - timedelta(days=2)

    def remind(at: datetime) -> bool:
        return scene.database.transaction(consultation_reminders.remind_one, base_url=BASE, now=at)

    assert not remind(NOW + timedelta(minutes=1))
    sent = len(letters(scene))
    assert [remind(near), remind(near)] == [True, False]
    assert [one["to"] for one in letters(scene)[sent:]] == [SERVICE.email]
    assert refusal(look, scene, first, near) == "consultation_dead"
    assert scene.acts()[-1] == "consultation.reminded"


def test_of_two_answers_at_once_one_is_given(on_both: Scene) -> None:
    (secret,) = ask(on_both)

    def give(verdict: str) -> str:
        try:
            answer(on_both, secret, {VERDICT: verdict}, verdict)
        except RuleViolation as refused:
            return refused.code
        return "given"

    with ThreadPoolExecutor(2) as both:
        outcomes = sorted(both.map(give, ("favorable", "defavorable")))
    assert outcomes == ["consultation_answered", "given"]
    found = read(on_both).requests[0]
    assert found.answers == {VERDICT: found.respondent}
