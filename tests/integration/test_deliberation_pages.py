"""The deliberation on the web: departures previewed, confirmed and withdrawn; marks revised in session."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask

from ptce_aap.database import Database
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.forms import forms_of, submit
from tests.integration.test_departures import adopted, decide, order
from tests.integration.test_discussion import criteria, revise, sheet_of
from tests.two_persons import freeze_in_pages

ROOM = "/pilotage/ptce-2015"
LIST = f"{ROOM}/deliberation"
REASON = "Seul projet de son territoire."


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, [90, 80, 70, 60], amounts=[1_000_000, 1_500_000, 300_000, 10_000])


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


def browse(app: Flask, scene: Scene, name: str) -> Browser:
    return Browser(app, scene.database, f"{name}@example.org")


def said(page: str) -> str:
    """Return what a page says, without its markup or its kinds of spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def preview(chair: Browser, scene: Scene, dossier: int, **fields: str) -> str:
    asked = {"decision": "place", "ground": "discussion", "reason": REASON, **fields}
    path = f"{LIST}/{scene.dossiers[dossier]}"
    return chair.post(path, asked, page=path).text


def confirm(chair: Browser, page: str) -> str:
    """Press the button that names what is decided."""
    form = next(one for one in forms_of(page) if one.action.endswith("/decider"))
    return chair.client.post(form.action, data=form.fields, follow_redirects=True).text


def test_a_departure_is_shown_with_what_it_does_before_it_is_confirmed(app: Flask, scene: Scene) -> None:
    chair = browse(app, scene, "chair")
    page = preview(chair, scene, 2, place="1")
    told = said(page)
    assert "Placer « Pôle 0003 (fictif) » à la 1re place ?" in told
    assert "Passe au-dessus de la ligne : Pôle 0003 (fictif) (300 000 €)." in told
    assert "Passe sous la ligne, ou sort de la liste : Pôle 0002 (fictif) (1 500 000 €)." in told
    assert "Montants retenus : 1 300 000 € au lieu de 2 500 000 €, sur une enveloppe de 2 700 000 €." in told
    assert order(scene) == [0, 1, 2, 3]
    after = said(confirm(chair, page))
    assert "L’écart est enregistré avec son motif ; la ligne est à jour." in after
    assert "Passe de la 3e place à la 1re place." in after
    assert f"Délibération du comité : {REASON}" in after
    assert order(scene) == [2, 0, 1, 3]
    ranking = said(chair.get(f"{ROOM}/classement").text)
    assert "Le comité s’en est écarté" in ranking
    assert "3 adopté : 1" in ranking
    dossier = said(chair.get(f"{ROOM}/classement/{scene.dossiers[2]}").text)
    assert f"Place adoptée : 1 . Rang annoncé : 3. Passe de la 3e place à la 1re place. Motif : {REASON}" in dossier


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " ", "place": "1"}, "Indiquez le motif : il figure au procès-verbal."),
        ({"ground": "", "place": "1"}, "Dites sur quoi le comité fonde cet écart."),
        ({"place": "3"}, "Ce dossier est déjà à cette place : il n’y a rien à changer."),
        ({"place": "neuf"}, "Indiquez une place de 1 à 4."),
        ({"decision": ""}, "Dites ce que le comité décide."),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, scene: Scene, fields: dict[str, str], sentence: str
) -> None:
    page = preview(browse(app, scene, "chair"), scene, 2, **fields)
    assert sentence in said(page)
    if fields.get("reason", REASON) == REASON:
        assert REASON in page
    assert order(scene) == [0, 1, 2, 3]


def test_a_decision_about_to_be_confirmed_can_still_be_corrected(app: Flask, scene: Scene) -> None:
    chair = browse(app, scene, "chair")
    form = next(one for one in forms_of(preview(chair, scene, 2, place="1")) if "Corriger la décision" in one.buttons)
    form.fields.add("then", "edit")
    page = chair.client.post(form.action, data=form.fields)
    assert page.status_code == 200
    assert REASON in page.text
    assert "Voir ce que cela change" in page.text


def test_a_dossier_is_put_out_and_its_departure_withdrawn(app: Flask, scene: Scene) -> None:
    chair = browse(app, scene, "chair")
    page = preview(chair, scene, 0, decision="out", ground="ballot")
    assert "Écarter « Pôle 0001 (fictif) » de la liste ?" in said(page)
    told = said(confirm(chair, page))
    assert "Écarté de la liste, où il était à la 1re place." in told
    assert "Retirez l’écart pour le rétablir" in told
    departure = adopted(scene).departures[0].decided.reference
    done = submit(chair, f"{LIST}/ecarts/{departure}/retirer", "Retirer l’écart sur «\u00a0Pôle 0001 (fictif)\u00a0»")
    assert "Aucun écart : la liste adoptée suit le classement annoncé." in said(done.text)
    assert order(scene) == [0, 1, 2, 3]


