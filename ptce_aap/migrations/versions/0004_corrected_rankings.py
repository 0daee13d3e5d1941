"""The corrected rankings, their parts, and the one shown when a shortlist was frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import CanonicalJson, Instant

# Never changed; superseded computations are erased, the evidence of a frozen list is not.
_ERASABLE = {"corrected_ranking": True, "corrected_part": True, "corrected_evidence": False}

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "corrected_ranking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("inputs_digest", sa.String(length=64), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("settings", CanonicalJson(), nullable=False),
        sa.Column("quick", sa.Boolean(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("computed_at", Instant(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_corrected_ranking_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrected_ranking")),
        sa.UniqueConstraint("call_id", "sequence", name=op.f("uq_corrected_ranking_call_id_sequence")),
    )
    op.create_table(
        "corrected_part",
        sa.Column("corrected_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrected_id"], ["corrected_ranking.id"], name=op.f("fk_corrected_part_corrected_id")
        ),
        sa.PrimaryKeyConstraint("corrected_id", "name", name=op.f("pk_corrected_part")),
    )
    op.create_table(
        "corrected_evidence",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("corrected_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["shortlist.call_id"], name=op.f("fk_corrected_evidence_call_id")),
        sa.ForeignKeyConstraint(
            ["corrected_id"], ["corrected_ranking.id"], name=op.f("fk_corrected_evidence_corrected_id")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_corrected_evidence")),
    )
    for table, erasable in _ERASABLE.items():
        protect(table, erasable=erasable)


def downgrade() -> None:
    """Take back."""
    for table in _ERASABLE:
        release(table)
    for table in reversed(_ERASABLE):
        op.drop_table(table)
