"""Tries are counted: a flood stops, its victim still enters, and a queue server that is gone stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import BadSettings, Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.models import OutboxItem, Person
from ptce_aap.web import limits
from ptce_aap.web.context import EXTENSION
from ptce_aap.web.counters import Counters, Quota
from tests import entering
from tests.browsers import token

PASSWORD = "quatre mots faciles à retenir"
WRONG = "pas le bon mot de passe"
SIGN_IN = "/compte/connexion"
ATTACKER, VICTIM = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return create_app(load_settings({}, instance=tmp_path), database=sqlite_database)


def browser(app: Flask, address: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def post(client: FlaskClient, path: str, *, origin: str | None = None, **form: str) -> TestResponse:
    """Send a form, with the token of the browser's session, which is the same on every page."""
    client.token = getattr(client, "token", None) or token(client.get(path).text)
    whence = {} if origin is None else {"REMOTE_ADDR": origin}
    answer = client.post(path, data={**form, "csrf_token": client.token}, environ_overrides=whence)
    if client.get_cookie("ptce") is not None:
        client.token = None  # entering starts a new session of forms
    return answer


def registered(app: Flask, address: str, email: str = "anne@example.org") -> FlaskClient:
    """Return a browser from which this account, whose address is proved, was entered, then left."""
    database: Database = app.extensions[EXTENSION].database
    database.transaction(entering.register, email, PASSWORD, "Anne", base_url="http://localhost", now=clock.now())
    proved = update(Person).where(Person.email_key == email).values(email_confirmed_at=clock.now())
    database.transaction(lambda session: session.execute(proved))
    client = browser(app, address)
    assert post(client, SIGN_IN, email=email, password=PASSWORD).status_code == 302
    client.delete_cookie("ptce")
    return client


def tries(client: FlaskClient, email: str, count: int) -> list[int]:
    return [post(client, SIGN_IN, email=email, password=WRONG).status_code for _ in range(count)]


def tries_from_everywhere(app: Flask, email: str, count: int, network: str = "203.0.113") -> list[int]:
    client = browser(app, ATTACKER)
    everywhere = [f"{network}.{n}" for n in range(count)]
    return [post(client, SIGN_IN, origin=one, email=email, password=WRONG).status_code for one in everywhere]


