"""To whom each role is owed; for roles given before, as the journal told it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    table = op.create_table(
        "role_giver",
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("as_administrator", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["role_grant.id"], name=op.f("fk_role_giver_grant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_giver_person_id")),
        sa.PrimaryKeyConstraint("grant_id", "person_id", name=op.f("pk_role_giver")),
    )
    op.create_index(op.f("ix_role_giver_person_id"), "role_giver", ["person_id"])
    if rows := _as_told(op.get_bind()):
        op.bulk_insert(table, rows)


def downgrade() -> None:
    """Take back: only the journal says who gave a role."""
    op.drop_table("role_giver")


def _as_told(bind: sa.Connection) -> list[dict[str, Any]]:
    """Return the givers of the roles that are held, from the lines written in the same transactions."""
    people = {row.reference: row.id for row in bind.execute(sa.text("SELECT id, reference FROM person"))}
    lines = bind.execute(
        sa.text("SELECT at, actor, role, object, call_id, facts FROM journal_entry WHERE act = 'role.granted'")
    )
    told: dict[tuple[Any, ...], tuple[str, str]] = {}
    for line in lines:
        facts = json.loads(line.facts) if isinstance(line.facts, str) else line.facts
        given = (facts.get("role"), facts.get("region"))
        told[str(line.at), people.get(line.object), line.call_id, *given] = (line.actor, line.role)
    held = bind.execute(
        sa.text("SELECT id, person_id, call_id, role, region, granted_at FROM role_grant ORDER BY granted_at, id")
    )
    chains: dict[tuple[int, int | None], dict[int, bool]] = {}  # of managers, by person and call
    rows = []
    for grant in held:
        key = (str(grant.granted_at), grant.person_id, grant.call_id, grant.role, grant.region)
        actor, role = told.get(key, ("", ""))
        giver, chain = people.get(actor), {}
        if giver is not None:
            above = role == "admin"
            further = chains.get((giver, grant.call_id), chains.get((giver, None), {}))
            chain = {giver: above} | ({} if above else further)
            chain.pop(grant.person_id, None)
        if grant.role == "team":
            chains[grant.person_id, grant.call_id] = chain
        rows += [{"grant_id": grant.id, "person_id": one, "as_administrator": above} for one, above in chain.items()]
    return rows
