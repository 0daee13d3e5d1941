"""The directories of resources that regions keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Folded, Instant

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_THERE = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    """Apply."""
    _resources()
    op.create_table(
        "resource_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "deed IN ('added', 'changed', 'checked', 'withdrawn', 'restored')",
            name=op.f("ck_resource_change_known_deed"),
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["region_resource.id"], name=op.f("fk_resource_change_resource_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_resource_change_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_change")),
        sa.UniqueConstraint("resource_id", "sequence", name=op.f("uq_resource_change_resource_id_sequence")),
    )
    _uploads()
    op.create_table(
        "resource_visit",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("before", Instant(), nullable=True),
        sa.CheckConstraint("before IS NULL OR before <= seen_at", name=op.f("ck_resource_visit_one_after_the_other")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_resource_visit_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_resource_visit_person_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_resource_visit")),
    )
    # A resource goes with its history once its time is over.
    protect("resource_change", erasable=True)


def downgrade() -> None:
    """Take back: the directories are lost."""
    release("resource_change")
    for table in ("resource_visit", "resource_upload", "resource_change", "region_resource"):
        op.drop_table(table)


def _resources() -> None:
    op.create_table(
        "region_resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("name_key", Folded, nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("appeared_at", Instant(), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name_key <> ''", name=op.f("ck_region_resource_has_a_name")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR NOT published", name=op.f("ck_region_resource_withdrawn_is_not_shown")
        ),
        sa.CheckConstraint(
            "published = (appeared_at IS NOT NULL)", name=op.f("ck_region_resource_shown_since_some_time")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_region_resource_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_resource")),
        sa.UniqueConstraint("reference", name=op.f("uq_region_resource_reference")),
    )
    op.create_index("ix_region_resource_call_id_region", "region_resource", ["call_id", "region"])
    op.create_index(
        "uq_region_resource_call_id_region_name_key",
        "region_resource",
        ["call_id", "region", "name_key"],
        unique=True,
        sqlite_where=_THERE,
        postgresql_where=_THERE,
    )


def _uploads() -> None:
    op.create_table(
        "resource_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_resource_upload_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_resource_upload_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_upload")),
        sa.UniqueConstraint("reference", name=op.f("uq_resource_upload_reference")),
        sa.UniqueConstraint("call_id", "region", "person_id", name=op.f("uq_resource_upload_call_id_region_person_id")),
    )
    op.create_index("ix_resource_upload_at", "resource_upload", ["at"])