@pytest.mark.target("SEC-27")
def test_ten_wrong_passwords_in_five_minutes_and_no_more_are_verified_from_one_address(app: Flask) -> None:
    registered(app, VICTIM)
    attacker = browser(app, ATTACKER)
    assert tries(attacker, "anne@example.org", 12) == [200] * 10 + [429] * 2
    refused = post(attacker, SIGN_IN, email="quelqu-un-d-autre@example.org", password=PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert "Réessayez dans" in refused.text
    assert "Mot de passe oublié" in refused.text


@pytest.mark.target("SEC-27")
def test_an_account_is_tried_ten_times_in_five_minutes_from_however_many_addresses(app: Flask) -> None:
    registered(app, VICTIM)
    assert tries_from_everywhere(app, "anne@example.org", 14) == [200] * 10 + [429] * 4


@pytest.mark.target("SEC-27")
@pytest.mark.target("SEC-28")
def test_an_unknown_address_is_counted_as_a_known_one(app: Flask) -> None:
    registered(app, VICTIM)
    known = tries_from_everywhere(app, "anne@example.org", 12)
    unknown = tries_from_everywhere(app, "personne@example.org", 12, network="192.0.2")
    assert known == unknown


@pytest.mark.target("SEC-27")
def test_the_victim_of_a_flood_enters_from_the_device_that_signed_in_before(app: Flask) -> None:
    hers = registered(app, VICTIM)
    tries_from_everywhere(app, "anne@example.org", 12)
    elsewhere = browser(app, "192.0.2.1")
    assert post(elsewhere, SIGN_IN, email="anne@example.org", password=PASSWORD).status_code == 429
    assert post(hers, SIGN_IN, email="anne@example.org", password=PASSWORD).status_code == 302


def test_a_known_device_has_its_own_ten_tries_whoever_else_enters_from_it(app: Flask) -> None:
    shared = registered(app, VICTIM)
    registered(app, VICTIM, "basile@example.org")
    assert tries(shared, "anne@example.org", 9) == [200] * 9
    # Entering one's own account gives no new tries on the other's.
    assert post(shared, SIGN_IN, email="basile@example.org", password=PASSWORD).status_code == 302
    shared.delete_cookie("ptce")
    assert tries(shared, "anne@example.org", 3) == [200, 429, 429]


@pytest.mark.target("SEC-27")
def test_whoever_opens_an_account_with_the_address_of_another_gets_no_tries_of_a_known_device(app: Flask) -> None:
    registered(app, VICTIM)
    thief, said = browser(app, ATTACKER), {"email": "anne@example.org", "password": "un mot de passe de voleur"}
    assert post(thief, "/compte/creer", name="X", **said).status_code == 302  # enters his own account
    thief.delete_cookie("ptce")
    assert post(thief, SIGN_IN, **said).status_code == 302
    thief.delete_cookie("ptce")
    assert tries_from_everywhere(app, "anne@example.org", 12)[-1] == 429
    assert tries(thief, "anne@example.org", 1) == [429]


def test_codes_are_counted_for_an_account_not_for_all_that_say_its_address(app: Flask) -> None:
    with app.test_request_context():
        hers, thief = (limits.of_code("anne@example.org", one) for one in ("hers", "thief"))
    assert not set(hers) & set(thief)


def test_a_device_cookie_that_we_did_not_sign_is_worth_nothing(app: Flask) -> None:
    registered(app, VICTIM)
    forger = browser(app, ATTACKER)
    assert tries(forger, "anne@example.org", 11)[-1] == 429
    forger.set_cookie("ptce-appareil", '["me","x"]')
    assert tries(forger, "anne@example.org", 1) == [429]


def test_whoever_enters_uses_nothing_up(app: Flask) -> None:
    client = registered(app, VICTIM)
    for _ in range(15):
        client.delete_cookie("ptce")
        client.delete_cookie("ptce-appareil")
        assert post(client, SIGN_IN, email="anne@example.org", password=PASSWORD).status_code == 302


@pytest.mark.target("SEC-27")
def test_one_address_asks_for_thirty_passwords_an_hour(app: Flask) -> None:
    client = browser(app, ATTACKER)
    asked = [f"a{n}@example.org" for n in range(32)]
    answers = [post(client, "/compte/mot-de-passe-oublie", email=email).status_code for email in asked]
    assert answers == [302] * 30 + [429] * 2


def test_links_that_were_never_sent_are_tried_sixty_times_in_five_minutes(app: Flask) -> None:
    client = browser(app, ATTACKER)
    assert [client.get(f"/compte/invitation/{n}").status_code for n in range(58)] == [422] * 58
    others = ("/dossier/invitation/x", "/dossier/confirmation/x", "/dossier/invitation/y", "/compte/mot-de-passe/x")
    assert [client.get(one).status_code == 429 for one in others] == [False, False, True, True]


@pytest.fixture
def quick() -> Quota:
    return Quota("quick", 3, 60)


@pytest.mark.target("SEC-27")
def test_counts_hold_over_several_processes(queue: Redis, queue_server: Settings, quick: Quota) -> None:
    workers = [Counters(lambda: valkey.address(queue_server)) for _ in range(4)]
    refused = [worker.take([(quick, "anne")]) is not None for worker in workers for _ in range(2)]
    assert refused == [False] * 3 + [True] * 5
    assert [worker.counted_alone for worker in workers] == [0] * 4
    # What the queue server keeps tells nobody who tried, and is forgotten by itself.
    assert all(0 < queue.ttl(key) <= 60 for key in queue.keys("ptce:tries*"))


@pytest.mark.target("SEC-27")
@pytest.mark.target("REL-12")
def test_without_its_queue_server_each_process_counts_alone_and_says_so(tmp_path: Path, quick: Quota) -> None:
    alone = Counters(lambda: f"unix://{tmp_path / 'nothing.sock'}")
    assert [alone.take([(quick, "anne")]) is not None for _ in range(5)] == [False] * 3 + [True] * 2
    assert alone.counted_alone > 0


def test_a_count_given_back_can_be_used_again(queue: Redis, queue_server: Settings, quick: Quota) -> None:
    for counters in (Counters(None), Counters(lambda: valkey.address(queue_server))):
        for _ in range(10):
            assert counters.take([(quick, "anne")]) is None
            counters.give_back([(quick, "anne")])
        assert [counters.take([(quick, "anne")]) is None for _ in range(4)] == [True] * 3 + [False]


def test_a_flood_refused_at_its_own_address_uses_up_nothing_further(quick: Quota) -> None:
    counters, all_together = Counters(None), Quota("all", 5, 60)
    for _ in range(50):
        counters.take([(quick, ATTACKER), (all_together, "all")])
    assert counters.take([(quick, VICTIM), (all_together, "all")]) is None


@pytest.mark.target("REL-12")
def test_signing_in_works_without_the_queue_server(app: Flask) -> None:
    client = registered(app, VICTIM)
    assert post(client, SIGN_IN, email="anne@example.org", password=PASSWORD).status_code == 302
    assert app.extensions[EXTENSION].counters.counted_alone > 0


def seen_from(tmp_path: Path, database: Database, proxies: str, nearest: str, told: str | None) -> str:
    made = create_app(load_settings({"PTCE_PROXIES": proxies}, instance=tmp_path), database=database)
    found: list[str] = []
    made.before_request(lambda: found.append(limits_address()))
    headers = {} if told is None else {"X-Forwarded-For": told, "X-Forwarded-Host": "evil.example"}
    answer = browser(made, nearest).get("/", headers=headers)
    assert "evil.example" not in answer.text
    return found[0]


def limits_address() -> str:
    from ptce_aap.web import limits

    return limits.client_address()


@pytest.mark.target("SEC-32")
@pytest.mark.parametrize(
    ("proxies", "nearest", "told", "origin"),
    [
        ("", ATTACKER, VICTIM, ATTACKER),
        ("10.0.0.0/8", ATTACKER, VICTIM, ATTACKER),
        ("10.0.0.0/8", "10.0.0.2", VICTIM, VICTIM),
        ("10.0.0.0/8", "10.0.0.2", f"{VICTIM}, {ATTACKER}", ATTACKER),
        ("10.0.0.0/8, 192.0.2.4", "10.0.0.2", f"{VICTIM}, {ATTACKER}, 192.0.2.4", ATTACKER),
        ("10.0.0.0/8", "10.0.0.2", "<script>", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.2", None, "10.0.0.2"),
        ("unix", "", VICTIM, VICTIM),
        ("10.0.0.0/8", "10.0.0.2", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", f"::ffff:{ATTACKER}", None, ATTACKER),
        ("10.0.0.0/8", "::ffff:10.0.0.2", VICTIM, VICTIM),
    ],
)
def test_only_the_proxies_of_the_settings_say_where_a_request_comes_from(
    tmp_path: Path, sqlite_database: Database, proxies: str, nearest: str, told: str | None, origin: str
) -> None:
    assert seen_from(tmp_path, sqlite_database, proxies, nearest, told) == origin


def test_a_proxy_that_is_no_address_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="PTCE_PROXIES"):
        load_settings({"PTCE_PROXIES": "nginx"}, instance=tmp_path)


@pytest.mark.target("SEC-32")
def test_links_in_letters_come_from_the_settings_whatever_the_request_says(app: Flask) -> None:
    client, database = browser(app, ATTACKER), app.extensions[EXTENSION].database
    secret = token(client.get("/compte/creer").text)
    said = {"name": "Anne", "email": "anne@example.org", "password": PASSWORD, "csrf_token": secret}
    headers = {"Host": "localhost", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert client.post("/compte/creer", data=said, headers=headers).status_code == 302
    with database.reading() as session:
        letter = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).one()
    assert "http://127.0.0.1:8000/compte/confirmation/" in letter.payload["text"]
    assert "evil.example" not in str(letter.payload)
    assert client.get("/compte/connexion", headers={"Host": "evil.example"}).status_code == 400
