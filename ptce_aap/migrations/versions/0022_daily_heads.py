"""Signed heads of the journal, a day each; their time-stamps; the messages that take them outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations import triggers
from ptce_aap.models.base import CanonicalJson, Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_FROZEN = ("daily_head", "daily_head_stamp")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "daily_head",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("chains", CanonicalJson(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.CheckConstraint(
            "length(root) = 64 AND length(previous) = 64 AND length(digest) = 64",
            name=op.f("ck_daily_head_digests_are_whole"),
        ),
        sa.CheckConstraint(
            "length(key) = 64 AND length(signature) = 128", name=op.f("ck_daily_head_signature_is_whole")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_daily_head")),
        sa.UniqueConstraint("day", name=op.f("uq_daily_head_day")),
    )
    op.create_table(
        "daily_head_stamp",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("stamped_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["daily_head.number"], name=op.f("fk_daily_head_stamp_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_daily_head_stamp")),
    )
    op.create_table(
        "daily_head_letter",
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["daily_head.number"], name=op.f("fk_daily_head_letter_number")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_daily_head_letter_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_daily_head_letter")),
    )
    op.create_index("ix_daily_head_letter_number", "daily_head_letter", ["number"], unique=False)
    for table in _FROZEN:
        triggers.protect(table)


def downgrade() -> None:
    """Take back: the journal stays, its heads are forgotten."""
    for table in reversed(_FROZEN):
        triggers.release(table)
    op.drop_index("ix_daily_head_letter_number", "daily_head_letter")
    op.drop_table("daily_head_letter")
    op.drop_table("daily_head_stamp")
    op.drop_table("daily_head")
