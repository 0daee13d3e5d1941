"""Links received by mail open one thing once, for a short while, and leave no trace of their secret."""

from __future__ import annotations

import logging
import math
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import OutboxItem, Person, PersonToken
from ptce_aap.services.accounts import enrolment, links
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.browsers import Browser, application, token

NOW, BASE, PASSWORD = clock.now(), "https://appels.example", "quatre mots faciles à retenir"
EMAIL = "anne@example.org"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return application(sqlite_database, tmp_path)


def invited(database: Database, email: str = EMAIL) -> str:
    said = {"by": SYSTEM, "base_url": BASE, "call_title": "", "now": NOW}
    return database.transaction(enrolment.invite, email, Role.AUDITOR, **said)


def last_link(database: Database) -> str:
    with database.reading() as session:
        query = select(OutboxItem).where(OutboxItem.kind == "mail").order_by(OutboxItem.created_at.desc())
        return re.findall(rf"{BASE}/compte/[\w-]+/(\S+)", session.scalars(query).first().payload["text"])[0]


def reset(database: Database, email: str = EMAIL) -> str:
    database.transaction(enrolment.send_reset, email, base_url=BASE, now=clock.now())
    return last_link(database)


@pytest.mark.target("SEC-29")
def test_a_link_holds_at_least_128_bits_that_are_kept_nowhere(sqlite_database: Database) -> None:
    secrets = [invited(sqlite_database, f"a{n}@example.org") for n in range(20)]
    assert len(set(secrets)) == 20
    assert min(len(one) * math.log2(64) for one in secrets) >= 128
    with sqlite_database.reading() as session:
        kept = " ".join(session.scalars(select(PersonToken.digest)))
        lives = {token.purpose: token.expires_at - NOW for token in session.scalars(select(PersonToken))}
    assert len(kept) == 20 * 64 + 19
    assert not [one for one in secrets if one in kept]
    assert lives == {enrolment.INVITATION: timedelta(days=7)}
    assert timedelta(minutes=30) == enrolment.RESET_LIFE


@pytest.mark.target("SEC-29")
@pytest.mark.parametrize("purpose", [enrolment.INVITATION, enrolment.RESET])
def test_a_link_is_dead_once_used_once_late_and_once_the_password_has_changed(
    sqlite_database: Database, purpose: str
) -> None:
    first = invited(sqlite_database)
    sqlite_database.transaction(entering.choose_password, first, enrolment.INVITATION, PASSWORD, now=NOW)
    used, other = ((invited if purpose == enrolment.INVITATION else reset)(sqlite_database) for _ in range(2))
    life = enrolment.INVITATION_LIFE if purpose == enrolment.INVITATION else enrolment.RESET_LIFE

    def dead(secret: str, after: timedelta = timedelta()) -> bool:
        try:
            with sqlite_database.reading() as session:
                links.person_of(session, secret, purpose, now=clock.now() + after)
        except RuleViolation as refusal:
            return refusal.code == "link_dead"
        return False

    assert [dead(used), dead(other), dead(used, life)] == [False, False, True]
    sqlite_database.transaction(entering.choose_password, used, purpose, PASSWORD, now=NOW)
    assert [dead(used), dead(other)] == [True, True]


@pytest.mark.target("SEC-29")
def test_a_link_sent_for_an_address_is_dead_once_another_account_has_proved_it(sqlite_database: Database) -> None:
    write, said = sqlite_database.transaction, {"base_url": BASE, "now": NOW}
    write(entering.register, EMAIL, PASSWORD, "Quelqu’un", **said)
    link = reset(sqlite_database)
    write(entering.register, EMAIL, PASSWORD + "!", "Anne", base_url=BASE, now=clock.now())
    confirmation = last_link(sqlite_database)
    with sqlite_database.reading() as session:
        assert links.person_of(session, link, enrolment.RESET, now=NOW)
    write(entering.confirm_email, confirmation, password=PASSWORD + "!", now=NOW)
    with sqlite_database.reading() as session, pytest.raises(RuleViolation, match="link_dead"):
        links.person_of(session, link, enrolment.RESET, now=NOW)


