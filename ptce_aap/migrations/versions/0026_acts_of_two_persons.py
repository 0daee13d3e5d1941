"""Acts that take two persons, conflicts corrected, substitutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import CanonicalJson, Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = ("proposed_act", "proposed_act_end", "conflict_correction", "substitution")


def upgrade() -> None:
    """Apply."""
    _proposals()
    _corrections()
    _substitutions()
    for table in _TABLES:
        protect(table)


def _proposals() -> None:
    op.create_table(
        "proposed_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("concerns_id", sa.Integer(), nullable=True),
        sa.Column("content", CanonicalJson(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extension', 'freezing', 'publication', 'correction')", name=op.f("ck_proposed_act_known_kind")
        ),
        sa.CheckConstraint("proposed_at < expires_at", name=op.f("ck_proposed_act_leaves_time")),
        sa.CheckConstraint(
            "reason <> '' OR kind IN ('freezing', 'publication')", name=op.f("ck_proposed_act_has_its_reason")
        ),
        sa.CheckConstraint(
            "(kind = 'correction') = (concerns_id IS NOT NULL)",
            name=op.f("ck_proposed_act_a_correction_concerns_somebody"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_proposed_act_call_id")),
        sa.ForeignKeyConstraint(["concerns_id"], ["person.id"], name=op.f("fk_proposed_act_concerns_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_proposed_act_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_act")),
        sa.UniqueConstraint("reference", name=op.f("uq_proposed_act_reference")),
    )
    op.create_index("ix_proposed_act_call_id", "proposed_act", ["call_id"])
    op.create_table(
        "proposed_act_end",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'withdrawn', 'overtaken', 'expired')",
            name=op.f("ck_proposed_act_end_known_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome = 'expired') = (by_id IS NULL)", name=op.f("ck_proposed_act_end_somebody_answers")
        ),
        sa.CheckConstraint(
            "outcome <> 'refused' OR reason <> ''", name=op.f("ck_proposed_act_end_refused_with_a_reason")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["proposed_act.id"], name=op.f("fk_proposed_act_end_act_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_proposed_act_end_by_id")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_proposed_act_end")),
    )


def _corrections() -> None:
    op.create_table(
        "conflict_correction",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("declared_reason", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.Column("corrected_at", Instant(), nullable=False),
        sa.CheckConstraint("declared_at <= corrected_at", name=op.f("ck_conflict_correction_follows_the_declaration")),
        sa.ForeignKeyConstraint(["act_id"], ["proposed_act.id"], name=op.f("fk_conflict_correction_act_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_conflict_correction_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_conflict_correction_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_correction_person_id")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_conflict_correction")),
    )
    op.create_index("ix_conflict_correction_call_id", "conflict_correction", ["call_id"])
    op.create_index("ix_conflict_correction_dossier_id_person_id", "conflict_correction", ["dossier_id", "person_id"])


def _substitutions() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.CheckConstraint("role IN ('chair', 'team')", name=op.f("ck_substitution_known_role")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_substitution_has_its_reason")),
        sa.CheckConstraint("person_id <> named_by_id", name=op.f("ck_substitution_nobody_names_himself")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_substitution_call_id")),
        sa.ForeignKeyConstraint(["named_by_id"], ["person.id"], name=op.f("fk_substitution_named_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_substitution_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index("ix_substitution_call_id", "substitution", ["call_id"])


def downgrade() -> None:
    """Take back: proposals and their history are lost, what was done stays."""
    for table in reversed(_TABLES):
        release(table)
        op.drop_table(table)
