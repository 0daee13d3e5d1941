"""When each periodic task is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLE = "periodic_task"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        _TABLE,
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f(f"fk_{_TABLE}_outbox_id")),
        sa.PrimaryKeyConstraint("kind", name=op.f(f"pk_{_TABLE}")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table(_TABLE)
