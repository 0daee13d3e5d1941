"""What the files of an export of a region say of each dossier, read a few dossiers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ptce_aap.documents.answers import worded
from ptce_aap.documents.dossier import PrintedDossier
from ptce_aap.documents.spreadsheet import Cell, Column, Kind
from ptce_aap.domain import scanning
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.exchange import Document, write_document
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import Answers, Question
from ptce_aap.domain.scanning import Scan
from ptce_aap.domain.values import QuestionKind
from ptce_aap.models import Answer, Attachment, Call, Dossier, Opinion
from ptce_aap.models.visibility import Absents
from ptce_aap.services.dossiers import listing, printing, reading
from ptce_aap.services.dossiers.dossiers import answers_of, from_stored

_AT_ONCE = 50
_STATES = {"filed": "À décider", "eligible": "Recevable", "not_eligible": "Non recevable"}
_RESULTS = {Result.MET: "Règles remplies", Result.TO_VERIFY: "À vérifier", Result.NOT_MET: "Règle non remplie"}
_KINDS = {
    QuestionKind.MONEY: Kind.MONEY,
    QuestionKind.INTEGER: Kind.INTEGER,
    QuestionKind.NUMBER: Kind.FIGURE,
    QuestionKind.DATE: Kind.DATE,
    QuestionKind.YES_NO: Kind.FLAG,
}
_OWN = (
    Column("number", "Numéro", width=12),
    Column("title", "Nom du pôle", width=34),
    Column("carrier", "Porteur", width=34),
    Column("region", "Région", width=20),
    Column("stage", "Stade", width=16),
    Column("amount", "Aide demandée", Kind.MONEY),
    Column("filed_at", "Déposé le", Kind.INSTANT),
    Column("state", "Recevabilité", width=16),
    Column("missing", "Réponses manquantes", Kind.INTEGER),
    Column("computed", "Règles calculées", width=18),
    Column("proposed", "Règles proposées", width=18),
    Column("verdict", "Avis régional", width=18),
    Column("rank", "Rang régional", Kind.INTEGER),
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A dossier as its folder holds it: its document, its pieces, its opinion where it is given."""

    number: str
    title: str
    carrier: str
    region: str
    printed: PrintedDossier
    pieces: tuple[Attachment, ...]  # those that open
    closed_pieces: int
    opinion: Opinion | None
    opinion_answers: Answers


def columns(definition: CallDefinition) -> tuple[Column, ...]:
    """Return the columns of the table: what is known of the dossier, then its simple answers."""
    asked = (Column(one.path, one.label, _KINDS.get(one.kind, Kind.TEXT)) for one in _simple(definition))
    return (*_OWN, *asked)


def rows(
    session: Session, actor: Actor, definition: CallDefinition, chosen: Select[Dossier], absents: Absents
) -> Iterator[list[Cell]]:
    """Yield the rows of the table: a statement for all the dossiers, one more for some of them at a time.

    ``absents``: those for whom the asker acts; a number tells nothing of the dossiers that they may not open.
    """
    simple = _simple(definition)
    paths = [one.path for one in simple]
    joined = chosen.outerjoin(Opinion, Opinion.dossier_id == Dossier.id)
    query = listing.with_columns(joined, actor, definition, absents)
    found = session.execute(query.order_by(Dossier.region, Dossier.number)).all()
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        stored: dict[int, dict[str, Any]] = {row[0].id: {} for row in some}
        told = select(Answer.dossier_id, Answer.key, Answer.value)
        for owner, key, value in session.execute(told.where(Answer.dossier_id.in_(stored), Answer.key.in_(paths))):
            stored[owner][key] = value
        for row in some:
            answers = from_stored(stored[row[0].id], definition.questionnaire)
            line = listing.line(definition, *row)
            yield [*_told(line), *(_cell(one, answers.get(one.path)) for one in simple)]


def documents(
    session: Session, definition: CallDefinition, chosen: Select[Dossier]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each dossier with its answers, written as the command that exports a dossier writes them."""
    for dossier in session.scalars(chosen.order_by(Dossier.region, Dossier.number)).all():
        answers = answers_of(session, dossier.id, definition.questionnaire)
        document = Document(dossier.filed_at, answers, dossier.stated_submitted_at)
        facts = {"number": dossier.number, "region": dossier.region, "state": dossier.state, "title": dossier.title}
        yield facts, write_document(document, definition.questionnaire)


def folders(session: Session, call: Call, definition: CallDefinition, chosen: Select[Dossier]) -> Iterator[Folder]:
    """Yield what the folder of each dossier holds."""
    demanded = definition.sheet.pieces_are_scanned
    for dossier in session.scalars(chosen.order_by(Dossier.region, Dossier.number)).all():
        held = select(Attachment).where(Attachment.dossier_id == dossier.id, Attachment.removed_at.is_(None))
        pieces = session.scalars(held.order_by(Attachment.id)).all()
        open_ones = tuple(one for one in pieces if scanning.opens(Scan(one.scan), demanded=demanded))
        opinion = session.get(Opinion, dossier.id)
        given = opinion if opinion is not None and opinion.given_at is not None else None
        yield Folder(
            number=str(dossier.number),
            title=dossier.title,
            carrier=dossier.carrier,
            region=reading.region_name(definition, dossier.region),
            printed=printing.of_deposit(session, dossier),
            pieces=open_ones,
            closed_pieces=len(pieces) - len(open_ones),
            opinion=given,
            opinion_answers=from_stored(given.answers, definition.opinion) if given is not None else {},
        )


def _simple(definition: CallDefinition) -> list[Question]:
    apart = (QuestionKind.GROUP, QuestionKind.ATTACHMENT)
    return [one for one in definition.questionnaire.questions if not one.is_table and one.kind not in apart]


def _told(line: listing.Line) -> list[Cell]:
    computed = _RESULTS[line.computed] if line.computed else None
    proposed = _RESULTS[line.proposed] if line.proposed else None
    place: list[Cell] = [line.number, line.title, line.carrier, line.region, line.stage]
    state = _STATES.get(line.state, line.state)
    return [
        *place,
        line.amount_cents,
        line.filed_at,
        state,
        line.missing,
        computed,
        proposed,
        line.verdict or None,
        line.regional_rank,
    ]


def _cell(question: Question, value: Any) -> Cell:
    if value is None or value == "":
        return None
    if question.kind in _KINDS:
        held: Cell = value
        return held
    return worded(question, value) or None
