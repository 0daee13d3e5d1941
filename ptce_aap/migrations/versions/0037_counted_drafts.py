"""Since when the owner of a draft lets its figures be counted in syntheses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: nobody has agreed yet."""
    op.add_column("dossier", sa.Column("counted_since", Instant(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("dossier", "counted_since")
