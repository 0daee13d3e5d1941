"""Nobody learns who has an account: the same page, the same statements, the same number of passwords verified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Conflict, Dossier, DossierPerson, OutboxItem, Person, SignIn
from ptce_aap.services.accounts import accounts, enrolment
from ptce_aap.services.applicants import dossier_invitations
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.invariants import of_people as invariants_of_people
from tests import entering
from tests.browsers import token
from tests.colleagues import do, invite
from tests.filings import COMPLETE, Applicants, open_call
from tests.filings import NOW as THEN

NOW = clock.now()  # pages are opened now
BASE = "https://appels.example"
PASSWORD, ANOTHER = "quatre mots faciles à retenir", "cinq mots encore plus faciles"
KNOWN, SAYING, INVITED, UNKNOWN = (f"{name}@example.org" for name in ("anne", "basile", "chloe", "daniel"))


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    """The application, where one address is proved, another only said, a third invited."""
    write = sqlite_database.transaction
    write(entering.register, KNOWN, PASSWORD, "Anne", base_url=BASE, now=NOW)
    write(entering.confirm_email, _link(sqlite_database, KNOWN), password=PASSWORD, now=NOW)
    write(entering.register, SAYING, PASSWORD, "Basile", base_url=BASE, now=NOW)
    write(enrolment.invite, INVITED, Role.TEAM, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW)
    return create_app(load_settings({}, instance=tmp_path), database=sqlite_database)


def _letters(database: Database, to: str) -> list[dict[str, str]]:
    with database.reading() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail").order_by(OutboxItem.created_at))
        return [item.payload for item in items if item.payload.get("to") == to]


def _link(database: Database, to: str) -> str:
    texts = [letter["text"] for letter in _letters(database, to)]
    return re.findall(r"/confirmation/(\S+)", texts[-1])[0]


@dataclass
class Work:
    """What answering cost: statements in their order, and passwords verified."""

    statements: list[str] = field(default_factory=list)
    verified: int = 0


@contextmanager
def work_of(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    work, verify = Work(), argon2.PasswordHasher.verify

    def count(hasher: argon2.PasswordHasher, known: str, password: str) -> bool:
        work.verified += 1
        return verify(hasher, known, password)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        work.statements.append(statement)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", count)
    event.listen(database.engine, "before_cursor_execute", note)
    yield work
    event.remove(database.engine, "before_cursor_execute", note)
    monkeypatch.undo()


def _post(client: FlaskClient, path: str, **form: str) -> tuple[int, str, str]:
    secret = token(client.get(path).text)
    answer = client.post(path, data={**form, "csrf_token": secret})
    said = client.get(answer.headers["Location"]).text if answer.status_code == 302 else answer.text
    for changing in (
        form["email"],
        secret,
        *re.findall(r'(?:csrf_token|_de)" value="([^"]+)"', said),
        *_challenges(said),
    ):
        said = said.replace(changing, "…")
    return answer.status_code, answer.headers.get("Location", ""), re.sub(r'content="[0-9a-f]{32}"', "", said)


def _challenges(said: str) -> list[str]:
    """Return the questions asked of passkeys, which are drawn anew for each page."""
    return re.findall(r'data-options="([^"]+)"', said)


Ask = Callable[[FlaskClient, str], tuple[int, str, str]]
ASKED: dict[str, Ask] = {
    "sign in": lambda client, email: _post(client, "/compte/connexion", email=email, password="autre chose"),
    "reset": lambda client, email: _post(client, "/compte/mot-de-passe-oublie", email=email),
    "register": lambda client, email: _post(client, "/compte/creer", email=email, password=ANOTHER, name="Anne"),
}


@pytest.mark.target("SEC-28")
@pytest.mark.target("SEC-12")
@pytest.mark.parametrize("asked", ASKED)
def test_an_address_gets_the_same_answer_by_the_same_work_whatever_is_known_of_it(
    app: Flask, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    ASKED[asked](app.test_client(), "somebody@example.org")  # what is computed once in a process is computed now
    answers, works = {}, {}
    for email in (KNOWN, SAYING, INVITED, UNKNOWN):
        with work_of(sqlite_database, monkeypatch) as work:
            answers[email] = ASKED[asked](app.test_client(), email)
        works[email] = work
    for email in (KNOWN, SAYING, INVITED):
        assert answers[email] == answers[UNKNOWN]
        assert works[email].statements == works[UNKNOWN].statements
        assert works[email].verified == works[UNKNOWN].verified
    assert works[UNKNOWN].statements
    assert works[UNKNOWN].verified == (0 if asked == "reset" else 2)


@pytest.mark.target("SEC-28")
def test_whoever_registers_a_known_address_sees_what_a_newcomer_sees_until_he_proves_it(
    app: Flask, sqlite_database: Database
) -> None:
    seen = {}
    for email in (KNOWN, UNKNOWN):
        client = app.test_client()
        ASKED["register"](client, email)
        pages = [client.get(path).text.replace(email, "…") for path in ("/compte", "/candidature")]
        again = app.test_client()
        entered = _post(again, "/compte/connexion", email=email, password=ANOTHER)[:2]
        seen[email] = ([re.sub(r'value="[^"]+"|data-[a-z-]+="[^"]+"', "", page) for page in pages], entered)
    assert seen[KNOWN] == seen[UNKNOWN]
    assert seen[KNOWN][1][0] == 302
    # The owner's own password still opens the owner's own account.
    assert _post(app.test_client(), "/compte/connexion", email=KNOWN, password=PASSWORD)[0] == 302
    subjects = [_letters(sqlite_database, email)[-1]["subject"] for email in (KNOWN, UNKNOWN)]
    assert subjects == ["Vous avez déjà un compte\u00a0: confirmez-le", "Confirmez votre adresse de courriel"]


def test_whoever_registers_again_with_his_own_password_enters_his_own_account(
    app: Flask, sqlite_database: Database
) -> None:
    assert _post(app.test_client(), "/compte/creer", email=KNOWN, password=PASSWORD, name="Anne")[0] == 302
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person).where(Person.email == KNOWN)) == 1


def test_only_the_newest_of_the_accounts_that_prove_nothing_is_entered_by_its_password(app: Flask) -> None:
    for email in (KNOWN, UNKNOWN):
        for password in ("premier mot de passe", "second mot de passe"):
            _post(app.test_client(), "/compte/creer", email=email, password=password, name="Anne")
        tried = [
            _post(app.test_client(), "/compte/connexion", email=email, password=password)[0]
            for password in ("premier mot de passe", "second mot de passe")
        ]
        assert tried == [200, 302]


@pytest.mark.target("SEC-28")
def test_the_owner_of_a_mailbox_is_not_flooded_by_registrations(sqlite_database: Database) -> None:
    for number in range(8):
        password = f"le mot de passe numéro {number}"
        sqlite_database.transaction(entering.register, KNOWN, password, "Anne", base_url=BASE, now=NOW)
    assert len(_letters(sqlite_database, KNOWN)) == enrolment.CONFIRMATIONS_A_DAY


def test_a_link_that_confirms_is_worth_nothing_without_the_password_of_the_account(app: Flask) -> None:
    database: Database = app.extensions["ptce_aap"].database
    link = f"/compte/confirmation/{_link(database, SAYING)}"
    owner_of_the_mailbox = app.test_client()
    assert "Mot de passe" in owner_of_the_mailbox.get(link).text
    assert _post(owner_of_the_mailbox, link, email="…", password="autre chose")[0] == 200
    with database.reading() as session:
        query = select(Person.email_confirmed_at).where(Person.email_key == SAYING)
        assert session.scalars(query).one() is None
    assert _post(owner_of_the_mailbox, link, email="…", password=PASSWORD)[0] == 302
    assert owner_of_the_mailbox.get(link).status_code == 422
    with database.reading() as session:
        assert session.scalars(query).one() is not None


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def call_on_both(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def _claim(call: Applicants, email: str, name: str) -> tuple[Actor, str]:
    """Open another account with an address that is held; return its person and the secret of its letter's link."""
    said = {"base_url": BASE, "now": THEN}
    secret = call.database.transaction(entering.register, email, f"{ANOTHER} {name}", name, **said).secret
    with call.database.reading() as session:
        found = accounts.signed_in(session, secret, now=THEN)
    assert found is not None
    call.people[name] = found.actor
    return found.actor, _link(call.database, email)


