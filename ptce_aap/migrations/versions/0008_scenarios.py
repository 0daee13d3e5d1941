"""Scenarios of selection, saved by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import CanonicalJson, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("inputs_digest", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("result", CanonicalJson(), nullable=True),
        sa.Column("computed_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_scenario_has_a_name")),
        sa.CheckConstraint("(state = 'done') = (result IS NOT NULL)", name=op.f("ck_scenario_is_done_with_its_result")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_scenario_author_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_scenario_call_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_scenario_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("call_id", "name", name=op.f("uq_scenario_call_id_name")),
        sa.UniqueConstraint("reference", name=op.f("uq_scenario_reference")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("scenario")
