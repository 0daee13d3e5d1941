"""The second factor: who must have one, what a code is worth, what a password no longer opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Authenticator, JournalEntry, OutboxItem, Person, RecoveryCode
from ptce_aap.services.accounts import accounts, enrolment, people, recovery_codes, second_factor
from ptce_aap.services.calls.calls import SYSTEM
from tests import entering

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=second_factor.STEP_SECONDS)
BASE = "https://appels.example"
PASSWORD = "quatre mots faciles à retenir"
KEYS = ("k" * 32,)
PLACE = {"keys": KEYS, "base_url": BASE}


class Official:
    """A person of the team who has enrolled: the application is in the test's hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        link = database.transaction(
            enrolment.invite, "anne@example.org", Role.TEAM, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW
        )
        first = database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
        self.weak = first.secret
        offer = second_factor.offer(self.actor, issuer="Essai", keys=KEYS, now=NOW)
        self.application = pyotp.TOTP(offer.secret)
        self.drawn = recovery_codes.draw()
        self.strong = database.transaction(
            second_factor.enrol, self.actor, offer.sealed, self.code(NOW), self.drawn, **PLACE, now=NOW
        )

    @property
    def actor(self) -> Actor:
        with self.database.reading() as session:
            return accounts.actor_of(session.scalars(select(Person)).one())

    def code(self, at: datetime) -> str:
        return self.application.at(at)

    def found(self, secret: str, at: datetime = NOW) -> accounts.SignedIn | None:
        with self.database.reading() as session:
            return accounts.signed_in(session, secret, now=at)

    def password(self, at: datetime) -> accounts.Entry:
        return self.database.transaction(entering.sign_in, "anne@example.org", PASSWORD, now=at)

    def finish(self, half: str, code: str, at: datetime) -> str:
        return self.database.transaction(second_factor.finish_sign_in, half, code, **PLACE, now=at)


@pytest.fixture
def anne(sqlite_database: Database) -> Official:
    """Where the engine does not matter."""
    return Official(sqlite_database)


@pytest.fixture
def anne_anywhere(fresh_database: Database) -> Official:
    """Where rows are taken once, on both engines."""
    return Official(fresh_database)


def refused(code: str):
    return pytest.raises(RuleViolation, match=f"^{code}")


@pytest.mark.target("SEC-25")
def test_whoever_holds_a_role_must_enrol_and_an_applicant_need_not(sqlite_database: Database) -> None:
    secret = sqlite_database.transaction(
        entering.register, "a@example.org", PASSWORD, "A", base_url=BASE, now=NOW
    ).secret
    with sqlite_database.reading() as session:
        applicant = accounts.signed_in(session, secret, now=NOW)
    link = sqlite_database.transaction(
        enrolment.invite, "b@example.org", Role.AUDITOR, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW
    )
    entry = sqlite_database.transaction(entering.choose_password, link, enrolment.INVITATION, PASSWORD, now=NOW)
    with sqlite_database.reading() as session:
        official = accounts.signed_in(session, entry.secret, now=NOW)
    assert (applicant.must_enrol, official.must_enrol) == (False, True)


@pytest.mark.target("SEC-24")
@pytest.mark.target("SEC-25")
def test_enrolling_ends_the_session_that_a_password_alone_had_opened_and_opens_another(anne: Official) -> None:
    assert anne.found(anne.weak) is None
    assert anne.found(anne.strong).strong
    assert not anne.found(anne.strong).must_enrol


@pytest.mark.target("SEC-25")
def test_a_right_password_opens_no_session_before_the_code(anne_anywhere: Official) -> None:
    anne = anne_anywhere
    entry = anne.password(NOW + STEP)
    assert entry.half
    assert anne.found(entry.secret, NOW + STEP) is None
    secret = anne.finish(entry.secret, anne.code(NOW + STEP), NOW + STEP)
    assert anne.found(secret, NOW + STEP).strong
    with refused("half_over"):
        anne.finish(entry.secret, anne.code(NOW + 2 * STEP), NOW + 2 * STEP)


