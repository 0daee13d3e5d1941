"""Marks revised in session, apart from the first marks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = "discussion_mark"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("half_points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("half_points <> before", name=op.f(f"ck_{_TABLE}_changes_the_mark")),
        sa.CheckConstraint("half_points >= 0", name=op.f(f"ck_{_TABLE}_half_points_are_not_negative")),
        sa.CheckConstraint("reason <> ''", name=op.f(f"ck_{_TABLE}_has_its_reason")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f(f"fk_{_TABLE}_recorded_by_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f(f"fk_{_TABLE}_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("sheet_id", "criterion", "sequence", name=op.f(f"uq_{_TABLE}_sheet_id_criterion_sequence")),
    )
    protect(_TABLE)


def downgrade() -> None:
    """Take back."""
    release(_TABLE)
    op.drop_table(_TABLE)
