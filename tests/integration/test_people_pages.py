"""The pages about the people of a dossier: what each person is offered, and what a page that is not his answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.models import OutboxItem
from tests.browsers import Browser, application
from tests.filings import COMPLETE, Applicants, open_call


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def app(call: Applicants, tmp_path: Path) -> Flask:
    return application(call.database, tmp_path)


def browse(app: Flask, call: Applicants, name: str | None) -> Browser:
    if name is None:
        return Browser(app, call.database)
    call.actor(name)
    return Browser(app, call.database, f"{name}@example.org")


def link_sent(call: Applicants, to: str) -> str:
    """Return the path of the last link sent to an address."""
    with call.database.reading() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail").order_by(OutboxItem.created_at))
        texts = [item.payload["text"] for item in items if item.payload["to"] == to]
    found = re.findall(r"http://[^/\s]+(/\S+)", texts[-1])
    return str(found[0])


def invite(owner: Browser, call: Applicants, reference: str, name: str, role: str) -> str:
    page = f"/candidature/{reference}/personnes/inviter"
    sent = owner.post(page, {"email": f"{name}@example.org", "role": role}, page=page)
    assert sent.status_code == 302, sent.text
    return link_sent(call, f"{name}@example.org")


def forms_of(page: str) -> set[str]:
    return set(re.findall(r'<form[^>]*action="([^"]+)"', page)) - {"/compte/deconnexion"}


def test_an_invited_person_says_yes_with_an_account_and_finds_the_dossier(app: Flask, call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    link = invite(browse(app, call, "anne"), call, reference, "basile", "edit")
    stranger = browse(app, call, None)
    shown = stranger.get(link)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Anne vous invite" in shown.text
    assert f"/compte/creer?suite={link}" in shown.text
    assert stranger.post(link, page=link).headers["Location"].startswith("/compte/connexion")
    guest = browse(app, call, "basile")
    assert "Accepter l’invitation" in guest.get(link).text
    entered = guest.post(link, page=link)
    assert entered.headers["Location"] == f"/candidature/{reference}"
    assert "Partagé avec vous" in guest.get("/candidature").text
    people = browse(app, call, "anne")
    invite(people, call, reference, "chloe", "read")
    page = f"/candidature/{reference}/personnes"
    again = re.findall(rf'action="({page}/[^"]+/relance)"', people.get(page).text)[0]
    assert people.post(again, page=page).headers["Location"] == page
    assert "laissez-lui le temps d’arriver" in people.get(page).text
    for dead in (guest.get(link), stranger.get(link)):
        assert dead.status_code == 422
        assert "a déjà servi" in dead.text


def test_a_reader_is_shown_no_button_that_is_not_his(app: Flask, call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    reader = browse(app, call, "basile")
    link = invite(browse(app, call, "anne"), call, reference, "basile", "read")
    reader.post(link, page=link)
    home = f"/candidature/{reference}"
    for page in (home, f"{home}/relecture", f"{home}/etape/identification", f"{home}/personnes", f"{home}/historique"):
        answer = reader.get(page)
        assert answer.status_code == 200, page
        assert forms_of(answer.text) == set(), page
        assert "anne@example.org" not in answer.text, page
    assert "Vous ne pouvez ni le modifier ni le déposer" in reader.get(home).text
    for act in ("depot", "etape/identification", "personnes/inviter", "personnes/representant", "personnes/garder"):
        refused = reader.post(f"{home}/{act}", {"email": "d@example.org", "role": "read"})
        assert refused.status_code == 422, act
    for act in ("personnes/reprendre", "personnes/confirmer"):
        assert reader.get(f"{home}/{act}").status_code == 404, act
    other = browse(app, call, "zoe")
    missing = other.get("/candidature/personne-n-a-ce-dossier/personnes")
    for page in ("personnes", "historique", "personnes/quitter", "personnes/inviter", "personnes/confirmer"):
        hidden = other.get(f"{home}/{page}")
        assert (hidden.status_code, len(hidden.text)) == (404, len(missing.text)), page


def test_a_representative_reads_by_link_and_answers_without_account(app: Flask, call: Applicants) -> None:
    who = {**COMPLETE["identification"]["porteur"], "representant_courriel": "presidence@example.org"}
    reference = call.bring({**COMPLETE, "identification": {**COMPLETE["identification"], "porteur": who}})
    owner = browse(app, call, "anne")
    ask = f"/candidature/{reference}/personnes/representant"
    assert 'value="presidence@example.org"' in owner.get(ask).text
    assert owner.post(ask, {"email": "dir@example.org"}, page=ask).status_code == 302
    link = link_sent(call, "dir@example.org")
    visitor = browse(app, call, None)
    page = visitor.get(link)
    assert page.headers["Cache-Control"] == "no-store"
    assert "pas une signature" in page.text
    shown = re.findall(r'name="shown"[^>]*value="(\w{64})"', page.text)[0]
    word = {"name": "Une personne d’essai", "quality": "présidente", "sentence": "", "shown": shown}
    refused = visitor.post(link, {**word, "reponse": "declined"}, page=link)
    assert (refused.status_code, "Dites en une phrase" in refused.text) == (422, True)
    assert "Une personne d’essai" in refused.text
    assert visitor.post(link, {**word, "reponse": "confirmed"}, page=link).status_code == 302
    for where in ("personnes", "relecture"):
        told = owner.get(f"/candidature/{reference}/{where}").text
        assert "Confirmé le" in told, where
        assert "version antérieure" not in told, where
    call.file(reference)
    word["sentence"] = "Écrit pendant que le dossier était déposé."
    late = visitor.post(link, {**word, "reponse": "confirmed"}, page="/compte/connexion")
    assert (late.status_code, word["sentence"] in late.text) == (422, True)


def test_a_dossier_is_handed_over_page_by_page(app: Flask, call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    owner, heir = browse(app, call, "anne"), browse(app, call, "basile")
    link = invite(owner, call, reference, "basile", "carrier")
    heir.post(link, page=link)
    people = f"/candidature/{reference}/personnes"
    offer = re.findall(rf'href="({people}/[^"]+/confier)"', owner.get(people).text)[0]
    assert owner.post(offer, page=offer).status_code == 302
    assert "Le dossier lui est proposé" in owner.get(people).text
    assert "Accepter ou refuser" in heir.get(people).text
    assert heir.post(f"{people}/reprendre", page=f"{people}/reprendre").status_code == 302
    assert "Inviter une personne" in heir.get(people).text
    assert "Inviter une personne" not in owner.get(people).text
    assert owner.post(f"{people}/quitter", page=f"{people}/quitter").status_code == 302
    assert owner.get(people).status_code == 404
