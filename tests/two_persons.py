"""Acts of two persons in a test's database: proposed by one, confirmed by another, in one piece."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call, ProposedAct
from ptce_aap.services.joint_acts import extensions, joint_acts
from ptce_aap.services.selection import shortlists
from tests.browsers import Browser
from tests.forms import submit

BASE = "https://aap.example.org"


def by_two(
    database: Database, confirmer: Actor, propose: Callable[..., ProposedAct], *arguments: Any, now: datetime
) -> ProposedAct:
    """Propose by a service (``session``, then these arguments), then let another confirm; return the proposal."""
    act = database.transaction(propose, *arguments, base_url=BASE, now=now)
    confirm(database, confirmer, act, now=now)
    return act


def confirm(database: Database, actor: Actor, act: ProposedAct, *, now: datetime) -> None:
    """Confirm a proposal as it is read now."""
    database.transaction(joint_acts.confirm, actor, act.call_id, act.reference, seen=act.digest, base_url=BASE, now=now)


def list_shown(database: Database, actor: Actor, call_id: int) -> shortlists.Preview:
    """Return the list that freezing now would hold, as somebody is shown it."""
    with database.reading() as session:
        return shortlists.preview(session, actor, session.get_one(Call, call_id))


def freeze(database: Database, team: Actor, chair: Actor, call_id: int, *, now: datetime) -> shortlists.Preview:
    """Let the team propose the list of now and the chair confirm it; return what was shown."""
    shown = list_shown(database, team, call_id)
    by_two(database, chair, shortlists.propose_freezing, team, call_id, shown.seen, now=now)
    return shown


def publish(database: Database, team: Actor, confirmer: Actor, call_id: int, *, now: datetime) -> None:
    """Let the team propose the publication and another confirm it."""
    by_two(database, confirmer, shortlists.propose_publication, team, call_id, now=now)


def extend(
    database: Database, team: Actor, other: Actor, call_id: int, closes_at: datetime, reason: str, *, now: datetime
) -> None:
    """Let one of the team propose another closing and another confirm it."""
    by_two(database, other, extensions.propose, team, call_id, closes_at, reason, now=now)


def freeze_in_pages(team: Browser, chair: Browser, room: str) -> None:
    """Let the team propose the list from its page, and the chair confirm it from the notice of the dashboard."""
    submit(team, f"{room}/liste/figer", "Proposer de figer cette liste")
    confirm_in_pages(chair, room, "figer la liste classée")


def publish_in_pages(team: Browser, confirmer: Browser, room: str) -> None:
    """Let the team propose the publication from its page, and another confirm it."""
    submit(team, f"{room}/liste/publier", "Proposer de publier les lauréats")
    confirm_in_pages(confirmer, room, "publier les lauréats")


def confirm_in_pages(browser: Browser, room: str, what: str) -> None:
    """Follow the dashboard's notice to what waits, and confirm it."""
    told = browser.get(room).text
    assert "1 acte attend votre confirmation" in told
    link = re.search(rf'href="({room}/actes/[^"]+)">Lire et répondre', told)
    assert link is not None
    done = submit(browser, link[1], f"Confirmer\u00a0: {what}")
    assert done.status_code == 200, done.text
