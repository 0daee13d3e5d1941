"""What a view reaches for: database, settings, storage, the person who acts, the call of the page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import Call
from ptce_aap.storage import Storage

EXTENSION = "ptce_aap"


@dataclass(frozen=True, slots=True)
class Platform:
    """What the application was created with."""

    settings: Settings
    database: Database
    storage: Storage


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
