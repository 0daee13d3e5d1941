"""Attacks on accounts: addresses taken before their owner comes, old links, two at once, floods."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import OutboxItem, Person
from ptce_aap.services.accounts import accounts, enrolment, identities, passkeys
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering
from tests.soft_key import SoftKey

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BASE = "https://appels.example"
PASSWORD = "quatre mots faciles à retenir"
ANOTHER = "cinq mots encore plus faciles"
EARLY = "future.equipe@example.org"
SITE = passkeys.site_of(BASE, name="Essai", keys=("k" * 32,))
assert SITE is not None


def register(database: Database, email: str) -> str:
    return database.transaction(entering.register, email, PASSWORD, "Quelqu’un", base_url=BASE, now=NOW).secret


def invite(database: Database, email: str, role: Role = Role.TEAM) -> str:
    return database.transaction(enrolment.invite, email, role, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW)


def enters(database: Database, secret: str) -> accounts.SignedIn | None:
    with database.reading() as session:
        return accounts.signed_in(session, secret, now=NOW)


def test_whoever_took_an_address_that_is_not_his_gets_nothing_of_the_role_given_to_it(fresh_database: Database) -> None:
    stolen = register(fresh_database, "future.equipe@example.org")
    assert enters(fresh_database, stolen) is not None
    link = invite(fresh_database, "future.equipe@example.org")
    assert enters(fresh_database, stolen) is None
    again = fresh_database.transaction(entering.sign_in, "future.equipe@example.org", PASSWORD, now=NOW)
    only_said = enters(fresh_database, again.secret)  # what he began stays his; the role and the address do not
    assert (only_said.actor.grants, only_said.email_confirmed) == (frozenset(), False)
    mine = fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, ANOTHER, now=NOW)
    found = enters(fresh_database, mine.secret)
    assert found is not None
    assert Role.TEAM in found.actor.roles_on(None)


@pytest.mark.target("SEC-25")
@pytest.mark.parametrize("proof", [enrolment.INVITATION, enrolment.RESET])
def test_a_passkey_left_in_an_account_by_whoever_took_its_address_opens_nothing_of_its_owner(
    fresh_database: Database, proof: str
) -> None:
    entered = enters(fresh_database, register(fresh_database, EARLY))
    key = SoftKey()
    with fresh_database.reading() as session:
        options = passkeys.to_add(session, SITE, entered.actor, now=NOW)
    fresh_database.transaction(
        passkeys.add, entered.actor, "À moi", key.create(options), site=SITE, base_url=BASE, now=NOW
    )
    comer = identities.Comer("https://issuer.example", "thief", "thief@example.org", True, "", strong=True)
    fresh_database.transaction(identities.bind, entered.actor, comer, base_url=BASE, now=NOW)
    question = passkeys.to_sign_in(SITE, now=NOW)
    assert fresh_database.transaction(passkeys.sign_in, key.get(question), site=SITE, now=NOW)  # it does open his
    if proof == enrolment.INVITATION:
        link = invite(fresh_database, EARLY)
    else:
        fresh_database.transaction(enrolment.send_reset, EARLY, base_url=BASE, now=NOW)
        link = _link_in_the_last_letter(fresh_database)
    fresh_database.transaction(entering.choose_password, link, proof, ANOTHER, now=NOW)
    owner = fresh_database.transaction(entering.sign_in, EARLY, ANOTHER, now=NOW)
    assert not owner.half  # nor does an application of the thief's keep the owner out
    person_id = enters(fresh_database, owner.secret).actor.person_id
    assert not _enters_as(fresh_database, person_id, lambda: _by_passkey(fresh_database, key))
    assert not _enters_as(fresh_database, person_id, lambda: _by_service(fresh_database, comer))


def test_dossiers_begun_by_whoever_took_an_address_are_not_those_of_the_official(fresh_database: Database) -> None:
    stolen = enters(fresh_database, register(fresh_database, EARLY)).actor.person_id
    invite(fresh_database, EARLY, Role.CHAIR)
    with fresh_database.reading() as session:
        holder = session.scalars(select(Person).where(Person.email_key == EARLY)).one()
    assert holder.id != stolen


def test_an_official_with_a_passkey_alone_is_not_entered_nor_given_an_application_by_his_password(
    fresh_database: Database,
) -> None:
    link = invite(fresh_database, EARLY)
    entry = fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
    actor, key = enters(fresh_database, entry.secret).actor, SoftKey()
    assert not fresh_database.transaction(entering.sign_in, EARLY, PASSWORD, now=NOW).half
    with fresh_database.reading() as session:
        options = passkeys.to_add(session, SITE, actor, now=NOW)
    fresh_database.transaction(passkeys.add, actor, "Clé", key.create(options), site=SITE, base_url=BASE, now=NOW)
    by_password = fresh_database.transaction(entering.sign_in, EARLY, PASSWORD, now=NOW)
    assert (by_password.half, enters(fresh_database, by_password.secret)) == (True, None)
    assert enters(fresh_database, _by_passkey(fresh_database, key)).strong


def test_another_address_of_ones_own_box_gets_no_role_from_oneself(fresh_database: Database) -> None:
    invite(fresh_database, "anne@example.org", Role.ADMIN)
    with fresh_database.reading() as session:
        anne = accounts.actor_of(session.scalars(select(Person)).one())
    for twin in ("Anne@example.org", "anne+equipe@example.org"):
        with pytest.raises(RuleViolation, match="grant_to_self"):
            fresh_database.transaction(
                enrolment.invite, twin, Role.TEAM, by=anne, base_url=BASE, call_title="Un appel", now=NOW
            )


def _by_passkey(database: Database, key: SoftKey) -> str:
    question = passkeys.to_sign_in(SITE, now=NOW)
    return database.transaction(passkeys.sign_in, key.get(question), site=SITE, now=NOW)[0]


def _by_service(database: Database, comer: identities.Comer) -> str:
    return database.transaction(identities.enter, comer, base_url=BASE, now=NOW)[0].secret


def _enters_as(database: Database, person_id: int, way: Callable[[], str]) -> bool:
    """Tell whether a way in opens this account, whatever else it may open."""
    try:
        return enters(database, way()).actor.person_id == person_id
    except RuleViolation:
        return False


def _link_in_the_last_letter(database: Database) -> str:
    with database.reading() as session:
        letters = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc()))
        text = next(one.payload["text"] for one in letters if "/mot-de-passe/" in str(one.payload.get("text")))
    return re.search(r"/mot-de-passe/([\w-]+)", text)[1]


def test_whoever_has_shown_that_an_address_is_his_keeps_his_password_when_he_is_invited(
    fresh_database: Database,
) -> None:
    link = invite(fresh_database, "anne@example.org", Role.AUDITOR)
    entry = fresh_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
    invite(fresh_database, "anne@example.org", Role.AUDITOR)
    assert enters(fresh_database, entry.secret) is not None
    invite(fresh_database, "anne@example.org")
    assert enters(fresh_database, entry.secret) is None  # another role: he enters again
    assert fresh_database.transaction(entering.sign_in, "anne@example.org", PASSWORD, now=NOW)


def test_choosing_a_password_kills_every_other_link_of_the_account(fresh_database: Database) -> None:
    first, second = invite(fresh_database, "anne@example.org"), invite(fresh_database, "anne@example.org")
    fresh_database.transaction(entering.choose_password, second, enrolment.INVITATION, PASSWORD, now=NOW)
    with pytest.raises(RuleViolation, match="link_dead"):
        fresh_database.transaction(entering.choose_password, first, enrolment.INVITATION, ANOTHER, now=NOW)


def test_an_address_registered_by_eight_at_once_is_held_by_one_and_nobody_is_told(
    fresh_database: Database,
) -> None:
    ready, answers = threading.Barrier(8), []

    def come() -> None:
        ready.wait()
        try:
            said = {"base_url": BASE, "now": NOW}
            password = f"le mot de passe numéro {threading.get_ident()}"
            fresh_database.transaction(entering.register, "anne@example.org", password, "Quelqu’un", **said)
            answers.append("entered")
        except RuleViolation as refusal:
            answers.append(refusal.code)
        except Exception as error:
            answers.append(type(error).__name__)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {"entered": 8}
    with fresh_database.reading() as session:
        keys = session.scalars(select(Person.claimed_key)).all()
    assert Counter(keys) == {None: 1, "anne@example.org": 7}


@pytest.mark.target("SEC-27")
def test_nobody_fills_the_mailbox_of_another_by_asking_for_passwords(fresh_database: Database) -> None:
    register(fresh_database, "anne@example.org")

    def ask(times: int, at: datetime) -> int:
        for _ in range(times):
            fresh_database.transaction(enrolment.send_reset, "anne@example.org", base_url=BASE, now=at)
        with fresh_database.reading() as session:
            return session.scalar(select(func.count()).where(OutboxItem.kind == "mail")) - 1  # the confirmation

    assert ask(20, NOW) == enrolment.RESETS_A_DAY
    assert ask(1, NOW + timedelta(days=1, minutes=1)) == enrolment.RESETS_A_DAY + 1
    with fresh_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
