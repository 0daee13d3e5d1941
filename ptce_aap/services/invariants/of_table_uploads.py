"""What is always true of the tables that wait to be imported: each is for a table of its dossier, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.question import Question
from ptce_aap.models import Call, Dossier, TableUpload
from ptce_aap.services.calls import calls


def fit_their_table(session: Session) -> Iterator[str]:
    """A table that waits names columns of a table question of its dossier's call."""
    query = select(TableUpload, Call).join(Dossier, Dossier.id == TableUpload.dossier_id)
    for upload, call in session.execute(query.join(Call, Call.id == Dossier.call_id).order_by(TableUpload.reference)):
        question = calls.definition_of(session, call).questionnaire.question(upload.key)
        if question is None or not question.is_table or not _told_columns(upload) <= _columns(question):
            yield upload.reference


def _told_columns(upload: TableUpload) -> set[str]:
    told = set(upload.content["columns"])
    for row in upload.content["rows"]:
        told |= row["values"].keys() | {cell["key"] for cell in row["unread"]}
    return told


def _columns(question: Question) -> set[str]:
    return {column.key for column in question.fields}


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {"table_upload.fits_its_table": fit_their_table}
