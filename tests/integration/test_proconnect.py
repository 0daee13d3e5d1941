"""Signing in by ProConnect, against a real provider on this machine: who enters which account, and what is refused."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import BadSettings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import BoundIdentity, Person, RoleGrant, SignIn
from ptce_aap.proconnect.provider import DEADLINE
from ptce_aap.services.accounts import enrolment, factor_resets, passwords
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.browsers import Browser, token
from tests.forms import submit
from tests.sign_in_service import CLIENT_ID, CLIENT_SECRET, LIES, SILENCE_S, Service, sign_in_service

BASE, PASSWORD = "http://127.0.0.1:8000", "quatre mots faciles à retenir"
AGENT = {
    "sub": "agent-1",
    "email": "anne@example.org",
    "email_verified": True,
    "given_name": "Anne",
    "usual_name": "E.",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with sign_in_service() as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    """The service, honest, to which Anne is known."""
    running.person, running.amr, running.fault, running.lied = dict(AGENT), ["pwd"], "", False
    running.back = f"{BASE}/compte/proconnect/retour"
    running.left.clear()
    return running


@pytest.fixture
def app(service: Service, sqlite_database: Database, tmp_path: Path) -> Flask:
    return create_app(load_settings(given(service), instance=tmp_path), database=sqlite_database)


def given(service: Service) -> dict[str, str]:
    return {
        "PTCE_PROCONNECT_ISSUER": service.issuer,
        "PTCE_PROCONNECT_CLIENT_ID": CLIENT_ID,
        "PTCE_PROCONNECT_CLIENT_SECRET": CLIENT_SECRET,
    }


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def leave(client: FlaskClient, suite: str = "") -> str:
    """Begin a visit; return where the service sends back to."""
    away = client.get("/compte/proconnect", query_string={"suite": suite} if suite else {})
    assert away.status_code == 302
    with pytest.raises(urllib.error.HTTPError) as sent:
        urllib.request.build_opener(_Stay).open(away.headers["Location"], timeout=5)
    assert sent.value.code == 302
    return str(sent.value.headers["Location"])


def visit(client: FlaskClient, suite: str = "") -> TestResponse:
    parts = urlsplit(leave(client, suite))
    return client.get(f"{parts.path}?{parts.query}")


def invite(database: Database, role: Role = Role.TEAM, email: str = "anne@example.org") -> str:
    said = {"by": SYSTEM, "base_url": BASE, "call_title": "", "now": clock.now()}
    return database.transaction(enrolment.invite, email, role, **said)


def register(app: Flask, database: Database) -> FlaskClient:
    """Return the browser of an applicant whose address is proved."""
    said = {"base_url": BASE, "now": clock.now()}
    entry = database.transaction(entering.register, "anne@example.org", PASSWORD, "Anne", **said)
    database.transaction(lambda session: setattr(session.get_one(Person, 1), "email_confirmed_at", clock.now()))
    client = app.test_client()
    client.set_cookie("ptce", entry.secret)
    return client


def is_in(client: FlaskClient) -> bool:
    return (
        client.get("/compte", follow_redirects=False).headers.get("Location", "").split("?")[0] != "/compte/connexion"
    )


def test_without_its_address_nothing_is_offered_and_nobody_is_asked(sqlite_database: Database, tmp_path: Path) -> None:
    client = create_app(load_settings({}, instance=tmp_path), database=sqlite_database).test_client()
    assert "ProConnect" not in client.get("/compte/connexion").text
    assert client.get("/compte/proconnect").status_code == 404
    assert client.get("/compte/proconnect/retour?code=x&state=y").status_code == 404


def test_a_visit_leaves_with_state_nonce_and_a_challenge_and_comes_back_to_one_exact_address(
    app: Flask, service: Service
) -> None:
    client = app.test_client()
    assert "Se connecter avec ProConnect" in client.get("/compte/connexion").text
    asked = [parse_qs(urlsplit(client.get("/compte/proconnect").headers["Location"]).query) for _ in range(2)]
    assert asked[0]["redirect_uri"] == [service.back]
    assert asked[0]["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 43
        assert asked[0][name] != asked[1][name]


def test_an_invited_person_enters_her_account_by_her_verified_address_and_again_by_her_name_there(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database)
    service.amr = ["pwd", "mfa"]
    client = app.test_client()
    assert visit(client, "/pilotage").headers["Location"] == "/pilotage"
    assert client.get("/pilotage").status_code == 200
    # Her address changes there: her name does not.
    service.person["email"] = "anne.nouvelle@example.org"
    again = app.test_client()
    visit(again)
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        assert session.scalar(select(func.count()).select_from(SignIn)) == 2
        assert session.scalars(select(RoleGrant.role)).all() == ["team"]


@pytest.mark.target("SEC-25")
def test_a_role_asks_for_the_second_factor_that_the_service_did_not_ask_for(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database)
    client = app.test_client()
    visit(client)
    with sqlite_database.reading() as session:
        assert session.scalars(select(SignIn.strong)).all() == [False]
    assert client.get("/pilotage").status_code == 302
    service.amr = ["mfa"]
    strong = app.test_client()
    visit(strong)
    assert strong.get("/pilotage").status_code == 200


@pytest.mark.target("SEC-25")
def test_the_password_of_an_official_who_comes_by_the_service_links_no_application(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database)
    service.amr = ["mfa"]
    visit(app.test_client())
    hashed = passwords.hash_password(PASSWORD)
    sqlite_database.transaction(lambda session: setattr(session.get_one(Person, 1), "password_hash", hashed))
    thief = Browser(app, sqlite_database)
    asked = submit(thief, "/compte/connexion", "Se connecter", email="anne@example.org", password=PASSWORD)
    assert "Continuer avec ProConnect" in asked.text
    assert thief.client.get("/compte/securite/application").status_code == 302
    with sqlite_database.reading() as session:
        assert session.scalars(select(SignIn.strong)).all() == [True]  # no other session than hers
    visit(thief.client)  # who is known there goes on
    assert thief.client.get("/pilotage").status_code == 200
    # Where the service opens no more, whoever manages her roles takes it away, and she begins again.
    reset = factor_resets.reset_by_address
    sqlite_database.transaction(reset, SYSTEM, "anne@example.org", base_url=BASE, now=clock.now())
    again = Browser(app, sqlite_database)
    begun = submit(again, "/compte/connexion", "Se connecter", email="anne@example.org", password=PASSWORD)
    assert "application" in begun.text
    with sqlite_database.reading() as session:
        assert session.scalars(select(BoundIdentity)).all() == []


def test_which_words_count_as_two_factors_is_a_setting(
    service: Service, sqlite_database: Database, tmp_path: Path
) -> None:
    invite(sqlite_database)
    told = {**given(service), "PTCE_PROCONNECT_STRONG": "eidas1"}
    visit(create_app(load_settings(told, instance=tmp_path), database=sqlite_database).test_client())
    with sqlite_database.reading() as session:
        assert session.scalars(select(SignIn.strong)).all() == [True]


def test_a_newcomer_gets_an_applicant_s_account_and_never_a_role(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database, email="une.autre@example.org")
    client = app.test_client()
    visit(client)
    assert is_in(client)
    assert client.get("/pilotage").status_code == 403
    with sqlite_database.reading() as session:
        person = session.scalars(select(Person).where(Person.email_key == "anne@example.org")).one()
        assert (person.password_hash, person.grants) == (None, [])
        assert person.email_confirmed_at is not None


def test_an_address_that_the_service_has_not_verified_opens_nothing(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database)
    for said in (False, None, "true", 1):
        service.person["email_verified"] = said
        client = app.test_client()
        assert visit(client).headers["Location"] == "/compte/connexion"
        assert not is_in(client)


def test_an_account_that_was_not_invited_is_bound_once_its_password_is_given(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    register(app, sqlite_database)
    client = app.test_client()
    sent_on = visit(client, "/candidature")
    assert not is_in(client)
    assert sent_on.headers["Location"].startswith("/compte/connexion?suite=/compte/proconnect")
    with sqlite_database.reading() as session:
        assert session.scalars(select(BoundIdentity)).all() == []
    owner = register_again(app, sqlite_database)
    assert visit(owner).status_code == 302
    fresh = app.test_client()
    visit(fresh)
    assert is_in(fresh)
    with sqlite_database.reading() as session:
        assert session.scalars(select(BoundIdentity.person_id)).all() == [1]


def register_again(app: Flask, database: Database) -> FlaskClient:
    entry = database.transaction(
        entering.register, "anne@example.org", PASSWORD, "Anne", base_url=BASE, now=clock.now()
    )
    client = app.test_client()
    client.set_cookie("ptce", entry.secret)
    return client


def test_whoever_only_said_an_address_is_not_entered_by_who_has_proved_it(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    said = {"base_url": BASE, "now": clock.now()}
    squatter = sqlite_database.transaction(entering.register, "anne@example.org", PASSWORD, "Quelqu’un", **said)
    visit(app.test_client())
    with sqlite_database.reading() as session:
        mine = session.scalars(select(BoundIdentity.person_id)).one()
        theirs = session.get_one(SignIn, session.scalars(select(SignIn.digest).where(SignIn.person_id != mine)).one())
        assert session.get_one(Person, theirs.person_id).claimed_key == "anne@example.org"
        assert session.get_one(Person, mine).email_key == "anne@example.org"
    assert squatter.secret


# The user info has neither nonce nor, always, an expiry.
OF_THE_VISIT = {"another nonce", "no nonce", "no expiry"}
FAULTS = [
    *(f"id token: {lie}" for lie in LIES),
    *(f"user info: {lie}" for lie in LIES if lie not in OF_THE_VISIT),
    "user info: unsigned",
]


@pytest.fixture(scope="module")
def forged(running: Service, databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Database]]:
    database = databases.create("sqlite")
    invite(database)
    yield (
        create_app(load_settings(given(running), instance=tmp_path_factory.mktemp("forged")), database=database),
        database,
    )
    databases.discard(database)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_service_did_not_truly_sign_for_this_visit_opens_nothing(
    forged: tuple[Flask, Database], service: Service, fault: str
) -> None:
    app, database = forged
    client = app.test_client()
    back = leave(client)
    service.fault = fault
    answer = client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")
    assert service.lied
    assert answer.headers["Location"] == "/compte/connexion"
    assert not is_in(client)
    with database.reading() as session:
        assert session.scalars(select(SignIn)).all() == []


def test_the_configuration_of_another_service_is_not_believed(app: Flask, service: Service) -> None:
    service.fault = "configuration of another"
    assert app.test_client().get("/compte/proconnect").headers["Location"] == "/compte/connexion"


def test_a_return_is_worth_nothing_twice_elsewhere_or_without_its_state(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    invite(sqlite_database)
    mine, thief = app.test_client(), app.test_client()
    back = urlsplit(leave(mine))
    path, query = back.path, back.query
    for attempt in (f"{path}?{query}", f"{path}?code=x&state=", path):
        assert thief.get(attempt).headers["Location"] == "/compte/connexion"
        assert not is_in(thief)
    copied = {name: mine.get_cookie(name) for name in ("ptce-form",)}
    assert mine.get(f"{path}?{query}").headers["Location"] != "/compte/connexion"
    # The same code with the same cookie, once more: the service has forgotten it.
    thief.set_cookie("ptce-form", copied["ptce-form"].value)
    assert thief.get(f"{path}?{query}").headers["Location"] == "/compte/connexion"
    assert not is_in(thief)


def test_a_return_in_the_name_of_another_service_is_not_even_asked_about(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    client = app.test_client()
    back = urlsplit(leave(client))
    answer = client.get(f"{back.path}?{back.query}&iss=https://evil.example")
    assert answer.headers["Location"] == "/compte/connexion"
    assert not service.used or service.used[-1] not in back.query


def test_a_closed_account_stays_closed(app: Flask, service: Service, sqlite_database: Database) -> None:
    invite(sqlite_database)
    visit(app.test_client())
    sqlite_database.transaction(lambda session: setattr(session.get_one(Person, 1), "active", False))
    client = app.test_client()
    visit(client)
    assert not is_in(client)


def test_leaving_leaves_the_service_too(app: Flask, service: Service, sqlite_database: Database) -> None:
    invite(sqlite_database)
    service.amr = ["mfa"]
    client = app.test_client()
    visit(client)
    page = client.get("/compte")
    assert f"form-action 'self' {service.issuer}" in page.headers["Content-Security-Policy"]
    out = urlsplit(client.post("/compte/deconnexion", data={"csrf_token": token(page.text)}).headers["Location"])
    assert f"{out.scheme}://{out.netloc}{out.path}" == f"{service.issuer}/logout"
    assert parse_qs(out.query)["post_logout_redirect_uri"] == [f"{BASE}/"]
    assert not is_in(client)


def test_a_silent_service_keeps_nobody_from_his_password(
    app: Flask, service: Service, sqlite_database: Database
) -> None:
    register(app, sqlite_database)
    service.fault = "silent"
    client = app.test_client()
    began = time.monotonic()
    answer = client.get("/compte/proconnect", follow_redirects=True)
    first = time.monotonic() - began
    assert "ProConnect ne répond pas" in answer.text
    assert first < SILENCE_S  # whatever the machine; the bound itself:
    assert DEADLINE < 5
    # It is not asked again for a while.
    assert client.get("/compte/proconnect").headers["Location"] == "/compte/connexion"
    service.fault = ""
    assert client.get("/compte/proconnect").headers["Location"] == "/compte/connexion"
    secret = token(client.get("/compte/connexion").text)
    form = {"email": "anne@example.org", "password": PASSWORD, "csrf_token": secret}
    assert client.post("/compte/connexion", data=form).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize(
    "told",
    [
        {"PTCE_PROCONNECT_ISSUER": "https://fca.example"},
        {"PTCE_PROCONNECT_CLIENT_ID": "x"},
        {"ISSUER": "http://fca.example"},
        {"ISSUER": "https://fca.example/?x=1"},
        {"ISSUER": "fca.example"},
    ],
)
def test_settings_that_would_not_be_safe_are_refused_at_start(told: dict[str, str], tmp_path: Path) -> None:
    if issuer := told.get("ISSUER"):
        told = {
            "PTCE_PROCONNECT_ISSUER": issuer,
            "PTCE_PROCONNECT_CLIENT_ID": "x",
            "PTCE_PROCONNECT_CLIENT_SECRET": "y",
        }
    with pytest.raises(BadSettings, match="PTCE_PROCONNECT"):
        load_settings(told, instance=tmp_path)
