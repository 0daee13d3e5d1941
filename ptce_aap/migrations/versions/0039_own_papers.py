"""What correspondents keep for themselves: labels of a region, private notes, saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Folded

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _labels()
    _notes()
    _views()


def downgrade() -> None:
    """Take back: labels, notes and saved views are lost."""
    for table in ("saved_view", "dossier_note", "dossier_label"):
        op.drop_table(table)


def _labels() -> None:
    op.create_table(
        "dossier_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("key", Folded, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint("key <> ''", name=op.f("ck_dossier_label_says_something")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_label_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_label_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_label")),
        sa.UniqueConstraint("dossier_id", "region", "key", name=op.f("uq_dossier_label_dossier_id_region_key")),
    )
    op.create_index(op.f("ix_dossier_label_region_key"), "dossier_label", ["region", "key"])
    op.create_index(op.f("ix_dossier_label_person_id"), "dossier_label", ["person_id"])


def _notes() -> None:
    op.create_table(
        "dossier_note",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_dossier_note_says_something")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_note_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_note_person_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_dossier_note")),
    )
    op.create_index(op.f("ix_dossier_note_person_id"), "dossier_note", ["person_id"])


def _views() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", Folded, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint("name_key <> ''", name=op.f("ck_saved_view_has_a_name")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_saved_view_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("reference", name=op.f("uq_saved_view_reference")),
        sa.UniqueConstraint("person_id", "call_id", "name_key", name=op.f("uq_saved_view_person_id_call_id_name_key")),
    )
