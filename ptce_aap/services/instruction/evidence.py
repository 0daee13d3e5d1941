"""What the rules of a call say of the answers of a dossier, and the answers that each of them read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.eligibility import Rule, Verdict
from ptce_aap.domain.evaluation import Evaluation
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.indicators import AxisLevel, Measure
from ptce_aap.domain.questionnaire import Answers, Question, Value, filled_rows
from ptce_aap.domain.requirements import Check
from ptce_aap.domain.roles import RoleTable, role_tables
from ptce_aap.services.dossiers.dossiers import value_at

# A rule that reads more than this (completeness reads every obligatory question) tells only what it found empty.
_MANY = 12
# The evidence of a long table is its beginning; the whole is in the document.
_ROWS_SHOWN = 12
_OUTSIDE = "Repères hors de la grille"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule read: an answer, or some columns of a table (``columns``; ``value`` is then its rows)."""

    question: Question
    value: Value
    columns: tuple[Question, ...] = ()
    more_rows: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """The answers that a rule, an indicator or a demand rests on; ``others`` of them are answered and not shown."""

    shown: tuple[Evidence, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class RuleReading:
    """An eligibility rule, what it answers of this dossier and what it read."""

    rule: Rule
    verdict: Verdict
    read: Read


@dataclass(frozen=True, slots=True)
class MeasureReading:
    """An indicator of this dossier and what it read."""

    measure: Measure
    read: Read


@dataclass(frozen=True, slots=True)
class AxisReading:
    """What is computed about one axis of the grid, or beside it."""

    key: str
    label: str
    level: AxisLevel | None  # outside the grid, no level is told
    measures: tuple[MeasureReading, ...]
    checks: tuple[Check, ...]


def rule_readings(definition: CallDefinition, answers: Answers, evaluation: Evaluation) -> tuple[RuleReading, ...]:
    """Return every eligibility rule with what it answers of these answers, and what it read."""
    by_key = {rule.key: rule for rule in definition.eligibility}
    return tuple(
        RuleReading(by_key[verdict.rule], verdict, read_of(definition, answers, verdict.fields))
        for verdict in evaluation.verdicts
    )


def roles_held(definition: CallDefinition, answers: Answers) -> tuple[RoleTable, ...]:
    """Return who holds the roles that the eligibility rules look for; nothing where no rule looks for any."""
    sheet = definition.sheet
    facts = Facts(
        definition.questionnaire,
        answers,
        submitted_at=None,
        closes_at=sheet.closes_at,
        envelope_cents=sheet.envelope_cents,
        implicits=definition.implicits,
    )
    return role_tables(definition.eligibility, facts)


def axis_readings(definition: CallDefinition, answers: Answers, evaluation: Evaluation) -> tuple[AxisReading, ...]:
    """Return what is computed about each axis of the grid, then about those beside it."""
    labels = {axis.key: axis.label for axis in definition.grid.axes}
    judged = [*(measure.axis for measure in evaluation.measures), *(check.axis for check in evaluation.checks)]
    return tuple(
        AxisReading(
            key=key,
            label=labels.get(key, _OUTSIDE),
            level=evaluation.levels.get(key) if key in labels else None,
            measures=tuple(
                MeasureReading(measure, read_of(definition, answers, measure.indicator.fields))
                for measure in evaluation.measures
                if measure.axis == key
            ),
            checks=tuple(check for check in evaluation.checks if check.axis == key),
        )
        for key in dict.fromkeys([*labels, *judged])
    )


def read_of(definition: CallDefinition, answers: Answers, fields: Iterable[str]) -> Read:
    """Return the answers at these fields, the columns of one table together."""
    columns: dict[str, list[Question]] = {}
    single: dict[str, Question] = {}
    for path in fields:
        question = definition.questionnaire.question(path)
        parent = definition.questionnaire.question(path.rpartition(".")[0])
        if question is None:
            continue
        if parent is not None and parent.is_table:
            columns.setdefault(parent.path, []).append(question)
        elif not question.is_table:
            single[path] = question
        else:
            columns.setdefault(path, [])
    found = [Evidence(question, value_at(answers, path)) for path, question in single.items()]
    found += [_table(definition, answers, path, asked) for path, asked in columns.items()]
    if len(found) <= _MANY:
        return Read(tuple(found))
    empty = tuple(evidence for evidence in found if evidence.value is None or evidence.value == ())
    return Read(empty, len(found) - len(empty))


def _table(definition: CallDefinition, answers: Answers, path: str, columns: list[Question]) -> Evidence:
    question = definition.questionnaire.question(path)
    assert question is not None
    rows = tuple(filled_rows(answers.get(path)))
    return Evidence(
        question=question,
        value=rows[:_ROWS_SHOWN],
        columns=tuple(columns) or question.fields,
        more_rows=max(0, len(rows) - _ROWS_SHOWN),
    )
