"""Revisions of filed dossiers, withdrawals with their reason, closings put off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# One statement a column on both engines: rewriting the table would need every key to it rewritten too.
_COLUMNS = (
    "revises_id INTEGER CONSTRAINT fk_dossier_revises_id REFERENCES dossier (id) "
    "CONSTRAINT ck_dossier_revision_is_a_draft CHECK (revises_id IS NULL OR state = 'draft')",
    "ended_at {instant} CONSTRAINT ck_dossier_only_revisions_end CHECK (ended_at IS NULL OR revises_id IS NOT NULL)",
    "scope TEXT",
    "due_at {instant} CONSTRAINT ck_dossier_only_revisions_are_limited "
    "CHECK ((scope IS NULL AND due_at IS NULL) OR revises_id IS NOT NULL)",
)
_DOSSIER = sa.table("dossier", sa.column("id"), sa.column("revises_id"))
_IS_REVISION = _DOSSIER.c.revises_id.is_not(None)
_ONE_ALIVE = "uq_dossier_revises_id"


def upgrade() -> None:
    """Apply."""
    instant = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE dossier ADD COLUMN {column.format(instant=instant)}")
    alive = sa.text("ended_at IS NULL")
    op.create_index(_ONE_ALIVE, "dossier", ["revises_id"], unique=True, sqlite_where=alive, postgresql_where=alive)
    # The triggers name the columns that they protect: the new one must be among them.
    release("filing")
    op.execute(
        "ALTER TABLE filing ADD COLUMN revision_id INTEGER CONSTRAINT fk_filing_revision_id REFERENCES dossier (id)"
    )
    protect("filing", allowed=("receipt_file",))
    _withdrawal()
    _extension()


def downgrade() -> None:
    """Take back: revisions under way are lost, what was filed stays."""
    for table in ("call_extension", "withdrawal"):
        release(table)
        op.drop_table(table)
    release("filing")
    op.execute("ALTER TABLE filing DROP COLUMN revision_id")
    protect("filing", allowed=("receipt_file",))
    op.drop_index(_ONE_ALIVE, "dossier")
    for table in ("answer", "member", "attachment"):
        rows = sa.table(table, sa.column("dossier_id"))
        op.execute(sa.delete(rows).where(rows.c.dossier_id.in_(sa.select(_DOSSIER.c.id).where(_IS_REVISION))))
    op.execute(sa.delete(_DOSSIER).where(_IS_REVISION))
    for column in ("due_at", "scope", "ended_at", "revises_id"):
        op.execute(f"ALTER TABLE dossier DROP COLUMN {column}")


def _withdrawal() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_withdrawal_has_its_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_withdrawal_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_withdrawal_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
    )
    op.create_index("ix_withdrawal_dossier_id", "withdrawal", ["dossier_id"], unique=False)
    protect("withdrawal")


def _extension() -> None:
    op.create_table(
        "call_extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("before", Instant(), nullable=False),
        sa.Column("after", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("before < after", name=op.f("ck_call_extension_puts_the_closing_off")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_call_extension_has_its_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_call_extension_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_extension_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_extension")),
    )
    op.create_index("ix_call_extension_call_id", "call_extension", ["call_id"], unique=False)
    protect("call_extension")