@pytest.mark.target("SEC-25")
def test_a_code_is_taken_once_even_in_its_own_thirty_seconds(anne_anywhere: Official) -> None:
    anne = anne_anywhere
    at = NOW + STEP
    code = anne.code(at)
    assert anne.finish(anne.password(at).secret, code, at)
    with refused("code_used"):
        anne.finish(anne.password(at).secret, code, at + timedelta(seconds=20))
    with refused("code_used"):
        anne.finish(anne.password(at).secret, anne.code(NOW), at)  # older than the last one taken
    assert anne.finish(anne.password(at).secret, anne.code(at + STEP), at)  # the next one, a clock half a minute ahead


@pytest.mark.target("SEC-25")
@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_thirty_seconds_early_or_late_and_no_more(anne: Official, steps: int, taken: bool) -> None:
    at = NOW + 10 * STEP
    entry = anne.password(at)
    if taken:
        assert anne.finish(entry.secret, anne.code(at + steps * STEP), at)
    else:
        with refused("wrong_code"):
            anne.finish(entry.secret, anne.code(at + steps * STEP), at)


@pytest.mark.parametrize("code", ["", "000000 0", "abcdef", "٣٣٣٣٣٣", "12345678901234567890", "\x00"])
def test_what_is_no_code_opens_nothing(anne: Official, code: str) -> None:
    with refused("wrong_code"):
        anne.finish(anne.password(NOW).secret, code, NOW)


@pytest.mark.target("SEC-25")
def test_replacing_the_password_by_a_link_does_not_go_round_the_second_factor(anne_anywhere: Official) -> None:
    anne = anne_anywhere
    anne.database.transaction(enrolment.send_reset, "anne@example.org", base_url=BASE, now=NOW)
    half = anne.password(NOW).secret
    with anne.database.reading() as session:
        texts = [item.payload["text"] for item in session.scalars(select(OutboxItem))]
    link = next(text for text in texts if "/mot-de-passe/" in text).split("/mot-de-passe/")[1].split()[0]
    entry = anne.database.transaction(entering.choose_password, link, enrolment.RESET, PASSWORD + "!", now=NOW)
    assert entry.half
    assert anne.found(entry.secret) is None
    with refused("half_over"):  # what the former password had begun is dead too
        anne.finish(half, anne.code(NOW + STEP), NOW + STEP)
    assert anne.finish(entry.secret, anne.code(NOW + STEP), NOW + STEP)


def test_a_sign_in_begun_is_over_after_ten_minutes_and_for_a_closed_account(anne: Official) -> None:
    entry = anne.password(NOW)
    late = NOW + accounts.HALF_LIFE
    with refused("half_over"):
        anne.finish(entry.secret, anne.code(late), late)
    entry = anne.password(late)
    anne.database.transaction(lambda session: setattr(session.scalars(select(Person)).one(), "active", False))
    with refused("half_over"):
        anne.finish(entry.secret, anne.code(late), late)


@pytest.mark.target("SEC-25")
def test_recovery_codes_are_hashed_taken_once_and_replaced_together(anne_anywhere: Official) -> None:
    anne = anne_anywhere
    one = anne.drawn[0].shown
    with anne.database.reading() as session:
        rows = session.scalars(select(RecoveryCode)).all()
    assert len(rows) == recovery_codes.HOW_MANY
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)
    typed = one.lower().replace("-", " ")
    assert anne.finish(anne.password(NOW).secret, typed, NOW)
    with refused("wrong_code"):
        anne.finish(anne.password(NOW).secret, one, NOW)
    with anne.database.reading() as session:
        assert second_factor.held(session, anne.actor.person_id).codes_left == recovery_codes.HOW_MANY - 1
    anne.database.transaction(second_factor.renew_codes, anne.actor, recovery_codes.draw(), base_url=BASE, now=NOW)
    with refused("wrong_code"):
        anne.finish(anne.password(NOW).secret, anne.drawn[1].shown, NOW)


