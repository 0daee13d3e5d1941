"""Each line of the journal holds the digest of the line before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from ptce_aap.domain import journal_chain
from ptce_aap.migrations import triggers
from ptce_aap.models.base import CanonicalJson, Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_AT_A_TIME = 1000
_ENTRY = sa.table(
    "journal_entry",
    *(sa.column(name, sa.String()) for name in ("chain", "actor", "role", "act", "object_kind", "object")),
    sa.column("sequence", sa.Integer()),
    sa.column("at", Instant()),
    sa.column("facts", CanonicalJson()),
    sa.column("previous", sa.String()),
    sa.column("digest", sa.String()),
)
_HEAD = sa.table("journal_head", sa.column("chain", sa.String()), sa.column("digest", sa.String()))


def upgrade() -> None:
    """Apply: the lines that are there are chained in their order."""
    triggers.release("journal_entry")
    with op.batch_alter_table("journal_entry") as batch:
        batch.add_column(sa.Column("previous", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
    with op.batch_alter_table("journal_head") as batch:
        batch.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
    _chain_what_is_there()
    with op.batch_alter_table("journal_entry") as batch:
        batch.alter_column("previous", existing_type=sa.String(length=64), nullable=False)
        batch.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
        batch.create_check_constraint(
            op.f("ck_journal_entry_digests_are_whole"), "length(previous) = 64 AND length(digest) = 64"
        )
    with op.batch_alter_table("journal_head") as batch:
        batch.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
        batch.create_check_constraint(op.f("ck_journal_head_digest_is_whole"), "length(digest) = 64")
    triggers.protect("journal_entry")
    triggers.only_forward("journal_head", "sequence")


def downgrade() -> None:
    """Take back: the lines stay, their digests go."""
    triggers.release("journal_head")
    triggers.release("journal_entry")
    with op.batch_alter_table("journal_head") as batch:
        batch.drop_constraint(op.f("ck_journal_head_digest_is_whole"), type_="check")
        batch.drop_column("digest")
    with op.batch_alter_table("journal_entry") as batch:
        batch.drop_constraint(op.f("ck_journal_entry_digests_are_whole"), type_="check")
        batch.drop_column("previous")
        batch.drop_column("digest")
    triggers.protect("journal_entry")


def _chain_what_is_there() -> None:
    connection = op.get_bind()
    for chain in connection.execute(sa.select(_HEAD.c.chain).order_by(_HEAD.c.chain)).scalars().all():
        last = journal_chain.FIRST
        write = (
            sa.update(_ENTRY)
            .where(_ENTRY.c.chain == sa.bindparam("its_chain"), _ENTRY.c.sequence == sa.bindparam("its_sequence"))
            .values(previous=sa.bindparam("its_previous"), digest=sa.bindparam("its_digest"))
        )
        for lines in _lines(connection, chain):
            chained = []
            for line in lines:
                digest = journal_chain.digest_of(
                    {**line, "at": journal_chain.instant_text(line["at"]), "previous": last}
                )
                place = {"its_chain": chain, "its_sequence": line["sequence"]}
                chained.append({**place, "its_previous": last, "its_digest": digest})
                last = digest
            connection.execute(write, chained)
        connection.execute(sa.update(_HEAD).where(_HEAD.c.chain == chain).values(digest=last))


def _lines(connection: sa.Connection, chain: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the lines of a chain in their order, some at a time: a long journal is not held whole."""
    columns = [column for column in _ENTRY.c if column.name not in {"previous", "digest"}]
    query = sa.select(*columns).where(_ENTRY.c.chain == chain).order_by(_ENTRY.c.sequence).limit(_AT_A_TIME)
    after = 0
    while found := [dict(row) for row in connection.execute(query.where(_ENTRY.c.sequence > after)).mappings()]:
        after = found[-1]["sequence"]
        yield found
