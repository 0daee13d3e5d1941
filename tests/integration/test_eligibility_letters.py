"""The letter of a dossier that is not eligible: its reasons, what holds it back, sent once, taken back by another."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.definitions.loading import parse_sources
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.models import EligibilityLetter, OutboxItem
from ptce_aap.services.dossiers import managed
from ptce_aap.services.instruction import eligibility, eligibility_letters
from tests.instructions import NOW, Scene, lay_out, on_database
from tests.pdf_reading import body, squeezed

REASON = "Le dossier ne réunit pas trois personnes morales (décret, article 3)."


def approved() -> Mapping[str, str]:
    """The files of the call as they are once the legal service has approved the texts of decisions."""
    sources = dict(load_call("ptce-2015").sources)
    sheet = next(path for path in sources if "/appel." in path)
    sources[sheet] = re.sub(r"(?m)^a_approuver = true$", "", sources[sheet])
    return sources


@pytest.fixture
def scene(database: Database) -> Scene:
    return lay_out(database, definition=parse_sources(approved()))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def app(pages: Flask, database: Database) -> Flask:
    return on_database(pages, database)


def decide(scene: Scene, eligible: bool, *, version: int = 0, reason: str = REASON, reference: str = "") -> None:
    scene.database.transaction(
        eligibility.decide,
        *(scene.actor("team"), scene.call().id, reference or scene.here[0]),
        eligible=eligible,
        reason=reason,
        version=version,
        now=NOW,
    )


def unsent(scene: Scene, name: str = "team"):
    with scene.database.reading() as session:
        return eligibility_letters.to_send(session, scene.actor(name), scene.call(), scene.here[0], now=NOW)


def send(scene: Scene, *, shown: str | None = None, reread: bool = False, name: str = "team") -> None:
    scene.database.transaction(
        eligibility_letters.send,
        *(scene.actor(name), scene.call().id, scene.here[0]),
        shown=unsent(scene).letter.sha256 if shown is None else shown,
        reread=reread,
        base_url="https://example.org",
        now=NOW,
    )


def mails(scene: Scene) -> int:
    with scene.database.reading() as session:
        owed = OutboxItem.topic == "eligibility_letter", OutboxItem.call_id == scene.call().id
        return len(session.scalars(select(OutboxItem).where(*owed)).all())


def waiting(scene: Scene) -> int:
    with scene.database.reading() as session:
        return eligibility_letters.waiting(session, scene.actor("team"), scene.call(), now=NOW)


def test_the_applicant_reads_the_letter_only_once_it_is_sent_with_reasons_and_remedies(scene, app):
    decide(scene, False)
    client, room = scene.client(app, "applicant"), f"/candidature/{scene.here[0]}"
    assert waiting(scene) == 1
    assert client.get(f"{room}/recevabilite").status_code == 404
    assert REASON not in client.get(room).text
    send(scene)
    assert waiting(scene) == 0
    page = client.get(f"{room}/recevabilite").text
    assert REASON in page
    assert "Voies et délais de recours" in page
    assert "Lire la lettre" in client.get(room).text
    assert "Dossier déclaré non recevable" in client.get(f"{room}/suivi").text
    printed = body(client.get(f"{room}/recevabilite.pdf").data)
    assert squeezed(REASON) in printed
    assert squeezed("tribunal administratif") in printed
    assert scene.client(app, "here").get(f"{room}/recevabilite").status_code == 404
    assert scene.acts()[-1] == "eligibility.told"
    assert mails(scene) >= 1


def test_the_same_letter_leaves_once_and_not_for_whom_it_was_not_shown(scene):
    decide(scene, False)
    with pytest.raises(Conflict):
        send(scene, shown="0" * 64)
    send(scene)
    left = mails(scene)
    with pytest.raises(RuleViolation, match="already_done"):
        send(scene)
    assert mails(scene) == left
    with scene.database.reading() as session:
        own = EligibilityLetter.dossier_id == scene.dossier(scene.here[0]).id
        assert len(session.scalars(select(EligibilityLetter).where(own)).all()) == 1


def test_a_decision_that_changes_takes_the_letter_back_and_asks_for_another(scene, app):
    decide(scene, False)
    send(scene)
    decide(scene, True, version=1, reason="Un troisième membre est prouvé.")
    client, room = scene.client(app, "applicant"), f"/candidature/{scene.here[0]}"
    assert client.get(f"{room}/recevabilite").status_code == 404
    assert waiting(scene) == 1
    send(scene)
    page = client.get(f"{room}/recevabilite").text
    assert "Votre dossier est recevable" in page
    assert "Un troisième membre est prouvé." in page
    assert waiting(scene) == 0


def test_a_dossier_found_eligible_at_once_asks_for_no_letter(scene):
    decide(scene, True)
    assert waiting(scene) == 0
    with pytest.raises(RuleViolation, match="already_done"):
        send(scene)


def test_reasons_that_name_a_reader_or_another_dossier_are_reread_before_they_leave(scene):
    other = scene.dossier(scene.here[1])
    decide(scene, False, reason=f"Comme le dossier {other.number}, il est incomplet.")
    assert unsent(scene).named == (other.number,)
    with pytest.raises(RuleViolation, match="letter_names_others"):
        send(scene)
    send(scene, reread=True)
    assert waiting(scene) == 0


def test_nothing_leaves_while_a_text_of_the_call_is_to_be_approved(database, app):
    scene = lay_out(database)
    decide(scene, False)
    assert "Voies et délais de recours" in unsent(scene).unapproved
    with pytest.raises(RuleViolation, match="letter_not_approved"):
        send(scene)
    page = scene.client(app, "team").get(f"/pilotage/{scene.slug}/recevabilite/{scene.here[0]}/lettre").text
    assert "Cette lettre ne peut pas encore partir" in page
    assert "Envoyer la lettre" not in page
    assert mails(scene) == 0


def test_whoever_is_in_conflict_neither_reads_nor_sends_it(scene):
    decide(scene, False)
    digest = unsent(scene).letter.sha256
    scene.declare_conflict("team", scene.here[0])
    assert waiting(scene) == 0
    with pytest.raises(NotFound):
        unsent(scene)
    with pytest.raises(NotFound):
        send(scene, shown=digest)


def test_the_draft_of_the_reasons_tells_each_rule_that_is_not_met_and_where_it_is_written(scene, app):
    with scene.database.reading() as session:
        page = managed.page(session, scene.actor("team"), scene.call(), scene.here[0], now=NOW)
    draft = eligibility_letters.assembled_reason(page)
    assert "Règlement de l’appel à projets" in draft
    shown = scene.client(app, "team").get(f"/pilotage/{scene.slug}/recevabilite/{scene.here[0]}").text
    assert "Règlement de l’appel à projets" in shown.partition("<textarea")[2]
