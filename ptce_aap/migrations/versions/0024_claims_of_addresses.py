"""An address belongs to the account that proved it; other accounts opened with it claim it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: every account of today holds its address."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claimed_key", sa.String(length=320), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_person_a_claim_holds_no_address"), "claimed_key IS NULL OR email_key NOT LIKE '%@%'"
        )
        batch_op.create_check_constraint(
            op.f("ck_person_a_claim_proved_nothing"), "claimed_key IS NULL OR email_confirmed_at IS NULL"
        )
        batch_op.create_index("ix_person_claimed_key", ["claimed_key"])


def downgrade() -> None:
    """Take back: claims are entered no more, and keep their dossiers."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_claimed_key")
        batch_op.drop_constraint(op.f("ck_person_a_claim_proved_nothing"), type_="check")
        batch_op.drop_constraint(op.f("ck_person_a_claim_holds_no_address"), type_="check")
        batch_op.drop_column("claimed_key")
