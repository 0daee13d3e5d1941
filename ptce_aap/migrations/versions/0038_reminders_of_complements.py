"""When a request for complements was last recalled to the people of its dossier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("complement_request", sa.Column("reminded_at", Instant(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("complement_request", "reminded_at")
