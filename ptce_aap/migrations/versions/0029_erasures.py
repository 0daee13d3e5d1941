"""Erasures, their requests and reports; sealed rows lose their texts where an erasure of their dossier stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import Seal, protect, release, seal
from ptce_aap.models.base import CanonicalJson, Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_LINK = "(SELECT dossier_id FROM dossier_person WHERE id = OLD.link_id)"
_MESSAGE = "(SELECT dossier_id FROM dossier_message WHERE id = OLD.message_id)"
_REQUEST = "(SELECT dossier_id FROM complement_request WHERE id = OLD.request_id)"
_ERASED = "effacé"
_SEALED: dict[str, Seal] = {
    "complement_question": Seal(_REQUEST, {"sentence": _ERASED}),
    "conflict_correction": Seal("OLD.dossier_id", {"declared_reason": _ERASED}),
    "dossier_confirmation": Seal(_LINK, deletable=True),
    "dossier_message": Seal("OLD.dossier_id", {"text": _ERASED}),
    "filing": Seal("OLD.dossier_id", {"snapshot": ""}, allowed=("receipt_file",)),
    "message_file": Seal(_MESSAGE, deletable=True, allowed=("scan",)),
    "withdrawal": Seal("OLD.dossier_id", {"reason": _ERASED}),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("object_kind", sa.String(length=200), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("object_kind IN ('dossier', 'person')", name=op.f("ck_erasure_known_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("object_kind", "object", name=op.f("uq_erasure_object_kind_object")),
    )
    _requests()
    op.create_table(
        "retention_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("content", CanonicalJson(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_report")),
        sa.UniqueConstraint("reference", name=op.f("uq_retention_report_reference")),
    )
    protect("erasure")
    protect("retention_report")
    for table, how in _SEALED.items():
        release(table)
        seal(table, how)


def _requests() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('erased', 'withdrawn')", name=op.f("ck_erasure_request_known_outcome")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_erasure_request_ended_in_some_way")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_erasure_request_reference")),
    )
    op.create_index(
        "uq_erasure_request_person_id",
        "erasure_request",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Take back: what was erased stays erased, and sealed rows no longer lose anything."""
    for table, how in _SEALED.items():
        release(table)
        protect(table, allowed=how.allowed)
    for table in ("retention_report", "erasure"):
        release(table)
    for table in ("retention_report", "erasure_request", "erasure"):
        op.drop_table(table)
