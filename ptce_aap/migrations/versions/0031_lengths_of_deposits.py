"""The length of each dossier's last deposit, from which a reading load is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: what is filed already is measured as it was frozen."""
    op.add_column("dossier", sa.Column("filed_length", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE dossier SET filed_length = (SELECT length(filing.snapshot) FROM filing"
        " WHERE filing.dossier_id = dossier.id ORDER BY filing.sequence DESC LIMIT 1) WHERE number IS NOT NULL"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("dossier", "filed_length")
