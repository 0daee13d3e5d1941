"""The people of a dossier beside its owner, and what they confirm."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LIVE = "ended_at IS NULL"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dossier_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("given", sa.String(length=200), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("ownership_offered_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('editor', 'carrier', 'representative')", name=op.f("ck_dossier_person_known_kind")
        ),
        sa.CheckConstraint("given IN ('read', 'edit', 'file')", name=op.f("ck_dossier_person_known_right")),
        sa.CheckConstraint(
            "(person_id IS NULL) = (accepted_at IS NULL)", name=op.f("ck_dossier_person_accepted_by_somebody")
        ),
        sa.CheckConstraint(
            "kind <> 'representative' OR (person_id IS NULL AND given = 'read')",
            name=op.f("ck_dossier_person_reads_by_link"),
        ),
        sa.CheckConstraint(
            "token_digest IS NULL OR (accepted_at IS NULL AND ended_at IS NULL)",
            name=op.f("ck_dossier_person_link_dies_with_its_use"),
        ),
        sa.CheckConstraint(
            "ownership_offered_at IS NULL OR (accepted_at IS NOT NULL AND ended_at IS NULL)",
            name=op.f("ck_dossier_person_heir_is_there"),
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_person_dossier_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name=op.f("fk_dossier_person_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_person_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_person")),
        sa.UniqueConstraint("reference", name=op.f("uq_dossier_person_reference")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_dossier_person_token_digest")),
    )
    with op.batch_alter_table("dossier_person") as batch_op:
        batch_op.create_index("ix_dossier_person_person_id_dossier_id", ["person_id", "dossier_id"], unique=False)
    _one("uq_dossier_person_dossier_id_person_id", ["dossier_id", "person_id"], f"{_LIVE} AND person_id IS NOT NULL")
    _one(
        "uq_dossier_person_dossier_id_kind_email_key",
        ["dossier_id", "kind", "email_key"],
        f"{_LIVE} AND accepted_at IS NULL",
    )
    _one("uq_dossier_person_dossier_id", ["dossier_id"], "ownership_offered_at IS NOT NULL")
    op.create_table(
        "dossier_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("answer IN ('confirmed', 'declined')", name=op.f("ck_dossier_confirmation_known_answer")),
        sa.CheckConstraint(
            "answer <> 'declined' OR sentence <> ''", name=op.f("ck_dossier_confirmation_declined_with_a_sentence")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_dossier_confirmation_has_a_name")),
        sa.ForeignKeyConstraint(["link_id"], ["dossier_person.id"], name=op.f("fk_dossier_confirmation_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_confirmation")),
    )
    with op.batch_alter_table("dossier_confirmation") as batch_op:
        batch_op.create_index("ix_dossier_confirmation_link_id", ["link_id"], unique=False)
    protect("dossier_confirmation")


def downgrade() -> None:
    """Take back."""
    release("dossier_confirmation")
    op.drop_table("dossier_confirmation")
    op.drop_table("dossier_person")


def _one(name: str, columns: list[str], where: str) -> None:
    """A combination that occurs once among the rows where this holds."""
    op.create_index(name, "dossier_person", columns, unique=True, sqlite_where=sa.text(where),
                    postgresql_where=sa.text(where))  # fmt: skip
