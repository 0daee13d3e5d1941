"""The correspondent's room in the browser's terms: who finds what, what a form refuses, what a page costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.definitions.loading import parse_sources
from tests.browsers import token
from tests.instructions import CLOSED, NOW, Scene, add_dossiers, lay_out, on_database, statements


@pytest.fixture
def scene(database: Database) -> Scene:
    return lay_out(database)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load_settings({}, instance=tmp_path_factory.mktemp("instance")))


@pytest.fixture
def app(pages: Flask, database: Database) -> Flask:
    return on_database(pages, database)


@pytest.fixture
def client(scene: Scene, app: Flask) -> FlaskClient:
    return scene.client(app, "here")


@pytest.mark.target("SEC-11")
def test_a_correspondent_of_one_call_enters_it_and_finds_the_dossiers_of_his_region_only(
    scene: Scene, client: FlaskClient
) -> None:
    answer = client.get("/correspondant")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/correspondant/{scene.slug}")
    page = client.get(f"/correspondant/{scene.slug}").text
    assert "Pôle 31 0000 (fictif)" in page
    assert "Pôle 31 0001 (fictif)" in page
    assert "Pôle 93" not in page
    assert client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}").status_code == 200


@pytest.mark.target("SEC-11")
def test_another_region_and_a_hidden_dossier_are_not_found_whatever_is_asked(scene: Scene, client: FlaskClient) -> None:
    scene.declare_conflict("here", scene.here[0])
    for reference in (scene.elsewhere[0], scene.here[0], "inconnue"):
        base = f"/correspondant/{scene.slug}/dossiers/{reference}"
        for address in (base, f"{base}/avis", f"{base}/avis/rendre", f"{base}/pieces/x"):
            assert client.get(address).status_code == 404, address
        form = {"csrf_token": _any_token(scene, client)}
        for address in (base, f"{base}/avis", f"{base}/avis/rendre"):
            assert client.post(address, data=form).status_code == 404, address
    assert "Pôle 31 0000" not in client.get(f"/correspondant/{scene.slug}").text
    assert client.get(f"/correspondant/{scene.slug}/classement?region=93").status_code == 404


def test_nothing_is_read_before_the_closing(scene: Scene, client: FlaskClient) -> None:
    scene.change_call(closes_at=NOW + timedelta(days=2))
    page = client.get(f"/correspondant/{scene.slug}").text
    assert "Les dossiers s’ouvriront à vous après la clôture" in page
    assert "Pôle 31" not in page
    assert client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}").status_code == 404


def test_a_call_may_open_dossiers_to_their_correspondent_at_the_deposit(database: Database, app: Flask) -> None:
    sources = dict(load_call("ptce-2015").sources)
    sheet = next(path for path in sources if "/appel." in path)
    sources[sheet] = re.sub(r"(?m)^lecture_des_correspondants = .*$", "", sources[sheet])
    sources[sheet] = sources[sheet].replace("[calendrier]", 'lecture_des_correspondants = "depot"\n\n[calendrier]', 1)
    scene = lay_out(database, definition=parse_sources(sources))
    scene.change_call(closes_at=NOW + timedelta(days=2))
    client = scene.client(app, "here")
    assert client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}").status_code == 200
    assert client.get(f"/correspondant/{scene.slug}/dossiers/{scene.elsewhere[0]}").status_code == 404


@pytest.mark.parametrize("name", ["applicant", "chair"])
def test_whoever_is_no_correspondent_of_the_call_is_kept_out(scene: Scene, app: Flask, name: str) -> None:
    client = scene.client(app, name)
    assert client.get(f"/correspondant/{scene.slug}").status_code == 403
    assert client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}").status_code == 403


def test_the_document_shows_answers_rules_indicators_and_what_they_read(scene: Scene, client: FlaskClient) -> None:
    page = client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}").text
    for words in (
        "Identification du pôle",
        "Il manque 1 réponse obligatoire",
        "Fiche de recevabilité",
        "Repères calculés",
        "Niveau indicatif de l’axe",
        "La règle, et ce qui a été lu",
    ):
        assert words in page, words


def test_each_rule_leads_to_the_answers_and_rows_it_read_and_the_sheet_draws_who_holds_the_roles(
    scene: Scene, client: FlaskClient
) -> None:
    page = client.get(f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}").text
    asked = set(re.findall(r'href="#(reponse-[^"]+)"', page))
    places = re.findall(r' id="(reponse-[^"]+)"', page)
    assert any(re.fullmatch(r"reponse-membres-membres-\d+", one) for one in asked)
    assert asked <= set(places)
    assert len(places) == len(set(places))
    assert "Qui tient quel rôle" in page
    team = scene.client(client.application, "team").get(f"/pilotage/{scene.slug}/recevabilite/{scene.here[1]}").text
    assert "Qui tient quel rôle" in team


def test_a_rule_answered_otherwise_than_computed_needs_a_reason_and_nothing_is_half_written(
    scene: Scene, client: FlaskClient
) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    page = client.get(address).text
    form = {"csrf_token": token(page), "vu": "", "proposition-E1": "met", "proposition-E2": "not_met", "motif-E2": " "}
    refused = client.post(address, data=form).text
    assert refused.count("Votre réponse diffère du calcul\u00a0: dites pourquoi.") == 2
    assert "<title>Erreur" in refused
    assert "eligibility.proposed" not in scene.acts()
    assert client.post(address, data={**form, "motif-E2": "Statuts lus : régie."}).status_code == 302
    assert "Statuts lus : régie." in client.get(address).text
    assert scene.acts()[-1] == "eligibility.proposed"


def test_the_rest_of_the_sheet_may_follow_the_computation_and_the_dossier_changes_tab(
    scene: Scene, client: FlaskClient
) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    form = {"csrf_token": token(client.get(address).text), "vu": "", "calcul": "1"}
    page = client.post(address, data=form, follow_redirects=True).text
    assert "La fiche de recevabilité est complète." in page
    assert "Pôle 31 0001" not in listed(client.get(f"/correspondant/{scene.slug}").text)
    assert "Pôle 31 0001" in client.get(f"/correspondant/{scene.slug}?vue=proposes").text


def test_the_sheet_puts_first_what_is_to_look_at_and_each_rule_that_is_met_in_one_line(
    scene: Scene, client: FlaskClient
) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}"
    page = client.get(address).text
    order = [page.index(words) for words in ("2 règles à regarder", "À proposer", "Enregistrer et passer à l’avis")]
    assert order == sorted(order)
    clear = page.count("À proposer")
    assert f"{clear} règles remplies" in page
    form = {"csrf_token": token(page), "vu": "", "calcul": "1", "proposition-E2": "not_met"}
    refused = client.post(address, data=form).text  # what was refused is no longer in a fold
    assert "3 règles à regarder" in refused
    assert f"{clear - 1} règles remplies" in refused
    assert refused.index("dites pourquoi.</p>") < refused.index("règles remplies")


def test_a_whole_sheet_leads_to_the_opinion_and_a_given_opinion_to_the_next_dossier(
    scene: Scene, client: FlaskClient
) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    form = {"csrf_token": token(client.get(address).text), "vu": "", "avis": "1"}
    assert client.post(address, data=form).headers["Location"] == address  # rules still wait
    assert client.post(address, data={**form, "calcul": "1"}).headers["Location"] == f"{address}/avis"
    client.post(f"{address}/avis", data={**form, **OPINION})
    confirmed = {**form, "vu": _hidden(client.get(f"{address}/avis/rendre").text, "vu")}
    given = client.post(f"{address}/avis/rendre", data=confirmed, follow_redirects=True).text
    assert re.search(rf'href="[^"]*/dossiers/{scene.here[0]}#travail">Dossier suivant', given)
    scene.declare_conflict("here", scene.here[0])
    alone = client.get(f"{address}/avis").text
    assert "Dossier suivant" not in alone
    assert "Revenir aux dossiers" in alone


def test_a_sheet_that_somebody_else_changed_meanwhile_is_not_overwritten(scene: Scene, client: FlaskClient) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    form = {"csrf_token": token(client.get(address).text), "vu": "", "calcul": "1"}
    client.post(address, data=form)
    refused = client.post(address, data={**form, "proposition-E1": "not_met", "motif-E1": "Reçu tard."})
    assert "Une autre personne a modifié cette page entre-temps." in refused.text
    assert "Reçu tard." in refused.text
    assert scene.acts().count("eligibility.proposed") == 1


def listed(page: str) -> str:
    """Return the list of a page of the queue, without what is to do first."""
    return page.partition("<table")[2]


OPINION = {
    "avis-sens": "reserve",
    "avis-synthese": "Utile au territoire,\r\nà condition d’un second financeur.",
    "validation-auteur": "Personne here, chargée de mission",
    "validation-autorite_validation": "Pour le préfet, par délégation",
    "contexte-cofinancements": "",
    "contexte-cofinancements-0-financeur": "Conseil régional",
    "contexte-cofinancements-0-montant": "30 000 €",
}


def test_an_opinion_is_drafted_completed_given_and_then_frozen(scene: Scene, client: FlaskClient) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}/avis"
    page = client.get(address).text
    assert 'value="Personne here"' in page
    form = {"csrf_token": token(page), "vu": "", **OPINION, "avis-synthese": ""}
    assert client.post(address, data=form).status_code == 302
    lacking = client.get(f"{address}/rendre").text
    assert "Il manque de quoi rendre cet avis" in lacking
    form = {**form, "vu": _hidden(client.get(address).text, "vu"), **OPINION, "rendre": "1"}
    answer = client.post(address, data=form)
    assert answer.headers["Location"] == f"{address}/rendre"
    confirmation = client.get(f"{address}/rendre").text
    assert "à condition d’un second financeur." in confirmation
    assert "30\u202f000\u00a0€" in confirmation
    given = {"csrf_token": token(confirmation), "vu": _hidden(confirmation, "vu")}
    assert "Votre avis est rendu." in client.post(f"{address}/rendre", data=given, follow_redirects=True).text
    assert "opinion.given" in scene.acts()
    assert "Cet avis est rendu" in client.post(address, data=form).text
    assert "Réservé" in client.get(f"/correspondant/{scene.slug}?vue=rendus").text


def test_a_number_that_cannot_be_read_keeps_what_was_typed_and_writes_nothing(
    scene: Scene, client: FlaskClient
) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}/avis"
    form = {"csrf_token": token(client.get(address).text), "vu": "", **OPINION}
    page = client.post(address, data={**form, "contexte-cofinancements-0-montant": "trente mille"}).text
    assert page.count("Écrivez un nombre, par exemple 12 500,50.") == 2
    assert 'value="trente mille"' in page
    assert "opinion.saved" not in scene.acts()


def test_two_drafts_of_one_opinion_both_stay_readable(scene: Scene, client: FlaskClient) -> None:
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[0]}/avis"
    form = {"csrf_token": token(client.get(address).text), "vu": "", **OPINION}
    client.post(address, data=form)
    page = client.post(address, data={**form, "avis-synthese": "Une autre rédaction."}).text
    assert "Une autre personne a modifié cette page entre-temps." in page
    assert "Une autre rédaction." in page
    assert "à condition d’un second financeur." in page


def test_ranks_are_distinct_numbers_and_dossiers_move_by_one_place(scene: Scene, client: FlaskClient) -> None:
    first, second = scene.here
    address = f"/correspondant/{scene.slug}/classement"
    page = client.get(address).text
    form = {"csrf_token": token(page), "region": "31", "vu": _hidden(page, "vu")}
    twice = client.post(address, data={**form, f"rang-{first}": "1", f"rang-{second}": "1"}).text
    assert "Le rang 1 est donné à deux dossiers" in twice
    assert "region.ranked" not in scene.acts()
    letters = client.post(address, data={**form, f"rang-{first}": "un"}).text
    assert 'value="un"' in letters
    assert client.post(address, data={**form, f"rang-{first}": "1", f"rang-{second}": "2"}).status_code == 302
    page = client.get(address).text
    moving = {**form, "vu": _hidden(page, "vu"), "dossier": second, "vers": "up"}
    moved = client.post(f"{address}/deplacer", data=moving)
    assert moved.status_code == 302
    page = client.get(address).text
    row = f"ligne-{second}"  # a keyboard goes on from the row that it moved, not from the top of the page
    assert moved.location.endswith(f"#{row}")
    assert f'id="{row}" tabindex="-1"' in page
    assert page.index("0001 (fictif)") < page.index("0000 (fictif)")
    stale = client.post(address, data={**form, f"rang-{first}": "1"}).text
    assert "Une autre personne a modifié cette page entre-temps." in stale


def test_once_the_marking_is_open_everything_is_read_and_nothing_is_written(scene: Scene, client: FlaskClient) -> None:
    base = f"/correspondant/{scene.slug}"
    form = {"csrf_token": token(client.get(f"{base}/classement").text), "vu": "", "region": "31"}
    scene.change_call(marking_opened_at=CLOSED + timedelta(days=1))
    dossier = f"{base}/dossiers/{scene.here[0]}"
    for address in (base, dossier, f"{dossier}/avis", f"{base}/classement"):
        assert client.get(address).status_code == 200
    for address, data in ((dossier, {"calcul": "1"}), (f"{dossier}/avis", OPINION), (f"{base}/classement", {})):
        assert "l’instruction est close" in client.post(address, data={**form, **data}).text
    assert {"eligibility.proposed", "opinion.saved", "region.ranked"} & set(scene.acts()) == set()


@pytest.mark.parametrize("page", ["", "?vue=rendus&tri=-amount&q=pole", "/classement"])
def test_the_lists_cost_the_same_statements_at_any_size(
    scene: Scene, client: FlaskClient, database: Database, page: str
) -> None:
    address = f"/correspondant/{scene.slug}{page}"
    client.get(address)
    few = statements(database, lambda: client.get(address))
    add_dossiers(scene, 12)
    many = statements(database, lambda: client.get(address))
    assert few == many
    assert many <= 9  # of the queue: labels and saved views are its own


def test_a_dossier_costs_less_than_fifteen_statements_whatever_it_holds(
    scene: Scene, client: FlaskClient, database: Database
) -> None:
    base = f"/correspondant/{scene.slug}/dossiers"
    client.get(f"{base}/{scene.here[0]}")
    counts = {
        statements(database, lambda address=address: client.get(address))
        for address in (f"{base}/{scene.here[0]}", f"{base}/{scene.here[1]}")
    }
    assert len(counts) == 1
    # Beside the opinion stands what was answered by those who are consulted: the dossier again, and their answers.
    assert statements(database, lambda: client.get(f"{base}/{scene.here[1]}/avis")) == counts.copy().pop() + 2
    assert counts.pop() <= 10


def _any_token(scene: Scene, client: FlaskClient) -> str:
    return token(client.get(f"/correspondant/{scene.slug}").text)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]
