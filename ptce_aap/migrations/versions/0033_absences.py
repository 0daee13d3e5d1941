"""The absences of correspondents, and who acts for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_PEOPLE = ("absent_id", "substitute_id", "named_by_id", "ended_by_id")


def upgrade() -> None:
    """Apply."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", instant, nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_absence_lasts")),
        sa.CheckConstraint("absent_id <> substitute_id", name=op.f("ck_absence_somebody_else_acts")),
        sa.CheckConstraint("named_by_id <> substitute_id", name=op.f("ck_absence_nobody_names_himself")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_absence_somebody_ends_it")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at < ends_at", name=op.f("ck_absence_ended_before_its_term")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_absence_call_id")),
        *(sa.ForeignKeyConstraint([one], ["person.id"], name=op.f(f"fk_absence_{one}")) for one in _PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("reference", name=op.f("uq_absence_reference")),
    )
    for column in ("call_id", "absent_id", "substitute_id"):
        op.create_index(op.f(f"ix_absence_{column}"), "absence", [column])


def downgrade() -> None:
    """Take back: only the journal says who acted for whom."""
    op.drop_table("absence")