def test_a_dossier_begun_in_a_second_account_comes_to_the_first_once_the_address_is_proved(
    call_on_both: Applicants,
) -> None:
    call = call_on_both
    first = call.actor("anne")
    call.database.transaction(enrolment.confirm_email, _link(call.database, "anne@example.org"), by=first, now=THEN)
    second, link = _claim(call, "anne@example.org", "Encore Anne")
    reference = call.start("Encore Anne")
    done = call.database.transaction(enrolment.confirm_email, link, by=second, now=THEN)
    assert done.joined
    with call.database.reading() as session:
        assert session.scalars(select(Dossier.owner_id).where(Dossier.reference == reference)).one() == first.person_id
        closed = session.get_one(Person, second.person_id)
        live = session.scalar(
            select(func.count()).where(SignIn.person_id == second.person_id, SignIn.ended_at.is_(None))
        )
    assert (closed.active, closed.claimed_key, live) == (False, None, 0)


def test_whoever_proves_an_address_first_takes_it_from_whoever_only_said_it(call_on_both: Applicants) -> None:
    call = call_on_both
    squatter = call.actor("anne")
    mine, link = _claim(call, "anne@example.org", "La vraie Anne")
    reference = call.start("La vraie Anne")
    assert not call.database.transaction(enrolment.confirm_email, link, by=mine, now=THEN).joined
    with call.database.reading() as session:
        assert session.get_one(Person, mine.person_id).email_key == "anne@example.org"
        assert session.get_one(Person, squatter.person_id).claimed_key == "anne@example.org"
        assert session.scalars(select(Dossier.owner_id).where(Dossier.reference == reference)).one() == mine.person_id


