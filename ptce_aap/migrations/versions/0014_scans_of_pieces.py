"""What the virus scanner said of each piece."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_CHECKS = {
    "known_scan": "scan IN ('not_scanned', 'pending', 'clean', 'infected')",
    "judged_at_some_time": "(scan IN ('clean', 'infected')) = (scanned_at IS NOT NULL)",
    "infected_by_something": "(scan = 'infected') = (signature IS NOT NULL)",
}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("attachment") as batch_op:
        batch_op.add_column(sa.Column("scan", sa.String(length=200), server_default="not_scanned", nullable=False))
        batch_op.add_column(sa.Column("scanned_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("signature", sa.Text(), nullable=True))
        for name, condition in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_attachment_{name}"), condition)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("attachment") as batch_op:
        for name in _CHECKS:
            batch_op.drop_constraint(op.f(f"ck_attachment_{name}"), type_="check")
        for column in ("signature", "scanned_at", "scan"):
            batch_op.drop_column(column)
