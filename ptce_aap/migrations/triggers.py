"""Triggers that make tables append-only, on both engines."""

from __future__ import annotations

from alembic import op


def protect(table: str, *, allowed: tuple[str, ...] = (), erasable: bool = False) -> None:
    """Refuse UPDATE and DELETE on a table; ``allowed`` columns may still be filled, ``erasable`` rows erased."""
    if op.get_bind().dialect.name == "sqlite":
        _protect_sqlite(table, allowed, erasable)
    else:
        _protect_postgresql(table, allowed, erasable)


def only_forward(table: str, counter: str) -> None:
    """Refuse that the counter of a row goes back, that anything else of it changes without it, and DELETE."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NEW.{counter} <= OLD.{counter} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only goes forward'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only goes forward'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' AND NEW.{counter} > OLD.{counter} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{table} only goes forward'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def release(table: str) -> None:
    """Take the triggers of a table away."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
    else:
        op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
        op.execute(f"DROP FUNCTION IF EXISTS {table}_refuse()")


def _protect_sqlite(table: str, allowed: tuple[str, ...], erasable: bool) -> None:
    # "UPDATE OF" names the protected columns: all but the allowed ones.
    columns = ""
    if allowed:
        rows = op.get_bind().exec_driver_sql(f"PRAGMA table_info({table})").fetchall()
        columns = " OF " + ", ".join(f'"{row[1]}"' for row in rows if row[1] not in allowed)
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{columns} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    if erasable:
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _protect_postgresql(table: str, allowed: tuple[str, ...], erasable: bool) -> None:
    free = " - ".join(["to_jsonb({row})", *(f"'{column}'" for column in allowed)])
    keep = (
        f"IF TG_OP = 'UPDATE' AND ({free.format(row='OLD')}) = ({free.format(row='NEW')}) THEN RETURN NEW; END IF; "
        if allowed
        else ""
    )
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{keep}RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE{'' if erasable else ' OR DELETE'} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
