"""The journal is read by object too: the history of a dossier."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_journal_entry_object", "journal_entry", ["object"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_journal_entry_object", "journal_entry")
