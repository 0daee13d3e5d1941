"""The adopted list: departures from the announced ranking, and the places that votes and departures give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import CanonicalJson, Instant

_APPEND_ONLY = ("departure", "departure_confirmation", "departure_withdrawal")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _create_departures()
    op.create_table(
        "adopted_place",
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("announced_place", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("put_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_adopted_place_dossier_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_adopted_place_ranking_id")),
        sa.PrimaryKeyConstraint("ranking_id", "dossier_id", name=op.f("pk_adopted_place")),
        sa.UniqueConstraint("ranking_id", "place", name=op.f("uq_adopted_place_ranking_id_place")),
    )
    with op.batch_alter_table("adopted_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adopted_place_dossier_id"), ["dossier_id"], unique=False)
    _write_places_of_votes()
    for table in _APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    """Take back."""
    for table in _APPEND_ONLY:
        release(table)
    for table in ("adopted_place", "departure_withdrawal", "departure_confirmation", "departure"):
        op.drop_table(table)


def _create_departures() -> None:
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("ground", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_step_columns(),
        sa.CheckConstraint("before > 0", name=op.f("ck_departure_before_is_positive")),
        sa.CheckConstraint("place > 0", name=op.f("ck_departure_place_is_positive")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_departure_has_its_reason")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_departure_call_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_departure_decided_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_departure_dossier_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_departure_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
        sa.UniqueConstraint("reference", name=op.f("uq_departure_reference")),
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departure_call_id"), ["call_id"], unique=False)
    confirmation, withdrawal = "departure_confirmation", "departure_withdrawal"
    op.create_table(
        confirmation,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        *_step_columns(),
        sa.CheckConstraint("before > 0", name=op.f(f"ck_{confirmation}_before_is_positive")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f(f"fk_{confirmation}_decided_by_id")),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f(f"fk_{confirmation}_departure_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f(f"fk_{confirmation}_ranking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{confirmation}")),
    )
    with op.batch_alter_table(confirmation, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{confirmation}_departure_id"), ["departure_id"], unique=False)
    op.create_table(
        withdrawal,
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f(f"fk_{withdrawal}_decided_by_id")),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f(f"fk_{withdrawal}_departure_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f(f"fk_{withdrawal}_ranking_id")),
        sa.PrimaryKeyConstraint("departure_id", name=op.f(f"pk_{withdrawal}")),
    )


def _step_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("passed", CanonicalJson(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    ]


def _write_places_of_votes() -> None:
    """Lists in which a tie was voted before this table existed keep their order."""
    op.execute(
        "INSERT INTO adopted_place (ranking_id, dossier_id, place, announced_place, moved, put_out) "
        "SELECT entry.ranking_id, entry.dossier_id, ROW_NUMBER() OVER voted, ROW_NUMBER() OVER voted, FALSE, FALSE "
        "FROM ranking_entry AS entry LEFT JOIN tie_vote AS vote "
        "ON vote.ranking_id = entry.ranking_id AND vote.dossier_id = entry.dossier_id "
        "WHERE entry.rank IS NOT NULL AND entry.ranking_id IN (SELECT ranking_id FROM tie_vote) "
        "WINDOW voted AS (PARTITION BY entry.ranking_id "
        "ORDER BY entry.rank, CASE WHEN vote.place IS NULL THEN 1 ELSE 0 END, vote.place, entry.position)"
    )
