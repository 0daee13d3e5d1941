"""Every type of column gives back exactly what it was given, the same on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import Base, Call, DailyHead

AT = datetime(2026, 6, 30, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
# Type → column of a call that has it → values that a careless type would spoil.
VALUES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "BigInteger": ("envelope_cents", (0, 2**31, 2**53 + 1, 2**63 - 1)),
    "Integer": ("draw_seed", (-1, 0, 2**31 - 1)),
    "Boolean": ("fictional", (True, False)),
    "String": ("name", ("é" * 200, " ", "10")),
    "Text": ("title", ("", "a\n\tb ", "œ« »\u202f🙂", "x" * 100_000, "0010")),
    "Instant": ("published_at", (None, AT, AT.astimezone(UTC).replace(microsecond=0))),
    "CanonicalJson": ("sources", ({"é": [1, "1.10", None, True, {"b": {}}]}, {}, [2**60], {"z": 1, "a": 2})),
}


def test_no_column_has_another_type() -> None:
    used = {type(column.type).__name__ for table in Base.metadata.tables.values() for column in table.columns}
    assert used == VALUES.keys() | {"Date"}


def test_a_day_comes_back_as_the_same_day(database: Database) -> None:
    days = [date(1, 1, 1), date(2026, 3, 29), date(9999, 12, 31)]
    database.transaction(lambda session: session.add_all(map(_head_of, days, range(1, 4))))
    with database.reading() as session:
        assert list(session.scalars(select(DailyHead.day).order_by(DailyHead.day))) == days


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_comes_back_equal_and_of_the_same_type(database: Database, kind: str) -> None:
    column, values = VALUES[kind]
    for number, value in enumerate(values):
        slug = f"{kind}-{number}"
        database.transaction(_write, slug, {column: value})
        with database.reading() as session:
            back = getattr(session.query(Call).filter_by(slug=slug).one(), column)
        assert (back, type(back)) == (value, type(value))


def _write(session: Session, slug: str, given: dict[str, Any]) -> None:
    texts = {"slug": slug, "name": "appel", "title": "", "short_title": "", "sources": {}}
    figures = {"envelope_cents": 0, "draw_seed": 1, "opens_at": AT, "closes_at": AT + timedelta(days=1)}
    session.add(Call(**{**texts, **figures, "created_at": AT, **given}))


def _head_of(day: date, number: int) -> DailyHead:
    digest = "0" * 64
    signed = {"root": digest, "previous": digest, "digest": digest, "key": digest, "signature": "0" * 128}
    return DailyHead(number=number, day=day, at=AT, chains=[], **signed)
