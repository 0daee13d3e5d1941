"""A second factor: applications of codes, recovery codes, passkeys, and how strong each session is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.models.base import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: sessions opened with a password alone stay so, and whoever holds a role is asked for more."""
    _sessions()
    op.create_table(
        "authenticator",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_authenticator_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("selector", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", "selector", name=op.f("pk_recovery_code")),
    )
    _passkeys()
    op.create_table(
        "half_sign_in",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_half_sign_in_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_half_sign_in")),
    )
    op.create_index("ix_half_sign_in_person_id", "half_sign_in", ["person_id"])


def _sessions() -> None:
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("strong", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("proved_at", Instant(), nullable=True))
    op.execute(sa.text("UPDATE sign_in SET proved_at = created_at, strong = :no").bindparams(no=False))
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.alter_column("strong", existing_type=sa.Boolean(), nullable=False)
        batch_op.alter_column("proved_at", existing_type=Instant(), nullable=False)


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkey_a_count_is_not_negative")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_passkey_a_passkey_has_a_name")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_passkey_reference")),
    )
    op.create_index("ix_passkey_person_id", "passkey", ["person_id"])
    op.create_table(
        "spent_challenge",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("spent_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_challenge")),
    )


def downgrade() -> None:
    """Take back: second factors are forgotten, passwords alone open accounts again."""
    for table in ("half_sign_in", "spent_challenge", "passkey", "recovery_code", "authenticator"):
        op.drop_table(table)
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_column("proved_at")
        batch_op.drop_column("strong")
