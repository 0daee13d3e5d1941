"""Dossiers started from a former one: which one, and what of it did not fit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson


class DossierCopy(Base):
    """A dossier started with the answers of a former one of the same person; once in a call.

    ``leftovers`` is what did not fit: ``[{"stage", "label", "why", "text"}]``, readable until it is put away.
    """

    __tablename__ = "dossier_copy"
    __table_args__ = (UniqueConstraint("source_id", "call_id"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    at: Mapped[datetime]
    leftovers: Mapped[list[dict[str, Any]]] = mapped_column(CanonicalJson)
    put_away_at: Mapped[datetime | None]
