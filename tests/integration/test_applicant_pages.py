"""The applicant's pages as a browser without JavaScript meets them, on both engines."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Attachment
from ptce_aap.services.applicants import attachments
from tests import files
from tests.browsers import token
from tests.filings import COMPLETE, LEAST, OPENS, PASSWORD, Applicants, open_call, statements

PDF = files.pdf()


class Browser:
    """A person's browser: follows nothing by itself, sends the token of the page it is on."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.page = ""

    def get(self, address: str, status: int = 200) -> str:
        answer = self._client.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.text[:2000])
        self.page = answer.text
        return self.page

    def take(self, address: str) -> bytes:
        """Return a file."""
        answer = self._client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.data

    def post(self, address: str, status: int = 302, **fields: object) -> TestResponse:
        marks = dict(re.findall(r'type="hidden" name="(_vu[^"]*)" value="([^"]*)"', self.page))
        answer = self._client.post(
            address, data={"csrf_token": token(self.page), **marks, **fields}, content_type="multipart/form-data"
        )
        assert answer.status_code == status, (address, answer.status_code, answer.text[:2000])
        if answer.status_code != 302:
            self.page = answer.text
        return answer

    def sign_in(self, name: str) -> None:
        self.get("/compte/connexion")
        self.post("/compte/connexion", email=f"{name}@example.org", password=PASSWORD)

    def errors(self) -> list[str]:
        """Return what the summary on top of the page says."""
        found = re.search(r'class="fr-alert fr-alert--error app-errors".*?</ul>', self.page, re.S)
        return [html.unescape(text) for text in re.findall(r"<li>(?:<a[^>]*>)?([^<]*)", found[0])] if found else []

    def shown(self, name: str) -> str:
        """Return what a field of the page shows."""
        found = re.search(rf'<input[^>]* name="{re.escape(name)}"[^>]* value="([^"]*)"', self.page)
        assert found is not None, name
        return html.unescape(found[1])

    def buttons(self, act: str) -> list[str]:
        return re.findall(rf'name="_acte" value="({act}:[^"]*)"', self.page)


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


@pytest.fixture
def new_browser(call: Applicants, tmp_path: Path):
    app = create_app(load_settings({}, instance=tmp_path), database=call.database)

    def open_browser(name: str = "anne") -> Browser:
        call.actor(name)
        browser = Browser(app.test_client())
        browser.sign_in(name)
        return browser

    return open_browser


@pytest.fixture
def anne(new_browser) -> Browser:
    return new_browser()


def started(browser: Browser) -> str:
    browser.get("/candidature/nouveau/ptce-2015")
    return browser.post("/candidature/nouveau/ptce-2015").location


@pytest.mark.target("A11Y-05")
@pytest.mark.target("A11Y-04")
def test_an_applicant_starts_fills_and_files_a_dossier(anne: Browser) -> None:
    assert "Commencer un dossier" in anne.get("/candidature")
    base = started(anne)
    assert anne.get(base).count("À commencer") == 10
    assert "Aucune aide n’est demandée" in anne.get(f"{base}/relecture")
    assert "Aucune aide n’est demandée" not in anne.get(base)  # nobody has begun the budget
    anne.get(f"{base}/etape/identification")
    sent = {"nom_pole": "Pôle d’essai", "porteur-denomination": "Asso", "porteur-contact_courriel": "c@example.org"}
    answer = anne.post(f"{base}/etape/identification", **sent)
    assert answer.location == f"{base}/etape/membres"
    assert "En cours – 7 réponses manquent" in anne.get(base).replace("\xa0", " ")
    anne.get(f"{base}/etape/pieces")
    ticked = {"attestation_honneur": "oui", "information_rgpd": "oui"}
    files = {"_fichier-statuts": (io.BytesIO(PDF), "Statuts.pdf")}
    assert anne.post(f"{base}/etape/pieces", **ticked, **files).location == f"{base}/relecture"
    assert "Déposer en l’état" in anne.get(f"{base}/relecture")
    assert anne.post(f"{base}/depot").location == f"{base}/accuse"
    receipt = anne.get(f"{base}/accuse")
    number = re.search(r"Dossier <strong>([A-Z0-9]{4}-[A-Z0-9]{4})</strong>", receipt)
    assert number is not None
    assert "Nature de l’innovation" in receipt
    assert "en préparation" in receipt
    assert number[1] in anne.get("/candidature")


def test_filing_twice_shows_the_same_receipt(call: Applicants, anne: Browser) -> None:
    base = f"/candidature/{call.bring(LEAST)}"
    anne.get(f"{base}/relecture")
    assert [anne.post(f"{base}/depot").location for _ in range(2)] == [f"{base}/accuse"] * 2


