"""Scenarios: selections tried apart from the announced ranking and the adopted list, and saved by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key, Reference, new_reference


class Scenario(Base):
    """One selection to make, as its file would say it, and its answer once found. A working paper: it may be erased.

    ``instance`` is the whole input, as text: dossiers by reference with amount, total and place at ``asked_at``.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        UniqueConstraint("call_id", "name"),
        CheckConstraint("name <> ''", name="has_a_name"),
        CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="is_done_with_its_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    name: Mapped[str] = mapped_column(Key)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"))
    adopted: Mapped[bool]  # in the adopted order, without those put out; else as announced
    instance: Mapped[str]
    inputs_digest: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Key)  # waiting, done or failed
    result: Mapped[Any | None] = mapped_column(CanonicalJson)
    computed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
