"""The copy of one's own data: every row of the map that is somebody's, with the files that go with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, false, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.personal_data import DATA_MAP, Reach, TableUse
from ptce_aap.domain.scanning import Scan
from ptce_aap.models import Attachment, Base, Call, Conflict, Dossier, Filing, MessageFile, visibility
from ptce_aap.services.ranking import standings

_USES = {use.table: use for use in DATA_MAP}
# What would tell somebody in conflict ranks and amounts of a list that is not published.
_OF_STANDINGS = frozenset(
    {
        *("admission", "amount_proposal", "departure", "departure_confirmation", "departure_withdrawal"),
        *("discussion_mark", "tie_vote"),
    }
)
_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A stored file of the copy: its digest, and its place in the archive."""

    digest: str
    place: str


@dataclass(frozen=True, slots=True)
class Copied:
    """Everything that is copied: rows by table, with the title that a reader knows it by; files."""

    tables: dict[str, dict[str, Any]]
    files: tuple[CopiedFile, ...]


class _Mine:
    """What is a person's, as conditions on tables."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.actor = actor
        self.owned = visibility.owned_by(actor.person_id).with_only_columns(Dossier.id)
        self.held = visibility.read_by_applicant(actor.person_id).with_only_columns(Dossier.id)
        declared = select(Conflict.dossier_id).where(Conflict.person_id == actor.person_id)
        self.closed = select(Dossier.id).where(or_(Dossier.id.in_(declared), Dossier.owner_id == actor.person_id))
        self.closed_references = self.closed.with_only_columns(Dossier.reference)
        self.partial = standings.in_deport_somewhere(session, actor)

    def rows(self, use: TableUse) -> ColumnElement[bool]:
        """Return which rows of a table are copied."""
        table = Base.metadata.tables[use.table]
        columns = [table.c[name] for name in use.by]
        match use.reach:
            case Reach.PERSON:
                found = or_(*(column == self.actor.person_id for column in columns))
            case Reach.REFERENCE:
                found = or_(*(column == self.actor.reference for column in columns))
                return found & table.c.object.not_in(self.closed_references)
            case Reach.DOSSIER:
                wrote = or_(false(), *(column == self.actor.person_id for column in _of_people(table)))
                return columns[0].in_(self.owned) | (columns[0].in_(self.held) & wrote)
            case Reach.PARENT:
                parent = Base.metadata.tables[use.parent]
                return columns[0].in_(select(parent.c.id).where(self.rows(_USES[use.parent])))
            case Reach.NOWHERE:
                return false()
        return found & self._open(table) if use.judged else found

    def _open(self, table: Table) -> ColumnElement[bool]:
        """Leave out rows about dossiers that a conflict closes, named by the row or by what it names."""
        if self.partial and table.name in _OF_STANDINGS:
            return false()
        if "dossier_id" in table.c:
            return table.c.dossier_id.not_in(self.closed)
        if "object" in table.c:
            return table.c.object.not_in(self.closed_references)
        parents = [(key.parent, key.column.table) for key in table.foreign_keys]
        about = [(own, other) for own, other in parents if {"dossier_id", "object"} & set(other.c.keys())]
        kept = [own.in_(select(other.c.id).where(self._open(other))) for own, other in about]
        return or_(*kept) if kept else ~false()


def collect(session: Session, actor: Actor) -> Copied:
    """Return the data of a person, and the files of his own dossiers.

    Of dossiers that others share with him, what he wrote there; of those that a conflict closes to him, nothing but
    the conflict.
    """
    mine = _Mine(session, actor)
    references = _names(session, Dossier, Dossier.reference)
    slugs = _names(session, Call, Call.slug)
    tables = {}
    for use in DATA_MAP:
        if use.reach is Reach.NOWHERE:
            continue
        table = Base.metadata.tables[use.table]
        query = select(*(table.c[name] for name in use.copied)).where(mine.rows(use)).order_by(*table.primary_key)
        rows = [_row(table, row, references, slugs) for row in session.execute(query).mappings()]
        tables[use.table] = {"titre": use.title, "finalite": use.purpose, "lignes": rows}
    return Copied(tables, tuple(_files(session, mine)))


def _names(session: Session, model: Any, column: Any) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(select(model.id, column))}


def _row(table: Table, row: Any, references: dict[int, str], slugs: dict[int, str]) -> dict[str, Any]:
    """Return a row as it is written: names in place of numbers of rows."""
    told: dict[str, Any] = {}
    for name, value in row.items():
        column = table.c[name]
        if value is not None and name in {"dossier_id", "revises_id", "source_id", "revision_id"}:
            told[name.removesuffix("_id")] = references.get(value)
        elif value is not None and name == "call_id":
            told["call"] = slugs.get(value)
        elif not _is_number_of_a_row(column):
            told[name] = value.isoformat() if isinstance(value, datetime | date) else value
    return told


def _is_number_of_a_row(column: Column[Any]) -> bool:
    return bool(column.foreign_keys) or (column.name == "id" and column.primary_key)


def _of_people(table: Table) -> list[Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table.name == "person"]


def _files(session: Session, mine: _Mine) -> Iterator[CopiedFile]:
    pieces = select(Attachment.sha256, Attachment.reference, Attachment.filename).where(
        mine.rows(_USES["attachment"]), Attachment.scan != Scan.INFECTED
    )
    sent = select(MessageFile.sha256, MessageFile.reference, MessageFile.filename).where(
        mine.rows(_USES["message_file"]), MessageFile.scan != Scan.INFECTED
    )
    for folder, query in (
        ("pieces-jointes", pieces.order_by(Attachment.id)),
        ("messages", sent.order_by(MessageFile.id)),
    ):
        for digest, reference, filename in session.execute(query):
            yield CopiedFile(digest, f"{folder}/{reference}-{_plain(filename)}")
    receipts = (
        select(Filing.receipt_file, Dossier.number, Filing.sequence)
        .join(Dossier, Dossier.id == Filing.dossier_id)
        .where(Dossier.owner_id == mine.actor.person_id, Filing.receipt_file.is_not(None))
    )
    for receipt, number, sequence in session.execute(receipts.order_by(Filing.id)):
        yield CopiedFile(receipt or "", f"accuses/{_plain(number or '')}-{sequence}.pdf")


def _plain(name: str) -> str:
    """Return a name that names a file and no folder."""
    shown = (sign if sign.isprintable() and sign not in _FORBIDDEN else "_" for sign in name)
    return "".join(shown)[-120:] or "fichier"
