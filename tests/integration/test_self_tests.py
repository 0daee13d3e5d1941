"""The public self-test as a browser without JavaScript meets it: asked, judged, shared; a dossier starts from it."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from tests.filings import Applicants, open_call, statements
from tests.integration.test_applicant_pages import Browser, text_of

HERE = "/appels/ptce-2015/test-de-recevabilite"


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


@pytest.fixture
def visitor(call: Applicants, tmp_path: Path) -> Browser:
    return Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())


def answered(call: Applicants, **others: str) -> str:
    """Return answers that fail nothing, with others in their place, as the form sends them."""
    chosen = {item.question.key: next(iter(item.effects)) for item in call.definition.self_test.questions}
    return urlencode({**chosen, "forme_du_porteur": "scic", "aide_deja_recue": "non", **others})


def test_anybody_reads_a_result_rule_by_rule_at_an_address_to_share(call: Applicants, visitor: Browser) -> None:
    assert HERE in visitor.get("/appels/ptce-2015")
    assert visitor.get(HERE).count("<fieldset") + visitor.page.count("<select") == 10
    words = text_of(visitor.get(f"{HERE}/resultat?{answered(call)}"))
    assert "Rien ne s’oppose à votre candidature" in words
    assert "Ce résultat est indicatif" in words
    assert "la décision appartient au service organisateur" in words
    assert "Entreprise de l’ESS parmi les membres : votre association." in words
    assert "3 personnes morales parmi les membres, mais 0 seulement avec un numéro SIREN" in words
    address = html.unescape(re.search(r"<code>([^<]*)</code>", visitor.page)[1])
    assert text_of(visitor.get(address.removeprefix("http://127.0.0.1:8000"))) == words


def test_a_condition_that_is_not_met_says_so(call: Applicants, visitor: Browser) -> None:
    words = text_of(visitor.get(f"{HERE}/resultat?{answered(call, forme_du_porteur='epci')}"))
    assert "Une condition n’est pas remplie" in words
    assert "est de droit public" in words


def test_a_question_left_out_is_asked_again_with_the_others_kept(call: Applicants, visitor: Browser) -> None:
    visitor.get(f"{HERE}/resultat?stade_du_pole=emergence&depose_par=nimporte")
    assert len(visitor.errors()) == 9
    assert re.search(r'value="emergence"[^>]* checked', visitor.page)


def test_a_dossier_starts_with_the_answers_after_an_account_is_made(call: Applicants, visitor: Browser) -> None:
    visitor.get(f"{HERE}/resultat?{answered(call)}")
    start = html.unescape(re.search(r'href="(/candidature/nouveau/[^"]*)"', visitor.page)[1])
    # The answers live through the way by the sign-in page, and by that of a new account.
    sign_in = visitor._client.get(start).location
    register = html.unescape(re.search(r'href="(/compte/creer[^"]*)"', visitor.get(sign_in))[1])
    visitor.get(register)
    typed = {"name": "Zoé", "email": "zoe@example.org", "password": "quatre mots faciles à retenir"}
    assert visitor.post(register, **typed).location == start
    assert "Vos réponses au test seront reprises" in visitor.get(start)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', visitor.page.split("reprises")[1]))
    base = visitor.post("/candidature/nouveau/ptce-2015", **hidden).location
    visitor.get(f"{base}/etape/identification")
    assert re.search(r'name="stade"[^>]* value="emergence"[^>]* checked', visitor.page)
    members = text_of(visitor.get(f"{base}/etape/membres"))
    assert "Entreprise hors ESS" in members
    # Names are supposed by the test, never written: they are still to give.
    assert "votre association" not in members
    assert "En cours – 3 réponses manquent" in text_of(visitor.get(base))


def test_a_call_without_a_test_has_no_such_page(fresh_database: Database, tmp_path: Path) -> None:
    other = open_call(fresh_database, "fabriques-2016", Path(__file__).parents[1] / "second_call")
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=other.database).test_client())
    assert "test-de-recevabilite" not in browser.get("/appels/fabriques-2016")
    browser.get("/appels/fabriques-2016/test-de-recevabilite", status=404)
    browser.get("/appels/fabriques-2016/test-de-recevabilite/resultat?q=1", status=404)


def test_the_result_costs_one_statement(call: Applicants, visitor: Browser) -> None:
    visitor.get(f"{HERE}/resultat?{answered(call)}")
    with statements(call.database) as sent:
        visitor.get(f"{HERE}/resultat?{answered(call)}")
    assert len(sent) <= 2
