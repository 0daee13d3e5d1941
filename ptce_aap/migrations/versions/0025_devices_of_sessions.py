"""Sessions that their person can name, and end one by one."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: each session gets a name of its own; on which device an older one was opened is not known."""
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reference", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("device", sa.String(length=80), nullable=True))
    known = sa.table("sign_in", sa.column("digest"), sa.column("reference"), sa.column("device"))
    connection = op.get_bind()
    for digest in connection.execute(sa.select(known.c.digest)).scalars().all():
        named = sa.update(known).where(known.c.digest == digest)
        connection.execute(named.values(reference=secrets.token_hex(16), device=""))
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("reference", existing_type=sa.String(length=32), nullable=False)
        batch_op.alter_column("device", existing_type=sa.String(length=80), nullable=False)
        batch_op.create_unique_constraint(op.f("uq_sign_in_reference"), ["reference"])


def downgrade() -> None:
    """Take back: sessions stay open, and cannot be told apart."""
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_sign_in_reference"), type_="unique")
        batch_op.drop_column("device")
        batch_op.drop_column("reference")
