"""Two to four dossiers of one's regions side by side: the same question on one line, and whether they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import Question, QuestionKind, filled_rows
from ptce_aap.models import Call, Dossier, Opinion
from ptce_aap.models.visibility import rank_among_open
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import reading
from ptce_aap.services.dossiers.reading import Document
from ptce_aap.services.instruction import instruction
from ptce_aap.services.instruction.evidence import AxisReading

FEWEST, MOST = 2, 4
_PROSE = (QuestionKind.LONG_TEXT, QuestionKind.TEXT)


class Shown(StrEnum):
    """How the cells of a line are written."""

    TEXT = "text"
    CENTS = "cents"
    INSTANT = "instant"
    RESULT = "result"  # of an eligibility rule
    ANSWER = "answer"  # to a question


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is compared; ``differs`` is None where it means nothing: texts always do."""

    label: str
    shown: Shown
    cells: tuple[Any, ...]
    differs: bool | None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The lines about one subject."""

    title: str
    lines: tuple[Line, ...]

    @property
    def differing(self) -> int:
        """Return how many of its lines differ."""
        return sum(bool(line.differs) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Column:
    """One of the dossiers compared, with what its region says of it so far."""

    document: Document
    verdict: str  # in words; empty until the opinion is given
    regional_rank: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Dossiers in the order of the address, and what is compared of them."""

    definition: CallDefinition
    columns: tuple[Column, ...]
    parts: tuple[Part, ...]


def compare(session: Session, actor: Actor, call: Call, references: Sequence[str], *, now: datetime) -> Comparison:
    """Return dossiers of one's regions side by side: as many statements for two dossiers whatever they hold.

    Errors: ``not_found`` as soon as one of them is not open to this person, ``too_few_to_compare``,
    ``too_many_to_compare``.
    """
    asked = list(dict.fromkeys(references))
    if len(asked) > MOST:
        raise RuleViolation("too_many_to_compare")
    definition = calls.definition_of(session, call)
    mine = instruction.visible(session, actor, call, now=now).where(Dossier.reference.in_(asked))
    query: Any = mine.outerjoin(Opinion, Opinion.dossier_id == Dossier.id)
    rank = rank_among_open(actor.person_id, actor.closed_with(call.id))
    rows = session.execute(query.add_columns(Opinion, rank)).all()
    found = {row[0].reference: row for row in rows}
    if set(asked) - set(found):
        raise NotFound()
    if len(asked) < FEWEST:
        raise RuleViolation("too_few_to_compare")
    columns = tuple(_column(session, call, definition, *found[reference]) for reference in asked)
    documents = [column.document for column in columns]
    parts = (_identity(definition, columns), *_axes(documents), _rules(documents), *_money(definition, documents))
    kept = [part for part in (*parts, *_stages(definition, documents)) if part.lines]
    return Comparison(definition, columns, tuple(kept))


def _column(
    session: Session,
    call: Call,
    definition: CallDefinition,
    dossier: Dossier,
    opinion: Opinion | None,
    rank: int | None,
) -> Column:
    given = opinion is not None and opinion.given_at is not None
    verdict = reading.verdict_name(definition, opinion.verdict) if given and opinion is not None else ""
    return Column(reading.read(session, dossier, call, definition), verdict, rank)


def _identity(definition: CallDefinition, columns: Sequence[Column]) -> Part:
    documents = [column.document for column in columns]
    lines = [
        _line("Porteur", (one.carrier for one in documents), compared=False),
        _line("Territoire", (one.region for one in documents)),
        _line("Stade", (one.stage for one in documents)),
        _line("Aide demandée", (one.amount_cents for one in documents), Shown.CENTS),
        _line("Déposé le", (one.filed_at for one in documents), Shown.INSTANT, compared=False),
        _line("Réponses obligatoires manquantes", (str(len(one.missing)) for one in documents)),
        _line("Avis rendu", (column.verdict for column in columns)),
        _line("Rang régional", (str(column.regional_rank or "") for column in columns), compared=False),
    ]
    return Part("Identité et demande", tuple(lines))


