"""What is known of each juror, and the plans of who reads what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import CanonicalJson, Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "juror_terms",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.Column("maximum", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("themes", CanonicalJson(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minimum >= 0", name=op.f("ck_juror_terms_minimum_is_not_negative")),
        sa.CheckConstraint("maximum >= 0", name=op.f("ck_juror_terms_maximum_is_not_negative")),
        sa.CheckConstraint("minimum <= maximum", name=op.f("ck_juror_terms_minimum_is_under_the_maximum")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_juror_terms_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_juror_terms_person_id")),
        sa.PrimaryKeyConstraint("call_id", "person_id", name=op.f("pk_juror_terms")),
    )
    with op.batch_alter_table("juror_terms", schema=None) as batch_op:
        batch_op.create_index("ix_juror_terms_person_id", ["person_id"], unique=False)
    op.create_table(
        "reading_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("settings", CanonicalJson(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("inputs_digest", sa.String(length=64), nullable=True),
        sa.Column("content", CanonicalJson(), nullable=True),
        sa.Column("computed_at", Instant(), nullable=True),
        sa.Column("edits", CanonicalJson(), nullable=False),
        sa.Column("applied", CanonicalJson(), nullable=True),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(content IS NULL) = (computed_at IS NULL)", name=op.f("ck_reading_plan_computed_with_its_content")
        ),
        sa.CheckConstraint(
            "(applied IS NULL) = (applied_at IS NULL)", name=op.f("ck_reading_plan_applied_with_what_it_did")
        ),
        sa.CheckConstraint(
            "undone_at IS NULL OR applied_at IS NOT NULL", name=op.f("ck_reading_plan_undone_once_applied")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_reading_plan_asked_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_reading_plan_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_plan")),
        sa.UniqueConstraint("reference", name=op.f("uq_reading_plan_reference")),
    )
    with op.batch_alter_table("reading_plan", schema=None) as batch_op:
        batch_op.create_index("ix_reading_plan_call_id", ["call_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("reading_plan")
    op.drop_table("juror_terms")
