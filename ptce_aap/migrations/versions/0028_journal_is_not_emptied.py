"""On PostgreSQL, the journal and its heads are not emptied either: triggers on rows do not see TRUNCATE."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TABLES = ("journal_entry", "journal_head", "daily_head", "daily_head_stamp")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(
        "CREATE FUNCTION journal_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse_truncate()"
        )


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in _TABLES:
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
    op.execute("DROP FUNCTION IF EXISTS journal_refuse_truncate()")
