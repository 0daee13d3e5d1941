"""Numbers told as they are typed, and a group or a row completed from a public register, as a browser does it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from tests.filings import Applicants, open_call
from tests.integration.test_applicant_pages import Browser, text_of
from tests.registers import KNOWN, FakeRegister, register_at


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


@pytest.fixture
def fake() -> Iterator[FakeRegister]:
    with register_at() as server:
        yield server


@pytest.fixture
def open_browser(call: Applicants, tmp_path: Path) -> Callable[[dict[str, str]], Browser]:
    def browser(settings: dict[str, str]) -> Browser:
        app = create_app(load_settings(settings, instance=tmp_path), database=call.database)
        call.actor("anne")
        found = Browser(app.test_client())
        found.sign_in("anne")
        return found

    return browser


def offered(page: str) -> dict[str, tuple[str, bool]]:
    """Return the fields that the page offers to write: the value, and whether it is ticked."""
    ticked = dict(re.findall(r'name="champ" value="(\w+)"( checked)?', page))
    values = {key: html.unescape(text) for key, text in re.findall(r'name="valeur-(\w+)" value="([^"]*)"', page)}
    return {key: (values[key], bool(mark)) for key, mark in ticked.items()}


TOLD = [
    ("siren", "12 345 67", "Le SIREN compte 9 chiffres ; il en manque 2."),
    ("siren", "00000001", "Le SIREN compte 9 chiffres ; il en manque un."),
    ("siren", "000 000 018", ""),
    ("siren", "123456789", "Le SIREN « 123456789 » est faux : sa clé de contrôle ne correspond pas."),
    ("siret", "1234", "Le SIRET compte 14 chiffres ; il en manque 10."),
    ("siret", "356 000 000 00001", ""),  # La Poste: the sum of the digits
    ("siret", "356 000 000 00018", "Le SIRET « 35600000000018 » est faux : sa clé de contrôle ne correspond pas."),
    ("rna", "W75123456", "Un numéro RNA s’écrit « W » suivi de neuf caractères (« W123456789 »)."),
    ("rna", "", ""),
]


def test_a_number_is_told_wrong_in_a_sentence(open_browser) -> None:
    anne = open_browser({})
    found = [
        anne._client.get("/candidature/identifiants", query_string={"genre": kind, "valeur": typed}).json["message"]
        for kind, typed, _ in TOLD
    ]
    assert [message.replace("\xa0", " ") for message in found] == [told for *_, told in TOLD]
    # Numbers of legal persons and of places only, never what tells of people.
    anne.get("/candidature/identifiants?genre=courriel&valeur=a", status=404)


def test_without_a_register_there_is_no_button_and_no_page(call: Applicants, open_browser) -> None:
    anne = open_browser({})
    base = f"/candidature/{call.bring({'identification': {'porteur': {'siren': KNOWN}}})}"
    assert "Compléter depuis le registre" not in anne.get(f"{base}/etape/identification")
    anne.get(f"{base}/etape/identification/porteur/registre", status=404)


def test_empty_fields_are_filled_and_a_filled_one_only_where_it_is_ticked(call, open_browser, fake) -> None:
    anne = open_browser({"PTCE_REGISTER_URL": fake.url})
    base = f"/candidature/{call.bring({'identification': {'nom_pole': 'Pôle'}})}"
    stage = f"{base}/etape/identification"
    anne.get(stage)
    typed = {"nom_pole": "Pôle", "porteur-siren": "000 000 018", "porteur-denomination": "Les Ateliers"}
    # The button saves what is typed, then asks.
    page = anne.get(anne.post(stage, _acte="registre:porteur", **typed).location)
    fields = offered(page)
    assert fields["denomination"] == ("LES ATELIERS DU CANAL", False)
    assert fields["siret"] == ("00000001800010", True)
    assert fields["forme_juridique"] == ("association", True)
    assert "Votre réponse : Les Ateliers" in text_of(page)
    ticked = [key for key, (_, mark) in fields.items() if mark]
    sent = {f"valeur-{key}": value for key, (value, _) in fields.items()}
    anne.post(f"{stage}/porteur/registre", champ=ticked, **sent)
    anne.get(stage)
    assert anne.shown("porteur-denomination") == "Les Ateliers"
    assert (anne.shown("porteur-siret"), anne.shown("porteur-adresse")) == ("00000001800010", "12 QUAI DU CANAL")
    assert anne.shown("porteur-commune") == "59350"
    page = anne.get(f"{stage}/porteur/registre")
    assert offered(page) == {"denomination": ("LES ATELIERS DU CANAL", False)}
    anne.post(f"{stage}/porteur/registre", champ="denomination", **sent)
    anne.get(stage)
    assert anne.shown("porteur-denomination") == "LES ATELIERS DU CANAL"


def test_a_row_is_completed_and_what_changed_meanwhile_is_not_overwritten(call, open_browser, fake) -> None:
    anne = open_browser({"PTCE_REGISTER_URL": fake.url})
    table = f"/candidature/{call.bring({'membres': {'membres': [{'siren': KNOWN}]}})}/etape/membres/membres"
    anne.get(table.rpartition("/")[0])
    row = anne.buttons("retirer")[0].rpartition(":")[2]
    anne.get(f"{table}/{row}")
    asked = anne.post(f"{table}/{row}", _acte="registre", siren=KNOWN).location
    fields = offered(anne.get(asked))
    shown = anne.page
    anne.get(f"{table}/{row}")
    anne.post(f"{table}/{row}", siren=KNOWN, denomination="Écrit entre-temps")
    anne.page = shown
    sent = {f"valeur-{key}": value for key, (value, _) in fields.items()}
    assert anne.post(f"{table}/registre", ligne=row, champ=list(fields), **sent).location == asked
    anne.get(f"{table}/{row}")
    assert anne.shown("denomination") == "Écrit entre-temps"
    anne.get(asked)
    anne.post(f"{table}/registre", ligne=row, champ=["forme_juridique", "voix"], **sent, **{"valeur-voix": "9"})
    anne.get(f"{table}/{row}")
    assert re.search(r'<option value="association" selected', anne.page)
    # What the call does not let a register fill is not written, whatever is sent.
    assert anne.shown("voix") == ""


def test_a_register_that_fails_says_so_and_blocks_nothing(call: Applicants, open_browser, fake: FakeRegister) -> None:
    anne = open_browser({"PTCE_REGISTER_URL": fake.url})
    stage = f"/candidature/{call.bring({'identification': {'porteur': {'siren': KNOWN}}})}/etape/identification"
    silent, unknown = "Le registre ne répond pas.", "Le registre ne connaît pas le SIREN"
    for mode, told in (("broken", silent), ("garbage", silent), ("another", unknown)):
        fake.mode = mode
        assert told in anne.get(f"{stage}/porteur/registre")
    anne.get(stage)
    assert anne.post(stage, nom_pole="Pôle", **{"porteur-siren": KNOWN}).location.endswith("/membres")


def test_another_person_asks_nothing_of_the_register(call, open_browser, fake, tmp_path) -> None:
    reference = call.bring({"identification": {"porteur": {"siren": KNOWN}}})
    call.actor("bruno")
    app = create_app(load_settings({"PTCE_REGISTER_URL": fake.url}, instance=tmp_path), database=call.database)
    bruno = Browser(app.test_client())
    bruno.sign_in("bruno")
    bruno.get(f"/candidature/{reference}/etape/identification/porteur/registre", status=404)
    assert fake.asked == []
