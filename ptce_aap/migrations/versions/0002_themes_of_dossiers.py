"""Themes of dossiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import CanonicalJson

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: dossiers of calls opened before have no theme, as their definition names no question for it."""
    op.add_column("dossier", sa.Column("themes", CanonicalJson(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("dossier", "themes")
