"""Dossiers started from a former one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import CanonicalJson, Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dossier_copy",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("leftovers", CanonicalJson(), nullable=False),
        sa.Column("put_away_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_dossier_copy_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_copy_dossier_id")),
        sa.ForeignKeyConstraint(["source_id"], ["dossier.id"], name=op.f("fk_dossier_copy_source_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier_copy")),
        sa.UniqueConstraint("source_id", "call_id", name=op.f("uq_dossier_copy_source_id_call_id")),
    )


def downgrade() -> None:
    """Take back: the dossiers stay, what did not fit is forgotten."""
    op.drop_table("dossier_copy")
