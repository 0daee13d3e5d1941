"""The result of each applicant: nobody before the publication, his own alone after it; its letter tells nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound
from ptce_aap.jobs import context as job_context
from ptce_aap.jobs import run
from ptce_aap.models import Dossier, EligibilityDecision, MailMessage, OutboxItem, Person
from ptce_aap.services.applicants import applicant
from ptce_aap.services.deposits import results
from ptce_aap.services.deposits.results import Result
from tests import proven
from tests.deliberations import NOW, Scene, lay_out

PUBLISHED = ["selected", "reserve", "not_eligible"]


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    scene = lay_out(fresh_database, [90, 80], amounts=[2_000_000, 900_000])

    def refuse_one(session: object) -> None:
        owner = session.scalars(select(Dossier.owner_id)).first()
        call = scene.call(session)
        dossier = Dossier(call_id=call.id, owner_id=owner, state="not_eligible", number="K7Q2-9999", title="Refusé")
        dossier.created_at = dossier.saved_at = dossier.filed_at = NOW
        session.add(dossier)
        session.flush()
        session.add(EligibilityDecision(dossier_id=dossier.id, eligible=False, reason="Deux membres.", author_id=1,
                                        at=NOW))  # fmt: skip
        scene.dossiers.append(dossier.reference)

    scene.database.transaction(refuse_one)
    return scene


def publish(scene: Scene) -> None:
    scene.freeze()
    scene.publish()


def result(scene: Scene, reference: str, name: str = "applicant") -> Result:
    with scene.database.reading() as session:
        return results.result_of(session, applicant.dossier_page(session, scene.actor(name), reference, now=NOW))


def test_each_reads_his_own_result_once_published_and_nothing_before(scene: Scene) -> None:
    for reference in scene.dossiers:
        with pytest.raises(NotFound):
            result(scene, reference)
    publish(scene)
    found = [result(scene, reference) for reference in scene.dossiers]
    assert [one.verdict for one in found] == PUBLISHED
    assert [one.amount_cents for one in found] == [200_000_000, None, None]
    assert [one.reason for one in found] == ["", "", "Deux membres."]
    # The texts of this call for decisions wait for its legal service.
    assert {one.texts for one in found} == {()}
    with pytest.raises(NotFound):
        result(scene, scene.dossiers[0], "applicant-2")
    scene.database.transaction(lambda session: session.execute(update(Dossier).values(state="withdrawn")))
    with pytest.raises(NotFound):
        result(scene, scene.dossiers[0])


def test_a_letter_a_dossier_leaves_by_batches_and_says_nothing_of_the_decision(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "_AT_A_TIME", 2)
    publish(scene)
    settings = load_settings({}, instance=tmp_path)
    run.drain(job_context.open_context(settings, scene.database))
    run.drain(job_context.open_context(settings, scene.database))
    with scene.database.reading() as session:
        sent = session.scalars(select(MailMessage.subject).where(MailMessage.subject.startswith("Dossier"))).all()
        kinds = session.scalars(select(OutboxItem.kind).where(OutboxItem.done_at.is_(None))).all()
    assert sorted(subject.split("\u00a0")[0] for subject in sent) == [
        "Dossier K7Q2-0000", "Dossier K7Q2-0001", "Dossier K7Q2-9999",
    ]  # fmt: skip
    assert all("décision est disponible" in subject for subject in sent)
    assert "results" not in kinds


def test_the_page_says_it_plainly(sqlite_database: Database, tmp_path: Path) -> None:
    scene = lay_out(sqlite_database, [90, 80], amounts=[2_000_000, 900_000])
    app = create_app(load_settings({}, instance=tmp_path), database=scene.database)
    client = app.test_client()

    def open_session(session: object) -> str:
        owner = session.scalars(select(Person).where(Person.email_key == scene.emails["applicant"])).one()
        return proven.open_session(session, owner, now=NOW)

    client.set_cookie("ptce", scene.database.transaction(open_session))
    assert client.get(f"/candidature/{scene.dossiers[0]}/resultat").status_code == 404
    publish(scene)
    assert "Lire le résultat" in client.get(f"/candidature/{scene.dossiers[0]}").text
    assert "Votre dossier est retenu" in client.get(f"/candidature/{scene.dossiers[0]}/resultat").text
    assert "liste complémentaire" in client.get(f"/candidature/{scene.dossiers[1]}/resultat").text
    story = client.get(f"/candidature/{scene.dossiers[0]}/suivi").text
    assert "Dossier déclaré recevable" in story
    assert "90,00" not in story