@pytest.mark.target("A11Y-05")
def test_a_dossier_that_cannot_be_filed_says_what_to_answer_first(anne: Browser) -> None:
    base = started(anne)
    page = anne.get(f"{base}/relecture")
    assert "Sans cela, le dossier ne peut pas être déposé" in page
    anne.get(f"{base}/etape/projet")
    anne.post(f"{base}/depot", status=422)
    assert anne.errors()[0].startswith("Il manque ce sans quoi un dossier ne peut pas être déposé")


@pytest.mark.target("A11Y-05")
def test_wrong_input_is_told_beside_its_field_kept_as_typed_and_the_rest_is_saved(anne: Browser) -> None:
    base = started(anne)
    anne.get(f"{base}/etape/identification")
    anne.post(
        f"{base}/etape/identification",
        status=422,
        **{"nom_pole": "Pôle", "date_creation": "31/02/2014", "porteur-siren": "123 45", "porteur-commune": "Lille"},
    )
    assert len(anne.errors()) == 3
    assert "Numéro SIREN : Le SIREN compte 9 chiffres" in " ".join(anne.errors()).replace("\xa0", " ")
    anne.get(f"{base}/etape/identification")
    assert (anne.shown("porteur-siren"), anne.shown("nom_pole")) == ("123 45", "Pôle")
    assert len(anne.errors()) == 3
    assert "À corriger – 3 réponses" in anne.get(base)


def test_of_two_open_forms_the_second_shows_both_texts_and_the_person_chooses(call: Applicants, new_browser) -> None:
    one, two = new_browser(), new_browser()
    address = f"/candidature/{call.start()}/etape/identification"
    one.get(address)
    two.get(address)
    one.post(address, nom_pole="Le premier")
    two.post(address, status=409, nom_pole="Le second", date_creation="12/06/2014")
    texts = re.findall(r'app-conflict__text"><p[^>]*>([^<]*)</p><p>([^<]*)', two.page)
    assert texts == [("Votre texte", "Le second"), ("Réponse enregistrée", "Le premier")]
    assert "par vous, dans une autre fenêtre" in two.page
    assert two.shown("nom_pole") == "Le second"
    one.get(address)
    assert (one.shown("nom_pole"), one.shown("date_creation")) == ("Le premier", "2014-06-12")
    choice = {"_autre-nom_pole": two.shown("_autre-nom_pole")}
    two.post(address, status=409, nom_pole="Le second", **choice)  # nothing chosen: nothing overwritten
    two.post(address, **choice, nom_pole="Le second", **{"_choix-nom_pole": "autre"})
    one.get(address)
    assert one.shown("nom_pole") == "Le premier"
    two.post(address, **choice, nom_pole="Le premier et le second", **{"_choix-nom_pole": "mienne"})
    one.get(address)
    assert one.shown("nom_pole") == "Le premier et le second"


def test_rows_are_filled_one_by_one_and_every_button_saves_what_was_typed(anne: Browser) -> None:
    base = started(anne)
    address = f"{base}/etape/membres"
    anne.get(f"{address}/membres/nouvelle")
    row = {"denomination": "Fonderie", "categorie": "entreprise_hors_ess", "apport_numeraire": "12 500,50"}
    assert anne.post(f"{address}/membres/nouvelle", _acte="autre", **row).location.endswith("/nouvelle")
    page = anne.get(address)
    assert "Fonderie" in page
    assert "12\u202f500,50" in page
    (edit,) = [button for button in anne.buttons("ligne") if not button.endswith("nouvelle")]
    typed = {"membres-nouvelle-denomination": "Scierie"}
    assert anne.post(address, _acte=edit, **typed).location.endswith(edit.rpartition(":")[2])
    assert "Scierie" in anne.get(address)
    anne.post(address, _acte=anne.buttons("retirer")[0])
    assert "Ligne retirée" in anne.get(address)
    anne.post(address, _acte="retablir:membres")
    assert len(re.findall(r'value="retirer:', anne.get(address))) == 2
    anne.post(address, _acte=anne.buttons("copier")[0])
    assert len(re.findall(r'value="retirer:', anne.get(address))) == 3


def test_a_row_for_which_there_is_no_room_stays_in_its_fields(call: Applicants, anne: Browser) -> None:
    reference = call.bring({"membres": {"membres": [{"denomination": "Membre"}] * 200}})
    address = f"/candidature/{reference}/etape/membres"
    anne.get(address)
    anne.post(address, status=422, **{"membres-nouvelle-denomination": "Le deux-cent-unième"})
    assert anne.shown("membres-nouvelle-denomination") == "Le deux-cent-unième"


