"""The rows of a database as lines of JSON that either engine writes and reads, whatever the migration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, literal_column, select, text
from sqlalchemy import table as named

from ptce_aap.domain.errors import RuleViolation

REVISION = "alembic_version"
_MEMBER = 4 * 1024 * 1024
_AT_ONCE = 500


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables as the database itself has them, those that are named by others first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != REVISION]


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the database has reached; None for a database without tables of ours."""
    if not inspect(connection).has_table(REVISION):
        return None
    found: str | None = connection.scalar(select(literal_column("version_num")).select_from(named(REVISION)))
    return found


def first_filled(connection: Connection) -> str | None:
    """Return the name of a table that has a row; None where the database is empty."""
    for table in tables_of(connection):
        if connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery())):
            return table.name
    return None


def lines(connection: Connection, table: Table) -> Iterator[tuple[bytes, int]]:
    """Yield the rows of a table by a few megabytes, with their number; the first line names the columns."""
    names = [column.name for column in table.columns]
    head = _line(names)
    held, size, count = [head], len(head), 0
    result = connection.execution_options(yield_per=_AT_ONCE).execute(select(table).order_by(*table.primary_key))
    for row in result:
        line = _line([_plain(value) for value in row])
        held.append(line)
        size += len(line)
        count += 1
        if size > _MEMBER:
            yield b"".join(held), count
            held, size, count = [head], len(head), 0
    if count:
        yield b"".join(held), count


def write(connection: Connection, table: Table, content: bytes) -> int:
    """Insert what ``lines`` gave into a table of the same migration; return how many rows.

    Errors: ``RuleViolation("backup_damaged")`` where the columns are not those of the table.
    """
    head, *rest = content.decode("utf-8").splitlines()
    names = json.loads(head)
    if not set(names) <= set(table.columns.keys()):
        raise RuleViolation("backup_damaged")
    naive = connection.dialect.name == "sqlite"
    for start in range(0, len(rest), _AT_ONCE):
        rows = [
            {name: _value(cell, naive=naive) for name, cell in zip(names, json.loads(line), strict=True)}
            for line in rest[start : start + _AT_ONCE]
        ]
        connection.execute(insert(table), rows)
    return len(rest)


def let_wait(connection: Connection) -> None:
    """Let rows name others that come later in the same transaction, where the engine wants to be told."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")


def count_on(connection: Connection, tables: Sequence[Table]) -> None:
    """Have the numbers of new rows follow those that were inserted with theirs: PostgreSQL counts apart."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key:
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": column.name},
            )
            highest = connection.scalar(select(func.max(column))) if sequence else None
            if highest is not None:
                connection.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :highest)"),
                    {"sequence": sequence, "highest": highest},
                )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"at": aware.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no form for a {type(value).__name__} in a backup")


def _value(cell: Any, *, naive: bool) -> Any:
    if not isinstance(cell, dict):
        return cell
    if "day" in cell:
        return date.fromisoformat(cell["day"])
    instant = datetime.fromisoformat(cell["at"])
    return instant.replace(tzinfo=None) if naive else instant


def _line(values: list[Any]) -> bytes:
    # Lines are told apart by what json escapes: no raw line end stands in a text.
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"
