"""Messages about dossiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dossier_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("draw", sa.String(length=64), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.CheckConstraint("side IN ('applicant', 'service')", name=op.f("ck_dossier_message_known_side")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_dossier_message_says_something")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_dossier_message_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_message_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_message")),
        sa.UniqueConstraint(
            "dossier_id", "author_id", "draw", name=op.f("uq_dossier_message_dossier_id_author_id_draw")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_dossier_message_reference")),
    )
    protect("dossier_message")
    op.create_table(
        "message_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scan", sa.String(length=200), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_message_file_size_is_not_negative")),
        sa.CheckConstraint(
            "scan IN ('not_scanned', 'pending', 'clean', 'infected')", name=op.f("ck_message_file_known_scan")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["dossier_message.id"], name=op.f("fk_message_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_file")),
        sa.UniqueConstraint("reference", name=op.f("uq_message_file_reference")),
    )
    op.create_index(op.f("ix_message_file_message_id"), "message_file", ["message_id"])
    protect("message_file", allowed=("scan",))
    op.create_table(
        "message_reading",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("up_to_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_message_reading_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_reading_person_id")),
        sa.ForeignKeyConstraint(["up_to_id"], ["dossier_message.id"], name=op.f("fk_message_reading_up_to_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_message_reading")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("message_reading")
    for table in ("message_file", "dossier_message"):
        release(table)
        op.drop_table(table)
