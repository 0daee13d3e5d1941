"""The term of opinions and regional ranks, each order that a region saved, each opinion handed back."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import CanonicalJson, Instant

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_KEY = sa.String(200)


def upgrade() -> None:
    """Apply."""
    op.add_column("call", sa.Column("opinions_due_at", Instant(), nullable=True))
    _term()
    _order()
    _reopening()


def downgrade() -> None:
    """Take back: only the journal says when opinions were due, and how orders came to be."""
    for table in ("opinion_reopening", "regional_order", "opinion_term"):
        release(table)
        op.drop_table(table)
    op.execute("ALTER TABLE call DROP COLUMN opinions_due_at")


def _term() -> None:
    op.create_table(
        "opinion_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("before", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_opinion_term_has_its_reason")),
        sa.CheckConstraint("before <> due_at", name=op.f("ck_opinion_term_changes_the_term")),
        sa.CheckConstraint("(frozen_at IS NULL) = (digest IS NULL)", name=op.f("ck_opinion_term_is_frozen_whole")),
        sa.CheckConstraint("frozen_at >= due_at", name=op.f("ck_opinion_term_is_frozen_after_it")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_opinion_term_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_opinion_term_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_term")),
    )
    op.create_index("ix_opinion_term_call_id", "opinion_term", ["call_id"])
    protect("opinion_term", allowed=("frozen_at", "digest"))


def _order() -> None:
    table = op.create_table(
        "regional_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("region", _KEY, nullable=False),
        sa.Column("ranks", CanonicalJson(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_regional_order_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_regional_order_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regional_order")),
    )
    op.create_index("ix_regional_order_call_id_region", "regional_order", ["call_id", "region", "id"])
    if rows := _as_ranked(op.get_bind()):
        op.bulk_insert(table, rows)
    protect("regional_order")


def _as_ranked(bind: sa.Connection) -> list[dict[str, Any]]:
    """Return the orders of now as one save each, by whom and when the journal says they were last saved."""
    names = ("dossier_id", "call_id", "region", "regional_rank", "author_id")
    opinion = sa.table("opinion", *map(sa.column, names), sa.column("at", Instant()))
    dossier = sa.table("dossier", sa.column("id"), sa.column("reference"))
    held = sa.select(*opinion.c, dossier.c.reference).join(dossier, dossier.c.id == opinion.c.dossier_id)
    orders: dict[tuple[int, str], dict[str, Any]] = {}
    for row in bind.execute(held.where(opinion.c.regional_rank.is_not(None)).order_by(opinion.c.dossier_id)):
        blank: dict[str, Any] = {"call_id": row.call_id, "region": row.region, "ranks": {}, "at": row.at}
        order = orders.setdefault((row.call_id, row.region), blank | {"by_id": row.author_id})
        order["ranks"][row.reference] = row.regional_rank
        order["at"] = max(order["at"], row.at)
    _told_by_the_journal(bind, orders)
    return [orders[key] for key in sorted(orders)]


def _told_by_the_journal(bind: sa.Connection, orders: dict[tuple[int, str], dict[str, Any]]) -> None:
    people = {row.reference: row.id for row in bind.execute(sa.text("SELECT id, reference FROM person"))}
    names = ("call_id", "actor", "facts", "act", "sequence")
    line = sa.table("journal_entry", *map(sa.column, names), sa.column("at", Instant()))
    for told in bind.execute(sa.select(*line.c).where(line.c.act == "region.ranked").order_by(line.c.sequence)):
        facts = json.loads(told.facts) if isinstance(told.facts, str) else told.facts
        order = orders.get((told.call_id, facts.get("region", "")))
        if order is not None and told.actor in people:
            order["by_id"], order["at"] = people[told.actor], told.at


def _reopening() -> None:
    op.create_table(
        "opinion_reopening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_opinion_reopening_has_its_reason")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_opinion_reopening_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_opinion_reopening_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_reopening")),
    )
    op.create_index("ix_opinion_reopening_dossier_id", "opinion_reopening", ["dossier_id"])
    protect("opinion_reopening")
