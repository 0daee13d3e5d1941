"""Every text that people of the world wrote is replaced by one that harms, another in each place."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from tests import hostile
from tests.permissions.world import Marker

_MARKED = re.compile("|".join(map(re.escape, Marker)))
# What no marker stands in: names, reasons and labels of the story.
_PLAIN = re.compile(r"^(?:Personne \w+|Un lien\.|Essai|À préciser\.|Membres\.csv|note\.pdf|statuts\.pdf)$")
TEXTS = (*hostile.SCRIPTS, *(f"zqx{text}" for text in hostile.TEMPLATES))
A_PLACE = 13
"""How many texts stand in one place: after ``TURNS`` each of them has stood in each."""
TURNS = len(TEXTS) // A_PLACE


def spoil(path: Path, *, shift: int = 0) -> int:
    """Replace the texts of a database file; return how many places hold some. ``shift`` turns which stand where."""
    places = 0

    def harmful(found: re.Match[str]) -> str:
        nonlocal places
        places += 1
        first = places + shift * A_PLACE
        return " ".join([found[0], *(TEXTS[place % len(TEXTS)] for place in range(first, first + A_PLACE))])

    def within(value: Any) -> Any:
        match value:
            case str():
                return _MARKED.sub(harmful, _PLAIN.sub(harmful, value))
            case list():
                return [within(one) for one in value]
            case dict():
                return {key: within(one) for key, one in value.items()}
            case _:
                return value

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, column in _columns(connection):
            held = connection.execute(f'SELECT rowid, "{column}" FROM "{table}"').fetchall()
            for row, value in held:
                if isinstance(value, str) and (new := _spoiled(value, within)) != value:
                    connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row))
    return places


def _spoiled(value: str, within: Any) -> str:
    """Return a cell with its texts replaced, those of a JSON document one by one."""
    if value[:1] in '{["':
        try:
            return json.dumps(within(json.loads(value)), ensure_ascii=False)
        except ValueError:
            pass
    return str(within(value))


def _columns(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the columns that hold texts of people; addresses of accounts lead to them and stay."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        (table, column)
        for table in tables
        if table not in {"definition_source", "journal_entry", "outbox", "sign_in", "alembic_version"}
        for _, column, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")')
        if not column.startswith("email") and kind.upper() not in {"INTEGER", "DATETIME", "BOOLEAN", "FLOAT"}
    ]
