"""What is always true of pieces: each is one of the files that the answer of its question names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ptce_aap.models import Answer, Attachment

_CHUNK = 500


def are_named_by_their_answer(session: Session) -> Iterator[str]:
    """A piece that is joined is one of the names that its question answers."""
    answered = and_(Answer.dossier_id == Attachment.dossier_id, Answer.key == Attachment.key)
    query = select(Attachment.reference, Attachment.filename, Answer.value).outerjoin(Answer, answered)
    query = query.where(Attachment.removed_at.is_(None)).order_by(Attachment.reference)
    for reference, filename, value in session.execute(query.execution_options(yield_per=_CHUNK)):
        if filename not in (value or ()):
            yield reference


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {"piece.is_named_by_its_answer": are_named_by_their_answer}
