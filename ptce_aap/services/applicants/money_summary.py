"""The budget of a dossier at a glance: each table of money in one total and its largest parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ptce_aap.documents import french
from ptce_aap.domain.questionnaire import Answers, Question, QuestionKind, Questionnaire, Stage, filled_rows

SHOWN = 5
_LONGEST_LABEL = 28
_UNSORTED = "Sans précision"


@dataclass(frozen=True, slots=True)
class Part:
    """What the rows of one option, or of several together, add up to, in cents; ``full`` is the option's whole name."""

    full: str
    value: int

    @property
    def label(self) -> str:
        """The name, short enough to stand beside an amount on a telephone."""
        short = self.full.partition(" (")[0]
        return short if len(short) <= _LONGEST_LABEL else short[: _LONGEST_LABEL - 1].rstrip() + "…"

    @property
    def shown(self) -> str:
        """The amount, as French readers write it."""
        return french.euros(self.value)


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """One table of money: its total in cents, and its parts by the table's own choice, the largest first."""

    question: Question
    total: int
    parts: tuple[Part, ...]

    @property
    def shown(self) -> str:
        """The total, as French readers write it."""
        return french.euros(self.total)


def money_tables(questionnaire: Questionnaire, answers: Answers) -> tuple[MoneyTable, ...]:
    """Return the tables of the stage where most money is written, each summed; none where no row holds an amount."""
    stage = max(questionnaire.stages, key=_columns_of_money, default=None)
    if stage is None:
        return ()
    found = (_summed(question, answers) for question in stage.questions if question.is_table)
    return tuple(table for table in found if table is not None)


def _columns_of_money(stage: Stage) -> int:
    return sum(len(_money(question)) for question in stage.questions if question.is_table)


def _money(question: Question) -> list[str]:
    return [part.key for part in question.fields if part.kind is QuestionKind.MONEY]


def _summed(question: Question, answers: Answers) -> MoneyTable | None:
    columns = _money(question)
    sorted_by = next((part for part in question.fields if part.kind is QuestionKind.CHOICE), None)
    sums: Counter[str] = Counter()
    for row in filled_rows(answers.get(question.path)):
        chosen = row.get(sorted_by.key) if sorted_by is not None else None
        label = sorted_by.option_label(chosen) if sorted_by is not None and chosen else _UNSORTED
        sums[label] += sum(row.get(key) or 0 for key in columns)
    if not any(sums.values()):
        return None
    ordered = sorted(((label, value) for label, value in sums.items() if value), key=lambda part: (-part[1], part[0]))
    parts = [Part(label, value) for label, value in ordered[:SHOWN]]
    if rest := ordered[SHOWN:]:
        count = french.counted(len(rest), "autre poste", "autres postes")
        parts.append(Part(count, sum(value for _, value in rest)))
    return MoneyTable(question, sum(sums.values()), tuple(parts))
