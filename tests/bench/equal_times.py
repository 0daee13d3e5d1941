"""What answering costs about what is there and what is not: reported, while tests hold that the work is equal."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from ptce_aap import addresses, clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Person
from ptce_aap.services.accounts import enrolment, passwords
from ptce_aap.services.calls.calls import SYSTEM
from tests.browsers import Browser, token
from tests.databases import Databases
from tests.deliberations import Scene, lay_out

TRIES = 100
BASE, PASSWORD = "http://localhost", "quatre mots faciles à retenir"

Pair = tuple[Callable[[int], float], Callable[[int], float]]


def report(tries: int = TRIES) -> str:
    """Return a table: for each question, the median cost where there is something, where not, and their difference."""
    lines = [
        "| question | essais de chaque | calcul médian si connu (ms) | si inconnu (ms) | Δ (ms) |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory(prefix="ptce-times-", dir="/tmp") as folder:
        databases = Databases(Path(folder))
        try:
            database = databases.create("sqlite")
            scene = lay_out(database, (90, 80, 70))
            app = create_app(load_settings({}, instance=Path(folder)), database=database)
            for name, pair in _questions(app, database, scene, tries).items():
                # One after the other, so that what else the machine does weighs on both alike.
                times = [[one(number) for one in pair] for number in range(tries)]
                there, absent = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
                lines.append(f"| {name} | {tries} | {there:.1f} | {absent:.1f} | {there - absent:+.1f} |")
        finally:
            databases.stop()
    return "\n".join(lines)


def _questions(app: Flask, database: Database, scene: Scene, tries: int) -> dict[str, Pair]:
    links = database.transaction(_people, tries)
    scene.declare_conflict("team", scene.dossiers[0])
    team = Browser(app, database, scene.emails["team"])

    def post(path: str, known: bool, **fields: str) -> Callable[[int], float]:
        def ask(number: int) -> float:
            where = {"REMOTE_ADDR": f"10.{known:d}.{number // 250}.{number % 250 + 1}"}  # each is another visitor
            client = app.test_client()
            secret = token(client.get(path, environ_base=where).text)
            email = f"{'connue' if known else 'inconnue'}-{number}@example.org"
            data = {**fields, "email": email, "csrf_token": secret}
            return _timed(lambda: client.post(path, data=data, environ_base=where))

        return ask

    def get(path_of: Callable[[int], str]) -> Callable[[int], float]:
        return lambda number: _timed(lambda: team.get(path_of(number)))

    def both(path: str, **fields: str) -> Pair:
        return post(path, True, **fields), post(path, False, **fields)

    dossiers = f"/pilotage/{scene.slug}/dossiers"
    return {
        "se connecter": both("/compte/connexion", password="autre chose que cela"),
        "mot de passe oublié": both("/compte/mot-de-passe-oublie"),
        "créer un compte": both("/compte/creer", password=f"{PASSWORD} !", name="Une personne"),
        "ouvrir une invitation": (
            get(lambda number: addresses.invitation(links[number])),
            get(lambda _: addresses.invitation(secrets.token_urlsafe(32))),
        ),
        "un dossier fermé, un dossier absent": (
            get(lambda _: f"{dossiers}/{scene.dossiers[0]}"),
            get(lambda _: f"{dossiers}/{secrets.token_urlsafe(16)}"),
        ),
    }


def _people(session: Session, tries: int) -> list[str]:
    """Add people whose address is proved; return the links of as many invitations."""
    now, hashed = clock.now(), passwords.hash_password(PASSWORD)
    for number in range(tries):
        email = f"connue-{number}@example.org"
        session.add(
            Person(email=email, email_key=email, name="", created_at=now, email_confirmed_at=now, password_hash=hashed)
        )
    said = {"by": SYSTEM, "base_url": BASE, "call_title": "Un appel", "now": now}
    return [enrolment.invite(session, f"invitee-{one}@example.org", Role.AUDITOR, **said) for one in range(tries)]


def _timed(ask: Callable[[], object]) -> float:
    began = time.process_time()  # of one process alone: another that works beside it weighs nothing
    ask()
    return time.process_time() - began


if __name__ == "__main__":
    print(report())