def test_the_secret_is_sealed_at_rest_and_a_new_key_still_reads_it(anne: Official) -> None:
    with anne.database.reading() as session:
        kept = session.scalars(select(Authenticator.sealed)).one()
    assert anne.application.secret not in kept
    at, rotated = NOW + STEP, {"keys": ("n" * 32, *KEYS), "base_url": BASE}
    half = anne.password(at).secret
    with refused("wrong_code"):
        anne.database.transaction(
            second_factor.finish_sign_in, half, anne.code(at), keys=("n" * 32,), base_url=BASE, now=at
        )
    assert anne.database.transaction(second_factor.finish_sign_in, half, anne.code(at), **rotated, now=at)


def test_an_offered_secret_is_worth_nothing_to_another_nor_after_an_hour(anne: Official) -> None:
    other = Actor(0, "another", "", "b@example.org")
    offer = second_factor.offer(other, issuer="Essai", keys=KEYS, now=NOW)
    code = pyotp.TOTP(offer.secret).at(NOW)
    with refused("offer_over"):
        anne.database.transaction(second_factor.enrol, anne.actor, offer.sealed, code, [], **PLACE, now=NOW)
    mine = second_factor.offer(anne.actor, issuer="Essai", keys=KEYS, now=NOW)
    late = NOW + second_factor.OFFER_LIFE + timedelta(seconds=1)
    code = pyotp.TOTP(mine.secret).at(late)
    with refused("offer_over"):
        anne.database.transaction(second_factor.enrol, anne.actor, mine.sealed, code, [], **PLACE, now=late)


@pytest.mark.target("SEC-24")
def test_somebody_else_resets_a_lost_second_factor_which_ends_sessions_and_is_told(anne_anywhere: Official) -> None:
    anne = anne_anywhere
    boss = Actor(0, "boss", "", "")

    def reset(session, by):
        person = session.scalars(select(Person)).one()
        second_factor.reset(session, by, person, base_url=BASE, now=NOW)

    with refused("reset_of_oneself"):
        anne.database.transaction(reset, anne.actor)
    anne.database.transaction(reset, boss)
    assert anne.found(anne.strong) is None
    entry = anne.password(NOW)
    assert anne.found(entry.secret).must_enrol
    with anne.database.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
        acts = session.scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)).all()
        subjects = [item.payload["subject"] for item in session.scalars(select(OutboxItem).order_by(OutboxItem.id))]
    assert {"account.second_factor_set", "account.second_factor_reset"} <= set(acts)
    assert "Votre application de codes et vos clés d’accès ont été effacées" in subjects


@pytest.mark.target("SEC-24")
def test_an_official_is_signed_out_after_an_idle_hour(anne: Official) -> None:
    second = timedelta(seconds=1)
    assert anne.found(anne.strong, NOW + accounts.IDLE_LIFE_OF_OFFICIALS) is not None
    assert anne.found(anne.strong, NOW + accounts.IDLE_LIFE_OF_OFFICIALS + second) is None
    assert timedelta(hours=1) == accounts.IDLE_LIFE_OF_OFFICIALS
    assert timedelta(hours=12) == accounts.ABSOLUTE_LIFE


@pytest.mark.target("SEC-24")
@pytest.mark.parametrize("change", ["given", "withdrawn", "closed", "password"])
def test_an_old_cookie_is_dead_once_a_role_an_account_or_a_password_changes(anne: Official, change: str) -> None:
    def work(session) -> None:
        person = session.scalars(select(Person)).one()
        boss = Actor(0, "boss", "", "")
        if change == "given":
            enrolment.invite(
                session, person.email, Role.AUDITOR, by=boss, base_url=BASE, call_title="Un appel", now=NOW
            )
        elif change == "withdrawn":
            people.withdraw_role(session, boss, person.grants[0], now=NOW)
        elif change == "closed":
            person.active = False
        else:
            enrolment.send_reset(session, person.email, base_url=BASE, now=NOW)

    assert anne.found(anne.strong) is not None
    anne.database.transaction(work)
    if change == "password":
        with anne.database.reading() as session:
            texts = [item.payload["text"] for item in session.scalars(select(OutboxItem))]
        link = next(text for text in texts if "/mot-de-passe/" in text).split("/mot-de-passe/")[1].split()[0]
        anne.database.transaction(entering.choose_password, link, enrolment.RESET, PASSWORD + "!", now=NOW)
    assert anne.found(anne.strong) is None
