"""Reminders of drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reminder",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.CheckConstraint("days IN (1, 3, 10)", name=op.f("ck_reminder_known_days")),
        sa.CheckConstraint("sent_at < closes_at", name=op.f("ck_reminder_sent_before_the_closing")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_reminder_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "days", "closes_at", name=op.f("pk_reminder")),
    )
    op.create_table(
        "reminder_stop",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stopped_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_reminder_stop_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_stop_person_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_reminder_stop")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("reminder_stop")
    op.drop_table("reminder")