def test_an_invited_person_who_registered_instead_holds_the_role_with_the_password_he_chose(call: Applicants) -> None:
    email, write = "juree@example.org", call.database.transaction
    write(enrolment.invite, email, Role.TEAM, by=SYSTEM, base_url=BASE, call_title="Un appel", now=THEN)
    second, link = _claim(call, email, "La jurée")
    assert second.grants == frozenset()
    assert write(enrolment.confirm_email, link, by=second, now=THEN).joined
    with call.database.reading() as session:
        found = accounts.who_enters(session, email, f"{ANOTHER} La jurée")
        assert found is not None
        assert [grant.role for grant in found.grants] == ["team"]


def test_a_place_in_the_dossier_of_another_comes_with_its_conflict(call: Applicants) -> None:
    first = call.actor("anne")
    call.database.transaction(enrolment.confirm_email, _link(call.database, "anne@example.org"), by=first, now=THEN)
    second, link = _claim(call, "anne@example.org", "encore")
    reference = call.bring(COMPLETE, "basile")
    do(call, dossier_invitations.accept, "encore", invite(call, reference, "encore", by="basile"))
    call.database.transaction(enrolment.confirm_email, link, by=second, now=THEN)
    with call.database.reading() as session:
        assert session.scalars(select(DossierPerson.person_id)).all() == [first.person_id]
        assert set(session.scalars(select(Conflict.person_id))) == {first.person_id, second.person_id}
        assert not [name for name, check in invariants_of_people.CHECKS.items() if list(check(session))]


def test_a_reset_leaves_once_for_a_known_address_and_never_for_another(
    app: Flask, sqlite_database: Database, tmp_path: Path
) -> None:
    for email in (KNOWN, UNKNOWN):
        ASKED["reset"](app.test_client(), email)
    run.drain(open_context(load_settings({}, instance=tmp_path), sqlite_database))
    with sqlite_database.reading() as session:
        left = session.scalars(select(OutboxItem).where(OutboxItem.kind == enrolment.RESET_ASKED)).all()
        assert [(item.done_at is not None, item.payload) for item in left] == [(True, {})] * 2
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in (tmp_path / "outbox").glob("*.eml")]
    assert [letter["To"] for letter in letters if "nouveau mot de passe" in letter["Subject"]] == [KNOWN]
