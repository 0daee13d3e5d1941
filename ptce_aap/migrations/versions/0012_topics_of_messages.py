"""Which message an outbox row is, and of which call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: messages written before stay out of the counts of their calls."""
    op.add_column("outbox", sa.Column("topic", sa.String(length=200), nullable=True))
    op.add_column("outbox", sa.Column("call_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_outbox_call_id_topic"), "outbox", ["call_id", "topic"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_outbox_call_id_topic"), "outbox")
    op.drop_column("outbox", "call_id")
    op.drop_column("outbox", "topic")
