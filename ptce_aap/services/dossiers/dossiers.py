"""What every room needs of a dossier: its answers as values, and the columns that repeat them for lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import UNREAD
from ptce_aap.domain.evaluation import Evaluation
from ptce_aap.domain.permissions import Deed
from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Question
from ptce_aap.domain.questionnaire import Answers, Questionnaire, filled_rows
from ptce_aap.models import Answer, Call, Dossier, Member

PAGE_SIZE = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    number: int
    pages: int
    total: int


def has_result(call: Call, dossier: Dossier) -> bool:
    """Tell whether its applicant may read what became of a dossier: once the list is published, of what was read."""
    return call.allows(Deed.READ_RESULT) and dossier.state not in UNREAD


def paged(session: Session, query: Select[Any], number: int) -> Page[Any]:
    """Run one page of a query: two statements at any size. A page too far is the last one."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, number), pages)
    rows = session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    items = [row[0] if len(row) == 1 else row for row in rows]
    return Page(items=items, number=number, pages=pages, total=total)


def page_of(items: Sequence[T], number: int) -> Page[T]:
    """Return one page of a list that is whole in memory. A page too far is the last one."""
    pages = max(1, -(-len(items) // PAGE_SIZE))
    number = min(max(1, number), pages)
    return Page(items[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, pages, len(items))


def counted(session: Session, query: Select[Any]) -> int:
    """Return how many dossiers a query on dossiers finds."""
    return session.scalar(select(func.count()).select_from(query.with_only_columns(Dossier.id).subquery())) or 0


def found_by(search: str, *others: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return the condition that a search sets on dossiers: in the title, in the carrier's name, or one of ``others``.

    What folds to nothing searches for nothing.
    """
    if not (words := fold(search)):
        return []
    named = (column.contains(words, autoescape=True) for column in (Dossier.title_key, Dossier.carrier_key))
    return [or_(*named, *others)]


def is_number(search: str) -> ColumnElement[bool]:
    """Tell, in a query, whether a dossier's number is what was searched, however it is typed."""
    return Dossier.number == search.strip().upper()


def answers_of(session: Session, dossier_id: int, questionnaire: Questionnaire) -> Answers:
    """Return the answers of a dossier as values; the rows of tables carry their identifiers."""
    stored = session.execute(select(Answer.key, Answer.value).where(Answer.dossier_id == dossier_id)).all()
    return from_stored({row.key: row.value for row in stored}, questionnaire)


def from_stored(stored: dict[str, Any], questionnaire: Questionnaire) -> Answers:
    """Return values from their canonical JSON; a key that the questionnaire no longer has is left out."""
    values: dict[str, Any] = {}
    for question in questionnaire.questions:
        if question.path in stored:
            value = question.read(stored[question.path], with_ids=True).value
            if value is not None:
                values[question.path] = value
    return values


def project(
    session: Session, dossier: Dossier, definition: CallDefinition, answers: Answers, evaluation: Evaluation
) -> None:
    """Repeat in columns what lists sort and search by, and the members in their table."""
    project_columns(dossier, definition, answers, evaluation)
    session.execute(delete(Member).where(Member.dossier_id == dossier.id))
    if rows := member_rows(dossier.id, definition, answers):
        session.execute(insert(Member), rows)


def project_columns(dossier: Dossier, definition: CallDefinition, answers: Answers, evaluation: Evaluation) -> None:
    """Repeat in columns what lists sort and search by."""
    shape = definition.sheet.projection
    dossier.title = column_text(value_at(answers, shape.title))
    dossier.title_key = fold(dossier.title)
    dossier.carrier = column_text(value_at(answers, shape.carrier))
    dossier.carrier_key = fold(dossier.carrier)
    dossier.carrier_siren = column_text(value_at(answers, shape.carrier_siren)) or None
    dossier.region = column_text(value_at(answers, shape.region)) or None
    dossier.stage = column_text(value_at(answers, shape.stage)) or None
    dossier.themes = themes_in(definition, answers)
    dossier.amount_cents = _amount(evaluation, shape.amount)
    dossier.computed_eligibility = evaluation.eligible.value
    dossier.missing_count = len(evaluation.missing)


def member_rows(dossier_id: int, definition: CallDefinition, answers: Answers) -> list[dict[str, Any]]:
    """Return the members of a dossier as rows of their table; nothing where the call asks for none."""
    shape = definition.sheet.projection
    if shape.members is None or shape.member_name is None:
        return []
    return [
        {
            "dossier_id": dossier_id,
            "position": position,
            "name": (name := column_text(row.get(shape.member_name))),
            "name_key": fold(name),
            "siren": row.get(shape.member_siren or ""),
            "category": row.get(shape.member_category or ""),
        }
        for position, row in enumerate(filled_rows(answers.get(shape.members)))
    ]


def value_at(answers: Answers, path: str | None) -> Any:
    """Return the value at a path: a question's, or a sub-field's of a group; None where unanswered."""
    if path is None:
        return None
    if path in answers:
        return answers[path]
    parent, _, key = path.rpartition(".")
    group = answers.get(parent)
    return group.get(key) if isinstance(group, dict) else None


def themes_in(definition: CallDefinition, answers: Answers) -> list[str]:
    """Return the themes that the answers name, in the order of the list; none where the call does not ask."""
    question = theme_question(definition)
    if question is None:
        return []
    value = value_at(answers, definition.sheet.projection.themes)
    named = {value} if isinstance(value, str) else set(value or ())
    return [option.value for option in question.options if option.value in named]


def theme_name(definition: CallDefinition, value: str) -> str:
    """Return a theme in words."""
    question = theme_question(definition)
    return question.option_label(value) if question is not None else value


def theme_question(definition: CallDefinition) -> Question | None:
    """Return the question that tells the themes of a dossier, None where the call does not ask."""
    path = definition.sheet.projection.themes
    return definition.questionnaire.question(path) if path else None


def _amount(evaluation: Evaluation, key: str | None) -> int | None:
    value = evaluation.measure(key).value if key is not None else None
    return None if value is None else int(value)


def column_text(value: object) -> str:
    """Return an answer as a column repeats it, empty where unanswered.

    PostgreSQL keeps no NUL in a text; the answer itself, as JSON, keeps what was typed.
    """
    return str(value or "").replace("\x00", "")
