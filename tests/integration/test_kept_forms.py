"""A form that comes too late is never lost: its text is shown, and sent again by its author only."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.models import Answer, SignIn
from ptce_aap.services.accounts import accounts
from tests.browsers import Browser, application
from tests.filings import COMPLETE, Applicants, open_call
from tests.forms import Form, forms_of

HOSTILE = '"><script>alert(1)</script>\r\n<img src=x onerror=alert(2)> & « fin »'


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def app(call: Applicants, tmp_path: Path) -> Flask:
    return application(call.database, tmp_path)


@pytest.fixture
def stage(call: Applicants) -> str:
    return f"/candidature/{call.bring(COMPLETE)}/etape/identification"


def typed_form(browser: Browser, address: str, text: str) -> Form:
    """Open a stage and type in its first field."""
    form = next(one for one in forms_of(browser.get(address).text) if one.action == address)
    form.fields["nom_pole"] = text
    form.fields["_acte"] = "rester"
    return form


def send(browser: Browser, form: Form) -> TestResponse:
    return browser.client.post(form.action, data=form.fields)


def again(answer: TestResponse) -> Form:
    """Return the form that a page offers to send again."""
    (form,) = (one for one in forms_of(answer.text) if "Envoyer de nouveau" in one.buttons)
    return form


def sign_in_again(call: Applicants, browser: Browser, name: str) -> None:
    """Sign in from another tab, as the sign-in page does: form tokens start anew."""
    call.actor(name)
    other = Browser(browser.client.application, call.database, f"{name}@example.org")
    browser.client.set_cookie("ptce", other.client.get_cookie("ptce").value)
    browser.client.delete_cookie("ptce-form")


def end_sessions(call: Applicants) -> None:
    call.database.transaction(lambda session: session.execute(update(SignIn).values(ended_at=clock.now())))


def name_stored(call: Applicants) -> object:
    with call.database.reading() as session:
        return session.scalar(select(Answer.value).where(Answer.key == "identification.nom_pole"))


@pytest.mark.target("REL-21")
def test_a_session_that_ended_shows_the_text_and_one_button_saves_it_once_signed_in(
    call: Applicants, app: Flask, stage: str
) -> None:
    anne = Browser(app, call.database, "anne@example.org")
    form = typed_form(anne, stage, HOSTILE)
    end_sessions(call)
    answer = send(anne, form)
    assert answer.status_code == 401
    assert "<script>alert" not in answer.text
    assert HOSTILE.replace("\r\n", "\n") in html.unescape(answer.text).replace("\r\n", "\n")
    kept = again(answer)
    assert kept.action == stage
    sign_in_again(call, anne, "anne")
    assert send(anne, kept).status_code == 302
    assert name_stored(call) == HOSTILE.replace("\r\n", "\n")


@pytest.mark.target("REL-21")
@pytest.mark.parametrize("token", [None, "", "x", "the token of another browser"])
def test_a_token_that_died_shows_the_text_and_one_button_saves_it(
    call: Applicants, app: Flask, stage: str, token: str | None
) -> None:
    anne = Browser(app, call.database, "anne@example.org")
    form = typed_form(anne, stage, "Tapé toute la nuit")
    del form.fields["csrf_token"]
    if token is not None:
        form.fields["csrf_token"] = token
    answer = send(anne, form)
    assert answer.status_code == 400
    assert "Tapé toute la nuit" in answer.text
    assert name_stored(call) == "Pôle des Essais"
    assert send(anne, again(answer)).status_code == 302
    assert name_stored(call) == "Tapé toute la nuit"


def test_nobody_sends_the_text_of_another_person(call: Applicants, app: Flask, stage: str) -> None:
    anne = Browser(app, call.database, "anne@example.org")
    form = typed_form(anne, stage, "Texte d’Anne")
    end_sessions(call)
    kept = again(send(anne, form))
    sign_in_again(call, anne, "bruno")
    for sent in (kept, form):
        answer = send(anne, sent)
        assert answer.status_code == 409
        assert "Texte d’Anne" in html.unescape(answer.text)
    assert name_stored(call) == "Pôle des Essais"
    sign_in_again(call, anne, "anne")
    assert send(anne, kept).status_code == 302


def test_a_page_forged_elsewhere_gets_no_button(call: Applicants, app: Flask, stage: str) -> None:
    anne, mallory = (Browser(app, call.database, f"{name}@example.org") for name in known(call, "anne", "mallory"))
    answer = anne.client.post(stage, data={"nom_pole": "Forgé", "_de": ""})
    assert (answer.status_code, "Envoyer de nouveau" in answer.text) == (400, False)
    own = f"/candidature/{call.bring(COMPLETE, 'mallory')}/etape/identification"
    form = typed_form(mallory, own, "Forgé")
    del form.fields["csrf_token"]
    forged = again(send(mallory, form))
    # The proof of one person at one address is worth nothing for another, nor elsewhere.
    for action in (stage, own):
        answer = anne.client.post(action, data=forged.fields)
        assert answer.status_code in {400, 409}, action
    del forged.fields["csrf_token"]
    answer = mallory.client.post(own.replace("identification", "projet"), data=forged.fields)
    assert answer.status_code == 400
    assert name_stored(call) == "Pôle des Essais"


def test_a_password_is_never_carried_and_files_are_named(call: Applicants, app: Flask) -> None:
    visitor = Browser(app, call.database)
    sent = {"email": "anne@example.org", "password": "une phrase secrète"}
    answer = visitor.client.post("/compte/connexion", data=sent)
    assert answer.status_code == 400
    assert "secrète" not in answer.text
    assert "anne@example.org" in answer.text
    assert 'href="/compte/connexion"' in answer.text


def test_the_page_s_script_is_told_what_to_do(call: Applicants, app: Flask, stage: str) -> None:
    anne = Browser(app, call.database, "anne@example.org")
    form = typed_form(anne, stage, "Tapé")
    autosave = {"headers": {"X-Autosave": "1"}, "data": form.fields}
    good = form.fields["csrf_token"]
    form.fields["csrf_token"] = "dead"
    answer = anne.client.post(f"{stage}/saisie", **autosave)
    assert answer.status_code == 400
    form.fields["csrf_token"] = answer.json["token"]
    assert anne.client.post(f"{stage}/saisie", **autosave).status_code == 200
    end_sessions(call)
    answer = anne.client.post(f"{stage}/saisie", **autosave)
    assert (answer.status_code, answer.json["sign_in"]) == (401, "/compte/connexion")
    sign_in_again(call, anne, "bruno")
    form.fields["csrf_token"] = good
    answer = anne.client.post(f"{stage}/saisie", **autosave)
    assert (answer.status_code, "token" in answer.json) == (409, False)


def known(call: Applicants, *names: str) -> list[str]:
    """Make sure that these people have accounts."""
    return [call.actor(name).email.partition("@")[0] for name in names]


def test_what_is_refused_for_another_reason_is_shown_to_be_copied(call: Applicants, app: Flask, stage: str) -> None:
    known(call, "bruno")
    bruno = Browser(app, call.database, "bruno@example.org")
    answer = bruno.post(stage, {"nom_pole": "Un long texte"}, page="/compte")
    assert answer.status_code == 404
    assert re.search("Un long texte", answer.text)


def test_what_is_saved_while_one_types_does_not_keep_the_session_alive(
    call: Applicants, app: Flask, stage: str
) -> None:
    anne = Browser(app, call.database, "anne@example.org")
    form = typed_form(anne, stage, "Tapé")
    long_ago = clock.now() - accounts.SEEN_EVERY * 2
    call.database.transaction(lambda session: session.execute(update(SignIn).values(seen_at=long_ago)))
    sent = {"data": form.fields, "headers": {"X-Autosave": "1"}}
    assert anne.client.post(f"{stage}/saisie", **sent).status_code == 200
    with call.database.reading() as session:
        assert set(session.scalars(select(SignIn.seen_at))) == {long_ago}
    assert send(anne, typed_form(anne, stage, "Tapé et envoyé")).status_code == 302
    with call.database.reading() as session:
        assert max(session.scalars(select(SignIn.seen_at))) > long_ago
