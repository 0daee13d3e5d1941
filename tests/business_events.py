"""Watches every request of a test run: what it commits to business tables goes with a line of the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN = "tables_written"


@dataclass
class Watch:
    """Requests that committed something: (endpoint, tables), with a line of the journal or without."""

    told: set[str] = field(default_factory=set)
    untold: set[tuple[str, frozenset[str]]] = field(default_factory=set)


@contextmanager
def watching(business: frozenset[str]) -> Iterator[Watch]:
    """Watch every engine of this process."""
    watch = Watch()

    def note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        found = _WRITE.match(statement)
        if found and has_request_context():
            connection.info.setdefault(_WRITTEN, set()).add(found[1])

    def ended(connection: Connection) -> None:
        connection.info.pop(_WRITTEN, None)

    def committed(connection: Connection) -> None:
        written = connection.info.pop(_WRITTEN, set())
        if not written & business or not has_request_context():
            return
        if "journal_entry" in written:
            watch.told.add(str(request.endpoint))
        else:
            watch.untold.add((str(request.endpoint), frozenset(written & business)))

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", committed)
    event.listen(Engine, "rollback", ended)
    try:
        yield watch
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", committed)
        event.remove(Engine, "rollback", ended)
