"""What every mapped class shares: constraint names, exact column types, random references."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_reference() -> str:
    """Draw the public reference of an object: 128 random bits, never an order; no command takes it for an option."""
    while (reference := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return reference


def canonical_json(value: object) -> str:
    """Return the one text form of a JSON value: sorted keys, no blanks, no NaN."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class Instant(TypeDecorator[datetime]):
    """An instant, stored as UTC on both engines; a naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value kept as its canonical text, so that equal values are equal bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """The mapped classes of the application."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: Instant,
        str: Text,
    }


Reference = String(32)
"""The column type of public references and of other short keys."""
Key = String(200)
Folded = Text().with_variant(Text(collation="C"), "postgresql")
"""The column type of folded names: sorted by code point on both engines, whatever the database was created with."""
