"""What is asked of services and of funders about a dossier, and what they answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_CHECKS = {
    "known_purpose": "purpose IN ('opinion', 'funding')",
    "is_sent_to_somebody": "service <> '' AND addressee <> '' AND email <> ''",
    "funding_is_of_a_line": "(purpose = 'funding') = (funding <> '{}')",
    "answered_by_somebody": "(answered_at IS NULL) = (respondent = '')",
    "answered_in_time": "answered_at IS NULL OR answered_at < due_at",
    "answered_or_withdrawn": "answered_at IS NULL OR withdrawn_at IS NULL",
    "link_dies_with_it": "withdrawn_at IS NULL OR token_digest IS NULL",
    "leaves_time": "asked_at < due_at",
    "moves_are_counted": "moves >= 0",
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=True),
        sa.Column("respondent", sa.Text(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_consultation_{name}")) for name, rule in _CHECKS.items()),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_consultation_dossier_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_consultation_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("reference", name=op.f("uq_consultation_reference")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_consultation_token_digest")),
    )
    op.create_index("ix_consultation_dossier_id", "consultation", ["dossier_id"])
    op.create_index("ix_consultation_due_at", "consultation", ["due_at"])


def downgrade() -> None:
    """Take back: what was asked and answered is lost."""
    op.drop_table("consultation")
