"""Requests for complements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "complement_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.Column("filing_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('answered', 'expired', 'closed')",
            name=op.f("ck_complement_request_known_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_complement_request_ended_in_some_way")
        ),
        sa.CheckConstraint(
            "CASE WHEN outcome = 'answered' THEN filing_id IS NOT NULL ELSE filing_id IS NULL END",
            name=op.f("ck_complement_request_answered_by_a_deposit"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'closed' OR reason <> ''",
            name=op.f("ck_complement_request_closed_with_a_reason"),
        ),
        sa.CheckConstraint("asked_at < due_at", name=op.f("ck_complement_request_leaves_time")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_complement_request_dossier_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["dossier.id"], name=op.f("fk_complement_request_revision_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_complement_request_asked_by_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_complement_request_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complement_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_complement_request_reference")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_complement_request_revision_id")),
        sa.UniqueConstraint("filing_id", name=op.f("uq_complement_request_filing_id")),
    )
    op.create_index("ix_complement_request_dossier_id", "complement_request", ["dossier_id"])
    op.create_index(
        "uq_complement_request_dossier_id",
        "complement_request",
        ["dossier_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "complement_question",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("flaw", sa.String(length=200), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.CheckConstraint("flaw IN ('missing', 'wrong', 'outdated')", name=op.f("ck_complement_question_known_flaw")),
        sa.CheckConstraint("sentence <> ''", name=op.f("ck_complement_question_says_what_is_expected")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["complement_request.id"], name=op.f("fk_complement_question_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "key", name=op.f("pk_complement_question")),
    )
    protect("complement_question")


def downgrade() -> None:
    """Take back: what was asked is lost, the deposits that answered stay."""
    release("complement_question")
    op.drop_table("complement_question")
    op.drop_table("complement_request")
