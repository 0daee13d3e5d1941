"""Watches every request of a test run: what it commits to business tables goes with a line of the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

from ptce_aap.models import Base

# What may change without a line, and why.
UNTOLD_TABLES = {
    "machinery": {"inbox", "job", "mail_message", "outbox", "outbox_lease", "periodic_task"},
    "the journal itself": {"daily_head", "daily_head_letter", "daily_head_stamp", "journal_entry", "journal_head"},
    "ways in, whose opening and closing have lines": {
        *("authenticator", "half_sign_in", "person_token", "sign_in", "spent_challenge")
    },
    "working papers, until they are applied": {"reading_plan", "scenario", "table_upload"},
    "what was read, put away, or is computed again at will": {
        *("corrected_evidence", "corrected_part", "corrected_ranking", "dossier_copy", "message_reading")
    },
}
# The line of the first letter typed stands for those that the same hand types just after.
UNTOLD_ENDPOINTS = {"applicant.autosave", "applicant.autosave_row"}
BUSINESS = frozenset(Base.metadata.tables) - frozenset().union(*UNTOLD_TABLES.values())

_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN = "tables_written"


@dataclass
class Watch:
    """Requests that committed business: endpoints that wrote a line, (endpoint, table) of those that did not."""

    told: set[str] = field(default_factory=set)
    untold: set[tuple[str, str]] = field(default_factory=set)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch every engine of this process."""
    watch = Watch()

    def note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (found := _WRITE.match(statement)) and has_request_context():
            connection.info.setdefault(_WRITTEN, set()).add(found[1])

    def rolled_back(connection: Connection) -> None:
        connection.info.pop(_WRITTEN, None)

    def committed(connection: Connection) -> None:
        written: set[str] = connection.info.pop(_WRITTEN, set())
        if not has_request_context() or not written & BUSINESS or request.endpoint in UNTOLD_ENDPOINTS:
            return
        if "journal_entry" in written:
            watch.told.add(str(request.endpoint))
        else:
            watch.untold |= {(str(request.endpoint), table) for table in written & BUSINESS}

    listeners = (("before_cursor_execute", note), ("commit", committed), ("rollback", rolled_back))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield watch
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
