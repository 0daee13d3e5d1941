"""An answer as a form sends it and as it is stored, and the mark by which a form knows what it had shown."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ptce_aap.domain.questionnaire import ROW_ID, Question, Value
from ptce_aap.models.base import canonical_json


@dataclass(frozen=True, slots=True)
class Unread:
    """Something typed that could not be read: where, as typed, and what to tell."""

    place: str
    raw: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Return the form in which it is stored."""
        return {"place": self.place, "raw": self.raw, "message": self.message}


@dataclass(frozen=True, slots=True)
class Given:
    """What a form sent for a question, or for a row of a table; ``shown`` is the mark of what it had shown."""

    value: Value
    unread: tuple[Unread, ...] = ()
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it is stored; ``version`` is 0 where there is none yet."""

    value: Any = None
    problem: tuple[dict[str, str], ...] = ()
    removed: Any = None
    version: int = 0
    author_id: int | None = None
    at: datetime | None = None

    @property
    def mark(self) -> str:
        """A short digest of what the answer says, by which a form knows what it had shown."""
        return mark_of(self.value, self.problem)


NOTHING = Stored()


def mark_of(value: Any, problem: Any) -> str:
    """Return the mark of a stored value and of what could not be read of it."""
    return hashlib.sha256(canonical_json([value, list(problem)]).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Hand:
    """Who wrote an answer, and when."""

    name: str
    own: bool  # the person who asks wrote it himself, in another window
    at: datetime


def stored_form(question: Question, value: Any) -> Any:
    """Return an answer as it is stored: the rows of a table have their identifiers."""
    if value is None:
        return None
    if question.is_table:
        value = tuple(row if ROW_ID in row else {ROW_ID: new_row_id(), **row} for row in value)
    return question.to_json(value, with_ids=True)


def new_row_id() -> str:
    """Draw the identifier of a row, which it keeps wherever it moves."""
    return secrets.token_hex(5)
