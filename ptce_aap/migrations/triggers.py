"""Triggers that make tables append-only, on both engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alembic import op


def protect(table: str, *, allowed: tuple[str, ...] = (), erasable: bool = False) -> None:
    """Refuse UPDATE and DELETE on a table; ``allowed`` columns may still be filled, ``erasable`` rows erased."""
    if op.get_bind().dialect.name == "sqlite":
        _protect_sqlite(table, allowed, erasable)
    else:
        _protect_postgresql(table, allowed, erasable)


_ERASED_DOSSIERS = (
    "SELECT dossier.id FROM dossier JOIN erasure ON erasure.object = dossier.reference "
    "WHERE erasure.object_kind = 'dossier'"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """How the rows of a protected table may lose what they say, once their dossier is in ``erasure``.

    ``dossier``: SQL of the identifier of the dossier of ``OLD``. ``texts``: columns, with the only value that each may
    take. ``deletable``: the row itself may go. ``allowed``: columns that may still be filled, erased or not.
    """

    dossier: str
    texts: Mapping[str, str] = field(default_factory=dict)
    deletable: bool = False
    allowed: tuple[str, ...] = ()


def seal(table: str, how: Seal) -> None:
    """Protect a table as ``protect`` does, but let its rows be erased with the dossier that they belong to."""
    erased = f"{how.dossier} IN ({_ERASED_DOSSIERS})"
    if op.get_bind().dialect.name == "sqlite":
        _seal_sqlite(table, how, erased)
    else:
        _seal_postgresql(table, how, erased)


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


def _seal_sqlite(table: str, how: Seal, erased: str) -> None:
    rows = op.get_bind().exec_driver_sql(f"PRAGMA table_info({table})").fetchall()
    fixed = [row[1] for row in rows if row[1] not in {*how.allowed, *how.texts}]
    kept = [f'NEW."{column}" IS OLD."{column}"' for column in fixed]
    texts = [
        f'(NEW."{column}" IS OLD."{column}" OR (NEW."{column}" = \'{blank}\' AND {erased}))'
        for column, blank in how.texts.items()
    ]
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({' AND '.join([*kept, *texts])}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
    guard = f" WHEN NOT {erased}" if how.deletable else ""
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}{guard} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _seal_postgresql(table: str, how: Seal, erased: str) -> None:
    left_out = [f"'{column}'" for column in (*how.allowed, *how.texts)]
    free = " - ".join(["to_jsonb({row})", *left_out])
    texts = [
        f"(NEW.{column} IS NOT DISTINCT FROM OLD.{column} OR (NEW.{column} = '{blank}' AND {erased}))"
        for column, blank in how.texts.items()
    ]
    same = f"({free.format(row='OLD')}) = ({free.format(row='NEW')})"
    gone = f"IF TG_OP = 'DELETE' AND {erased} THEN RETURN OLD; END IF; " if how.deletable else ""
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {' AND '.join([same, *texts])} THEN RETURN NEW; END IF; END IF; {gone}"
        f"RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
