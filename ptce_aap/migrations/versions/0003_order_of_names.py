"""Order of names: folded names are sorted alike on both engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = (("dossier", "title_key"), ("dossier", "carrier_key"), ("member", "name_key"))


def upgrade() -> None:
    """Apply: SQLite compares code points already; PostgreSQL follows the database until told."""
    _collate("C")


def downgrade() -> None:
    """Take back."""
    _collate("default")


def _collate(collation: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in _COLUMNS:
        op.alter_column(table, column, type_=sa.Text(collation=collation), existing_type=sa.Text())
