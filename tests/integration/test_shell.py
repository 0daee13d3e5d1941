"""The web shell: who may enter is stated everywhere, forms are protected, headers are on every answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ptce_aap.app import create_app
from ptce_aap.cli import backup, verify_words  # noqa: F401 - their sentences register themselves
from ptce_aap.cli import messages as command_messages
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.web import access, messages
from tests.browsers import token

PASSWORD = "quatre mots faciles à retenir"
# Pages that anybody may open; every other endpoint states a permission. Twelve kinds at the most.
PUBLIC_PAGES = {
    "static",
    "public.home",
    "public.one_call",
    "public.laureates",
    "public.synthesis",
    "public.accessibility",
    "public.legal",
    "public.personal_data",
    "public.contact",
    "public.health",
    "public.calendar",
    "self_tests.form",
    "self_tests.result",
    "verification.form",
    "verification.check",
    "verification.heads",
    # The link is the secret: sent by mail to one person.
    "by_link.invitation",
    "by_link.decline_invitation",
    "by_link.confirm_as_representative",
    "consulted.answer",
    "consulted.page",
    "consulted.pass_on",
    "reminders.reminders",
    "reminders.stop",
    "account.sign_in",
    "proconnect.leave",
    "proconnect.come_back",
    "account.register",
    "account.confirm",
    "account.forgotten",
    "account.reset",
    "account.invitation",
    "passkeys.sign_in",
    "second_factor.ask",
    "mailbox.messages",
    "mailbox.message",
}
_SOURCES = Path(access.__file__).resolve().parents[1]


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return create_app(load_settings({}, instance=tmp_path), database=sqlite_database)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _register(client: FlaskClient, **changes: str) -> object:
    form = {"name": "Anne", "email": "anne@example.org", "password": PASSWORD}
    secret = token(client.get("/compte/creer").text)
    return client.post("/compte/creer", data={**form, **changes, "csrf_token": secret})


@pytest.mark.target("SEC-03")
def test_every_endpoint_states_who_may_enter_and_only_listed_pages_are_public(app: Flask) -> None:
    with app.app_context():
        stated = {rule.endpoint: access.rule_of(rule.endpoint) for rule in app.url_map.iter_rules()}
    assert [endpoint for endpoint, rule in stated.items() if rule is None] == []
    assert {endpoint for endpoint, rule in stated.items() if rule == access.PUBLIC} <= PUBLIC_PAGES


@pytest.mark.target("SEC-03")
def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_nothing_runs(app: Flask, client: FlaskClient) -> None:
    seen = 0
    for rule in app.url_map.iter_rules():
        with app.app_context():
            if access.rule_of(rule.endpoint) == access.PUBLIC:
                continue
        address = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in sorted((rule.methods or set()) & {"GET", "HEAD"}):
            answer = client.open(address, method=method)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/compte/connexion"), address
            seen += 1
    assert seen > 2


@pytest.mark.target("SEC-30")
def test_every_unsafe_route_refuses_a_request_without_its_token(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        # One click in a mail program stops reminders: it has neither cookie nor token, its link is the secret.
        if "POST" in (rule.methods or set()) and rule.endpoint != "reminders.stop":
            answer = client.post(re.sub(r"<[^>]+>", "x", rule.rule))
            assert answer.status_code == 400, rule.rule


@pytest.mark.parametrize("address", ["/", "/compte/connexion", "/nulle-part", "/static/app.css"])
def test_every_answer_carries_the_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    if not address.startswith("/static"):
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in headers or "Werkzeug" not in headers["Server"]


@pytest.mark.target("SEC-32")
def test_a_foreign_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_an_account_is_created_and_its_page_is_never_stored_by_the_browser(client: FlaskClient) -> None:
    answer = _register(client)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    page = client.get("/compte")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "anne@example.org" in page.text


def test_a_refused_form_keeps_what_was_typed_and_says_why_twice(client: FlaskClient) -> None:
    answer = _register(client, password="court")
    page = answer.text  # type: ignore[attr-defined]
    assert page.count("Le mot de passe compte 5 caractères\u00a0; il en faut 12 au moins.") == 2
    assert 'value="anne@example.org"' in page
    assert "<title>Erreur" in page
    assert "court" not in re.sub(r"<[^>]*Le mot", "", page) or 'value="court"' not in page


@pytest.mark.target("SEC-33")
@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_never_leads_to_another_site(client: FlaskClient, elsewhere: str) -> None:
    _register(client)
    answer = client.get("/compte/connexion", query_string={"suite": elsewhere})
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    assert answer.headers["Location"].startswith("/")


@pytest.mark.target("SEC-24")
def test_signing_out_kills_the_copied_cookie(client: FlaskClient, app: Flask) -> None:
    _register(client)
    cookie = client.get_cookie("ptce")
    assert cookie is not None
    left = client.post("/compte/deconnexion", data={"csrf_token": token(client.get("/compte").text)})
    assert left.status_code == 302, left.text
    thief = app.test_client()
    thief.set_cookie("ptce", cookie.value)
    assert thief.get("/compte").status_code == 302


def test_every_rule_that_services_and_domain_refuse_by_has_its_sentence() -> None:
    raised = set()
    for path in [*_SOURCES.glob("services/**/*.py"), *_SOURCES.glob("domain/**/*.py"), *_SOURCES.glob("mail/*.py")]:
        raised |= set(re.findall(r'RuleViolation\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    assert raised
    commands_alone = {code for code in raised if not messages.words(code)}
    assert sorted(code for code in commands_alone if not command_messages.words(code)) == []
    # Archives and backups are asked for by commands alone; the rest has a page that says it.
    assert {code.split("_")[0] for code in commands_alone} <= {"backup", "bundle", "erasures", "head", "installation"}
