"""People as an outside sign-in service knows them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bound_identity",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("bound_at", Instant(), nullable=False),
        sa.CheckConstraint("subject <> ''", name=op.f("ck_bound_identity_names_somebody")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bound_identity_person_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_bound_identity")),
    )
    op.create_index("ix_bound_identity_person_id", "bound_identity", ["person_id"])


def downgrade() -> None:
    """Take back: everybody enters by password again."""
    op.drop_table("bound_identity")
