"""What a view reaches for: database, settings, storage, the person who acts, the call of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, request
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call
from ptce_aap.proconnect import Provider
from ptce_aap.registers import Register
from ptce_aap.storage import Storage
from ptce_aap.web.counters import Counters

EXTENSION = "ptce_aap"
RECEPTION = "ptce.received_at"
"""Where a server that dates requests as they come says when, in the environment; no header of a visitor is there."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What the application was created with."""

    settings: Settings
    database: Database
    storage: Storage
    register: Register
    counters: Counters
    proconnect: Provider | None


def init_app(app: Flask) -> None:
    """Note when each request reaches us, before anything else is done for it."""
    app.before_request(_note_reception)


def _note_reception() -> None:
    g.received_at = request.environ.get(RECEPTION) or clock.now()


def received_at() -> datetime:
    """Return the instant at which this request reached us: the one that counts for a deadline."""
    found: datetime = g.received_at
    return found


def platform() -> Platform:
    """Return what this application was created with."""
    found: Platform = current_app.extensions[EXTENSION]
    return found


def db() -> Database:
    """Return the database."""
    return platform().database


def settings() -> Settings:
    """Return the settings in force."""
    return platform().settings


def storage() -> Storage:
    """Return the storage of pieces and of produced files."""
    return platform().storage


def register() -> Register:
    """Return the public register of legal persons; the one that connects to nothing where none is set."""
    return platform().register


def counters() -> Counters:
    """Return the counts of tries, which every process of the installation shares."""
    return platform().counters


def actor() -> Actor:
    """Return the person who acts. The guard has refused everybody else before the view runs."""
    found: Actor = current_user.actor
    return found


def actor_or_none() -> Actor | None:
    """Return the person who acts, or None on a public page opened without signing in."""
    return current_user.actor if current_user.is_authenticated else None


def call() -> Call:
    """Return the call of the address (``<slug>``), which the guard has loaded."""
    found: Call | None = g.get("call")
    if found is None:
        raise NotFound()
    return found


def enter_room(endpoint: str) -> None:
    """Mark a room of the navigation as that of the page, where its address is not below the room's own."""
    g.room = endpoint


def enter(call: Call) -> None:
    """Show the page as one of this call, where its address names a dossier rather than the call."""
    g.call = call
