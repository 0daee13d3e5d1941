"""Tables brought from a spreadsheet, until they are imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import CanonicalJson, Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "table_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", CanonicalJson(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_table_upload_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_table_upload_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_upload")),
        sa.UniqueConstraint("reference", name=op.f("uq_table_upload_reference")),
    )
    op.create_index(op.f("ix_table_upload_at"), "table_upload", ["at"])
    op.create_index(op.f("ix_table_upload_dossier_id"), "table_upload", ["dossier_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("table_upload")
