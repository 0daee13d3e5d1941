"""Leases of effects: who has a row of the outbox in hand, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: nothing is in hand while an installation is brought up to date."""
    op.create_table(
        "outbox_lease",
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=36), nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.CheckConstraint("ends_at > taken_at", name=op.f("ck_outbox_lease_ends_after_it_began")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_lease_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox_lease")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("outbox_lease")