def test_a_row_with_a_wrong_cell_is_saved_and_told(anne: Browser) -> None:
    address = f"{started(anne)}/etape/membres"
    anne.get(f"{address}/membres/nouvelle")
    anne.post(f"{address}/membres/nouvelle", status=422, denomination="Fonderie", siren="12", voix="beaucoup")
    assert len(anne.errors()) == 2
    anne.get(address)
    assert len(anne.errors()) == 2
    assert "Fonderie" in anne.page


def test_a_row_changed_elsewhere_meanwhile_shows_both_texts_and_the_person_chooses(
    call: Applicants, new_browser
) -> None:
    reference = call.bring({"membres": {"membres": [{"denomination": "Avant"}]}})
    one, two = new_browser(), new_browser()
    stage = f"/candidature/{reference}/etape/membres"
    one.get(stage)
    row = f"{stage}/membres/{one.buttons('retirer')[0].rpartition(':')[2]}"
    for browser in (one, two):
        browser.get(row)
    one.post(row, denomination="Un")
    seen = two.page
    two.post(row, denomination="Avant")  # untouched: what the other wrote stays
    one.get(row)
    assert one.shown("denomination") == "Un"
    two.page = seen
    two.post(row, status=409, denomination="Deux")
    assert re.findall(r'app-conflict__text"><p[^>]*>([^<]*)</p><p>([^<]*)', two.page) == [
        ("Votre texte", "Deux"),
        ("Réponse enregistrée", "Un"),
    ]
    assert two.shown("denomination") == "Deux"
    seen = {"_autre-ligne": two.shown("_autre-ligne")}
    two.post(row, status=409, denomination="Deux", **seen)  # nothing chosen: nothing overwritten
    two.post(row, denomination="Deux", **seen, **{"_choix-ligne": "autre"})
    one.get(row)
    assert one.shown("denomination") == "Un"
    two.post(row, denomination="Un et deux", **seen, **{"_choix-ligne": "mienne"})
    one.get(row)
    assert one.shown("denomination") == "Un et deux"


def test_a_row_taken_out_while_somebody_types_in_it_is_offered_as_a_new_one(call: Applicants, new_browser) -> None:
    reference = call.bring({"membres": {"membres": [{"denomination": "Avant"}]}})
    one, two = new_browser(), new_browser()
    stage = f"/candidature/{reference}/etape/membres"
    one.get(stage)
    row = f"{stage}/membres/{one.buttons('retirer')[0].rpartition(':')[2]}"
    two.get(row)
    one.post(stage, _acte=one.buttons("retirer")[0])
    assert "retirée du tableau" in two.post(f"{row}/saisie", 422, denomination="Long texte").json["message"]
    two.get(f"{stage}/membres/nouvelle")
    two.post(row, 422, denomination="Long texte")
    assert two.shown("denomination") == "Long texte"
    assert f'action="{stage}/membres/nouvelle"' in two.page
    two.post(f"{stage}/membres/nouvelle", denomination="Long texte")
    assert "Long texte" in one.get(stage)


def test_a_row_of_which_nothing_can_be_read_is_kept_as_typed(anne: Browser) -> None:
    address = f"{started(anne)}/etape/membres"
    anne.get(f"{address}/membres/nouvelle")
    anne.post(f"{address}/membres/nouvelle", status=422, siren="12")
    assert anne.shown("siren") == "12"
    assert "12" in anne.get(address)
    assert len(anne.errors()) == 1


@pytest.mark.target("SEC-23")
def test_pieces_are_refused_for_what_they_are_and_given_back_to_be_saved(anne: Browser) -> None:
    base = started(anne)
    address = f"{base}/etape/pieces"
    anne.get(address)
    anne.post(address, status=422, **{"_fichier-statuts": (io.BytesIO(b"MZ"), "statuts.exe")})
    assert "Ce genre de fichier n’est pas accepté" in " ".join(anne.errors())
    anne.post(address, **{"_acte": "rester", "_fichier-statuts": (io.BytesIO(PDF), "Statuts été.pdf")})
    piece = re.search(r'href="(/candidature/[^"]*/piece/[^"]*)"', anne.get(address))
    assert piece is not None
    answer = anne._client.get(piece[1])
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Statuts%20%C3%A9t%C3%A9.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    (button,) = anne.buttons("piece")
    asked = anne.post(address, _acte=button).location
    assert "Retirer «\xa0Statuts été.pdf\xa0»" in html.unescape(anne.get(asked))
    anne.post(asked.partition("?")[0], nom="Statuts été.pdf")
    anne.get(piece[1], status=404)