def test_a_departure_that_changed_is_confirmed_from_the_list_and_the_freeze_waits_for_it(
    app: Flask, scene: Scene
) -> None:
    chair, team = browse(app, scene, "chair"), browse(app, scene, "team")
    decide(scene, 2, 1)
    revise(scene, sheet_of(scene, 2, "juror-1"), dict.fromkeys(criteria(scene), 10))  # third, now second
    told = said(chair.get(LIST).text)
    assert "1 écart est à confirmer" in told
    assert "Aujourd’hui, cet écart ferait ceci : Passe de la 2e place à la 1re place." in told
    assert "Proposer de figer la liste…" not in said(team.get(LIST).text)
    freeze = said(chair.get(f"{ROOM}/liste/figer").text)
    assert "L’écart décidé sur « Pôle 0003 (fictif) » ne dit plus la même chose" in freeze
    form = next(one for one in forms_of(chair.get(LIST).text) if one.action.endswith("/confirmer"))
    done = chair.client.post(form.action, data=form.fields, follow_redirects=True)
    assert "L’écart est confirmé sur la liste d’aujourd’hui." in said(done.text)
    assert "Proposer de figer la liste…" in said(team.get(LIST).text)


def test_the_frozen_list_shows_departures_and_nothing_more_is_offered(app: Flask, scene: Scene) -> None:
    chair = browse(app, scene, "chair")
    decide(scene, 2, 1, reason=REASON)
    freeze_in_pages(browse(app, scene, "team"), chair, ROOM)
    told = said(chair.get(f"{ROOM}/liste").text)
    assert "Écarts adoptés par le comité, avec leurs motifs" in told
    assert REASON in told
    assert "place adoptée : 1" in told
    page = chair.get(LIST).text
    assert "Déplacer ou écarter" not in page
    assert chair.get(f"{LIST}/{scene.dossiers[0]}").status_code == 422


def test_team_and_auditor_read_the_list_and_decide_nothing(app: Flask, scene: Scene) -> None:
    departure = decide(scene, 2, 1)
    for name in ("team", "auditor"):
        reader = browse(app, scene, name)
        page = reader.get(LIST)
        assert page.status_code == 200
        assert "Écarts décidés par le comité" in page.text
        assert "<form" not in page.text.split("<main")[1].split("</main>")[0]
        for path in (f"{LIST}/{scene.dossiers[0]}", f"{LIST}/ecarts/{departure}/retirer"):
            assert reader.get(path).status_code == 403
        for path in (f"{LIST}/{scene.dossiers[0]}/decider", f"{LIST}/ecarts/{departure}/confirmer"):
            assert reader.post(path).status_code == 403
    for name in ("juror-1", "correspondent", "applicant"):
        assert browse(app, scene, name).get(LIST).status_code == 403


def test_a_person_in_conflict_sees_nothing_of_the_deliberation(app: Flask, scene: Scene) -> None:
    departure = decide(scene, 2, 1)
    sheet = sheet_of(scene, 0, "juror-1")
    for name in ("chair", "team"):
        scene.declare_conflict(name, scene.dossiers[3])
        page = browse(app, scene, name).get(LIST).text
        assert "Vue partielle – déport" in page
        assert "Pôle" not in said(page.split("<main")[1].split("</main>")[0])
    chair = browse(app, scene, "chair")
    for path in (f"/{scene.dossiers[0]}", f"/ecarts/{departure}/retirer", f"/fiches/{sheet}"):
        assert chair.get(LIST + path).status_code == 422


def test_the_chair_records_a_revised_mark_and_the_juror_reads_both(app: Flask, scene: Scene) -> None:
    chair, sheet, key = browse(app, scene, "chair"), sheet_of(scene, 1, "juror-1"), criteria(scene)[0]
    page = f"{LIST}/fiches/{sheet}"
    refused = submit(chair, page, "Enregistrer les notes révisées", **{f"mark__{key}": 10})
    assert "Indiquez le motif : il figure au procès-verbal." in said(refused.text)
    done = submit(
        chair, page, "Enregistrer les notes révisées", **{f"mark__{key}": 10}, reason="La convention est signée."
    )
    assert "La note révisée est enregistrée" in said(done.text)
    assert "80,00 avant la discussion" in said(done.text)
    again = said(chair.get(page).text)
    assert "4 avant la discussion, 5 après." in again
    assert chair.get(f"{LIST}/fiches/inconnue").status_code == 404
