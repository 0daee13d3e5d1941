"""The second factor on pages: no room before it, the question at sign-in, a fresh proof of what lasts."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from ptce_aap import addresses, clock, models
from ptce_aap.app import create_app
from ptce_aap.config import BadSettings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor, Grant, Role
from ptce_aap.models import Authenticator, RoleGrant, SignIn
from ptce_aap.services.accounts import accounts, enrolment, factor_resets
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.web import limits, proof
from tests.browsers import Browser, application

PASSWORD = "quatre mots faciles à retenir"
ENROL, ASK, INVITE = "/compte/securite/application", "/compte/connexion/code", "/pilotage/personnes/inviter"
PROOF = "Confirmez que c’est bien vous"


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return application(sqlite_database, tmp_path)


class Person(Browser):
    """Somebody who came by an invitation and holds an application."""

    def __init__(self, app: Flask, database: Database, role: Role = Role.ADMIN) -> None:
        super().__init__(app, database)
        self.app, self.database, self.secret = app, database, ""
        self.email = f"{role.value}@example.org"
        link = database.transaction(
            enrolment.invite,
            self.email,
            role,
            by=SYSTEM,
            base_url="http://localhost",
            call_title="Un appel",
            now=clock.now(),
        )
        page = addresses.invitation(link)
        self.post(page, {"name": "Anne", "password": PASSWORD}, page=page)

    def enrol(self) -> TestResponse:
        page = self.get(ENROL).text
        self.secret = re.sub(r"\s", "", re.search(r'class="app-secret">([^<]+)<', page)[1])
        sealed = html.unescape(re.search(r'name="sealed" value="([^"]+)"', page)[1])
        return self.post(ENROL, {"sealed": sealed, "code": self.code()}, page=ENROL)

    def code(self) -> str:
        """A code of now, as if none had been given before."""
        self.database.transaction(lambda session: session.execute(update(Authenticator).values(last_step=0)))
        return pyotp.TOTP(self.secret).now()

    def sign_in(self) -> TestResponse:
        self.client.delete_cookie("ptce")
        form = {"email": self.email, "password": PASSWORD}
        return self.post("/compte/connexion", form, page="/compte/connexion")

    def grow_old(self) -> None:
        """Let eleven minutes pass since the last proof."""
        past = clock.now() - timedelta(minutes=11)
        self.database.transaction(lambda session: session.execute(update(SignIn).values(proved_at=past)))


@pytest.mark.target("SEC-25")
def test_no_room_opens_before_the_second_factor_and_the_wanted_one_after(app: Flask, sqlite_database: Database) -> None:
    anne = Person(app, sqlite_database)
    with app.app_context():
        rooms = [rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and "<" not in rule.rule]
    closed = [address for address in rooms if anne.get(address).headers.get("Location", "").startswith(ENROL)]
    assert "/pilotage/personnes" in closed
    assert "/candidature" in closed
    assert not [address for address in closed if address.startswith("/compte")]
    assert anne.get("/pilotage/personnes").headers["Location"] == f"{ENROL}?suite=/pilotage/personnes"
    assert 'href="/pilotage/personnes"' not in anne.get(ENROL).text
    shown = anne.enrol()
    codes = set(re.findall(r"<code>([^<]+)</code>", shown.text))
    assert len(codes) == 10
    assert shown.headers["Cache-Control"] == "no-store"
    assert anne.get("/pilotage/personnes").status_code == 200
    again = anne.get("/compte/securite").text
    assert 'href="/pilotage/personnes"' in again
    assert not [code for code in codes if code in again]


@pytest.mark.target("SEC-25")
def test_after_the_password_the_code_is_asked_and_nothing_is_open_yet(app: Flask, sqlite_database: Database) -> None:
    anne = Person(app, sqlite_database)
    anne.enrol()
    assert anne.sign_in().headers["Location"].startswith(ASK)
    assert anne.get("/pilotage/personnes").headers["Location"].startswith("/compte/connexion")
    wrong = anne.post(ASK, {"_code": "000000"}, page=ASK)
    assert (wrong.status_code, "Ce code n’est pas le bon" in wrong.text) == (422, True)
    before = anne.client.get_cookie("ptce")
    entered = anne.post(ASK, {"_code": anne.code()}, page=ASK)
    assert (entered.status_code, before) == (302, None)
    assert anne.get("/pilotage/personnes").status_code == 200
    assert Browser(app, sqlite_database).get(ASK).headers["Location"].startswith("/compte/connexion")


def test_after_a_wrong_code_a_recovery_code_opens_and_the_wrong_one_is_not_shown_again(
    app: Flask, sqlite_database: Database
) -> None:
    person = Person(app, sqlite_database)
    kept = re.findall(r"<code>([^<]+)</code>", person.enrol().text)
    person.sign_in()
    refused = person.post(ASK, {"_code": "000000"}, page=ASK)
    assert "Ce code n’est pas le bon" in refused.text
    assert 'value="000000"' not in refused.text
    assert person.post(ASK, {"_code": "000000", "_secours": "faux"}, page=ASK).status_code == 422
    assert person.post(ASK, {"_code": "000000", "_secours": kept[0]}, page=ASK).status_code == 302


@pytest.mark.target("SEC-25")
def test_a_role_given_to_an_open_session_asks_at_its_next_page(app: Flask, sqlite_database: Database) -> None:
    anne = Person(app, sqlite_database, Role.APPLICANT)
    assert anne.get("/candidature").status_code == 200

    def give(session) -> None:  # by another way than an invitation, which would end the session
        who = accounts.signed_in(session, anne.client.get_cookie("ptce").value, now=clock.now()).actor
        session.add(
            RoleGrant(
                person_id=who.person_id, call_id=None, role="auditor", region=None, seat=None, granted_at=clock.now()
            )
        )

    sqlite_database.transaction(give)
    assert anne.get("/candidature").headers["Location"].startswith(ENROL)


def test_what_lasts_asks_for_a_fresh_proof_and_goes_on_with_what_was_typed(
    app: Flask, sqlite_database: Database
) -> None:
    anne = Person(app, sqlite_database)
    anne.enrol()
    form = {"email": "bruno@example.org", "name": "Bruno d’Essai", "role": "admin", "call_slug": ""}
    anne.grow_old()
    asked = anne.post(INVITE, form, page=INVITE)
    assert (asked.status_code, PROOF in asked.text) == (403, True)
    assert 'name="email" value="bruno@example.org"' in asked.text
    assert "Bruno" not in anne.get("/pilotage/personnes").text
    wrong = anne.post(INVITE, {**form, "_code": "000000"}, page=INVITE)
    assert (wrong.status_code, "Ce code n’est pas le bon" in wrong.text) == (403, True)
    done = anne.post(INVITE, {**form, "_code": anne.code()}, page=INVITE)
    assert done.status_code == 302
    assert "Bruno d’Essai" in anne.get("/pilotage/personnes").text
    assert anne.post(INVITE, {**form, "email": "claire@example.org"}, page=INVITE).status_code == 302  # ten minutes


def test_an_applicant_may_have_a_second_factor_and_take_it_away_with_a_proof(
    app: Flask, sqlite_database: Database
) -> None:
    anne = Person(app, sqlite_database, Role.APPLICANT)
    anne.grow_old()
    assert "Mot de passe" in anne.enrol().text  # no second factor yet: the password is the proof
    page = anne.get(ENROL).text
    secret = re.sub(r"\s", "", re.search(r'class="app-secret">([^<]+)<', page)[1])
    sealed = html.unescape(re.search(r'name="sealed" value="([^"]+)"', page)[1])
    anne.secret = secret
    form = {"sealed": sealed, "code": anne.code()}
    assert PROOF in anne.post(ENROL, {**form, "_password": "pas le bon mot"}, page=ENROL).text
    assert "Gardez ces codes de secours" in anne.post(ENROL, {**form, "_password": PASSWORD}, page=ENROL).text
    assert anne.sign_in().headers["Location"].startswith(ASK)
    anne.post(ASK, {"_code": anne.code()}, page=ASK)
    removal = f"{ENROL}/retirer"
    assert anne.post(removal, page=removal).status_code == 302
    assert not anne.sign_in().headers["Location"].startswith(ASK)


def test_an_official_replaces_his_application_and_never_goes_without(app: Flask, sqlite_database: Database) -> None:
    anne = Person(app, sqlite_database)
    anne.enrol()
    first = anne.secret
    assert "Retirer l’application" not in anne.get("/compte/securite").text
    assert "second facteur" in anne.post(f"{ENROL}/retirer").text
    assert "Gardez ces codes de secours" in anne.enrol().text
    assert anne.secret != first
    new = anne.post("/compte/securite/codes").text
    assert len(re.findall(r"<code>[^<]+</code>", new)) == 10


def test_the_demonstration_asks_for_no_second_factor_and_is_never_public(
    sqlite_database: Database, tmp_path: Path
) -> None:
    app = application(sqlite_database, tmp_path, demo=True)
    anne = Person(app, sqlite_database)
    assert anne.get("/pilotage/personnes").status_code == 200
    anne.grow_old()
    form = {"email": "bruno@example.org", "name": "", "role": "admin", "call_slug": ""}
    assert anne.post(INVITE, form, page=INVITE).status_code == 302
    assert "La démonstration s’ouvre d’un clic" in anne.get("/compte/securite").text
    assert anne.get(ENROL).headers["Location"] == "/compte/securite"
    for public in ({"PTCE_BASE_URL": "https://appels.example"}, {"PTCE_HOST": "0.0.0.0"}):
        with pytest.raises(BadSettings, match="ne s'ouvre que sur cette machine"):
            load_settings({"PTCE_SECRET_KEY": "k" * 32, **public}, instance=tmp_path, demo=True)


def test_who_manages_accounts_lets_somebody_start_again_never_himself(app: Flask, sqlite_database: Database) -> None:
    boss, lost = Person(app, sqlite_database), Person(app, sqlite_database, Role.AUDITOR)
    boss.enrol()
    lost.enrol()
    page = boss.get("/pilotage/personnes").text
    (link,) = set(re.findall(r'href="(/pilotage/personnes/[^"]+/second-facteur)"', page))  # his own is not offered
    assert lost.get("/pilotage").status_code == 200
    assert boss.post(link, page=link).status_code == 302
    assert lost.get("/pilotage").headers["Location"].startswith("/compte/connexion")
    assert not lost.sign_in().headers["Location"].startswith(ASK)
    assert lost.get("/pilotage").headers["Location"].startswith(ENROL)
    assert "Aucune application de codes" in boss.post(link, page="/compte").text  # done already
    with sqlite_database.reading() as session:
        mine = accounts.signed_in(session, boss.client.get_cookie("ptce").value, now=clock.now()).actor.reference
    own = link.replace(link.split("/")[3], mine)
    assert "votre propre second facteur" in boss.post(own, page="/compte").text


def test_the_team_of_a_call_resets_nobody_whose_role_is_above_it(sqlite_database: Database) -> None:
    def work(session) -> list[bool]:
        person = models.Person(email="a@example.org", email_key="a@example.org", created_at=clock.now())
        person.grants.append(RoleGrant(call_id=None, role="admin", region=None, seat=None, granted_at=clock.now()))
        session.add(person)
        session.flush()
        team = Actor(0, "team", "", "", frozenset({Grant(Role.TEAM)}))
        admin = Actor(0, "admin", "", "", frozenset({Grant(Role.ADMIN)}))
        of_a_call = Actor(0, "call", "", "", frozenset({Grant(Role.TEAM, 1)}))
        seen = [factor_resets.may_reset(who, person) for who in (team, admin)]
        person.grants[0].role = "auditor"
        return [*seen, factor_resets.may_reset(of_a_call, person), factor_resets.may_reset(team, person)]

    assert sqlite_database.transaction(work) == [False, True, False, True]


@pytest.mark.target("SEC-26")
def test_a_password_may_be_pasted_kept_by_the_browser_and_is_refused_where_it_is_tried_first(
    app: Flask, sqlite_database: Database
) -> None:
    visitor = Browser(app, sqlite_database)
    page = visitor.get("/compte/creer").text
    (field,) = re.findall(r'<input[^>]*type="password"[^>]*>', page)
    assert 'autocomplete="new-password"' in field
    assert not re.search(r"maxlength|pattern|onpaste|readonly", field)
    form = {"name": "Anne", "email": "anne@example.org", "password": "MotDePasse2024!"}
    refused = visitor.post("/compte/creer", form, page="/compte/creer")
    assert "de ceux qu’on essaie en premier" in refused.text


@pytest.mark.target("SEC-24")
def test_each_sign_in_has_a_new_cookie_and_none_that_was_planted_is_taken(
    app: Flask, sqlite_database: Database
) -> None:
    anne, seen = Person(app, sqlite_database, Role.APPLICANT), []
    for _ in range(3):
        anne.client.set_cookie("ptce", "planted")
        assert anne.get("/compte").headers["Location"].startswith("/compte/connexion")
        anne.sign_in()
        seen.append(anne.client.get_cookie("ptce").value)
        assert anne.get("/compte").status_code == 200
    assert len({*seen, "planted"}) == 4


@pytest.mark.target("SEC-20")
def test_a_new_secret_key_keeps_sessions_codes_and_forms_that_were_open(
    app: Flask, sqlite_database: Database, tmp_path: Path
) -> None:
    anne = Person(app, sqlite_database)
    anne.enrol()
    open_form = anne.get(INVITE).text
    old = app.config["SECRET_KEY"]
    keys = {"PTCE_SECRET_KEY": "n" * 40, "PTCE_SECRET_KEY_FALLBACKS": old}

    def moved(keys: dict[str, str]) -> Browser:
        rotated = create_app(load_settings(keys, instance=tmp_path), database=sqlite_database)
        later = Browser(rotated, sqlite_database)
        for name in ("ptce", "ptce-form"):
            later.client.set_cookie(name, anne.client.get_cookie(name).value)
        return later

    fields = dict(re.findall(r'name="(csrf_token|_de)" value="([^"]+)"', open_form))
    fields |= {"email": "bruno@example.org", "name": "", "role": "admin", "call_slug": ""}
    later = moved(keys)
    assert later.get("/pilotage/personnes").status_code == 200
    anne.grow_old()
    assert later.client.post(INVITE, data={**fields, "_code": anne.code()}).status_code == 302
    forgotten = moved({"PTCE_SECRET_KEY": "n" * 40})
    assert forgotten.client.post(INVITE, data=fields).status_code == 409  # without the former key it is nobody's form
    for bad in ("short", f"{old} short"):
        with pytest.raises(BadSettings, match="PTCE_SECRET_KEY_FALLBACKS"):
            load_settings({**keys, "PTCE_SECRET_KEY_FALLBACKS": bad}, instance=tmp_path)


def test_acts_that_last_are_those_that_state_it(app: Flask) -> None:
    with app.app_context():
        endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
        stated = {endpoint for endpoint in endpoints if proof.needs_fresh_proof(endpoint)}
    assert stated >= {
        "management.confirm_act",
        "management.extension",
        "management.freeze",
        "management.invite",
        "management.publish",
        "management.reset_second_factor",
        "management.withdraw",
        "passkeys.add",
        "passkeys.remove",
        "second_factor.enrol",
        "second_factor.remove",
        "second_factor.renew_codes",
    }


@pytest.mark.target("SEC-27")
@pytest.mark.parametrize("where", ["at sign-in", "before an act"])
def test_after_five_wrong_codes_even_the_right_one_waits(app: Flask, sqlite_database: Database, where: str) -> None:
    anne = Person(app, sqlite_database)
    anne.enrol()
    form = {"email": "bruno@example.org", "name": "", "role": "admin", "call_slug": ""}
    if where == "at sign-in":
        anne.sign_in()
    else:
        anne.grow_old()
    address, fields = (ASK, {}) if where == "at sign-in" else (INVITE, form)
    wrong = [anne.post(address, {**fields, "_code": "000000"}, page=address).status_code for _ in range(5)]
    assert 429 not in wrong
    assert anne.post(address, {**fields, "_code": anne.code()}, page=address).status_code == 429


@pytest.mark.target("SEC-27")
def test_after_fifty_wrong_codes_in_a_day_however_slowly_even_the_right_one_waits(
    app: Flask, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CODES", "CODES_OF_A_DEVICE"):  # whoever waits between two tries never meets these
        monkeypatch.setattr(limits, name, replace(getattr(limits, name), tries=1_000))
    anne = Person(app, sqlite_database)
    anne.enrol()
    anne.sign_in()
    wrong = [anne.post(ASK, {"_code": "000000"}, page=ASK).status_code for _ in range(50)]
    assert 429 not in wrong
    assert anne.post(ASK, {"_code": anne.code()}, page=ASK).status_code == 429


def test_whoever_came_from_elsewhere_without_password_nor_application_enters_again(
    app: Flask, sqlite_database: Database
) -> None:
    anne = Person(app, sqlite_database)

    def came_from_elsewhere(session) -> None:
        session.execute(update(SignIn).values(strong=True))
        session.execute(update(models.Person).values(password_hash=None))

    sqlite_database.transaction(came_from_elsewhere)
    anne.grow_old()
    form = {"email": "bruno@example.org", "name": "", "role": "admin", "call_slug": ""}
    asked = anne.post(INVITE, form, page=INVITE)
    assert (asked.status_code, "déconnectez-vous, entrez de nouveau" in asked.text) == (403, True)
    assert 'name="_code"' not in asked.text
    fields = dict(re.findall(r'<input type="hidden" name="(csrf_token|_de|email|role)" value="([^"]+)"', asked.text))
    again = Browser(app, sqlite_database, anne.email)
    left = again.client.post(INVITE, data={**form, **fields})
    assert (left.status_code, "Envoyer de nouveau" in left.text) == (400, True)  # the token died with the session
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', left.text))
    assert again.client.post(INVITE, data=sent).status_code == 302