def test_several_files_leave_with_the_form_and_each_refusal_has_its_reason(anne: Browser) -> None:
    address = f"{started(anne)}/etape/pieces"
    anne.get(address)
    sent = [(io.BytesIO(content), name) for name, content in (("a.pdf", PDF), ("b.png", files.png()), ("c.pdf", b"%P"))]
    page = html.unescape(anne.post(address, status=422, **{"_fichier-statuts": sent}).text)
    assert len(anne.errors()) == 1
    assert ("a.pdf</a>" in page, "b.png</a>" in page, "c.pdf</a>" in page) == (True, True, False)
    anne.get(address)
    anne.post(address, **{"_acte": "rester", "_fichier-statuts": [(io.BytesIO(files.pdf(text=b"another")), "a.pdf")]})
    assert "a (2).pdf</a>" in anne.get(address)


def test_a_piece_with_a_virus_is_told_wherever_it_is_shown_and_opens_no_more(call: Applicants, anne: Browser) -> None:
    base = started(anne)
    anne.get(f"{base}/etape/pieces")
    anne.post(f"{base}/etape/pieces", **{"_acte": "rester", "_fichier-statuts": (io.BytesIO(PDF), "Statuts.pdf")})
    piece = re.search(r'href="(/candidature/[^"]*/piece/[^"]*)"', anne.get(f"{base}/etape/pieces"))
    assert piece is not None
    assert "non analysé par un antivirus" in anne.page
    infected = update(Attachment).values(scan="infected", scanned_at=OPENS, signature="Eicar")
    call.database.transaction(lambda session: session.execute(infected))
    page = anne.get(f"{base}/etape/pieces")
    assert "Virus trouvé (Eicar)" in page
    assert piece[1] not in page
    assert "Remplacez ce fichier" in anne.get(f"{base}/relecture")
    assert "L’antivirus a trouvé un virus dans cette pièce" in anne.get(piece[1], status=422)


def test_the_script_of_the_page_is_answered_with_the_list_or_the_reason(anne: Browser) -> None:
    address = f"{started(anne)}/etape/pieces"
    anne.get(address)
    answer = anne.post(f"{address}/statuts/pieces", status=200, fichier=(io.BytesIO(PDF), "Statuts.pdf"))
    assert "Statuts.pdf</a>" in answer.json["list"]
    anne.get(address)
    answer = anne.post(f"{address}/statuts/pieces", status=422, fichier=(io.BytesIO(b"x"), "x.exe"))
    assert answer.json["refusal"].startswith("Ce genre de fichier n’est pas accepté.")
    anne.get(address)
    for question in ("attestation_honneur", "inconnue"):
        anne.post(f"{address}/{question}/pieces", status=404, fichier=(io.BytesIO(PDF), "a.pdf"))
        anne.get(address)