def test_the_link_of_a_closed_account_opens_nothing(sqlite_database: Database) -> None:
    link = invited(sqlite_database)
    sqlite_database.transaction(lambda session: session.execute(update(Person).values(active=False)))
    with sqlite_database.reading() as session, pytest.raises(RuleViolation, match="link_dead"):
        links.person_of(session, link, enrolment.INVITATION, now=NOW)


@pytest.mark.target("SEC-29")
def test_the_secret_of_a_link_is_in_no_log_even_when_its_page_breaks(
    app: Flask, sqlite_database: Database, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secret = invited(sqlite_database)
    client = app.test_client()
    assert client.get(f"/compte/invitation/{secret}").status_code == 200
    sqlite_database.transaction(lambda session: session.execute(text("DROP TABLE person_token")))
    assert client.get(f"/compte/invitation/{secret}").status_code == 500
    told = "".join(capfd.readouterr()) + caplog.text
    assert "unexpected" in told
    assert secret not in told


@pytest.mark.target("SEC-29")
def test_the_pages_of_links_give_their_address_to_nobody(app: Flask) -> None:
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if "token" in rule.arguments and "GET" in rule.methods]
    assert len(rules) > 5
    for rule in rules:
        answer = app.test_client().get(re.sub(r"<[^>]+>", "never-sent", rule.rule))
        assert answer.headers["Referrer-Policy"] == "strict-origin", rule.rule


def test_a_form_that_says_only_which_site_it_comes_from_is_taken_over_https(
    sqlite_database: Database, tmp_path: Path
) -> None:
    https = {"PTCE_BASE_URL": BASE, "PTCE_SECRET_KEY": "k" * 64}
    client = create_app(load_settings(https, instance=tmp_path), database=sqlite_database).test_client()
    page = f"/compte/invitation/{invited(sqlite_database)}"
    form = {"csrf_token": token(client.get(page, base_url=BASE).text), "name": "Anne", "password": PASSWORD}
    for referrer, status in (("https://evil.example/", 400), (f"{BASE}/", 302)):
        answer = client.post(page, base_url=BASE, data=form, headers={"Referer": referrer})
        assert answer.status_code == status


# What follows a slash, a scheme or a disguise of either; each is what a browser could take for another site.
_ELSEWHERE = ["evil.example", "evil.example/compte", "evil.example:443", "user@evil.example", "127.0.0.1@evil.example"]
_DISGUISES = [
    "//{}", "///{}", "////{}", "/\\{}", "\\\\{}", "\\/{}", "/\t/{}", "/\n/{}", "\t//{}", " //{}", "/\r//{}",
    "https://{}", "http:{}", "https:/{}", "HTTPS://{}", "//\u3002{}",
]  # fmt: skip
_OTHERS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
    "/compte\r\nLocation: https://evil.example", "/compte%0d%0aLocation:https://evil.example", "\x00//evil.example",
    "\u2028//evil.example", "ftp://evil.example",
]  # fmt: skip
VARIANTS = [disguise.format(site) for disguise in _DISGUISES for site in _ELSEWHERE] + _OTHERS


@pytest.mark.target("SEC-33")
def test_eighty_ways_to_name_another_site_lead_nowhere_else(app: Flask, sqlite_database: Database) -> None:
    assert len(VARIANTS) >= 80
    sqlite_database.transaction(entering.register, EMAIL, PASSWORD, "Anne", base_url=BASE, now=NOW)
    browser = Browser(app, sqlite_database, EMAIL)
    for variant in VARIANTS:
        answer = browser.client.get("/compte/connexion", query_string={"suite": variant})
        assert answer.status_code == 302
        # A browser drops tabs and line ends, and reads a backslash as a slash.
        where = re.sub(r"[\t\r\n]", "", answer.headers["Location"]).replace("\\", "/").strip()
        assert urlsplit(urljoin("https://appels.example/compte/connexion", where)).netloc == "appels.example", variant
        assert urlsplit(where).scheme == ""


@pytest.mark.target("SEC-33")
def test_a_page_of_ours_is_led_back_to(app: Flask, sqlite_database: Database) -> None:
    sqlite_database.transaction(entering.register, EMAIL, PASSWORD, "Anne", base_url=BASE, now=NOW)
    answer = Browser(app, sqlite_database, EMAIL).client.get("/compte/connexion?suite=/candidature?page=2")
    assert answer.headers["Location"] == "/candidature?page=2"
