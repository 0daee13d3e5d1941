"""The letters that told applicants what was decided of their eligibility."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "eligibility_letter",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("decision_version", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["eligibility_decision.dossier_id"],
            name=op.f("fk_eligibility_letter_dossier_id"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_eligibility_letter_author_id")),
        sa.PrimaryKeyConstraint("dossier_id", "decision_version", name=op.f("pk_eligibility_letter")),
    )
    protect("eligibility_letter")


def downgrade() -> None:
    """Undo."""
    release("eligibility_letter")
    op.drop_table("eligibility_letter")