def test_the_pieces_of_a_dossier_weigh_so_much_at_most(anne: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAXIMUM_OF_DOSSIER", 2 * len(PDF))
    address = f"{started(anne)}/etape/pieces"
    anne.get(address)
    three = [(io.BytesIO(PDF), f"{n}.pdf") for n in range(3)]
    page = anne.post(address, status=422, **{"_fichier-statuts": three}).text
    assert ("1.pdf</a>" in page, "2.pdf</a>" in page) == (True, False)
    assert "en tout" in anne.errors()[0]


def test_too_much_at_once_is_told_with_the_way_back(anne: Browser) -> None:
    address = f"{started(anne)}/etape/pieces"
    anne.get(address)
    anne.post(address, status=413, **{"_fichier-statuts": (io.BytesIO(bytes(26 * 2**20)), "a.pdf")})
    assert "Rien de cet envoi n’est enregistré" in anne.page


def test_another_person_sees_and_does_nothing(call: Applicants, new_browser) -> None:
    base = f"/candidature/{call.bring(COMPLETE)}"
    bruno = new_browser("bruno")
    for address in (base, f"{base}/etape/membres", f"{base}/etape/membres/membres/nouvelle", f"{base}/relecture"):
        bruno.get(address, status=404)
    bruno.get(f"{base}/accuse", status=404)
    bruno.get(f"{base}/accuse.pdf", status=404)
    bruno.get("/candidature")
    assert "Pôle des Essais" not in bruno.page
    bruno.get("/compte")
    bruno.post(f"{base}/depot", status=404)
    bruno.post(f"{base}/etape/membres", status=404)
    bruno.post(f"{base}/etape/pieces/statuts/retirer-piece", status=404, nom="statuts.pdf")


def test_after_the_closing_a_draft_is_read_and_nothing_can_be_sent(fresh_database: Database, tmp_path: Path) -> None:
    closed = open_call(fresh_database, closes=OPENS + timedelta(days=1))
    reference = closed.bring(LEAST)
    anne = Browser(create_app(load_settings({}, instance=tmp_path), database=closed.database).test_client())
    anne.sign_in("anne")
    base = f"/candidature/{reference}"
    assert "n’a pas été déposé" in anne.get(base)
    assert "Pôle des Essais" in anne.get(f"{base}/etape/identification")
    assert "_acte" not in anne.page
    anne.post(f"{base}/etape/identification", status=422, nom_pole="Trop tard de peu", stade="emergence")
    assert "L’appel est clos depuis" in anne.page
    assert "Trop tard de peu" in anne.page
    assert "En construction</dd>" in anne.page
    anne.post(f"{base}/etape/membres", status=422, **{"membres-nouvelle-denomination": "La ligne de trop"})
    assert "La ligne de trop" in anne.page
    anne.get(f"{base}/relecture")
    anne.post(f"{base}/depot", status=422)
    assert "L’appel est clos depuis" in " ".join(anne.errors())
    assert "est clos" in anne.get("/candidature/nouveau/ptce-2015")


def test_unknown_stages_tables_and_rows_are_not_found(call: Applicants, anne: Browser) -> None:
    base = f"/candidature/{call.start()}"
    for rest in ("etape/rien", "etape/membres/rien/nouvelle", "etape/membres/membres/rien", "piece/rien", "accuse"):
        assert "Cette page n’existe pas" in anne.get(f"{base}/{rest}", status=404), rest


def test_every_stage_of_a_call_of_another_shape_shows(fresh_database: Database, tmp_path: Path) -> None:
    other = open_call(fresh_database, "fabriques-2016", Path(__file__).parents[1] / "second_call")
    base = f"/candidature/{other.start()}"
    anne = Browser(create_app(load_settings({}, instance=tmp_path), database=other.database).test_client())
    anne.sign_in("anne")
    stages = other.definition.questionnaire.stages
    for stage in stages:
        [heading] = re.findall(r"<h1.*?</h1>", anne.get(f"{base}/etape/{stage.key}"), re.S)
        assert stage.title in text_of(heading)
    for page in (anne.get(base), anne.get(f"{base}/relecture")):
        assert [stage.title for stage in stages if stage.title not in text_of(page)] == []


@pytest.mark.parametrize("rest", ["", "/etape/membres", "/relecture", "/auto-evaluation"])
def test_a_page_costs_few_statements_whatever_the_size(call: Applicants, anne: Browser, rest: str) -> None:
    rows = [{"denomination": f"Membre {number}", "categorie": "entreprise_ess"} for number in range(150)]
    counts = []
    for answers in (COMPLETE, {**COMPLETE, "membres": {"membres": rows}}):
        address = f"/candidature/{call.bring(answers)}{rest}"
        anne.get(address)
        with statements(call.database) as sent:
            anne.get(address)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


def test_saving_a_stage_costs_few_statements(call: Applicants, anne: Browser) -> None:
    address = f"/candidature/{call.bring(COMPLETE)}/etape/identification"
    anne.get(address)
    with statements(call.database) as sent:
        anne.post(address, nom_pole="Un autre nom", **{"porteur-denomination": "Une autre structure"})
    assert len(sent) <= 25


def text_of(page: str) -> str:
    """Return the words of a page, spaces evened out."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ").split())


def test_the_self_assessment_says_why_and_links_to_the_very_question(call: Applicants, anne: Browser) -> None:
    members = [
        {"denomination": "Une", "categorie": "entreprise_ess"},
        {"denomination": "Deux", "categorie": "collectivite"},
    ]
    answers = {**COMPLETE, "membres": {"membres": members}}
    base = f"/candidature/{call.bring(answers)}"
    page = anne.get(f"{base}/auto-evaluation")
    words = text_of(page)
    assert "Indicatif" in words
    assert "La recevabilité est décidée par le service organisateur" in words
    # Why, with the answer that was read, and where it is mended.
    assert "Aucune entreprise hors ESS, ni groupement à majorité hors ESS, parmi les membres." in words
    assert f'href="{base}/etape/membres#q-membres"' in page
    assert f'href="{base}/etape/identification#q-porteur-forme_juridique"' in page
    assert f'href="{base}/etape/identification#q-aide_anterieure"' in page
    # One next action: the first condition that is not met.
    assert page.count('class="fr-btn"') == 1
