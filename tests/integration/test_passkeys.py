"""Passkeys: an honest answer enters once, and no lie of a page, of a device or of a thief does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import OutboxItem, Passkey, Person
from ptce_aap.services.accounts import accounts, enrolment, passkeys
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.soft_key import SoftKey

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = "https://appels.example"
PASSWORD = "quatre mots faciles à retenir"
SITE = passkeys.site_of(BASE, name="Essai", keys=("k" * 32,))
assert SITE is not None


def someone(database: Database, email: str) -> Actor:
    link = database.transaction(
        enrolment.invite, email, Role.AUDITOR, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW
    )
    database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
    with database.reading() as session:
        return accounts.actor_of(session.scalars(select(Person).where(Person.email == email)).one())


def add(database: Database, actor: Actor, key: SoftKey, name: str = "Téléphone") -> None:
    with database.reading() as session:
        options = passkeys.to_add(session, SITE, actor, now=NOW)
    database.transaction(passkeys.add, actor, name, key.create(options), site=SITE, base_url=BASE, now=NOW)


def enter(database: Database, answer: str, at: datetime = NOW) -> tuple[str, str]:
    return database.transaction(passkeys.sign_in, answer, site=SITE, now=at)


def question(at: datetime = NOW) -> dict[str, object]:
    return passkeys.to_sign_in(SITE, now=at)


@pytest.fixture
def anne(fresh_database: Database) -> Actor:
    return someone(fresh_database, "anne@example.org")


def test_a_passkey_is_both_factors_and_opens_a_strong_session(fresh_database: Database, anne: Actor) -> None:
    key = SoftKey()
    add(fresh_database, anne, key)
    secret, email = enter(fresh_database, key.get(question()))
    with fresh_database.reading() as session:
        found = accounts.signed_in(session, secret, now=NOW)
        subjects = [item.payload["subject"] for item in session.scalars(select(OutboxItem))]
    assert (email, found.actor.person_id, found.strong, found.must_enrol) == (anne.email, anne.person_id, True, False)
    assert "Un nouvel appareil peut ouvrir votre compte" in subjects


def test_an_answer_is_taken_once(fresh_database: Database, anne: Actor) -> None:
    key = SoftKey()
    add(fresh_database, anne, key)
    answer = key.get(question())
    assert enter(fresh_database, answer)
    with pytest.raises(RuleViolation, match="passkey_refused"):
        enter(fresh_database, answer)


def _page_elsewhere(key: SoftKey) -> str:
    key.origin = "https://appels.example.evil.test"
    return key.get(question())


def _key_of_elsewhere(key: SoftKey) -> str:
    key.host = "evil.test"
    return key.get(question())


def _without_its_owner(key: SoftKey) -> str:
    key.verified = False
    return key.get(question())


def _old_question(key: SoftKey) -> str:
    return key.get(question(NOW - passkeys.LIFE - timedelta(seconds=1)))


def _question_of_a_thief(key: SoftKey) -> str:
    other = passkeys.site_of(BASE, name="Essai", keys=("t" * 32,))
    return key.get(passkeys.to_sign_in(other, now=NOW))


def _signed_by_another(key: SoftKey) -> str:
    return SoftKey(identifier=key.identifier).get(question())


def _of_nobody(key: SoftKey) -> str:
    return SoftKey().get(question())


def _copied_device(key: SoftKey) -> str:
    key.count = 0
    return key.get(question())


LIES: tuple[Callable[[SoftKey], str], ...] = (
    _page_elsewhere,
    _key_of_elsewhere,
    _without_its_owner,
    _old_question,
    _question_of_a_thief,
    _signed_by_another,
    _of_nobody,
    _copied_device,
)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lie_of_the_page_of_the_device_or_of_a_thief_enters_nowhere(
    sqlite_database: Database, lie: Callable[[SoftKey], str]
) -> None:
    anne, key = someone(sqlite_database, "anne@example.org"), SoftKey(count=5)
    add(sqlite_database, anne, key)
    assert enter(sqlite_database, key.get(question()))  # the same key, honest
    with pytest.raises(RuleViolation, match="passkey_refused"):
        enter(sqlite_database, lie(key))


def test_a_question_for_one_act_or_one_person_is_none_for_another(fresh_database: Database, anne: Actor) -> None:
    bruno, key = someone(fresh_database, "bruno@example.org"), SoftKey()
    add(fresh_database, anne, key)
    with fresh_database.reading() as session:
        own = passkeys.to_prove(session, SITE, anne, now=NOW)
        assert passkeys.to_prove(session, SITE, bruno, now=NOW) is None
        to_add = passkeys.to_add(session, SITE, anne, now=NOW)
    with pytest.raises(RuleViolation, match="passkey_refused"):
        enter(fresh_database, key.get(own))
    with pytest.raises(RuleViolation, match="passkey_refused"):
        fresh_database.transaction(passkeys.prove, bruno, "", key.get(own), site=SITE, now=NOW)
    answer = SoftKey().create(to_add)
    with pytest.raises(RuleViolation, match="passkey_refused"):
        fresh_database.transaction(passkeys.add, bruno, "Volée", answer, site=SITE, base_url=BASE, now=NOW)
    fresh_database.transaction(passkeys.prove, anne, "", key.get(own), site=SITE, now=NOW)


def test_a_passkey_has_a_name_one_account_and_is_removed_by_its_owner_only(
    fresh_database: Database, anne: Actor
) -> None:
    bruno, key = someone(fresh_database, "bruno@example.org"), SoftKey()
    with pytest.raises(RuleViolation, match="passkey_name_missing"):
        add(fresh_database, anne, key, "  ")
    add(fresh_database, anne, key)
    with pytest.raises(RuleViolation, match="passkey_known"):
        add(fresh_database, bruno, key)
    with fresh_database.reading() as session:
        reference = session.scalars(select(Passkey.reference)).one()
    with pytest.raises(NotFound):
        fresh_database.transaction(passkeys.remove, bruno, reference, base_url=BASE, now=NOW)
    fresh_database.transaction(passkeys.remove, anne, reference, base_url=BASE, now=NOW)
    with pytest.raises(RuleViolation, match="passkey_refused"):
        enter(fresh_database, key.get(question()))


def test_a_passkey_of_a_closed_account_enters_nowhere(fresh_database: Database, anne: Actor) -> None:
    key = SoftKey()
    add(fresh_database, anne, key)
    fresh_database.transaction(lambda session: setattr(session.scalars(select(Person)).one(), "active", False))
    with pytest.raises(RuleViolation, match="passkey_refused"):
        enter(fresh_database, key.get(question()))


def _cut(answer: str) -> list[str]:
    """Answers that no browser sends: cut, empty, of another shape, with parts of another kind."""
    whole = json.loads(answer)
    parts = [{**whole, name: value} for name in whole for value in (None, 1, [], {}, "", "é", "!!!!", "AAAA")]
    inner = whole["response"]
    parts += [{**whole, "response": {**inner, name: v}} for name in inner for v in (None, 1, [], "", "é", "AAAA")]
    texts = [json.dumps(one) for one in parts]
    return [*texts, "", "null", "[]", "1", "{", "[" * 5000, answer[: len(answer) // 2], answer + "x", "x" * 30_000]


def test_what_no_browser_sends_is_refused_and_breaks_nothing(sqlite_database: Database) -> None:
    anne, key = someone(sqlite_database, "anne@example.org"), SoftKey()
    add(sqlite_database, anne, key)
    with sqlite_database.reading() as session:
        made = SoftKey().create(passkeys.to_add(session, SITE, anne, now=NOW))
    given = {"site": SITE, "base_url": BASE, "now": NOW}
    codes = [_refusal(lambda text=text: enter(sqlite_database, text)) for text in _cut(key.get(question()))]
    codes += [
        _refusal(lambda text=text: sqlite_database.transaction(passkeys.add, anne, "Clé", text, **given))
        for text in _cut(made)
    ]
    assert len(codes) > 100
    # What says nothing that is not said elsewhere (a kind, a list of extensions) may be anything.
    assert Counter(codes)["passkey_refused"] > 0.8 * len(codes)
    assert set(codes) <= {"passkey_refused", "passkey_known", ""}


def _refusal(act: Callable[[], object]) -> str:
    """Return the code of a refusal, nothing where the act went through; anything else breaks the test."""
    try:
        act()
    except RuleViolation as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://appels.example", "https://appels.example"),
        ("http://127.0.0.1:8000", "http://localhost:8000"),
        ("http://localhost:8123", "http://localhost:8123"),
        ("http://appels.example", None),
        ("https://192.0.2.7", None),
    ],
)
def test_passkeys_are_offered_where_browsers_have_them(base_url: str, origin: str | None) -> None:
    site = passkeys.site_of(base_url, name="Essai", keys=("k" * 32,))
    assert (site.origin if site else None) == origin
