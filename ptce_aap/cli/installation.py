"""The installation that a command works on: its settings, and its database brought up to date first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from ptce_aap import migrations
from ptce_aap.cli.errors import BadInput
from ptce_aap.config import Settings, load_settings, where_it_answers
from ptce_aap.database import Database
from ptce_aap.models import Call
from ptce_aap.services.calls import calls


@dataclass(frozen=True, slots=True)
class Installation:
    """What a command needs of an installation."""

    settings: Settings
    database: Database


@contextmanager
def installation() -> Iterator[Installation]:
    """Open the installation that the environment names, and close it."""
    settings = load_settings()
    settings = replace(settings, base_url=where_it_answers(settings))
    database = migrations.up_to_date(settings)
    try:
        yield Installation(settings, database)
    finally:
        database.dispose()


def call_named(session: Session, name: str) -> Call:
    """Return the call of this identifier. Errors: ``BadInput`` with the identifiers that exist."""
    known = {call.slug: call for call in calls.all_calls(session)}
    if name not in known:
        raise BadInput(
            f"L'appel « {name} » n'est pas ouvert ici ; appels ouverts : {', '.join(sorted(known)) or 'aucun'}."
        )
    return known[name]