def _axes(documents: Sequence[Document]) -> Iterator[Part]:
    for axis in documents[0].axes:
        same = [one.axis(axis.key) for one in documents]
        lines = [*_level(same), *_measures(same), *_checks(same)]
        yield Part(axis.label, tuple(lines))


def _level(axes: Sequence[AxisReading]) -> Iterator[Line]:
    if axes[0].level is not None:
        yield _line("Niveau indicatif de l’axe", (_level_words(one.level.level if one.level else None) for one in axes))


def _measures(axes: Sequence[AxisReading]) -> Iterator[Line]:
    for place, item in enumerate(axes[0].measures):
        told = []
        for one in axes:
            measure = one.measures[place].measure
            level = f" ({_level_words(measure.level).lower()})" if measure.level is not None else ""
            told.append("" if measure.value is None else f"{measure.shown}{level}")
        yield _line(item.measure.indicator.label, told)


def _checks(axes: Sequence[AxisReading]) -> Iterator[Line]:
    for place, item in enumerate(axes[0].checks):
        lines = [one.checks[place] for one in axes]
        differs = len({check.state for check in lines}) > 1
        yield Line(item.requirement.label, Shown.TEXT, tuple(check.message for check in lines), differs)


def _rules(documents: Sequence[Document]) -> Part:
    lines = [
        _line(item.rule.label, (one.rules[place].verdict.result.value for one in documents), Shown.RESULT)
        for place, item in enumerate(documents[0].rules)
    ]
    return Part("Règles de recevabilité", tuple(lines))


def _money(definition: CallDefinition, documents: Sequence[Document]) -> Iterator[Part]:
    """What the tables of amounts come to, column by column; what the controls of the budget find."""
    lines = []
    for question in definition.questionnaire.questions:
        amounts = [part for part in question.fields if question.is_table and part.kind is QuestionKind.MONEY]
        for part in amounts:
            totals = [_total(document, question, part) for document in documents]
            if any(total is not None for total in totals):
                lines.append(_line(f"{question.label} – {part.label}, total", totals, Shown.CENTS))
    found = [[finding.message for finding in (*one.errors, *one.warnings)] for one in documents]
    lines.append(_line("Ce que les contrôles du budget relèvent", (" ".join(messages) for messages in found)))
    yield Part("Montants", tuple(lines))


def _total(document: Document, question: Question, part: Question) -> int | None:
    held = [row.get(part.key) for row in filled_rows(document.answers.get(question.path))]
    known = [value for value in held if isinstance(value, int)]
    return sum(known) if known else None


def _stages(definition: CallDefinition, documents: Sequence[Document]) -> Iterator[Part]:
    for stage in definition.questionnaire.stages:
        lines = []
        for question in stage.questions:
            given = [document.answers.get(question.path) for document in documents]
            if question.kind is QuestionKind.ATTACHMENT or not any(value is not None for value in given):
                continue
            lines.append(_answers(question, given))
        yield Part(stage.title, tuple(lines))


def _answers(question: Question, given: Sequence[Any]) -> Line:
    if question.is_table:
        return _line(question.label, (_rows_words(len(filled_rows(value))) for value in given))
    differs = any(value is None for value in given) if question.kind in _PROSE else _differ(given)
    told = differs or None if question.kind in _PROSE else differs
    return Line(question.label, Shown.ANSWER, tuple(given), told, question)


def _line(label: str, cells: Iterable[Any], shown: Shown = Shown.TEXT, *, compared: bool = True) -> Line:
    held = tuple(cells)
    return Line(label, shown, held, _differ(held) if compared else None)


def _differ(cells: Sequence[Any]) -> bool:
    return any(cell != cells[0] for cell in cells[1:])


def _level_words(level: object) -> str:
    return "" if level is None else f"Niveau {level} sur 5"


def _rows_words(count: int) -> str:
    return f"{count} ligne{'s' if count > 1 else ''}" if count else ""
