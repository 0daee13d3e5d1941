"""The directories of resources that regions keep for a call: each resource, what became of it, who saw it last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Folded, Key, Reference, new_reference

_THERE = column("withdrawn_at").is_(None)


class RegionResource(Base):
    """A resource of a region, or a national one where ``region`` is empty; its name is its own among those there.

    ``content`` is what is said of it, in canonical JSON by column; ``changed_at`` is when that last changed,
    ``appeared_at`` when applicants could see it since, ``checked_at`` when somebody last said that it still holds.
    """

    __tablename__ = "region_resource"
    __table_args__ = (
        CheckConstraint("name_key <> ''", name="has_a_name"),
        CheckConstraint("withdrawn_at IS NULL OR NOT published", name="withdrawn_is_not_shown"),
        CheckConstraint("published = (appeared_at IS NOT NULL)", name="shown_since_some_time"),
        Index("ix_region_resource_call_id_region", "call_id", "region"),
        Index(
            "uq_region_resource_call_id_region_name_key",
            "call_id",
            "region",
            "name_key",
            unique=True,
            sqlite_where=_THERE,
            postgresql_where=_THERE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    region: Mapped[str] = mapped_column(Key)
    name_key: Mapped[str] = mapped_column(Folded)
    published: Mapped[bool]
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    changed_at: Mapped[datetime]
    appeared_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ResourceChange(Base):
    """What was done to a resource, and what is said of it since. Never changed; it goes with its resource."""

    __tablename__ = "resource_change"
    __table_args__ = (
        UniqueConstraint("resource_id", "sequence"),
        CheckConstraint("deed IN ('added', 'changed', 'checked', 'withdrawn', 'restored')", name="known_deed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("region_resource.id"))
    sequence: Mapped[int]
    deed: Mapped[str] = mapped_column(Key)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)


class ResourceUpload(Base):
    """A directory that somebody brought from a spreadsheet and has not imported yet: kept a day at most.

    ``content`` is what was read of the file, never the file.
    """

    __tablename__ = "resource_upload"
    __table_args__ = (
        UniqueConstraint("call_id", "region", "person_id"),
        Index("ix_resource_upload_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    region: Mapped[str] = mapped_column(Key)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filename: Mapped[str]
    content: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime]


class ResourceVisit(Base):
    """When a person last saw the resources beside a dossier, and when the visit before that ended."""

    __tablename__ = "resource_visit"
    __table_args__ = (CheckConstraint("before IS NULL OR before <= seen_at", name="one_after_the_other"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime]
    before: Mapped[datetime | None]
